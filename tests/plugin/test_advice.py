"""What students are told of networks that their jail has trained, and told again from the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.plugin.course import training

if TYPE_CHECKING:
    from tests.plugin.course import Course

HANDED_IN = """
import torch
import torch.nn as nn
import torch.nn.functional as F

class Right(nn.Module):
    def __init__(self, hidden=8):
        super().__init__()
        self.first, self.last = nn.Linear(64, hidden), nn.Linear(hidden, 10)

    def forward(self, x):
        return self.last(F.relu(self.first(x.view(-1, 64))))

class Wide(Right):
    def __init__(self, hidden=8):
        super().__init__(hidden + 4)

class Straight(Right):
    def forward(self, x):
        return self.last(self.first(x.flatten(1)))

class Listed(Right):
    def __init__(self, hidden=8):
        super().__init__(hidden)
        self.others = [nn.Linear(hidden, hidden)]

    def forward(self, x):
        x = F.relu(self.first(x.flatten(1)))
        for layer in self.others:
            x = F.relu(layer(x))
        return self.last(x)

class Dead(Right):
    def __init__(self, hidden=8):
        super().__init__(hidden)
        nn.init.constant_(self.first.bias, -100)

class Squeezed(Right):
    def forward(self, x):
        return torch.tanh(super().forward(x))
"""

TOLD = {
    "right": [],
    "wide": [
        "Your network is not the one that is asked for and has 910 trainable parameters instead of "
        "610: `first` is Linear 64->12 where Linear 64->8 is asked for."
    ],
    "straight": [
        "No activation stands between `first` and `last`, so that together they can do no more "
        "than one layer: put ReLU there."
    ],
    "listed": [
        "The weights of `Linear (8, 8)` are never trained: your network does not know layers that "
        "are kept in a plain list or made within forward; make them in `__init__`, as attributes "
        "or in an `nn.ModuleList`.",
        "Your network is not the one that is asked for: the Linear after `first` and the ReLU "
        "after `first` are not asked for.",
    ],
    "dead": [
        "After training 100 % of the units of `ReLU behind first` gave 0 for every training image "
        "that was tried: dead units, which no gradient wakes up; look at how weights and biases "
        "begin, or take LeakyReLU.",
    ],
    "squeezed": [
        "Your network ends in Tanh: with cross-entropy the loss cannot fall below 0.80; return "
        "what the last layer gives."
    ],
}


@pytest.fixture
def lab(course: Course) -> Course:
    course.lab(**{name: question(name) for name in TOLD})
    return course


def question(name: str) -> dict[str, Any]:
    submitted = {"names": [name], "architecture": "fixed"}
    return training(submitted=submitted, training={"epochs": 2, "max_steps": None})


def told(course: Course) -> dict[str, list[str]]:
    return {name: result["findings"] for name, result in course.results.items()}


def test_what_is_wrong_is_told_also_when_nothing_is_trained_any_more(lab: Course) -> None:
    path = lab.file("mine.py", HANDED_IN)
    arguments = ("specs", f"--submission={path}", "--assess-isolation=process")
    lab.run(*arguments)
    assert set(lab.statuses.values()) == {"scored"}
    first = told(lab)
    assert {name: found[: len(TOLD[name])] for name, found in first.items()} == TOLD
    more = {name: found[len(TOLD[name]) :] for name, found in first.items()}
    assert {name for name, found in more.items() if found} <= {"dead", "listed"}, "nothing learnt"
    reference = lab.results["wide"]["runs"][0]["solution"]["reference"]
    assert reference["parameters"] == 610
    assert [layer["kind"] for layer in reference["layers"]] == [
        "Flatten",
        "Linear",
        "ReLU",
        "Linear",
    ]

    result = lab.run(*arguments)
    result.stdout.fnmatch_lines(["assessment: no runs to make, 6 taken from *"])
    assert told(lab) == first


def test_without_its_reference_nobody_is_graded_another_way(course: Course) -> None:
    course.file("specs/broken.py", "def net():\n    raise RuntimeError('not today')\n")
    course.lab(wide=question("wide") | {"training": {"model": {"name": "broken:net"}}})
    path = course.file("mine.py", HANDED_IN)
    course.run("specs", f"--submission={path}", "--assess-isolation=process")
    result = course.results["wide"]
    assert result["status"] == "not_gradable"
    assert result["reason"] == (
        "the reference's network cannot be described: invalid: RuntimeError: not today "
        "(broken.py:2, in net)"
    )
