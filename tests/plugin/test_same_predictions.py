"""The same run gives the same predictions bit for bit, whatever happens around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assessment.results.store.files import open_store
from assessment.results.store.graded import load_results
from tests.plugin.course import training
from tests.plugin.test_status import COUNTING, counted, runs_made

if TYPE_CHECKING:
    from tests.plugin.course import Course


def predictions(course: Course, *names: str) -> list[dict[int, str]]:
    """Return the hashes of the predictions of questions by seed."""
    found = [
        {run["seed"]: run["predictions_sha256"] for run in course.results[name]["runs"]}
        for name in names
    ]
    assert all(len(digest) == 64 for each in found for digest in each.values())
    return found


@pytest.fixture
def lab(course: Course) -> Course:
    course.file("specs/counting.py", COUNTING)
    cnn = {"model": {"name": "digits/cnn", "arguments": {}}}  # convolutions and dropout
    course.lab(
        b=training(training={"batch_size": 16}, seeds=2, all_seeds=True),
        a=counted("a", seeds=3, all_seeds=True),
        c=training(training={"batch_size": 8, "max_steps": 12}, seeds=2, all_seeds=True),
        d=training(training=cnn, seeds=2, all_seeds=True),
    )
    return course


def test_alone_beside_others_among_workers_in_another_order_and_after_a_resume(
    lab: Course,
) -> None:
    alone = []
    for name in "ad":
        lab.run(f"specs/lab.yaml::{name}", "--assess-trainers=1")
        alone += predictions(lab, name)
    hashes = [digest for each in alone for digest in each.values()]
    assert len(hashes) == len(set(hashes)) == 3 + 2, "seeds differ"
    again = [
        ("specs", "--assess-trainers=3"),
        ("specs", "-n", "2"),
        ("specs/lab.yaml::d", "specs/lab.yaml::c", "specs/lab.yaml::a"),
    ]
    for arguments in again:
        lab.run(*arguments, "--assess-fresh")
        assert predictions(lab, "a", "d") == alone, arguments
    runs_made(lab)
    with open_store(lab.path / "reports/assessment.sqlite") as store, store.writing() as connection:
        # As if the last session had been killed before its last runs of `a` and `d` were finished.
        connection.execute("DELETE FROM result_runs")
        connection.execute("DELETE FROM runs WHERE seed > ?", (min(alone[0]),))
    lab.run("specs")
    assert runs_made(lab) == ["a", "a"]
    assert predictions(lab, "a", "d") == alone
    with open_store(lab.path / "reports/assessment.sqlite", read_only=True) as store:
        [kept] = [found.result for found in load_results(store, 6) if found.result.unit == "a"]
    assert {run.seed: run.predictions_sha256 for run in kept.runs} == alone[0]
