"""What trainers tell of a reference's network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assessment.execution.describing import Described, DescriptionRequest, beside
from assessment.execution.evaluations import EvaluationRequest
from assessment.execution.preparation import Preparation
from assessment.execution.requests import RunRequest, Work
from assessment.results.record import Run
from assessment.results.solution import ReferenceNetwork, Solution
from assessment.spec.lab import Limits
from assessment.submissions.listing import single_submission
from tests.execution.pool import HERE, Pool, recipe


def request(folder: Path = HERE, **changes: Any) -> DescriptionRequest:
    return Preparation(None).describe(recipe(**changes), folder)


def told(pool: Pool, folder: Path = HERE, **changes: Any) -> Described:
    return pool.trainers._hosts.fulfil(request(folder, **changes).prepare())


def describe(pool: Pool, folder: Path = HERE, **changes: Any) -> ReferenceNetwork:
    found = told(pool, folder, **changes)
    assert found.network is not None, found.reason
    assert found.reason == ""
    return found.network


def test_layers_and_parameters(pool: Pool) -> None:
    found = describe(pool)
    assert [layer.kind for layer in found.layers] == ["Flatten", "Linear", "ReLU", "Linear"]
    assert [layer.output for layer in found.layers] == [[64], [32], [32], [10]]
    assert found.parameters == 2410
    assert (found.unbroken, found.without_gradient, found.ends_in) == ([], [], "")


def test_only_what_is_trained_is_counted(pool: Pool) -> None:
    found = describe(pool, trainable=["layers.3"])
    assert found.parameters == 330
    assert request().id != request(trainable=["layers.3"]).id
    assert request().id == request(epochs=9).id


def test_what_is_usual_in_it(pool: Pool) -> None:
    """Two linear layers in a row, as the handout has them."""
    resized = {"name": "digits", "transforms": [{"kind": "resize", "size": 32}]}
    found = describe(pool, model={"name": "ee449/mlp-2"}, dataset=resized)
    assert found.unbroken == [["layers.3", "layers.4"]]
    assert found.parameters == 35_498


OWN = """
from torch import nn

def net(hidden=16, sizes=(8, 4), act="relu", rate=0.5, deep=False, kind=nn.ReLU, none=None, *more):
    return nn.Sequential(nn.Flatten(), nn.Linear(64, hidden), nn.Linear(hidden, 10))

def broken():
    raise RuntimeError("not today")

def pretrained(weights):
    assert weights.endswith("mine.pth")
    return net()
"""


def test_what_it_takes_by_default_where_json_can_hold_it(pool: Pool, tmp_path: Path) -> None:
    (tmp_path / "own_nets.py").write_text(OWN)
    found = told(pool, tmp_path, model={"name": "own_nets:net", "arguments": {"deep": True}})
    assert found.defaults == {"hidden": 16, "sizes": [8, 4], "act": "relu", "rate": 0.5}
    assert told(pool).defaults == {"hidden": 32}
    taken = {"hidden": 16, "deep": True, "sizes": [], "act": "", "rate": 1}
    all_given = {"name": "own_nets:net", "arguments": taken}
    assert told(pool, tmp_path, model=all_given).defaults == {}


def test_one_that_starts_from_weights_is_given_them(pool: Pool, tmp_path: Path) -> None:
    (tmp_path / "own_nets.py").write_text(OWN)
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights/mine.pth").touch()
    with pool.reading(tmp_path):
        training = recipe(model={"name": "own_nets:pretrained", "weights": "mine.pth"})
        wanted = pool.trainers._preparation.describe(training, tmp_path)
    assert pool.trainers._hosts.fulfil(wanted.prepare()).reason == ""


@pytest.mark.parametrize(
    ("model", "changes", "reason"),
    [
        ("broken", {}, "RuntimeError: not today (own_nets.py:8, in broken)"),
        (
            "net",
            {"trainable": ["head"]},
            "`trainable` names head, but no parameter of the model begins so (there are: 1, 2)",
        ),
    ],
)
def test_a_submission_is_not_judged_without_its_reference(
    model: str, changes: dict[str, Any], reason: str, pool: Pool, tmp_path: Path
) -> None:
    """Another search might find another network: what the grader lacks is nobody's zero."""
    (tmp_path / "own_nets.py").write_text(OWN)
    (tmp_path / "handed_in.py").write_text("import torch\nnet = torch.nn.Linear(64, 10)\n")
    work = Work(single_submission(tmp_path / "handed_in.py"), "process")
    training = recipe(model={"name": f"own_nets:{model}"}, **changes)
    limits, name = Limits(seconds=30), "file"
    reason = f"the reference's network cannot be described: invalid: {reason}"
    run = pool.trainers.submit(
        RunRequest("unit", training, 1, limits, False, tmp_path, work=work)
    ).result(60)
    assert (run.outcome, run.reason, run.epochs) == ("not_gradable", reason, {})
    evaluated = pool.trainers.submit(
        EvaluationRequest(training, Path(name), name, limits, tmp_path, work=work)
    ).result(60)
    assert (evaluated.attempt.outcome, evaluated.attempt.reason) == ("not_gradable", reason)


def test_nothing_is_kept_of_a_description_that_failed(pool: Pool, tmp_path: Path) -> None:
    (tmp_path / "handed_in.py").write_text("")
    work = Work(single_submission(tmp_path / "handed_in.py"), "process")
    training = recipe(model={"name": "own_nets:broken"})
    one = RunRequest("unit", training, 1, Limits(), False, tmp_path, work=work)
    assert "No module named" in described_reason(pool, one)
    (tmp_path / "own_nets.py").write_text(OWN.replace("raise", "return net()\n    raise"))
    assert described_reason(pool, one) == "", "it may have been the machine's fault"


def described_reason(pool: Pool, one: RunRequest) -> str:
    found = pool.trainers._reference_of(one)
    assert found is not None
    return found.reason


def test_only_a_submission_s_run_has_it_beside(pool: Pool) -> None:
    reference = describe(pool)
    run = pool.train(recipe(max_steps=1))
    assert beside(run, reference) is run
    told = beside(run.model_copy(update={"solution": Solution(call="Net()")}), reference)
    assert told.solution == Solution(call="Net()", reference=reference)
    assert Run.model_validate_json(told.model_dump_json()) == told
