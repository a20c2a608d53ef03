"""The store: what was made once is taken from it, and every result stays in it."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assessment.errors import AssessmentError
from assessment.results.store.files import open_store
from assessment.results.store.graded import load_results
from assessment.results.store.sessions import list_sessions
from tests.plugin.course import comparison, training, written
from tests.plugin.test_interrupt import LONGEST, SLOW, wait_for
from tests.plugin.test_kinds import checkpoint
from tests.plugin.test_status import COUNTING, counted, runs_made

if TYPE_CHECKING:
    from assessment.results.store.sessions import Session
    from tests.plugin.course import Course

OWN = "--assess-store=reports/assessment.sqlite"
WORKERS = pytest.mark.parametrize("workers", [(), ("-n", "2")])


@pytest.fixture
def lab(course: Course) -> Course:
    """Four runs of two models, and what is graded without any."""
    course.file("specs/counting.py", COUNTING)
    course.lab(
        first=counted("one", seeds=2, all_seeds=True),
        second=counted("two", seeds=2, all_seeds=True),
        order=comparison("first", "second"),
        essay=written(),
    )
    return course


def path_of(course: Course, name: str = "reports/assessment.sqlite") -> Path:
    return Path(course.path, name)


def sessions(course: Course) -> list[Session]:
    with open_store(path_of(course), read_only=True) as store:
        return list_sessions(store)


def stored(course: Course, session: int) -> dict[str, dict[str, Any]]:
    """Return the results of a session by unit."""
    with open_store(path_of(course), read_only=True) as store:
        return {found.result.unit: found.result.plain() for found in load_results(store, session)}


def edit(course: Course, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path_of(course))) as connection, connection:
        connection.execute(statement, values)


# --- runs ---------------------------------------------------------------------------------------


@WORKERS
def test_a_second_run_trains_nothing_and_finds_the_same(
    lab: Course, workers: tuple[str, ...]
) -> None:
    first = lab.run("specs", *workers)
    first.stdout.fnmatch_lines(["assessment: 4 runs to make (2 at once on cpu, 1 thread each)"])
    assert runs_made(lab) == ["one", "one", "two", "two"]
    before = lab.document

    second = lab.run("specs", *workers)
    line = "assessment: no runs to make, 4 taken from reports/assessment.sqlite"
    second.stdout.fnmatch_lines([line])
    assert second.parseoutcomes() == first.parseoutcomes()
    assert runs_made(lab) == []
    assert lab.document["results"] == before["results"]


def test_only_what_is_missing_is_made(lab: Course) -> None:
    lab.run("specs", "-k", "first")
    runs_made(lab)
    result = lab.run("specs")
    result.stdout.fnmatch_lines(
        ["assessment: 2 runs to make, 2 taken from reports/assessment.sqlite (2 at once *"]
    )
    assert runs_made(lab) == ["two", "two"]


def test_another_recipe_is_another_run_and_another_text_is_not(lab: Course) -> None:
    lab.run("specs")
    runs_made(lab)
    lab.lab(
        first=counted("one", seeds=2, all_seeds=True, title="Another title", at_least=1),
        second=counted("three", seeds=1),
    )
    lab.run("specs").stdout.fnmatch_lines(["assessment: 1 run to make, 2 taken from *"])
    assert runs_made(lab) == ["three"]


@WORKERS
def test_fresh_makes_every_run_anew_once_and_keeps_it(
    lab: Course, workers: tuple[str, ...]
) -> None:
    lab.run("specs")
    runs_made(lab)
    result = lab.run("specs", "--assess-fresh", *workers)
    result.stdout.fnmatch_lines(["assessment: 4 runs to make (*"])
    assert runs_made(lab) == ["one", "one", "two", "two"]
    started = [run["started"] for run in lab.results["first"]["runs"]]
    lab.run("specs")
    assert runs_made(lab) == []
    assert [run["started"] for run in lab.results["first"]["runs"]] == started, "the latest ones"


def test_other_threads_are_another_environment(lab: Course) -> None:
    lab.run("specs")
    runs_made(lab)
    lab.run("specs", "--assess-threads=2").stdout.fnmatch_lines(["assessment: 4 runs to make (*"])
    assert runs_made(lab) == ["one", "one", "two", "two"]
    lab.run("specs").stdout.fnmatch_lines(["assessment: no runs to make, 4 taken from *"])


def test_one_run_that_is_left_keeps_the_threads_of_all(
    lab: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A single run takes all cores, but not where it is the last of several."""
    monkeypatch.setattr("assessment.execution.capacity.cpu_cores", lambda: 4)
    lab.pytester.runpytest_inprocess("--assess-device=cpu", "specs")
    runs_made(lab)
    edit(lab, "DELETE FROM result_runs")
    edit(lab, "DELETE FROM runs WHERE id = 1")
    result = lab.pytester.runpytest_inprocess("--assess-device=cpu", "specs")
    result.stdout.fnmatch_lines(["assessment: 1 run to make, 3 taken *, 1 thread each)"])
    threads = {run["environment"]["threads"] for run in lab.results["order"]["runs"]}
    assert threads <= {1}
    assert len(runs_made(lab)) == 1


def test_failures_are_remembered_until_something_changes(course: Course) -> None:
    course.file(
        "specs/failing.py",
        """
        from pathlib import Path

        def net():
            with Path(__file__).with_name("runs.txt").open("a") as file:
                file.write("run\\n")
            raise RuntimeError("no such network")
        """,
    )
    model = {"model": {"name": "failing:net", "arguments": {}}}
    course.lab(a=training(training=model))
    for made in (["run"], []):
        result = course.run("specs")
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(["*invalid: RuntimeError: no such network*"])
        assert runs_made(course) == made
    course.lab(a=training(training=model, limits={"seconds": 50}))
    course.run("specs").assert_outcomes(failed=1)
    assert runs_made(course) == ["run"]


def test_what_could_not_be_graded_is_tried_again(course: Course) -> None:
    course.lab(a=training(training={"dataset": {"name": "mnist"}}))
    (course.path / "sets").mkdir()
    for _ in range(2):
        result = course.run("specs", "--assess-data=sets")
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines(["assessment: 1 run to make *"])


def test_a_smoke_run_leaves_nothing(lab: Course) -> None:
    lab.run("specs", "--assess-smoke")
    assert not path_of(lab).exists()
    lab.run("specs").stdout.fnmatch_lines(["assessment: 4 runs to make (*"])
    lab.run("specs", "--assess-smoke").stdout.fnmatch_lines(["assessment: 4 runs to make, one*"])
    assert len(sessions(lab)) == 1


@WORKERS
def test_final_states_are_kept_for_checkpoints(course: Course, workers: tuple[str, ...]) -> None:
    course.file("specs/counting.py", COUNTING)
    course.lab(model=counted("one"), saved=checkpoint("model"))
    course.run("specs").assert_outcomes(passed=2)
    assert runs_made(course) == ["one"] * 2, "to train, and to load the weights into"
    course.run("specs/lab.yaml::saved", *workers).assert_outcomes(passed=1)
    assert runs_made(course) == ["one"]
    assert course.results["saved"]["earned"] == 2


def test_hand_written_tests_take_and_give(lab: Course) -> None:
    lab.file(
        "tests/test_lab.py",
        """
        def test_first(assessment):
            assert len(assessment("specs/lab.yaml::first").runs) == 2

        def test_second(assessment):
            assert len(assessment("specs/lab.yaml::second", seeds=3).runs) == 3
        """,
    )
    lab.run("specs")
    runs_made(lab)
    lab.run("tests").assert_outcomes(passed=2)
    assert runs_made(lab) == ["two"], "the third seed"
    lab.run("tests", "-n", "2").assert_outcomes(passed=2)
    assert runs_made(lab) == []
    assert len(sessions(lab)) == 1, "nothing was graded"


# --- where it lies ------------------------------------------------------------------------------


def test_the_store_lies_among_the_reports_or_where_it_was_asked_for(course: Course) -> None:
    course.lab(essay=written())
    os.chdir(course.path / "specs")
    root = ("--rootdir", str(course.path), "lab.yaml")
    course.run(*root, "--assess-reports=out")
    assert path_of(course, "out/assessment.sqlite").is_file()
    course.run(*root, "--assess-reports=out", "--assess-store=mine/own.sqlite")
    assert path_of(course, "mine/own.sqlite").is_file()
    assert not path_of(course).exists()


def test_looking_makes_no_store(course: Course) -> None:
    course.lab(essay=written())
    course.file("tests/test_plain.py", "def test_plain(): pass")
    for arguments in (["specs", "--collect-only"], ["specs", "-k", "nothing"], ["tests"]):
        course.run(*arguments)
    assert not path_of(course).exists()


# --- sessions -----------------------------------------------------------------------------------


@WORKERS
def test_every_run_of_pytest_is_a_session_with_its_results(
    lab: Course, workers: tuple[str, ...]
) -> None:
    lab.run("specs", *workers)
    lab.run("specs", "-k", "essay or first", "-x", *workers)
    one, two = sessions(lab)
    assert [one.status, two.status] == ["complete", "complete"]
    assert one.command[-1 - len(workers) :] == ["specs", *workers]
    assert one.finished is not None
    assert one.finished >= one.started[:19]
    assert one.options["assess_device"] == "cpu"
    assert one.machine["cores"] >= 1
    assert one.versions["torch"]
    assert set(stored(lab, 1)) == {"first", "second", "order", "essay"}
    assert stored(lab, 2) == lab.results
    with open_store(path_of(lab), read_only=True) as store, store.reading() as connection:
        rows = connection.execute("SELECT run FROM result_runs").fetchall()
        kept = connection.execute("SELECT predictions IS NOT NULL FROM runs").fetchall()
    assert kept == [(1,)] * 4, "the predicted classes of each run"
    assert rows
    assert all(run is not None for (run,) in rows), "runs are referred to, not copied"


def test_a_session_that_ends_early_says_so(course: Course) -> None:
    course.lab(first=training(at_least=99), second=training(), third=written())
    course.run("specs", "-x")
    [session] = sessions(course)
    assert session.status == "interrupted"
    assert session.finished is not None
    assert set(stored(course, 1)) == {"first"}


def test_what_was_not_reached_is_stored_as_such(course: Course) -> None:
    course.file(
        "conftest.py",
        "def pytest_runtest_setup(item):\n    assert item.name != 'flaky', 'no license'\n",
    )
    course.lab(flaky=written(), essay=written())
    course.run("specs")
    assert {name: found["status"] for name, found in stored(course, 1).items()} == {
        "flaky": "not_gradable",
        "essay": "waiting",
    }


def test_the_item_of_a_dead_worker_is_stored_by_the_controller(course: Course) -> None:
    course.file(
        "conftest.py",
        "import os\ndef pytest_runtest_setup(item):\n    item.name == 'fatal' and os._exit(1)\n",
    )
    course.lab(essay=written(), fatal=written(), other=written())
    course.run("specs", "-n", "2")
    assert {name: found["status"] for name, found in stored(course, 1).items()} == {
        "essay": "waiting",
        "fatal": "not_gradable",
        "other": "waiting",
    }
    assert [session.status for session in sessions(course)] == ["complete"]


@WORKERS
def test_what_was_graded_before_a_sigkill_is_stored(
    course: Course, workers: tuple[str, ...]
) -> None:
    course.file("specs/slow.py", SLOW)
    slow = training(training={"model": {"name": "slow:Slow", "arguments": {}}})
    course.lab(essay=written(), good=training(), slow=slow)
    process = course.start("specs", *workers)

    def graded() -> set[str]:
        try:
            return set(stored(course, 1))
        except AssessmentError:  # there is no store yet, or nothing in it
            return set()

    wait_for(lambda: graded() == {"essay", "good"} or process.poll() is not None)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert graded() == {"essay", "good"}
    [session] = sessions(course)
    assert (session.status, session.finished, session.earned) == ("running", None, 2)
    course.run("specs", "-k", "good").stdout.fnmatch_lines(["assessment: no runs to make, 1 *"])
    assert [session.status for session in sessions(course)] == ["running", "complete"]


def test_two_runs_of_pytest_on_one_store_share_the_work(lab: Course) -> None:
    processes = [
        lab.start("specs", "--assess-trainers=1", f"--assess-reports=reports{number}", OWN)
        for number in range(2)
    ]
    outputs = [process.communicate(timeout=LONGEST)[0] for process in processes]
    assert processes[0].returncode == processes[1].returncode, outputs
    assert runs_made(lab) == ["one", "one", "two", "two"]
    assert len(sessions(lab)) == 2
    assert stored(lab, 1) == stored(lab, 2)
    left = [path.name for path in path_of(lab).parent.iterdir()]
    assert left == ["assessment.sqlite"], "no claim, no journal"


def test_a_run_that_grades_nothing_is_no_session(course: Course) -> None:
    course.file("specs/broken.yaml", "title: Broken\n")
    course.lab(essay=written())
    course.run("specs/broken.yaml")
    course.run("specs", "-k", "nothing")
    course.run("specs")
    assert [session.number for session in sessions(course)] == [1]
