"""The `assessment` fixture in hand-written tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.plugin.course import comparison, training, written

if TYPE_CHECKING:
    from tests.plugin.course import Course

COUNTING = """
from pathlib import Path
from assessment.models.digits import Mlp


class Counted(Mlp):
    def __init__(self):
        super().__init__(8)
        with Path(__file__).with_name("runs.txt").open("a") as file:
            file.write("run\\n")


class Raises(Mlp):
    def forward(self, images):
        print("about to fail")
        raise ValueError("no forward today")
"""
WEIGHTS = {
    "name": "torchvision",
    "arguments": {"architecture": "resnet18"},
    "weights": "resnet18.pth",
}


@pytest.fixture
def lab(course: Course) -> Course:
    course.file("specs/counting.py", COUNTING)
    counted = {"model": {"name": "counting:Counted", "arguments": {}}, "epochs": 2}
    course.lab(
        first=training(training=counted),
        rates=training(
            training={"record": {"every": 1}},
            variants={"lr-0.1": {}, "lr-1": {"set": {"optimizer": {"learning_rate": 1}}}},
        ),
        raises=training(training={"model": {"name": "counting:Raises", "arguments": {}}}),
        no_weights=training(training={"model": WEIGHTS}),
        order=comparison("first", "rates[lr-1]"),
        essay=written(),
    )
    return course


def test_measurements_of_a_question(lab: Course) -> None:
    lab.file(
        "tests/test_lab.py",
        """
        import pytest

        def test_values(assessment):
            r = assessment("specs/lab.yaml::first")
            assert 0 <= r.test_accuracy <= 100
            assert r.test_accuracy == r.runs[0].epochs["test_accuracy"][-1]
            assert r.parameters == 610
            assert len(r.runs) == 1 and r.runs[0].seed == 2_000_000
            best = r.measure("test_accuracy", at="best")
            assert best == max(r.runs[0].epochs["test_accuracy"])
            assert repr(r) == "<first: 1 run>"
            assert r.measure("epochs_to_accuracy", target=99.9) == float("inf")

        @pytest.mark.assessment(seeds=3, epochs=1)
        def test_marker(assessment):
            r = assessment("specs/lab.yaml::first")
            assert [len(run.epochs["train_loss"]) for run in r.runs] == [1, 1, 1]
            assert len({run.seed for run in r.runs}) == 3
            r = assessment("specs/lab.yaml::first", seeds=1)  # the call comes before the marker
            assert len(r.runs) == 1

        def test_steps(assessment):
            r = assessment("specs/lab.yaml::rates[lr-1]", max_steps=2)
            assert r.runs[0].steps["step"] == [0, 1]

        def test_too_little(assessment):
            assert assessment("specs/lab.yaml::first").test_accuracy > 99
        """,
    )
    result = lab.run("tests")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["E *assert * > 99", "E *test_accuracy*"])
    assert (lab.path / "specs/runs.txt").read_text().count("run") == 1 + 3
    found = [path.name for path in (lab.path / "reports").iterdir()]
    assert found == ["assessment.sqlite"], "its runs, and no report"


def test_a_lab_written_in_python(lab: Course) -> None:
    lab.file(
        "tests/test_lab.py",
        """
        import assessment as a

        LAB = a.Lab(
            title="Mine",
            questions={
                "mlp": a.TrainingQuestion(
                    kind="training",
                    title="An MLP",
                    training=a.Training(
                        model=a.ModelReference(name="digits/mlp", arguments={"hidden": 8}),
                        dataset=a.Dataset(name="digits"),
                        optimizer=a.Sgd(name="sgd", learning_rate=0.1),
                        epochs=1,
                        max_steps=4,
                        batch_size=32,
                    ),
                )
            },
        )

        def test_lab(assessment):
            assert assessment("mlp", LAB).parameters == 610

        def test_unknown(assessment):
            assessment("mpl", LAB)
        """,
    )
    result = lab.run("tests")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["mpl: no question mpl, did you mean mlp? (trained are: mlp)"])


MISTAKES = {
    'assessment("specs/lab.yaml::frist")': (
        "specs/lab.yaml::frist: no question frist, did you mean first? (trained are: first, "
        "rates[[]lr-0.1[]], rates[[]lr-1[]], raises, no-weights)"
    ),
    'assessment("specs/lab.yaml::rates")': (
        "specs/lab.yaml::rates: rates has variants, name one of them: "
        "rates[[]lr-0.1[]], rates[[]lr-1[]]"
    ),
    'assessment("specs/lab.yaml::essay")': (
        "specs/lab.yaml::essay: essay is a written question, nothing is trained for it"
    ),
    'assessment("specs/lab.yaml")': "specs/lab.yaml: expected specs/lab.yaml::question",
    "assessment(3)": "assessment(3): expected a text, specs/lab.yaml::question",
    "assessment(None)": "assessment(None): expected a text, specs/lab.yaml::question",
    'assessment("first", 3)': ("assessment('first', 3): expected a Lab or a spec file as `lab`"),
    'assessment("specs/lap.yaml::first")': "specs/lap.yaml: no such file*did you mean*lab.yaml?*",
    'assessment("specs/broken.yaml::first")': "specs/broken.yaml:1:1: needs the key `questions`*",
    'assessment("specs/lab.yaml::first", sedes=2)': (
        "assessment(sedes=...): unknown, did you mean seeds? (allowed: seeds, epochs, max_steps)"
    ),
    'assessment("specs/lab.yaml::first", seeds=0)': (
        "assessment(seeds=0): a whole number of at least 1 is wanted"
    ),
    'assessment("specs/lab.yaml::first", epochs="2")': (
        "assessment(epochs='2'): a whole number of at least 1 is wanted"
    ),
    'assessment("specs/lab.yaml::raises")': (
        "specs/lab.yaml::raises: invalid: ValueError: no forward today*"
    ),
    'assessment("specs/lab.yaml::no-weights")': (
        "specs/lab.yaml::no-weights: not gradable: the pretrained weights resnet18.pth are not in*"
    ),
    'assessment("specs/lab.yaml::first", max_steps=1).test_acuracy': (
        "E *no measurement test_acuracy, did you mean test_accuracy? (there are: *"
    ),
    'assessment("specs/lab.yaml::first", max_steps=1).measure("test_acuracy")': (
        "E *no measurement test_acuracy, did you mean test_accuracy? (there are: *"
    ),
    'assessment("specs/lab.yaml::first", max_steps=1).measure("test_accuracy", when="last")': (
        "E *measure(when=...): unknown (allowed: at, over_seeds, target)"
    ),
    'assessment("specs/lab.yaml::first", max_steps=1).measure("test_accuracy", at="lats")': (
        "E *measure(at=...): *'last', 'best' or 'first'*"
    ),
    'assessment("specs/lab.yaml::first", max_steps=1).epochs_to_accuracy': (
        "E *`measure: epochs_to_accuracy` needs a `target`"
    ),
    'assessment("specs/lab.yaml::first", max_steps=1).validation_accuracy': (
        "E *first: validation_accuracy: *"
    ),
}


def test_mistakes_are_told_in_a_line(lab: Course) -> None:
    lab.file("specs/broken.yaml", "title: Broken")
    tests = "".join(
        f"def test_{number}(assessment):\n    {call}\n" for number, call in enumerate(MISTAKES)
    )
    marked = "@pytest.mark.assessment(repeats=2)\ndef test_mark(assessment): pass\n"
    lab.file("tests/test_lab.py", f"import pytest\n{tests}{marked}")
    (lab.path / "sets").mkdir()
    result = lab.run("tests", "--assess-data=sets")
    outcomes = result.parseoutcomes()
    assert outcomes == {"failed": len(MISTAKES), "errors": 1}
    result.stdout.fnmatch_lines(
        ["assessment(repeats=...): unknown (allowed: seeds, epochs, max_steps)"]
    )
    for message in MISTAKES.values():
        result.stdout.fnmatch_lines([message])
    assert "assessment/fixture.py" not in result.stdout.str()


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_labs_and_hand_written_tests_share_their_runs(
    lab: Course, workers: tuple[str, ...]
) -> None:
    lab.file(
        "tests/test_lab.py",
        """
        import pytest

        @pytest.mark.parametrize("time", [1, 2])
        def test_first(assessment, time):
            assert assessment("specs/lab.yaml::first").parameters == 610
        """,
    )
    result = lab.run("specs", "tests", "-k", "first or essay", *workers)
    result.assert_outcomes(passed=3, skipped=1)
    assert Path(lab.path, "specs/runs.txt").read_text() == "run\n"
    assert lab.statuses == {"first": "scored", "essay": "waiting"}
    assert lab.document["status"] == "complete"
    for name in ("specs/lab.yaml::first", "tests/test_lab.py::test_first[1]"):
        assert lab.page.count(f"&gt;{name}&lt;/td") == 1
