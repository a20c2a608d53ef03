"""How items end: passed, failed, skipped, error - and what is said about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from tests.plugin.course import comparison, training, written

if TYPE_CHECKING:
    from tests.plugin.course import Course

FAULTY = """
import os
import signal
import time

import torch
from assessment.models.digits import Mlp


class Raises(Mlp):
    def forward(self, images):
        print("about to fail")
        raise ValueError("no forward today")


class Narrow(Mlp):
    def forward(self, images):
        return super().forward(images)[:, :7]


class NotFinite(Mlp):
    def forward(self, images):
        return super().forward(images) * float("nan")


class Leaves(Mlp):
    def forward(self, images):
        os._exit(3)


class Killed(Mlp):
    def forward(self, images):
        os.kill(os.getpid(), signal.SIGKILL)


class Hangs(Mlp):
    def forward(self, images):
        time.sleep(1000)


class Eats(Mlp):
    def forward(self, images):
        self.meal = torch.ones(1000, 1000, 1000)
        time.sleep(1000)


class Unbuildable(Mlp):
    def __init__(self):
        raise RuntimeError("no such network")


def number():
    return 3
"""


def faulty(name: str, **fields: object) -> dict[str, object]:
    return training(training={"model": {"name": f"faulty:{name}", "arguments": {}}}, **fields)


def test_points_decide(course: Course) -> None:
    course.lab(
        good=training(),
        low=training(
            title="Needs two things",
            expect={
                "accuracy": {"measure": "test_accuracy", "at_least": 99, "points": 4},
                "size": {
                    "measure": "parameters",
                    "equals": 12,
                    "points": 1,
                    "accept_reported": True,
                },
                "shown": {"measure": "train_loss"},
            },
        ),
        essay=written(points=3),
        order=comparison("good", "low"),
    )
    course.file("specs/broken.yaml", "titel: Broken\nquestions:\n  a: {kind: wrtten}\n")
    course.file("specs/empty.yaml", "")
    result = course.run("specs", "--junitxml=junit.xml", "-rA")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=1, failed=4, skipped=1)
    text = result.stdout.str()
    assert "Traceback" not in text
    assert "assessment: 1 run to make" in text  # good and low share it
    accuracy = course.results["good"]["expectations"][0]["value"]
    result.stdout.fnmatch_lines(
        [
            "*_ spec _*",
            'specs/broken.yaml:3:13: questions.a.kind: found the text "wrtten", did you mean *',
            "   3 |   a: {kind: wrtten}",
            "*_ low _*",
            f"specs/lab.yaml:*: test accuracy {accuracy:.2f} % is below 99.0 % (0 of 4 points)",
            "specs/lab.yaml:*: 610 trainable parameters, not 12 (0 of 1 points)",
            "total 2 of 9 points, 3 waiting for a person, *",
            "specs/empty.yaml has mistakes: none of its questions is counted",
            "PASSED specs/lab.yaml::good",
            "SKIPPED [[]1[]] specs/lab.yaml:*: waits for a person: 3 points",
            "FAILED specs/broken.yaml::spec - 3 mistakes, the first: *",
            "FAILED specs/empty.yaml::spec - the file is empty: *",
            f"FAILED specs/lab.yaml::low - test accuracy {accuracy:.2f} % is below *",
        ]
    )
    line = next(line for line in result.outlines if "610 trainable" in line)
    number = int(line.split(":")[1])
    assert (course.path / "specs/lab.yaml").read_text().splitlines()[number - 1] == "  low:"
    assert list(course.document["broken_specs"]) == ["specs/broken.yaml", "specs/empty.yaml"]
    assert "specs/empty.yaml:1:1: the file is empty" in str(course.document["broken_specs"])
    assert course.statuses == {
        "good": "scored",
        "low": "scored",
        "essay": "waiting",
        "order": "scored",
    }
    cases = {
        case.get("name"): case for case in ElementTree.parse("junit.xml").getroot().iter("testcase")
    }
    assert properties(cases["low"]) == {"status": "scored", "points": "0/5"}
    assert properties(cases["good"]) == {"status": "scored", "points": "2/2"}
    failure = cases["low"].find("failure")
    assert failure is not None
    assert failure.get("message") == (
        f"test accuracy {accuracy:.2f} % is below 99.0 % (0 of 4 points); "
        "610 trainable parameters, not 12 (0 of 1 points)"
    )
    assert cases["essay"].find("skipped") is not None


def properties(case: ElementTree.Element) -> dict[str | None, str | None]:
    return {found.get("name"): found.get("value") for found in case.iter("property")}


def test_failing_models_cost_their_own_question_only(course: Course) -> None:
    course.file("specs/faulty.py", FAULTY)
    course.lab(
        raises=faulty("Raises"),
        narrow=faulty("Narrow"),
        not_finite=faulty("NotFinite"),
        leaves=faulty("Leaves"),
        killed=faulty("Killed"),
        hangs=faulty("Hangs", limits={"seconds": 2}),
        eats=faulty("Eats", limits={"megabytes": 2000}),
        unbuildable=faulty("Unbuildable"),
        number=faulty("number"),
        good=training(),
        order=comparison("good", "raises"),
    )
    result = course.run("specs", "-v")
    result.assert_outcomes(passed=1, failed=9, skipped=1)
    assert course.statuses == {
        "raises": "invalid",
        "narrow": "invalid",
        "not-finite": "invalid",
        "leaves": "crashed",
        "killed": "crashed",
        "hangs": "timeout",
        "eats": "out_of_memory",
        "unbuildable": "invalid",
        "number": "invalid",
        "good": "scored",
        "order": "skipped",  # the failed side is no second zero
    }
    assert course.document["status"] == "complete"
    text = result.stdout.str()
    assert "assessment/sandbox" not in text
    assert "assessment/training" not in text
    result.stdout.fnmatch_lines(
        [
            "specs/lab.yaml:*: invalid: ValueError: no forward today * (0 of 2 points)",
            "    about to fail",
            '      File "*specs/faulty.py", line 13, in forward',
            "    ValueError: no forward today",
            "specs/lab.yaml:*: invalid: *(32, 7)*(32, 10) is wanted (0 of 2 points)",
            "specs/lab.yaml:*: invalid: *non-finite logits for 899 of 899 *",
            "specs/lab.yaml:*: crashed: exited with status 3 *",
            "specs/lab.yaml:*: crashed: was killed by SIGKILL*",
            "specs/lab.yaml:*: out of time: took longer than *2 s *",
            "specs/lab.yaml:*: out of memory: used *2,000 MB are allowed*",
            "specs/lab.yaml:*: invalid: RuntimeError: no such network*",
        ]
    )


def test_what_the_machine_cannot_do_is_an_error_and_no_zero(course: Course) -> None:
    weights = {
        "model": {
            "name": "torchvision",
            "arguments": {"architecture": "resnet18", "new_first_layer": True, "channels": 1},
            "weights": "resnet18.pth",
        }
    }
    course.lab(
        no_data=training(training={"dataset": {"name": "mnist"}}),
        no_band=training(
            expect={"a": {"measure": "test_accuracy", "band": "calibrated", "points": 2}}
        ),
        no_weights=training(training=weights),
        good=training(),
        order=comparison("good", "no-data"),
    )
    (course.path / "sets").mkdir()
    result = course.run("specs", "--assess-data=sets", "--junitxml=junit.xml")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=1, errors=4)
    text = result.stdout.str()
    assert "Traceback" not in text
    result.stdout.fnmatch_lines(
        [
            "specs/lab.yaml:*: not gradable: MNIST is not in */sets*train-images-idx3-ubyte*",
            "specs/lab.yaml:*: not gradable: a: uncalibrated: *assessment calibrate specs/lab.yaml",
            "specs/lab.yaml:*: not gradable: the pretrained weights resnet18.pth are not in *",
            "specs/lab.yaml:*: not gradable: order: no-data*MNIST is not in *",
            "total 2 of 2 points, 8 not graded, *",
            "ERROR specs/lab.yaml::no-data - not gradable: MNIST is not in *",
        ]
    )
    assert list(course.statuses.values()) == [*["not_gradable"] * 3, "scored", "not_gradable"]
    cases = {case.get("name"): case for case in ElementTree.parse("junit.xml").iter("testcase")}
    error = cases["no-data"].find("error")
    assert error is not None
    assert "not gradable: MNIST is not in" in str(error.get("message"))
    assert properties(cases["no-data"]) == {"status": "not_gradable", "points": "0/2"}


def test_last_failed_are_those_without_all_points_and_without_grade(course: Course) -> None:
    banded = {"accuracy": {"measure": "test_accuracy", "band": "calibrated", "points": 2}}
    course.lab(a=training(), b=training(at_least=99), c=training(expect=banded), d=written())
    course.run("specs").assert_outcomes(passed=1, failed=1, errors=1, skipped=1)
    course.run("specs", "--lf").assert_outcomes(failed=1, errors=1)
    assert course.statuses == {"b": "scored", "c": "not_gradable"}


def test_a_damaged_calibration_file_costs_only_what_needs_it(course: Course) -> None:
    course.file("specs/calibration/lab.jsonl", '{"unit": "banded", "run": 3}\n{}\n')
    course.lab(
        banded=training(
            expect={"a": {"measure": "test_accuracy", "band": "calibrated", "points": 2}}
        ),
        good=training(),
    )
    result = course.run("specs")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["specs/lab.yaml:*: not gradable: *specs/calibration/lab.jsonl:1*"])
    assert course.statuses == {"banded": "not_gradable", "good": "scored"}


def test_set_up_that_fails_or_skips_leaves_no_gap_in_the_results(course: Course) -> None:
    course.file(
        "conftest.py",
        """
        import pytest

        def pytest_runtest_setup(item):
            if item.name == "flaky":
                raise OSError("the license server is away")
            if item.name == "later":
                pytest.skip("not this week")
        """,
    )
    course.lab(flaky=written(), later=written(), essay=written())
    result = course.run("specs")
    result.assert_outcomes(errors=1, skipped=2)
    assert course.statuses == {"flaky": "not_gradable", "later": "skipped", "essay": "waiting"}
    assert course.results["flaky"]["reason"] == (
        "set-up failed: OSError: the license server is away"
    )
    assert course.results["later"]["reason"] == "not this week"
    assert course.document["status"] == "complete"


def test_missing_hardware_skips_unless_told_otherwise(course: Course) -> None:
    course.lab(
        large=training(hardware={"accelerator": True, "cpu_seconds": 4000}),
        small=training(),
        order=comparison("small", "large"),
    )
    result = course.run("specs", "-rs")
    assert result.ret == 0
    result.assert_outcomes(passed=1, skipped=2)
    result.stdout.fnmatch_lines(
        [
            "SKIPPED *needs an accelerator, there is none: about 67 min a run on one CPU core "
            "(--assess-anyway runs it)"
        ]
    )
    assert course.statuses == {"large": "skipped", "small": "scored", "order": "skipped"}
    anyway = course.run("specs/lab.yaml::large", "--assess-anyway")
    anyway.assert_outcomes(passed=1)
    assert course.results["large"]["runs"][0]["outcome"] == "scored"


def test_smoke_tries_one_step_of_everything(course: Course) -> None:
    course.file("specs/faulty.py", FAULTY)
    pictures = {
        "model": {
            "name": "torchvision",
            "arguments": {"architecture": "resnet18", "new_first_layer": True, "channels": 1},
            "weights": "resnet18.pth",
        },
        "max_steps": None,
    }
    course.lab(
        hopeless=training(at_least=100),
        transfer=training(training=pictures),
        large=training(hardware={"accelerator": True}),
        essay=written(),
        order=comparison("hopeless", "large"),
    )
    result = course.run("specs", "--assess-smoke")
    assert result.ret == 0
    result.assert_outcomes(passed=4, skipped=1)
    result.stdout.fnmatch_lines(["assessment: 2 runs to make, one step each *"])
    assert course.document["status"] == "smoke"
    assert set(course.statuses.values()) == {"smoke", "waiting"}
    assert all(record["earned"] == 0 for record in course.results.values())
    course.lab(broken=faulty("Narrow"), essay=written())
    result = course.run("specs", "--assess-smoke")
    result.assert_outcomes(failed=1, skipped=1)
    assert course.statuses == {"broken": "invalid", "essay": "waiting"}
    broken = course.results["broken"]
    assert (broken["earned"], broken["points"]) == (0, 0)
    result.stdout.fnmatch_lines(["broken * -   invalid *", "total 0 of 0 points, 3 waiting *"])
    assert "0/2" not in result.stdout.str()


def test_what_is_cut_short_is_measured_and_not_graded(course: Course) -> None:
    long = {"epochs": 3, "max_steps": None}
    course.lab(
        long=training(training=long, at_least=100),
        short=training(),
        order=comparison("long", "short"),
        saved={
            "kind": "checkpoint",
            "title": "Saved",
            "of": "long",
            "file": "model.pth",
            "points": 1,
        },
        essay=written(),
    )
    result = course.run("specs", "--assess-epochs", "2")
    assert result.ret == 0
    result.assert_outcomes(passed=1, skipped=4)
    result.stdout.fnmatch_lines(
        [
            "cut short: long (2 points): trained for 2 of 3 epochs",
            "cut short: order, saved (3 points): long trained for 2 of 3 epochs",
        ]
    )
    assert course.document["status"] == "shortened"
    assert course.statuses == {
        "long": "shortened",
        "short": "scored",
        "order": "shortened",
        "saved": "shortened",
        "essay": "waiting",
    }
    [graded] = course.results["long"]["expectations"]
    [run] = course.results["long"]["runs"]
    assert len(run["epochs"]["test_accuracy"]) == 2
    assert graded["value"] == run["epochs"]["test_accuracy"][-1]
    assert graded["condition"].startswith("at least 100")
    assert (graded["met"], graded["earned"], graded["why"]) == (None, 0, "")
    [order] = course.results["order"]["expectations"]
    assert set(order["values"]) == {"long", "short"}
    assert None not in order["values"].values()
    page = (course.path / "reports/report.html").read_text(encoding="utf-8")
    assert "Some questions were trained for fewer epochs than asked" in page


def test_a_run_cut_short_never_stands_for_a_whole_one(course: Course) -> None:
    course.lab(only=training(training={"epochs": 2}))
    course.run("specs")
    whole = course.results["only"]["runs"]
    course.run("specs", "--assess-epochs", "1")
    assert course.statuses == {"only": "shortened"}
    course.run("specs")
    assert course.statuses == {"only": "scored"}
    assert course.results["only"]["runs"] == whole, "taken from the store"
    course.run("specs", "--assess-epochs", "5")
    assert course.statuses == {"only": "scored"}, "nothing was cut"


def test_what_fails_before_it_is_cut_short_is_still_a_failure(course: Course) -> None:
    course.file("specs/faulty.py", FAULTY)
    course.lab(
        broken=faulty("Narrow") | {"training": {"epochs": 2, "model": {"name": "faulty:Narrow"}}}
    )
    course.run("specs", "--assess-epochs", "1").assert_outcomes(failed=1)
    assert course.statuses == {"broken": "invalid"}


COUNTING = """
from pathlib import Path

from assessment.models.digits import Mlp


class Counted(Mlp):
    def __init__(self, name):
        super().__init__(8)
        with Path(__file__).with_name("runs.txt").open("a") as file:
            file.write(name + "\\n")
"""


def counted(name: str, **fields: object) -> dict[str, object]:
    model = {"name": "counting:Counted", "arguments": {"name": name}}
    return training(training={"model": model}, **fields)


def runs_made(course: Course) -> list[str]:
    log = Path(course.path, "specs/runs.txt")
    made = sorted(log.read_text().split()) if log.exists() else []
    log.unlink(missing_ok=True)
    return made


def test_what_is_compared_is_trained_once(course: Course) -> None:
    course.file("specs/counting.py", COUNTING)
    course.lab(
        first=counted("one", seeds=2, all_seeds=True),
        second=counted("two"),
        same_as_second=counted("two"),
        order=comparison("first", "second"),
        order_again=comparison("second", "first"),
        essay=written(),
    )
    result = course.run("specs")
    assert "assessment: 3 runs to make" in result.stdout.str()
    assert runs_made(course) == ["one", "one", "two"]
    values = course.results["order"]["expectations"][0]["values"]
    for name in ("first", "second"):
        accuracies = [run["epochs"]["test_accuracy"][-1] for run in course.results[name]["runs"]]
        assert values[name] == pytest.approx(sum(accuracies) / len(accuracies))
    earned = {course.results[name]["earned"] for name in ("order", "order-again")}
    assert earned == {0, 2}  # one of the two directions holds

    alone = course.run("specs", "-k", "order-again", "--assess-fresh")
    assert "1 passed" in alone.stdout.str() or "1 failed" in alone.stdout.str()
    assert runs_made(course) == ["one", "one", "two"]
    assert course.results["order-again"]["expectations"][0]["values"] == dict(
        sorted(values.items(), reverse=True)
    )
    assert course.document["status"] == "complete"


def test_models_of_the_same_name_beside_two_specs_are_two_models(course: Course) -> None:
    course.file("specs/solutions.py", "from assessment.models.digits import Mlp as Net")
    course.file("drafts/solutions.py", "from assessment.models.digits import Cnn as Net")
    question = training(training={"model": {"name": "solutions:Net", "arguments": {}}})
    paths = [str(course.lab(folder=folder, q=question)) for folder in ("specs", "drafts")]
    course.run(*paths)
    sizes = [record["runs"][0]["parameters"] for record in course.document["results"]]
    keys = {record["runs"][0]["key"] for record in course.document["results"]}
    assert sizes == [2410, 9930]
    assert len(keys) == 2


@pytest.mark.parametrize("option", ["-q", "-qq", "--tb=long", "--tb=line", "--tb=no", "-s", "-vv"])
def test_other_ways_to_print_say_the_same(course: Course, option: str) -> None:
    course.lab(low=training(at_least=99), essay=written())
    result = course.run("specs", option, "-p", "no:cacheprovider")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    text = result.stdout.str()
    assert "Traceback" not in text
    assert "total 0 of 2 points" in text
    assert ("% is below 99.0 %" in text.partition("assessment ===")[0]) == (option != "--tb=no")
    assert not (course.path / ".pytest_cache").exists()


def test_the_first_failure_can_end_the_run(course: Course) -> None:
    course.lab(first=training(at_least=99), second=training(seeds=3), third=written())
    result = course.run("specs", "-x")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert course.statuses == {"first": "scored"}
    assert course.document["status"] == "interrupted"
    assert "The run was interrupted" in course.page
    again = course.run("specs", "--lf")
    again.assert_outcomes(failed=1)


def test_lines_for_a_warning_free_project(course: Course) -> None:
    course.pytester.makeini("[pytest]\nfilterwarnings = error\naddopts = --strict-markers\n")
    course.lab(good=training(), essay=written())
    result = course.spawn("specs")
    assert result.ret == 0
    assert "warnings summary" not in result.stdout.str()
    assert result.stderr.str() == ""
