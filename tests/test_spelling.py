from __future__ import annotations

import pytest

from assessment.spelling import MOST, did_you_mean, listed, nearest

ALLOWED = ["learning_rate", "momentum", "cross_entropy", "q5[lr-0.1]"]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("momentun", "momentum"),
        ("Momentum", "momentum"),
        ("learning-rate", "learning_rate"),
        ("cross-entropy", "cross_entropy"),
        ("q5[lr-0.2]", "q5[lr-0.1]"),
        ("epochs", None),
        ("", None),
    ],
)
def test_nearest(word: str, meant: str | None) -> None:
    assert nearest(word, ALLOWED) == meant


def test_did_you_mean() -> None:
    assert did_you_mean("momentun", ALLOWED) == ", did you mean momentum?"
    assert did_you_mean("epochs", ALLOWED) == ""


def test_a_long_list_is_cut() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed(map(str, range(MOST + 3))).endswith(f"{MOST - 1} and 3 more")
