"""What is wrong with how a submission's network is made, whatever it learnt."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assessment.boundary.layers import ACTIVATIONS, SOFTMAX, WEIGHTED
from assessment.grading.architecture import Networks, differences, named, placed
from assessment.results.solution import Layer as RecordedLayer
from assessment.results.solution import ReferenceNetwork, Solution

MOST_PAIRS = 2
"""Pairs of layers that each get a sentence."""
APART = {"Sigmoid": 1.0, "Hardsigmoid": 1.0, "Tanh": 2.0, "Softsign": 2.0, "Hardtanh": 2.0}
"""How far apart an activation's outputs can be."""
HALF_LINES = ("ReLU", "ReLU6", "Softplus")
"""Activations that give nothing below 0."""


@dataclass(frozen=True)
class Structure:
    """How a network is made, beside the reference's where that is known."""

    told: Solution
    parameters: int | None = None
    """Trainable ones."""
    asked: bool = False
    """The reference's network is asked for."""
    classes: int = 0
    """Of the data set; 0: not known."""

    def faults(self) -> list[str]:
        """Return what costs accuracy or is not what is asked for, the gravest first."""
        wrong = self._differences() if self.asked else []
        return [*self._untrained(), *wrong, *self._unbroken(), *self._ending()]

    def remarks(self) -> list[str]:
        """Return what is another way of doing it."""
        return [] if self.asked else self._differences()

    @property
    def _reference(self) -> ReferenceNetwork:
        return self.told.reference or ReferenceNetwork()

    def _untrained(self) -> Iterator[str]:
        if self.told.unknown_layers:
            yield (
                f"The weights of {named(self.told.unknown_layers)} are never trained: your "
                "network does not know layers that are kept in a plain list or made within "
                "forward; make them in `__init__`, as attributes or in an `nn.ModuleList`."
            )
        usual = self._reference.without_gradient
        cut_off = [name for name in self.told.without_gradient if name not in usual]
        if cut_off:
            yield (
                f"No gradient reaches {named(cut_off)}, so that training leaves them as they "
                "were: forward does not use them, or a `detach()` or `no_grad()` behind them cuts "
                "them off."
            )

    def _differences(self) -> list[str]:
        networks = Networks.of(self.told, self.parameters)
        if networks is None:
            return []
        behind = {
            layer.name for first, second in self._missed() for layer in networks.own[first:second]
        }
        end_told = any(True for _ in self._ending())
        return differences(networks, asked=self.asked, told=behind, end_told=end_told)

    def _unbroken(self) -> Iterator[str]:
        missed = self._missed()
        own = placed(self.told.layers) if missed else ()
        inside = [one.kind for one in self._reference.layers[:-1] if one.kind in ACTIVATIONS]
        usual = Counter(inside).most_common(1)[0][0] if inside else "one"
        for first, second in missed[:MOST_PAIRS]:
            yield (
                f"No activation stands between {own[first].name} and {own[second].name}, so that "
                f"together they can do no more than one layer: put {usual} there."
            )

    def _missed(self) -> list[tuple[int, int]]:
        """Return the pairs of layers without activation, but those that the reference has too."""
        usual = self._reference
        known = list(_pairs(usual.unbroken, usual.layers))
        kinds = {_shapes(usual.layers, *pair) for pair in known}
        places = {_depth(usual.layers, first) for first, _ in known}
        return [
            pair
            for pair in _pairs(self.told.unbroken, self.told.layers)
            if _shapes(self.told.layers, *pair) not in kinds
            and _depth(self.told.layers, pair[0]) not in places
        ]

    def _ending(self) -> Iterator[str]:
        kind = self.told.ends_in
        if not kind or kind in SOFTMAX or kind == self._reference.ends_in:
            return  # of a softmax whoever fitted the network has told already
        if kind in APART and self.classes > 1:
            least = math.log1p((self.classes - 1) * math.exp(-APART[kind]))
            cost = f"with cross-entropy the loss cannot fall below {least:.2f}"
        elif kind in HALF_LINES:
            cost = "no class can score below 0, and where all would there is no gradient"
        elif kind in ACTIVATIONS:
            cost = "the loss wants scores that can be any number"
        else:
            return
        yield f"Your network ends in {kind}: {cost}; return what the last layer gives."


def _pairs(
    labels: Sequence[Sequence[str]], layers: Sequence[RecordedLayer]
) -> Iterator[tuple[int, int]]:
    """Yield the numbers of the layers that a diagnosis names two by two."""
    for one, other in labels:
        first = _number(one, layers)
        second = None if first is None else _number(other, layers, first + 1)
        if first is not None and second is not None:
            yield first, second


def _number(label: str, layers: Sequence[RecordedLayer], start: int = 0) -> int | None:
    """Return which layer a diagnosis names: by its name, or with that of the one before it."""
    own, _, before = label.partition(" behind ")
    for number, layer in enumerate(layers[start:], start):
        if layer.name == label:
            return number
        others = (one.name for one in reversed(layers[:number]) if one.name != layer.name)
        if (layer.name or layer.kind) == own and next(filter(None, others), "") == before:
            return number
    return None


def _shapes(layers: Sequence[RecordedLayer], first: int, second: int) -> str:
    return repr([(layers[at].kind, layers[at].parameters) for at in (first, second)])


def _depth(layers: Sequence[RecordedLayer], number: int) -> int:
    """Return how many layers with weights stand before one."""
    return sum(layer.kind in WEIGHTED for layer in layers[:number])
