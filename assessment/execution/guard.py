"""The referee of a submission's run: whatever comes from the jail may be a lie.

What the run says of its surroundings is not taken, since bands are chosen by them. Test images went
out in an order that only the grader knows. Probabilities are made to add up before a loss is
computed. What a run tells about its network is kept as its own words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from assessment.boundary.messages import BEFORE, Arrays, Frame, ProtocolError
from assessment.execution.devices import environment_of
from assessment.execution.judging import accuracy, checked, mean_loss
from assessment.execution.quoting import SENTENCES, said, sentence, sentences
from assessment.execution.referee import Array, Referee
from assessment.grading.untrained import knows_names
from assessment.results.record import Environment
from assessment.results.solution import Evidence, Layer, Solution

LAYERS = 200
DIMENSIONS = 8


@dataclass
class Guard(Referee):
    """Collects the frames of a run that comes from a jail."""

    order: Array | None = None
    """Position in file order of each test image in the order in which they were sent."""
    device: str = "cpu"
    gpu: str = ""
    """Name of the GPU, where it runs on one."""
    threads: int = 1
    known: Environment | None = None
    """What the run runs on, told before any of its code was executed."""

    def meet(self, described: Mapping[str, str]) -> None:
        """Take what a jail said of itself when nothing submitted had run in it yet."""
        gpu = "" if self.device == "cpu" else self.gpu
        self.known = environment_of(described, gpu, self.threads)

    def _introduced(self, frame: Frame) -> Environment:
        if self.known is None:
            raise ProtocolError("nobody has said what its jail runs on")
        self.solution = _solution(frame.data.get("solution"))
        labels = self.answers.test_labels
        if self.order is not None:
            labels = labels[self.order]
        labels = labels[:BEFORE]
        logits, classes = frame.arrays.get("before"), self.answers.classes
        before = checked("first", logits, len(labels), classes)
        told = np.isfinite(before).all(axis=1)
        self.evidence = Evidence(
            before=accuracy(before, labels),
            knew=knows_names(before[told].argmax(axis=1), labels[told], classes),
        )
        return self.known

    def hear(self, frame: Frame) -> dict[str, Any] | None:
        """Take a frame of the run; return what its recipe lets it know."""
        if frame.kind == "misfit":  # what blames the instructor's files is not for it to say
            raise ProtocolError("a frame of unknown kind 'misfit'")
        return super().hear(frame)

    def done(self, frame: Frame) -> None:
        """Note the end, what comes with it, and what the trained network is like."""
        super().done(frame)
        self.unkept = said(sentence(self.unkept)) if self.unkept else ""
        if self.weights is not None:
            self.weights, self.unkept = _in_order(self.weights, frame.data.get("state"))
        told = frame.data.get("diagnosis")
        if self.solution is None or not isinstance(told, dict):
            return
        self.solution = self.solution.model_copy(
            update={
                "notes": [*self.solution.notes, *sentences(told.get("notes"))][:SENTENCES],
                "without_gradient": sentences(told.get("without_gradient")),
                "zero_gradient": sentences(told.get("zero_gradient")),
                "unknown_layers": sentences(told.get("unknown_layers")),
                "unbroken": _pairs(told.get("unbroken")),
                "ends_in": sentence(told.get("ends_in")),
                "dead": _shares(told.get("dead")),
            }
        )

    def _in_file_order(self, logits: Array | None) -> Array | None:
        if logits is None or self.order is None or len(logits) != len(self.order):
            return logits  # of another length they are refused where they are judged
        return self._ordered(logits)

    def _ordered(self, logits: Array) -> Array:
        if self.order is None:
            return logits
        found = np.empty_like(logits)
        found[self.order] = logits
        return found

    def _loss(self, logits: Array, labels: Array) -> float:
        return mean_loss(self.training, logits, labels, normalize=True)


def _in_order(weights: Arrays, told: object) -> tuple[Arrays | None, str]:
    """Return weights under names that keep the order in which a network has them."""
    if not isinstance(told, list) or sorted(map(str, told)) != sorted(weights):
        return None, "they came without their order"
    return {f"{place:05d}": weights[str(name)] for place, name in enumerate(told)}, ""


def _solution(told: object) -> Solution:
    """Return what a run says of its network, cut to what can be shown."""
    if not isinstance(told, dict):
        return Solution()
    layers = told.get("layers")
    return Solution(
        place=sentence(told.get("place")),
        call=sentence(told.get("call")),
        guesses=sentences(told.get("guesses")),
        notes=sentences(told.get("notes")),
        layers=[_layer(one) for one in layers[:LAYERS]] if isinstance(layers, list) else [],
    )


def _layer(told: object) -> Layer:
    if not isinstance(told, dict):
        return Layer(kind="?")
    shapes = told.get("parameters")
    return Layer(
        kind=sentence(told.get("kind")) or "?",
        name=sentence(told.get("name")),
        functional=told.get("functional") is True,
        registered=told.get("registered") is not False,
        parameters=[_shape(one) for one in shapes[:DIMENSIONS]] if isinstance(shapes, list) else [],
        output=_shape(told.get("output")),
    )


def _shape(told: object) -> list[int]:
    if not isinstance(told, list):
        return []
    return [size for size in told[:DIMENSIONS] if type(size) is int and 0 <= size < 2**40]


def _pairs(told: object) -> list[list[str]]:
    if not isinstance(told, list):
        return []
    return [pair for one in told[:SENTENCES] if len(pair := sentences(one)) == 2]


def _shares(told: object) -> dict[str, float]:
    if not isinstance(told, dict):
        return {}
    found: dict[str, Any] = dict(list(told.items())[:LAYERS])
    return {
        sentence(name): round(float(share), 4)
        for name, share in found.items()
        if isinstance(share, int | float) and not isinstance(share, bool) and 0 <= share <= 1
    }
