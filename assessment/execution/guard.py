"""The referee of a submission's run: whatever comes from the jail may be a lie.

What the run says of its surroundings is not taken, since bands are chosen by them. Test images went
out in an order that only the grader knows. Probabilities are made to add up before a loss is
computed. What a run tells about its network is kept as its own words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assessment.execution.judging import accuracy, checked, mean_loss
from assessment.execution.referee import Array, Referee
from assessment.results.record import Environment
from assessment.results.solution import Evidence, Layer, Solution
from assessment.sandbox.messages import Frame, ProtocolError

SENTENCE = 400
"""Characters of a sentence that are kept."""
SENTENCES = 30
LAYERS = 200
DIMENSIONS = 8


@dataclass
class Guard(Referee):
    """Collects the frames of a run that comes from a jail."""

    order: Array | None = None
    """Position in file order of each test image in the order in which they were sent."""
    known: Environment | None = None
    """What the run runs on, told before any of its code was executed."""

    def _introduced(self, frame: Frame) -> Environment:
        if self.known is None:
            raise ProtocolError("nobody has said what its jail runs on")
        self.solution = _solution(frame.data.get("solution"))
        images, classes = len(self.answers.test_labels), self.answers.classes
        if not self.smoke:
            before = checked("first", frame.arrays.get("before"), images, classes)
            before = self._ordered(before)
            self.evidence = Evidence(before=accuracy(before, self.answers.test_labels))
        return self.known

    def done(self, frame: Frame) -> None:
        """Note the end, what comes with it, and what the trained network is like."""
        super().done(frame)
        told = frame.data.get("diagnosis")
        if self.solution is None or not isinstance(told, dict):
            return
        self.solution = self.solution.model_copy(
            update={
                "notes": [*self.solution.notes, *_sentences(told.get("notes"))][:SENTENCES],
                "without_gradient": _sentences(told.get("without_gradient")),
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


def _solution(told: object) -> Solution:
    """Return what a run says of its network, cut to what can be shown."""
    if not isinstance(told, dict):
        return Solution()
    layers = told.get("layers")
    return Solution(
        place=_sentence(told.get("place")),
        call=_sentence(told.get("call")),
        guesses=_sentences(told.get("guesses")),
        notes=_sentences(told.get("notes")),
        layers=[_layer(one) for one in layers[:LAYERS]] if isinstance(layers, list) else [],
    )


def _layer(told: object) -> Layer:
    if not isinstance(told, dict):
        return Layer(kind="?")
    shapes = told.get("parameters")
    return Layer(
        kind=_sentence(told.get("kind")) or "?",
        parameters=[_shape(one) for one in shapes[:DIMENSIONS]] if isinstance(shapes, list) else [],
        output=_shape(told.get("output")),
    )


def _shape(told: object) -> list[int]:
    if not isinstance(told, list):
        return []
    return [size for size in told[:DIMENSIONS] if type(size) is int and 0 <= size < 2**40]


def _sentences(told: object) -> list[str]:
    if not isinstance(told, Sequence) or isinstance(told, str):
        return []
    return [sentence for one in told[:SENTENCES] if (sentence := _sentence(one))]


def _sentence(told: object) -> str:
    if not isinstance(told, str):
        return ""
    known = told[: 4 * SENTENCE].encode(errors="replace").decode()  # JSON carries lone surrogates
    text = " ".join("".join(c if c.isprintable() else " " for c in known).split())
    return text if len(text) <= SENTENCE else f"{text[: SENTENCE - 1]}\N{HORIZONTAL ELLIPSIS}"


def _shares(told: object) -> dict[str, float]:
    if not isinstance(told, dict):
        return {}
    found: dict[str, Any] = dict(list(told.items())[:LAYERS])
    return {
        _sentence(name): round(float(share), 4)
        for name, share in found.items()
        if isinstance(share, int | float) and not isinstance(share, bool) and 0 <= share <= 1
    }
