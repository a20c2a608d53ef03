"""Submissions that are much alike are listed, from real hand-ins on; honest ones are not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from assessment.execution.isolation.levels import bubblewrap_fault
from tests.plugin.course import training, written

if TYPE_CHECKING:
    from tests.plugin.course import Course

LEVEL = "process" if bubblewrap_fault() else "bubblewrap"

ORIGINAL = """
import torch
import torch.nn as nn

def smoothed(values, width=7):
    kernel = torch.ones(1, 1, width) / width
    return torch.conv1d(values.view(1, 1, -1), kernel, padding=3).flatten()

class Network(nn.Module):
    '''My own network.'''

    def __init__(self, hidden=8):
        super().__init__()
        self.first = nn.Linear(64, hidden)
        self.norm = nn.BatchNorm1d(hidden, momentum=0.2)
        self.last = nn.Linear(hidden, 10)

    def forward(self, images):
        images = images.view(images.size(0), 8 * 8)
        images = self.norm(torch.relu(self.first(images)))
        return self.last(images)

if __name__ == "__main__":
    model = Network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.03, momentum=0.87)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 11, gamma=0.37)
"""
RENAMED = [
    """
import torch
from torch import nn as layers

class Classifier(layers.Module):
    def __init__(self,n=8):   # the class comes first here
        super().__init__()
        self.fc1=layers.Linear(64,n); self.bn=layers.BatchNorm1d(n,momentum=0.2)
        self.fc2=layers.Linear(n,10)
    def forward(self,x):
        x=x.view(x.size(0),8*8)
        x=self.bn(torch.relu(self.fc1(x)))
        return self.fc2(x)
""",
    """
def moving_average(signal, size=7):
    "Smooth a signal."
    window = torch.ones(
        1, 1, size
    ) / size
    return torch.conv1d(signal.view(1, 1, -1), window, padding=3).flatten()
""",
    """
net = Classifier()
opt = torch.optim.SGD(net.parameters(), lr=0.03, momentum=0.87)
sched = torch.optim.lr_scheduler.StepLR(opt, 11, gamma=0.37)
""",
]
TEMPLATE = """
import torch
import torch.nn as nn

def count(model):
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)

def accuracy(logits, labels):
    return 100 * (logits.argmax(dim=1) == labels).float().mean().item()

def batches(images, labels, size=32):
    order = torch.randperm(len(images))
    for start in range(0, len(images), size):
        chosen = order[start:start + size]
        yield images[chosen].float() / 255, labels[chosen]

def trained(model, images, labels, epochs=10, rate=0.05):
    optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9)
    for epoch in range(epochs):
        for x, y in batches(images, labels):
            optimizer.zero_grad(set_to_none=True)
            loss = nn.functional.cross_entropy(model(x), y, label_smoothing=0.1)
            loss.backward()
            optimizer.step()
    return accuracy(model(images.float() / 255), labels)
"""
CEM = """
class Cems(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(), nn.Linear(64, 24), nn.Tanh(), nn.Dropout(0.3), nn.Linear(24, 10)
        )

    def forward(self, x):
        return self.layers(2 * x - 1)
"""
DIA = """
class Dias(nn.Module):
    def __init__(self, width=17):
        super().__init__()
        self.a = nn.Linear(64, width, bias=False)
        self.b = nn.LayerNorm(width, eps=1e-4)
        self.c = nn.Linear(width, 10)

    def forward(self, x):
        hidden = nn.functional.gelu(self.b(self.a(x.reshape(-1, 64))))
        return self.c(hidden * 0.5)
"""
CONFTEST = """
told = None


def pytest_configure(config):
    global told
    told = [] if not hasattr(config, "workerinput") else None


def pytest_runtest_logreport(report):
    found = getattr(report, "assessment_fingerprint", None)
    if found is not None and told is not None:
        told.append(found[0])


def pytest_unconfigure(config):
    if told is not None:
        (config.rootpath / "told.txt").write_text(" ".join(sorted(told)))
"""


@pytest.fixture
def lab(course: Course) -> Course:
    course.lab(net=training(), other=training(), essay=written())
    course.file("conftest.py", CONFTEST)
    return course


def told(lab: Course) -> list[str]:
    """Whose fingerprints came with the reports of a run."""
    return (lab.path / "told.txt").read_text().split()


def pairs(lab: Course) -> list[tuple[str, str]]:
    return [(pair["first"], pair["second"]) for pair in lab.document["class"]["similar"]]


def test_copies_are_listed_and_what_the_course_gave_is_not(lab: Course) -> None:
    cells = [{"cell_type": "code", "source": source} for source in RENAMED]
    lab.file("handed_in/ada.py", ORIGINAL)
    lab.file("handed_in/bob.ipynb", json.dumps({"cells": cells, "nbformat": 4}))
    lab.file("handed_in/cem.py", TEMPLATE + CEM)
    lab.file("handed_in/dia.py", TEMPLATE + DIA)
    template = lab.file("handed_out.py", TEMPLATE)
    arguments = ("specs", "--submissions=handed_in", f"--assess-isolation={LEVEL}")

    trained = "-knet or other"  # for which no hand-in is read
    result = lab.run(*arguments, trained, "--assess-save=first")
    assert pairs(lab) == [("ada", "bob"), ("cem", "dia")]
    assert told(lab) == ["ada", "bob", "cem", "dia"], "each once"
    result.stdout.fnmatch_lines(["look at ada and bob side by side: * of what only they wrote *"])
    assert ">side by side</span>" in lab.page

    further = (f"--assess-template={template}", "--assess-compare=first", "-n2")
    result = lab.spawn(*arguments, *further)  # and nothing is left to train
    result.stdout.fnmatch_lines(["*net * dia * same", "8 numbers: 8 same"])
    assert pairs(lab) == [("ada", "bob")]
    assert told(lab) == ["ada", "bob", "cem", "dia"], "each once"


def test_practice_is_compared_with_nobody(lab: Course) -> None:
    path = lab.file("mine.py", ORIGINAL)
    lab.run("specs", "-kessay", f"--submission={path}", f"--assess-isolation={LEVEL}")
    assert told(lab) == []
    assert "class" not in lab.document


@pytest.mark.parametrize(
    ("template", "arguments", "message"),
    [
        ("absent.py", ["--submissions=handed_in"], "*absent.py: there is no such template"),
        ("notes.txt", ["--submissions=handed_in"], "*notes.txt: holds no code to compare*"),
        ("broken.zip", ["--submissions=handed_in"], "*broken.zip: broken.zip*"),
        ("notes.txt", ["--submission=notes.txt"], "*--assess-template goes with --submissions"),
        ("notes.txt", [], "*--assess-template goes with --submission*"),
    ],
)
def test_templates_that_are_none(
    lab: Course, template: str, arguments: list[str], message: str
) -> None:
    lab.file("handed_in/ada.py", ORIGINAL)
    lab.file("notes.txt", "Hand in until Friday.")
    lab.file("broken.zip", "no zip")
    isolation = f"--assess-isolation={LEVEL}"
    result = lab.run("specs", f"--assess-template={template}", isolation, *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])
