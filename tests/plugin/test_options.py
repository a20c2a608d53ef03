"""Options: what `--help` says, and one clear message for each wrong value."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assessment.execution.seeds import grading_seeds
from tests.plugin.course import training, written

if TYPE_CHECKING:
    from tests.plugin.course import Course

GOLDEN = Path(__file__).parent / "golden"


def test_help(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    text = course.run("--help").stdout.str()
    section = text[text.index("train, evaluate and grade deep-learning labs:") :]
    assert section.partition("\n\n")[0] + "\n" == (GOLDEN / "help.txt").read_text()
    assert "assess_files (args):  glob patterns of spec files found in directories" in text
    markers = course.run("--markers").stdout.str()
    assert "@pytest.mark.assessment(seeds=, epochs=, max_steps=): a question of a lab" in markers


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("device", "tpu", "not a device; allowed: auto, cpu, cuda, cuda:1"),
        ("device", "cuda:7", "this machine shows no GPU (nvidia-smi -L)"),
        ("threads", "0", "argument --assess-threads: '0' is not a whole number of at least 1"),
        ("threads", "²", "argument --assess-threads: '²' is not a whole number of at least 1"),
        ("trainers", "x", "argument --assess-trainers: 'x' is not a whole number of at least 1"),
        ("reports", "specs/lab.yaml", "specs/lab.yaml: is a file, a directory is wanted"),
        ("reports", "specs/lab.yaml/inner", "inner: cannot be made: Not a directory"),
        ("data", "missing", "--assess-data missing: there is no such directory"),
    ],
)
@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_wrong_value_is_one_message_and_loses_nothing(
    course: Course,
    monkeypatch: pytest.MonkeyPatch,
    option: str,
    value: str,
    message: str,
    workers: tuple[str, ...],
) -> None:
    monkeypatch.setenv("PATH", str(course.path))  # no nvidia-smi, whatever this machine has
    course.lab(essay=written())
    earlier = course.file("reports/report.html", "an earlier report")
    result = course.run("specs", f"--assess-{option}={value}", *workers)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert message in result.stderr.str()
    everything = result.stdout.str() + result.stderr.str()
    assert "Traceback" not in everything
    assert "INTERNALERROR" not in everything
    assert "Generated html report" not in everything
    assert earlier.read_text() == "an earlier report"


def test_tests_that_are_no_labs_do_not_mind_wrong_values(course: Course) -> None:
    course.pytester.makeini(
        "[pytest]\ntestpaths = tests\naddopts = --assess-data=missing --assess-device=tpu\n"
    )
    course.lab(a=training())
    course.file(
        "tests/test_plain.py",
        """
        def test_plain():
            pass

        def test_lab(assessment):
            assessment("specs/lab.yaml::a")
        """,
    )
    result = course.pytester.runpytest_inprocess()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["--assess-device tpu: not a device; allowed: *"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_cannot_be_written(course: Course) -> None:
    course.lab(essay=written())
    (course.path / "sealed").mkdir(mode=stat.S_IRUSR | stat.S_IXUSR)
    result = course.run("specs", "--assess-reports=sealed")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --assess-reports *sealed: cannot be written"])


def test_reports_that_cannot_be_written_are_told_and_the_table_is_shown(course: Course) -> None:
    course.lab(essay=written())
    for name in ("report.html", "results.json"):
        (course.path / "reports" / name / "occupied").mkdir(parents=True)
    result = course.run("specs")
    text = result.stdout.str()
    assert "INTERNALERROR" not in text
    result.stdout.fnmatch_lines(
        [
            "essay *-/3 *waiting",
            "*reports/results.json: cannot be written: Is a directory",
            "*reports/report.html: cannot be written: Is a directory",
            "*1 skipped*",
        ]
    )


def test_the_directory_of_reports_is_seen_from_the_rootdir(course: Course) -> None:
    lab = course.lab(essay=written())
    course.pytester.chdir()
    os.chdir(lab.parent)
    course.run("--rootdir", str(course.path), "lab.yaml", "--assess-reports=out/of/the/way")
    assert (course.path / "out/of/the/way/report.html").is_file()
    assert (course.path / "out/of/the/way/results.json").is_file()


def test_an_html_report_elsewhere_is_the_users_own(course: Course) -> None:
    course.lab(essay=written())
    result = course.run("specs", "--html=mine/own.html")
    assert "mine/own.html" in result.stdout.str()
    assert "The lab" in (course.path / "mine/own.html").read_text()
    assert not (course.path / "reports/report.html").exists()
    assert course.statuses == {"essay": "waiting"}


def test_threads_and_trainers_are_as_asked(course: Course) -> None:
    course.lab(a=training(), b=training(seeds=2, all_seeds=True))
    result = course.run("specs", "--assess-threads=2", "--assess-trainers=3")
    result.stdout.fnmatch_lines(["assessment: 2 runs to make (2 at once on cpu, 2 threads each)"])
    threads = {run["environment"]["threads"] for run in course.results["b"]["runs"]}
    assert threads == {2}
    options = course.document["options"]
    assert (options["assess_threads"], options["assess_trainers"]) == (2, 3)


@pytest.mark.parametrize("plugin", ["html", "xdist", "terminal", "cacheprovider", "junitxml"])
def test_other_plugins_may_be_absent(course: Course, plugin: str) -> None:
    course.lab(essay=written())
    result = course.run("specs", "-p", f"no:{plugin}")
    assert result.ret == 0
    assert result.stderr.str() == ""
    assert course.statuses == {"essay": "waiting"}
    assert (course.path / "reports/report.html").exists() == (plugin != "html")


def test_a_course_secret_gives_grading_seeds(course: Course) -> None:
    course.lab(a=training(seeds=2, all_seeds=True))
    course.file("secret.txt", "a long enough secret\n")
    assert course.run("specs", "--assess-secret=secret.txt").ret == 0
    seeds = [run["seed"] for run in course.results["a"]["runs"]]
    family = grading_seeds(b"a long enough secret")
    assert seeds == [family(0), family(1)]
    assert "a long enough secret" not in Path(course.path, "reports/results.json").read_text()

    course.file("secret.txt", "short")
    result = course.run("specs", "--assess-secret=secret.txt")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --assess-secret *secret.txt: a secret of 5 bytes, *"])
