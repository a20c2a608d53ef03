"""What trainers tell of a reference's network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assessment.execution.describing import DescriptionRequest, beside
from assessment.execution.preparation import Preparation
from assessment.execution.requests import RunRequest
from assessment.results.record import Run
from assessment.results.solution import ReferenceNetwork, Solution
from assessment.spec.lab import Limits
from tests.execution.pool import HERE, Pool, recipe


def request(folder: Path = HERE, **changes: Any) -> DescriptionRequest:
    run = RunRequest("unit", recipe(**changes), 1, Limits(), False, folder)
    described = Preparation(None).describe(run)
    assert described is not None
    return described


def describe(pool: Pool, folder: Path = HERE, **changes: Any) -> ReferenceNetwork | None:
    return pool.trainers._fulfil(request(folder, **changes).prepare())


def test_layers_and_parameters(pool: Pool) -> None:
    found = describe(pool)
    assert found is not None
    assert [layer.kind for layer in found.layers] == ["Flatten", "Linear", "ReLU", "Linear"]
    assert [layer.output for layer in found.layers] == [[64], [32], [32], [10]]
    assert found.parameters == 2410
    assert (found.unbroken, found.without_gradient, found.ends_in) == ([], [], "")


def test_only_what_is_trained_is_counted(pool: Pool) -> None:
    found = describe(pool, trainable=["layers.3"])
    assert found is not None
    assert found.parameters == 330
    assert request().id != request(trainable=["layers.3"]).id
    assert request().id == request(epochs=9).id


def test_what_is_usual_in_it(pool: Pool) -> None:
    """Two linear layers in a row, as the handout has them."""
    resized = {"name": "digits", "transforms": [{"kind": "resize", "size": 32}]}
    found = describe(pool, model={"name": "ee449/mlp-2"}, dataset=resized)
    assert found is not None
    assert found.unbroken == [["layers.3", "layers.4"]]
    assert found.parameters == 35_498


def test_nothing_is_known_of_what_cannot_be_built(pool: Pool, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("def net():\n    raise RuntimeError('not today')\n")
    assert describe(pool, tmp_path, model={"name": "broken:net"}) is None


def test_only_a_submission_s_run_has_it_beside(pool: Pool) -> None:
    reference = describe(pool)
    run = pool.train(recipe(max_steps=1))
    assert beside(run, reference) is run
    told = beside(run.model_copy(update={"solution": Solution(call="Net()")}), reference)
    assert told.solution == Solution(call="Net()", reference=reference)
    assert Run.model_validate_json(told.model_dump_json()) == told
