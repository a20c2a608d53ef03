"""Hand-ins through the plugin: one for practice, a class, alone and with workers."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torchvision.models import shufflenet_v2_x0_5

from assessment.datasets.places import data_directory
from assessment.errors import AssessmentError
from assessment.execution import jails
from assessment.execution.isolation.levels import bubblewrap_fault
from assessment.execution.isolation.view import View
from assessment.session import session_of
from tests.plugin.course import comparison, training, written
from tests.plugin.test_kinds import answer

if TYPE_CHECKING:
    from tests.plugin.course import Course

LEVEL = "process" if bubblewrap_fault() else "bubblewrap"

HONEST = """
import torch
import torch.nn as nn
from sklearn.datasets import load_digits

data = load_digits()

class MLP(nn.Module):
    def __init__(self, hidden=8):
        super().__init__()
        self.first = nn.Linear(64, hidden)
        self.last = nn.Linear(hidden, 10)

    def forward(self, images):
        return self.last(torch.relu(self.first(images.view(-1, 64))))

model = MLP()
for images, labels in loader:
    loss = nn.functional.cross_entropy(model(images), labels)
    loss.backward()
number = 7
"""
SMALLER = HONEST.replace("(64, hidden)", "(64, 2)").replace("(hidden, 10)", "(2, 10)")
NOTHING = "print('I have run out of time')\n"
TRANSFER = """
import torchvision
from torch import nn

class Transfer(nn.Module):
    def __init__(self):
        super().__init__()
        kind = torchvision.models.ShuffleNet_V2_X0_5_Weights.IMAGENET1K_V1
        self.body = torchvision.models.shufflenet_v2_x0_5(weights=kind)
        assert (self.body.fc.bias == 0.25).all()
        self.body.fc = nn.Linear(1024, 10)

    def forward(self, images):
        return self.body(images.expand(-1, 3, -1, -1))
"""
RAISES = """
import torch.nn as nn

class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(64, 10)

    def forward(self, images):
        raise RuntimeError("no forward today")
"""


def questions() -> dict[str, Any]:
    asked = {
        "accuracy": {"measure": "test_accuracy", "at_least": 0.0, "points": 2},
        "parameters": {
            "measure": "parameters",
            "equals": 610,
            "points": 1,
            "accept_reported": True,
        },
    }
    fixed = {"architecture": "fixed"}
    return {
        "net": training(expect=asked, submitted=fixed, training={"epochs": 2, "max_steps": None}),
        "other": training(),
        "order": comparison("net", "other"),
        "number": answer({"value": 7}),
        "essay": written(),
    }


@pytest.fixture
def lab(course: Course) -> Course:
    course.lab(**questions())
    return course


def test_practice_trains_what_the_reference_would(lab: Course) -> None:
    lab.run("specs")
    reference = lab.results["net"]["runs"]
    path = lab.file("mine.py", HONEST)
    result = lab.run("specs", f"--submission={path}", f"--assess-isolation={LEVEL}")
    results = lab.results
    [run] = results["net"]["runs"]
    assert run["epochs"]["test_accuracy"] == reference[0]["epochs"]["test_accuracy"]
    assert run["epochs"]["train_loss"] == reference[0]["epochs"]["train_loss"]
    assert run["key"] != reference[0]["key"]
    whose = results["net"]["submission"]
    assert (whose["name"], whose["practice"], whose["isolation"]) == ("mine", True, LEVEL)
    assert run["solution"]["call"].startswith("MLP(")
    assert run["evidence"]["replayed"] == pytest.approx(run["epochs"]["test_accuracy"][-1])
    assert run["evidence"]["before"] < 40
    assert results["net"]["flags"] == []
    assert results["number"]["answer"] == "7"
    result.assert_outcomes(passed=4, skipped=1)


ANSWERS = """
import math
from torchvision import datasets

train = datasets.MNIST("data", download=True)
pixels = 28 * 28
batches = math.ceil(60000 / 64)
parameters = pixels * 100 + 100
mean = train.data.float().mean()
raise SystemExit("nothing of this is run")
"""


def test_answers_are_worked_out_and_what_is_not_told_says_why(course: Course) -> None:
    asked = {"batches": 938, "parameters": 78_500, "mean": 0.13}
    course.lab(**{name: answer({"value": value}) for name, value in asked.items()})
    path = course.file("mine.py", ANSWERS)
    course.run("specs", f"--submission={path}", "--assess-isolation=process")
    results = course.results
    assert [results[name]["earned"] for name in asked] == [1, 1, 0]
    assert [results[name]["answer"] for name in asked] == ["938", "78500", ""]
    assert results["mean"]["expectations"][0]["why"].startswith(
        'nothing was answered; it said: "`mean` (mine.py, line 9) is told only by running the code,'
    )


NORMALISED = """
import torch
from torch import nn

class Normalised(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(64, 64)
        self.bn1 = nn.BatchNorm1d(64)
        self.fc2 = nn.Linear(64, 64)
        self.bn2 = nn.BatchNorm1d(64)
        self.fc3 = nn.Linear(64, 10)

    def forward(self, images):
        x = torch.relu(self.bn1(self.fc1(images.flatten(1))))
        return self.fc3(torch.relu(self.bn2(self.fc2(x))))
"""
OTHERWISE_DECLARED = """
import torch
from torch import nn

class NormsLast(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(64, 64), nn.Linear(64, 64), nn.Linear(64, 10)
        self.bn1, self.bn2 = nn.BatchNorm1d(64), nn.BatchNorm1d(64)

    def forward(self, images):
        x = torch.relu(self.bn1(self.fc1(images.flatten(1))))
        return self.fc3(torch.relu(self.bn2(self.fc2(x))))

class SecondFirst(NormsLast):
    def __init__(self):
        nn.Module.__init__(self)
        self.fc2, self.bn2 = nn.Linear(64, 64), nn.BatchNorm1d(64)
        self.fc1, self.bn1 = nn.Linear(64, 64), nn.BatchNorm1d(64)
        self.fc3 = nn.Linear(64, 10)
"""


def test_weights_are_replayed_whatever_the_order_of_declaration(course: Course) -> None:
    course.file("specs/reference.py", NORMALISED)
    recipe = {"model": {"name": "reference:Normalised", "arguments": {}}, "max_steps": 40}

    def asked(name: str) -> dict[str, Any]:
        return training(submitted={"names": [name], "architecture": "fixed"}, training=recipe)

    course.lab(norms=asked("NormsLast"), order=asked("SecondFirst"))
    path = course.file("mine.py", OTHERWISE_DECLARED)
    course.run("specs", f"--submission={path}", f"--assess-isolation={LEVEL}")
    for question in ("norms", "order"):
        result = course.results[question]
        [run] = result["runs"]
        assert run["epochs"]["test_accuracy"][-1] > 50
        assert run["evidence"]["replayed"] == run["epochs"]["test_accuracy"][-1]
        assert result["flags"] == []


def test_transfer_starts_from_the_weights_that_its_recipe_names(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(course.path / "torch"))
    state = shufflenet_v2_x0_5().state_dict()
    state["fc.bias"].fill_(0.25)
    (course.path / "data" / "weights").mkdir(parents=True)
    torch.save(state, course.path / "data" / "weights" / "shufflenetv2_x0.5-f707e7126e.pth")
    names = {
        "named": "ShuffleNet_V2_X0_5_Weights.IMAGENET1K_V1",
        "unnamed": None,
        "absent": "net.pth",
    }
    model = {
        "name": "torchvision",
        "arguments": {"architecture": "shufflenet_v2_x0_5", "new_first_layer": True, "channels": 1},
    }
    recipe = {
        "dataset": {"name": "digits", "transforms": [{"kind": "resize", "size": 32}]},
        "max_steps": 1,
    }
    course.lab(
        **{
            name: training(training={"model": model | {"weights": weights}, **recipe})
            for name, weights in names.items()
        }
    )
    path = course.file("mine.py", TRANSFER)
    course.run("specs", f"--submission={path}", f"--assess-isolation={LEVEL}", "--assess-data=data")
    assert course.statuses == {"named": "scored", "unnamed": "invalid", "absent": "not_gradable"}
    assert "nothing can be downloaded here" in course.results["unnamed"]["reason"]
    assert "the pretrained weights net.pth are not in" in course.results["absent"]["reason"]


def test_a_class_is_graded_student_by_student(lab: Course) -> None:
    for name, text in {"ada": HONEST, "bob": SMALLER, "cem": NOTHING, "dia": RAISES}.items():
        lab.file(f"handed_in/{name}.py", text)
    arguments = ("specs", "--submissions=handed_in", f"--assess-isolation={LEVEL}")
    result = lab.run(*arguments)
    assert result.ret == 0
    unseen = [line for line in result.stdout.lines if "table of test labels" in line]
    assert len(unseen) == 1
    assert "would not be seen in other: their networks are not `fixed`" in unseen[0]
    statuses = lab.statuses
    assert list(statuses)[:5] == [
        "net[ada]",
        "other[ada]",
        "order[ada]",
        "number[ada]",
        "essay[ada]",
    ]
    earned = {name: record["earned"] for name, record in lab.results.items()}
    assert (earned["net[ada]"], earned["net[bob]"], earned["net[cem]"]) == (3, 2, 0)
    assert (statuses["net[cem]"], statuses["net[dia]"]) == ("invalid", "invalid")
    raised = r'it said: "MLP .* RuntimeError: no forward today .*"'
    assert re.fullmatch(raised, lab.results["net[dia]"]["reason"])
    unplayed = lab.results["net[bob]"]["runs"][0]["evidence"]["unplayed"]
    assert "another network" in unplayed
    assert any(unplayed in flag for flag in lab.results["net[bob]"]["flags"])
    before = lab.results
    again = lab.run(*arguments)
    again.stdout.fnmatch_lines(["assessment: no runs to make*"])
    assert {name: record["earned"] for name, record in lab.results.items()} == earned
    alone = lab.run(*arguments, "--student=bob", "--assess-fresh")
    assert alone.ret == 0
    mine = lab.results
    assert set(mine) == {name for name in before if "bob" in name}
    assert mine["net[bob]"]["earned"] == earned["net[bob]"]


def test_workers_grade_a_class_as_one_process_does(lab: Course) -> None:
    for name, text in {"ada": HONEST, "bob": SMALLER}.items():
        lab.file(f"handed_in/{name}.py", text)
    arguments = ("specs", "--submissions=handed_in", f"--assess-isolation={LEVEL}")
    lab.run(*arguments)
    one = {name: (record["status"], record["earned"]) for name, record in lab.results.items()}
    lab.spawn(*arguments, "-n2", "--assess-fresh")
    two = {name: (record["status"], record["earned"]) for name, record in lab.results.items()}
    assert one == two


REFERENCE = """
from torch import nn

class Net(nn.Sequential):
    def __init__(self, hidden, width=12):
        super().__init__(
            nn.Flatten(), nn.Linear(64, width), nn.ReLU(), nn.Linear(width, hidden), nn.ReLU(),
        )
        self.head = nn.Linear(hidden, 10)
"""
ASKS_FOR_A_WIDTH = """
from torch import nn

class Net(nn.Module):
    def __init__(self, hidden, width):
        super().__init__()
        self.first, self.second = nn.Linear(64, width), nn.Linear(width, hidden)
        self.last = nn.Linear(hidden, 10)

    def forward(self, x):
        return self.last(self.second(self.first(x.flatten(1)).relu()).relu())
"""


def test_what_the_reference_takes_by_default_and_what_it_trains(course: Course) -> None:
    """A layer that the network lacks is no mistake of the spec, which the reference fits."""
    course.file("specs/own_reference.py", REFERENCE)
    model = {"model": {"name": "own_reference:Net", "arguments": {"hidden": 8}}}
    course.lab(
        all=training(training=model),
        head=training(training={**model, "trainable": ["head"]}),
    )
    path = course.file("mine.py", ASKS_FOR_A_WIDTH)
    course.run("specs", f"--submission={path}", "--assess-isolation=process")
    results = course.results
    [run] = results["all"]["runs"]
    assert (results["all"]["status"], run["parameters"]) == ("scored", 65 * 12 + 13 * 8 + 9 * 10)
    assert run["solution"]["call"] == "Net(hidden=8, width=12)"
    assert run["solution"]["guesses"] == [
        "Net (mine.py, line 4) was taken because its layers are the reference's.",
        "`width` was given as 12, which the question does not name: the reference's own default.",
    ]
    assert results["head"]["status"] == "invalid"
    assert results["head"]["reason"] == (
        'it said: "your network lacks what this question trains: `trainable` names head, but no '
        'parameter of the model begins so (there are: first, second, last)"'
    )


def test_jails_are_told_what_to_hide(lab: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    views: list[View] = []

    def build(level: str, view: View) -> None:
        views.append(view)
        raise AssessmentError("no jails today")

    monkeypatch.setattr(jails, "Jail", build)
    for name in ("ada", "bob"):
        lab.file(f"handed_in/{name}.py", HONEST)
    lab.file("course.secret", "0123456789abcdef" * 4)
    lab.run(
        "specs",
        "-kother",
        "--submissions=handed_in",
        "--student=ada",
        "--assess-isolation=process",
        "--assess-secret=course.secret",
    )
    assert set(lab.statuses.values()) == {"not_gradable"}
    assert "no jails today" in lab.results["other[ada]"]["reason"]
    private = ("specs", "reports", "reports/assessment.sqlite", "handed_in", "course.secret")
    assert {lab.path / name for name in private} <= set(views[-1].hidden)
    assert data_directory(None) in views[-1].hidden


def test_fail_under_fails_who_earns_less(lab: Course) -> None:
    for name, text in {"ada": HONEST, "bob": SMALLER}.items():
        lab.file(f"handed_in/{name}.py", text)
    result = lab.run(
        "specs",
        "-knet",
        "--submissions=handed_in",
        f"--assess-isolation={LEVEL}",
        "--assess-fail-under=90",
    )
    result.assert_outcomes(passed=1, failed=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--submission=absent.py"], "*absent.py: there is no such submission*"),
        (["--submissions=absent"], "*absent: there is no such folder of submissions*"),
        (["--student=ada"], "*--student goes with --submission*"),
        (["--submission=mine.py", "--submissions=."], "*--submission is one hand-in*"),
        (["--submissions=handed_in", "--student=eva"], "*--student eva: nobody of that id*"),
    ],
)
def test_wrong_options_are_one_message(lab: Course, arguments: list[str], message: str) -> None:
    lab.file("mine.py", HONEST)
    lab.file("handed_in/ada.py", HONEST)
    result = lab.run("specs", *arguments, f"--assess-isolation={LEVEL}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])


@pytest.mark.parametrize(("chosen", "absent"), [([], ["zoe"]), (["--student=ada"], [])])
def test_who_of_the_roster_is_missing(lab: Course, chosen: list[str], absent: list[str]) -> None:
    """Where students are picked, nobody else is looked for."""
    lab.file("roster.csv", "id,name\nada,Ada\nbob,Bob\nzoe,Zoe\n")
    for name in ("ada", "bob", "guest"):
        lab.file(f"handed_in/{name}.py", HONEST)
    arguments = ("--submissions=handed_in", "--roster=roster.csv", *chosen)
    config = lab.pytester.parseconfigure("specs", *arguments, f"--assess-isolation={LEVEL}")
    assert [student.id for student in session_of(config).classroom.absent] == absent


def test_settings_handed_in_are_refused(lab: Course) -> None:
    lab.file("handed_in/pytest.ini", "[pytest]\n")
    lab.file("handed_in/mine.py", HONEST)
    shutil.rmtree(lab.path / "specs")
    lab.lab(folder="handed_in/specs", **questions())
    result = lab.run(
        "handed_in/specs/lab.yaml", "--submission=handed_in", f"--assess-isolation={LEVEL}"
    )
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*pytest took pytest.ini from what was handed in*"])
