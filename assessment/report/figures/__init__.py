"""Figures: one composite a question, with everything that its runs can show."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.figure import Figure

from assessment.report.figures.curves import accuracy_panels, gradient_panels, loss_panels
from assessment.report.figures.description import describe
from assessment.report.figures.encoding import MOST_BYTES, MOST_DOTS, to_png, to_svg
from assessment.report.figures.evidence import (
    comparison_panels,
    epochs_panels,
    measured_panels,
    parameter_panels,
)
from assessment.report.figures.images import (
    confusion_panels,
    mistake_panels,
    sample_panels,
    weight_panels,
)
from assessment.report.figures.layout import Panel, Subject, choose_columns, compose
from assessment.report.figures.style import RC
from assessment.results.record import Result
from assessment.results.totals import question_title

__all__ = ["MOST_BYTES", "MOST_DOTS", "describe", "draw", "to_png", "to_svg"]

MAKERS = (
    loss_panels,
    accuracy_panels,
    measured_panels,
    epochs_panels,
    comparison_panels,
    parameter_panels,
    gradient_panels,
    sample_panels,
    weight_panels,
    confusion_panels,
    mistake_panels,
)
"""What a figure may show, in reading order; the last ones go first where there are too many."""

MOST_PANELS = 12


def draw(question_results: Sequence[Result], columns: int | None = None) -> Figure | None:
    """Draw one question, all its variants overlaid; None where there is nothing to show.

    `columns` is how many panels stand side by side, chosen by their number by default.
    """
    if not question_results:
        return None
    subject = Subject.of(question_title(question_results), question_results)
    panels: list[Panel] = [panel for make in MAKERS for panel in make(subject)][:MOST_PANELS]
    if not panels:
        return None
    with mpl.rc_context(RC), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name may hold a letter that the font lacks
        return compose(subject, panels, columns or choose_columns(len(panels)))
