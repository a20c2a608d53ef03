"""Scores among what forward returned."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor

from assessment.submissions.inside.outputs import Scale, find_scores, follow, scale_of

LOGITS = torch.randn(4, 10, generator=torch.Generator().manual_seed(1))
OTHER = torch.zeros(4, 3)
Pair = namedtuple("Pair", "hidden logits")


@dataclass
class Record:
    loss: None
    logits: Tensor


@pytest.mark.parametrize(
    ("output", "path"),
    [
        (LOGITS, ()),
        ((LOGITS, OTHER), (0,)),
        ([OTHER, LOGITS], (1,)),
        ((LOGITS.softmax(1), LOGITS), (1,)),  # probabilities beside logits
        ((LOGITS, LOGITS.softmax(1)), (0,)),
        (((OTHER, LOGITS), OTHER), (0, 1)),
        ({"hidden": OTHER, "y": LOGITS}, ("y",)),
        ({"features": LOGITS, "logits": LOGITS}, ("logits",)),
        (Pair(OTHER, LOGITS), (1,)),
        (Record(None, LOGITS), ("logits",)),
        (LOGITS[:, :, None, None], ()),
        (LOGITS[None], ()),
    ],
)
def test_where_the_scores_are(output: Any, path: tuple[int | str, ...]) -> None:
    (found, tensor, scale), *_ = find_scores(output, 4, 10)
    assert (found, scale) == (path, "logits")
    torch.testing.assert_close(tensor.reshape(4, 10), LOGITS)
    assert follow(output, found) is tensor


@pytest.mark.parametrize(
    "output",
    [
        None,
        "logits",
        LOGITS.argmax(1),
        LOGITS.long(),
        LOGITS.T,
        LOGITS[:, :9],
        LOGITS.reshape(2, 20),
        (),
        {"x": OTHER},
        [[[LOGITS]]],  # deeper than anybody writes
    ],
)
def test_no_scores(output: Any) -> None:
    assert find_scores(output, 4, 10) == []


@pytest.mark.parametrize(
    ("scores", "scale"),
    [
        (LOGITS, "logits"),
        (LOGITS.softmax(1), "probabilities"),
        (LOGITS.log_softmax(1), "log_probabilities"),
        (LOGITS.softmax(0), "softmax_over_batch"),
        (LOGITS.log_softmax(0), "softmax_over_batch"),
        (LOGITS.sigmoid(), "logits"),
        (LOGITS.relu(), "logits"),
        (-LOGITS.abs(), "logits"),
        ((1000 * LOGITS).softmax(1), "probabilities"),
        ((1000 * LOGITS).log_softmax(1), "log_probabilities"),
        (LOGITS.softmax(1).half(), "probabilities"),
        (LOGITS.softmax(1)[:1], "probabilities"),
        (torch.full((4, 10), float("nan")), "logits"),
        (torch.zeros(4, 10), "logits"),
        (torch.full((4, 10), 0.25), "softmax_over_batch"),
        (torch.full((1, 10), 1.0), "logits"),
    ],
)
def test_kinds_of_scores(scores: Tensor, scale: Scale) -> None:
    assert scale_of(scores) == scale
