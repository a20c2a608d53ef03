"""How points are spread in a class: a bar for each tenth of what could be earned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from assessment.report.figures.layout import Panel
from assessment.report.figures.scales import place_ticks
from assessment.report.figures.style import BAND_EDGE, COLORS
from assessment.report.figures.words import tell
from assessment.report.text import count_text, points_text

PARTS = 10


def points_panel(points: Sequence[float], of: float) -> Panel | None:
    """Show how many students have how many points; None where nothing could be earned.

    Args:
        points: of each student, 0 to `of`.
        of: what could be earned.
    """
    if not points or of <= 0:
        return None
    edges = np.linspace(0.0, of, PARTS + 1)
    # A part of a point too little, as sums of thirds come out, is none.
    counts, _ = np.histogram(np.clip(np.asarray(points) + 1e-9, 0, of), edges)

    def fill(axes: Axes) -> None:
        for low, high, count in zip(edges, edges[1:], counts.tolist(), strict=False):
            if count:
                axes.barh(
                    count / 2,
                    high - low,
                    left=low,
                    height=count,
                    color=COLORS[5],
                    edgecolor=BAND_EDGE,
                    zorder=1,
                )
        axes.set_xlim(0, of)
        axes.set_ylim(0, 1.08 * max(counts.max(), 1))
        axes.xaxis.set_major_locator(place_ticks(6))
        axes.yaxis.set_major_locator(place_ticks(5, integer=True))
        axes.set_xlabel("points")
        axes.set_ylabel("students")

    facts = [
        f"{points_text(low)} to {points_text(high)} points: {count_text(count, 'student')}"
        for low, high, count in zip(edges, edges[1:], counts.tolist(), strict=False)
        if count
    ]
    title = "Points of the class"
    return Panel(title, fill, tell(title, facts))
