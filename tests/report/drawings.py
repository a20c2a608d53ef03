"""Examples drawn, and what tests look for in them."""

from __future__ import annotations

import random
from functools import cache

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from assessment.report.figures import Drawing, Picture, draw, encode
from assessment.results.record import Result
from tests.report.builders import (
    FASHION,
    batch_losses,
    confusion,
    epochs,
    graded,
    gradient_norms,
    mistakes,
    nested,
    result,
    run,
)
from tests.report.examples import comparison, learning_rates, model_a
from tests.report.extremes import gradients, hostile, many_variants, one_epoch, to_target


def everything() -> list[Result]:
    """The most that a figure can hold: all panels, ten variants, noise, coloured images."""
    results = []
    for index in range(10):
        results.append(
            result(
                "all", variant=f"variant-{index}", title=f"All: variant-{index}", classes=FASHION,
                expectations=[graded(value=90.0 - index, low=80.0, high=95.0, reported=89.0)],
                runs=[
                    run(
                        seed, parameters=1000 * (index + 1), confusion=confusion(right=0.6),
                        epochs=epochs(119, noise=4, validation=True, seed=100 * index + seed),
                        steps=batch_losses(1350, 10, seed=index),
                        gradients=gradient_norms(1350, 5, 1, seed=index),
                        first_layer=nested((64, 1024), random.Random(index)),
                        mistakes=mistakes(12, side=32, channels=3),
                    )
                    for seed in (1, 2)
                ],
            )
        )  # fmt: skip
    return results


CASES = {
    "one recipe": [model_a()],
    "rates": learning_rates(),
    "ten variants": many_variants(),
    "119 epochs": to_target(),
    "one epoch": one_epoch(),
    "gradients": gradients(),
    "comparison": [comparison()],
    "hostile": [hostile()],
    "everything": everything(),
}


@cache
def drawn_case(name: str) -> tuple[Drawing, list[list[bytes]]]:
    drawing = drawn(CASES[name])
    return drawing, [encode([shown.source for shown in sheet]) for sheet in drawing.sheets]


def drawn(results: list[Result]) -> Drawing:
    drawing = draw(results)
    assert drawing is not None
    return drawing


def titles(drawing: Drawing) -> list[str]:
    return [shown.title for shown in drawing.pictures]


def found(drawing: Drawing, title: str) -> Picture:
    return drawing.pictures[titles(drawing).index(title)]


def panel(drawing: Drawing, title: str) -> Axes:
    source = found(drawing, title).source
    assert isinstance(source, Figure)
    return source.axes[0]


def figures(drawing: Drawing) -> list[Figure]:
    return [each.source for each in drawing.pictures if isinstance(each.source, Figure)]


def legend(drawing: Drawing) -> list[str]:
    return [key.label for key in drawing.keys]
