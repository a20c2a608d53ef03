"""Two networks side by side: which layer of the one stands for which of the other.

Layers are matched so that as little as possible differs. Two networks that compute the same but
for the order of an activation and a pool count as one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from assessment.boundary.layers import ACTIVATIONS, WEIGHTED, Layer, compared

KEPT_SHAPES = 8
"""Parameters of one layer whose shapes a submission's record keeps."""
RISING = (
    *("ReLU", "ReLU6", "LeakyReLU", "ELU", "CELU", "SELU", "Sigmoid", "Hardsigmoid", "LogSigmoid"),
    *("Tanh", "Hardtanh", "Softplus", "Softsign"),
)
"""Activations that give the same in front of a max-pool and behind it."""
HOMOGENEOUS = ("ReLU", "LeakyReLU")
"""Activations that give the same in front of a dropout and behind it."""

Step = tuple[Layer | None, Layer | None]
"""A layer and the reference's that stands for it; None: there is none."""


@lru_cache(maxsize=512)
def match(own: tuple[Layer, ...], reference: tuple[Layer, ...]) -> tuple[Step, ...]:
    """Return the layers of two networks side by side, in order.

    What only changes shapes is left out, and a softmax at the end.
    """
    mine, theirs = _settled(compared(own)), _settled(compared(reference))
    start, shorter = 0, min(len(mine), len(theirs))
    while start < shorter and equal(mine[start], theirs[start]):
        start += 1
    end = 0
    while end < shorter - start and equal(mine[-1 - end], theirs[-1 - end]):
        end += 1
    between = _cheapest(mine[start : len(mine) - end], theirs[start : len(theirs) - end])
    return (
        *zip(mine[:start], theirs[:start], strict=True),
        *between,
        *zip(mine[len(mine) - end :], theirs[len(theirs) - end :], strict=True),
    )


def equal(own: Layer | None, wanted: Layer | None) -> bool:
    """Tell whether a layer is what stands beside it, whatever their names."""
    if own is None or wanted is None or own.kind != wanted.kind:
        return own is wanted
    return _same_numbers(own, wanted) and _same_output(own, wanted)


def is_fed_otherwise(own: Layer | None, wanted: Layer | None) -> bool:
    """Tell whether two layers differ only by what an earlier one hands on to them."""
    if own is None or wanted is None or own.kind != wanted.kind:
        return False
    if "Norm" in own.kind or _same_numbers(own, wanted):
        return True
    mine, theirs = weight(own), weight(wanted)
    biased = own.functional or len(own.parameters) == len(wanted.parameters)
    comparable = own.kind in WEIGHTED and len(mine) == len(theirs) > 1 and biased
    return comparable and (mine[0], mine[2:]) == (theirs[0], theirs[2:])


def weight(layer: Layer) -> tuple[int, ...]:
    """Return the shape of a layer's weight; of `x @ w` as `Linear` would have it."""
    shape = layer.parameters[0] if layer.parameters else ()
    turned = layer.functional and layer.kind == "Linear" and len(shape) == 2 and layer.output
    return shape[::-1] if turned and shape[0] != layer.output[-1] == shape[1] else shape


def _same_numbers(own: Layer, wanted: Layer) -> bool:
    if own.functional or wanted.functional:  # known by the weights that it was called with
        return weight(own) == weight(wanted)
    return own.parameters[:KEPT_SHAPES] == wanted.parameters[:KEPT_SHAPES]


def _same_output(own: Layer, wanted: Layer) -> bool:
    """Compare without dimensions of size 1; what is not known is no difference."""
    mine, theirs = ([size for size in one.output if size != 1] for one in (own, wanted))
    return not own.output or not wanted.output or mine == theirs


def _settled(layers: Sequence[Layer]) -> list[Layer]:
    """Put activations in front of a pool or dropout that they change places with for nothing."""
    found: list[Layer] = []
    for layer in layers:
        place = len(found)
        while place and (
            ("MaxPool" in found[place - 1].kind and layer.kind in RISING)
            or ("Dropout" in found[place - 1].kind and layer.kind in HOMOGENEOUS)
        ):
            place -= 1
        if place < len(found):
            layer = replace(layer, output=found[place - 1].output if place else ())
        found.insert(place, layer)
    return found


def _cheapest(own: Sequence[Layer], reference: Sequence[Layer]) -> list[Step]:
    """Match so that the differences cost least, by the shortest way from the end to the start."""
    costs = [[0.0] * (len(reference) + 1) for _ in range(len(own) + 1)]

    def ways(row: int, column: int) -> Iterator[tuple[float, int, int]]:
        """Yield what each way to the end costs, and where it goes on."""
        if row < len(own) and column < len(reference):
            cost = _cost(own[row], reference[column])
            if cost is not None:
                yield cost + costs[row + 1][column + 1], row + 1, column + 1
        if row < len(own):
            yield _alone(own[row]) + costs[row + 1][column], row + 1, column
        if column < len(reference):
            yield _alone(reference[column]) + costs[row][column + 1], row, column + 1

    for row in range(len(own), -1, -1):
        for column in range(len(reference), -1, -1):
            costs[row][column] = min((cost for cost, _, _ in ways(row, column)), default=0.0)
    steps: list[Step] = []
    row = column = 0
    while row < len(own) or column < len(reference):
        _, below, right = min(ways(row, column), key=lambda way: way[0])
        steps.append(
            (own[row] if below > row else None, reference[column] if right > column else None)
        )
        row, column = below, right
    return steps


def _alone(layer: Layer) -> float:
    return 3.0 if layer.parameters else 2.0


def _cost(own: Layer, wanted: Layer) -> float | None:
    """Return how much two layers differ; None for layers that do not stand for each other."""
    if own.kind == wanted.kind:
        if equal(own, wanted):
            return 0.0
        return 1.0 if is_fed_otherwise(own, wanted) else 2.0
    family = _family(own.kind)
    return 2.5 if family and family == _family(wanted.kind) else None


def _family(kind: str) -> str:
    if kind in ACTIVATIONS:
        return "activation"
    return next((family for family in ("Pool", "Dropout", "Norm") if family in kind), "")
