from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest

from assessment.errors import AssessmentError
from assessment.results import document
from assessment.results.classes import Absent, Pair
from assessment.results.machine import describe_machine, find_versions
from assessment.results.record import Result
from tests.report.builders import HOSTILE, result, run
from tests.report.examples import learning_rates, model_a, not_gradable, whole_lab, written
from tests.report.extremes import hostile
from tests.report.students import handed_in, trained, whole_class

STARTED, FINISHED = "2025-03-01T09:00:00+00:00", "2025-03-01T10:02:03.500000+00:00"


def build(results: list[Result], **options: Any) -> document.Document:
    settings: dict[str, Any] = {"started": STARTED, "finished": FINISHED, **options}
    return document.build(results, {"cpu": "Test CPU", "cores": 2}, **settings)


def test_says_what_was_run_where_and_with_what() -> None:
    built = build(whole_lab(), options={"smoke": False, "data": Path("data")}, status="interrupted")

    assert built["schema_version"] == document.SCHEMA_VERSION
    assert built["status"] == "interrupted"
    assert built["seconds"] == 3723.5
    assert built["machine"] == {"cpu": "Test CPU", "cores": 2}
    assert built["options"] == {"smoke": False, "data": "data"}
    assert built["specs"] == {"specs/co543_lab7.yaml": "5" * 64}
    assert built["datasets"] == {"mnist": ["d" * 64]}
    assert built["versions"]["pytest"] == pytest.__version__


def test_adds_up_points_per_lab_question_and_item() -> None:
    built = build(whole_lab())
    lab = built["labs"][0]

    # 4 of 4, 0 of 3 (crashed), 4.5 of 6, 3 of 3; 3 + 5 not graded, 6 waiting.
    assert built["totals"]["earned"] == 11.5
    assert built["totals"]["points"] == 16
    assert built["totals"]["undecided"] == 8
    assert built["totals"]["waiting"] == 6
    assert lab["totals"] == built["totals"]
    rates = next(q for q in lab["questions"] if q["question"] == "task2-5-learning-rate")
    assert rates["title"] == "Task 2.5, Model B and the learning rate"
    assert rates["totals"]["earned"] == 4.5
    assert [item["unit"] for item in rates["items"]] == [
        "task2-5-learning-rate[lr-0.1]",
        "task2-5-learning-rate[lr-0.01]",
        "task2-5-learning-rate[lr-0.001]",
    ]


def test_two_hashes_of_one_data_set_are_both_told() -> None:
    runs = [run(1, dataset_sha256="b" * 64), run(2, dataset_sha256="a" * 64)]
    assert build([result(runs=runs)])["datasets"] == {"mnist": ["a" * 64, "b" * 64]}


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_become_null(tmp_path: Path, number: float) -> None:
    runs = [run(1, epochs={"train_loss": [2.3, number]})]
    path = tmp_path / "results.json"

    document.write(path, build([result(runs=runs)], options={"x": number}))

    read = json.loads(path.read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert read["results"][0]["runs"][0]["epochs"] == {"train_loss": [2.3, None]}
    assert read["options"] == {"x": None}


def test_reads_back_the_same_records(tmp_path: Path) -> None:
    results = [model_a(), *learning_rates(), written(), not_gradable()]
    path = tmp_path / "deep" / "results.json"

    document.write(path, build(results))

    assert document.load_results(document.read(path)) == results


def test_any_text_survives_the_file(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    document.write(path, build([hostile()]))
    assert document.load_results(document.read(path))[0].reason == HOSTILE


def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "results.json"
    document.write(path, build([model_a()]))
    before = path.read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        document.write(path, build([written()]))

    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", r"results\.json:1:2: not JSON \(.*\); expected a results file"),
        ("[]", "not a results file: `schema_version` is None, expected a number up to 1"),
        ('{"schema_version": "1"}', "`schema_version` is '1', expected a number up to 1"),
        ('{"schema_version": true}', "`schema_version` is True, expected a number up to 1"),
        (
            '{"schema_version": 99}',
            r"written by a newer pytest-assessment \(`schema_version` 99, .* up to 1\): upgrade",
        ),
    ],
)
def test_refuses_what_it_cannot_read(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "results.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(AssessmentError, match=message):
        document.read(path)


def test_refuses_files_that_are_absent_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(AssessmentError, match="there is no such results file"):
        document.read(tmp_path / "none.json")
    (tmp_path / "results.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(AssessmentError, match="cannot be read"):
        document.read(tmp_path / "results.json")


def test_names_the_record_that_is_damaged() -> None:
    built = build([model_a(), written()])
    built["results"][1]["earned"] = "many"
    with pytest.raises(AssessmentError, match=r"r\.json: results\.1\.earned: Input should be"):
        document.load_results(built, "r.json")
    with pytest.raises(AssessmentError, match="`results` is NoneType, expected a list"):
        document.load_results({"schema_version": 1})


def test_elapsed_time_is_null_where_the_clock_cannot_tell() -> None:
    assert build([], started="2025-03-01T09:00:00")["seconds"] is None
    assert build([], started="yesterday")["seconds"] is None


def test_describes_this_machine_without_asking_torch() -> None:
    machine = describe_machine(["NVIDIA H200"])
    assert machine["gpu"] == ["NVIDIA H200"]
    assert machine["cores"] >= 1
    assert machine["memory_gigabytes"] > 0
    assert machine["cpu"]
    assert find_versions(["pytest", "no-such-library-here"]) == {
        "pytest": pytest.__version__,
        "no-such-library-here": None,
    }


def test_a_class_is_told_student_by_student(tmp_path: Path) -> None:
    results = [trained(question, handed_in(who)) for who in ("ann", "bob") for question in "pq"]
    absent, similar = [Absent("zoe", "Zoe")], [Pair("ann", "bob", 0.93)]
    built = build(results, absent=absent, similar=similar)
    assert [(lab["submission"], lab["totals"]["points"]) for lab in built["labs"]] == [
        ("ann", 6),
        ("bob", 6),
    ]
    assert built["class"] == {
        "absent": [{"id": "zoe", "name": "Zoe"}],
        "similar": [{"first": "ann", "second": "bob", "share": 0.93}],
    }
    document.write(tmp_path / "results.json", built)
    again = document.load_results(document.read(tmp_path / "results.json"))
    assert [each.submission for each in again] == [each.submission for each in results]
    assert all(run.epochs and not run.steps for each in again for run in each.runs)


def test_practice_and_reference_keep_everything() -> None:
    practice = trained("p", handed_in(practice=True))
    built = build([practice, model_a()])
    assert "class" not in built
    assert built["results"][0]["runs"][0]["steps"]
    assert "submission" not in build([model_a()])["labs"][0]


def test_a_large_class_makes_no_huge_file(tmp_path: Path) -> None:
    """300 students and 30 questions are 9,000 records; here a twentieth of them."""
    document.write(tmp_path / "results.json", build(whole_class(15, 30)))
    size = (tmp_path / "results.json").stat().st_size
    assert 20 * size < 50_000_000
