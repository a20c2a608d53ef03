# ruff: noqa: E501 - tables with one case a line
from __future__ import annotations

import pytest

from assessment.spec.merge import merge, merge_defaults
from assessment.spec.recipe import Constant, Sgd


@pytest.mark.parametrize(
    ("base", "over", "merged"),
    [
        pytest.param({"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"c": 4}}, {"a": 1, "b": {"c": 4, "d": 3}}, id="maps merge"),
        pytest.param({"a": [1, 2]}, {"a": [3]}, {"a": [3]}, id="lists replace"),
        pytest.param({"a": {"b": 1}}, {"a": None}, {"a": None}, id="null replaces"),
        pytest.param({"a": 1}, {"a": {"b": 2}}, {"a": {"b": 2}}, id="a map replaces a number"),
        pytest.param({"name": "sgd", "momentum": 0.9}, {"name": "adam"}, {"name": "adam"}, id="another name replaces"),
        pytest.param({"name": "sgd", "lr": 1}, {"name": "sgd", "momentum": 0.9}, {"name": "sgd", "lr": 1, "momentum": 0.9}, id="the same name merges"),
        pytest.param({"name": "sgd", "lr": 1}, {"lr": 2}, {"name": "sgd", "lr": 2}, id="no name merges"),
        pytest.param({"kind": "resize", "size": 3}, {"kind": "normalize"}, {"kind": "normalize"}, id="another kind replaces"),
    ],
)  # fmt: skip
def test_merge(base: object, over: object, merged: object) -> None:
    assert merge(base, over) == merged


def test_merge_changes_neither_side() -> None:
    base, over = {"a": {"b": [1]}}, {"a": {"c": 2}}
    merged = merge(base, over)
    merged["a"]["b"].append(9)
    assert base == {"a": {"b": [1]}}
    assert over == {"a": {"c": 2}}


def test_models_count_as_what_was_set_explicitly() -> None:
    base = {"optimizer": Sgd(name="sgd", learning_rate=0.1), "schedule": Constant(name="constant")}
    assert merge(base, {"optimizer": {"momentum": 0.9}}) == {
        "optimizer": {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9},
        "schedule": {"name": "constant"},
    }


def test_defaults_reach_only_kinds_that_have_the_field() -> None:
    fields = {"training": frozenset({"seeds", "expect"}), "written": frozenset({"text"})}
    questions = {"a": {"kind": "training"}, "b": {"kind": "written"}, "c": {"kind": "no"}, "d": 5}
    assert merge_defaults(questions, {"seeds": 3, "text": "t"}, fields) == {
        "a": {"kind": "training", "seeds": 3},
        "b": {"kind": "written", "text": "t"},
        "c": {"kind": "no"},
        "d": 5,
    }
