"""A class for the digits lab: honest work in several styles, weak, broken, copied and hostile work.

Each student's files differ from everybody else's, also where they do the same, so that no run of
one serves for another.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

HEAD = "import numpy as np\nimport torch\nfrom torch import nn\nimport torch.nn.functional as F\n"
SOFTMAX = """

def softmax(logits):
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)
"""
ANSWERS = "q7_parameters: D*H + H + H*K + K\n"
MLP = """

class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(64, {hidden})
        self.fc2 = nn.Linear({hidden}, 10)

    def forward(self, x):
        x = x.view(-1, 64)
        return self.fc2(F.relu(self.fc1(x)))
"""
CNN = """

class CNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.drop = nn.Dropout(0.5)
        self.fc = nn.Linear(512, 10)

    def forward(self, x):
{first}        x = F.relu(self.conv1(x))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc(self.drop(x.flatten(1)))
"""
FACTORIES = """

def MLP():
    layers = [nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)]
    return nn.Sequential(*layers)


def CNN(p=0.5):
    features = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding="same"), nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2),
    )
    return nn.Sequential(features, nn.Flatten(), nn.Dropout(p), nn.Linear(32 * 4 * 4, 10))
"""
BLOCKS = """

class {name}(nn.Module):
    def __init__(self, {inner}, {outer}):
        super().__init__()
        self.{layer} = nn.Conv2d({inner}, {outer}, kernel_size=(3, 3), padding=(1, 1))

    def forward(self, {given}):
        return self.{layer}({given}).relu()


class CNN(nn.Module):
    def __init__(self):
        super().__init__()
        {made} = []
        for {inner}, {outer} in ((1, 16), (16, 32)):
            {made}.append({name}({inner}, {outer}))
        self.{layer} = nn.ModuleList({made})
        self.{drop} = nn.Dropout(p=1 / 2)
        self.{last} = nn.Linear(in_features=32 * (8 // 2) ** 2, out_features=10)

    def forward(self, {given}):
        for {made} in self.{layer}:
            {given} = {made}({given})
        {given} = F.max_pool2d({given}, kernel_size=2, stride=2)
        {given} = self.{drop}(torch.flatten({given}, start_dim=1))
        return self.{last}({given})


class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.{layer} = nn.Linear(in_features=8 * 8, out_features=32)
        self.{last} = nn.Linear(in_features=32, out_features=10)

    def forward(self, {given}):
        {given} = {given}.reshape({given}.shape[0], 8 * 8)
        {given} = self.{layer}({given}).relu()
        return self.{last}({given})
"""
WORDS = ("name", "inner", "outer", "layer", "given", "made", "drop", "last")
"""What a copy calls otherwise."""
TRAINING = """
net = MLP()
optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
history = []
for epoch in range(20):
    for x, y in train_loader:
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        history.append(loss.item())
plt.plot(history)
"""
SLEEPS = "        import time; time.sleep(100_000)\n"
EATS = "        self.kept = [b'x' * 2**25 for _ in range(10**6)]\n"
KILLS = "        import os; os.kill(os.getpid(), 9)\n"


@dataclass(frozen=True)
class Kind:
    """One sort of student."""

    hand_in: Callable[[Path, int], None]
    """Writes the files of the student with a number into an empty folder."""
    ends: Mapping[str, str] = field(default_factory=dict)
    """How questions end that do not earn full marks: a status, `less` points, or `any` end."""


def plain(folder: Path, number: int) -> None:
    """Write classes, in a script."""
    write(folder, number, MLP.format(hidden=32) + CNN.format(first="") + SOFTMAX)


def factories(folder: Path, number: int) -> None:
    """Write functions that stack layers."""
    write(folder, number, FACTORIES + SOFTMAX)


def notebook(folder: Path, number: int) -> None:
    """Write a notebook that also trains and draws."""
    head = f"# student {number}\n{HEAD}import matplotlib.pyplot as plt\n"
    parts = (head, MLP.format(hidden=32), TRAINING, CNN.format(first=""), SOFTMAX)
    cells = [
        {
            "cell_type": "code",
            "execution_count": place,
            "metadata": {},
            "outputs": [],
            "source": part.strip().splitlines(keepends=True),
        }
        for place, part in enumerate(parts, 1)
    ]
    document = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "lab.ipynb").write_text(json.dumps(document))
    (folder / "answers.yaml").write_text(ANSWERS)


def two_files(folder: Path, number: int) -> None:
    """Write a script that imports another."""
    write(folder, number, f"from models_{number} import *\n{SOFTMAX}")
    text = HEAD + MLP.format(hidden=32) + CNN.format(first="")
    (folder / f"models_{number}.py").write_text(text)


def original(folder: Path, number: int) -> None:
    """Write what nobody else writes so, but for who copies it."""
    words = ("Block", "n_in", "n_out", "conv", "x", "blocks", "dropout", "out")
    write(folder, number, BLOCKS.format(**dict(zip(WORDS, words, strict=True))) + SOFTMAX)


def copied(folder: Path, number: int) -> None:
    """Write the same under other names."""
    words = ("Stage", "a", "b", "weights", "pics", "parts", "forget", "head")
    write(folder, number, BLOCKS.format(**dict(zip(WORDS, words, strict=True))) + SOFTMAX)


def narrow(folder: Path, number: int) -> None:
    """Write a network that is too small."""
    write(folder, number, MLP.format(hidden=3) + CNN.format(first="") + SOFTMAX)


def misfit(folder: Path, number: int) -> None:
    """Write a network for other images."""
    text = MLP.format(hidden=32).replace("(64, 32)", "(784, 32)") + CNN.format(first="") + SOFTMAX
    write(folder, number, text)


def broken(folder: Path, number: int) -> None:
    """Write nothing that Python reads."""
    write(folder, number, "\ndef MLP(:\n    return nn.Linear(64\n\nclass CNN(nn.Module:\n")


def essay(folder: Path, number: int) -> None:
    """Write no code."""
    (folder / "essay.md").write_text(f"I am number {number}. I could not finish in time.\n")


def hostile(first: str) -> Callable[[Path, int], None]:
    """Return who hands in an honest network beside one that does this in forward."""

    def hand_in(folder: Path, number: int) -> None:
        write(folder, number, MLP.format(hidden=32) + CNN.format(first=first) + SOFTMAX)

    return hand_in


def write(folder: Path, number: int, text: str) -> None:
    """Write a script and the answers."""
    (folder / "lab.py").write_text(f"{HEAD}AUTHOR = {number}\n{text}")
    (folder / "answers.yaml").write_text(ANSWERS)


def _without_cnn(status: str) -> dict[str, str]:
    return {"q2-cnn": status, "q4-comparison": "any"}


KINDS = {
    "plain": Kind(plain),
    "factories": Kind(factories),
    "notebook": Kind(notebook),
    "two files": Kind(two_files),
    "original": Kind(original),
    "copied": Kind(copied),
    "narrow": Kind(narrow, {"q1-mlp": "less", "q3-learning-rate": "any", "q4-comparison": "any"}),
    "misfit": Kind(
        misfit, {"q1-mlp": "invalid", "q3-learning-rate": "invalid", "q4-comparison": "any"}
    ),
    "broken": Kind(
        broken,
        {
            "q1-mlp": "invalid",
            "q2-cnn": "invalid",
            "q3-learning-rate": "invalid",
            "q4-comparison": "any",
            "q6-softmax": "invalid",
        },
    ),
    "essay": Kind(
        essay,
        {
            "q1-mlp": "invalid",
            "q2-cnn": "invalid",
            "q3-learning-rate": "invalid",
            "q4-comparison": "any",
            "q6-softmax": "invalid",
            "q7-parameters": "any",
        },
    ),
    "hangs": Kind(hostile(SLEEPS), _without_cnn("timeout")),
    "eats memory": Kind(hostile(EATS), _without_cnn("out_of_memory")),
    "kills its process": Kind(hostile(KILLS), _without_cnn("crashed")),
}
HONEST = ("plain", "factories", "notebook", "two files")
OTHERS = {
    5: ("narrow", "hangs", "eats memory", "kills its process"),
    60: (
        *("original", "copied", "hangs", "eats memory", "kills its process"),
        *("narrow", "misfit", "broken", "essay", "narrow", "misfit", "broken", "essay"),
    ),
}
"""Who is not honest, or not alone, by the size of the class."""
NOT_HANDED_IN = ("q5-explain", "q8-checkpoint")
"""Questions that nobody of this class works on."""


def enrol(handed_in: Path, size: int) -> dict[str, str]:
    """Write what a class hands in; return the kind of each student, by id.

    Those who are not honest are spread over the class.
    """
    others = OTHERS[size]
    every = size // len(others)
    kinds, honest = [], 0
    for number in range(size):
        if number % every == every - 1 and number // every < len(others):
            kinds.append(others[number // every])
        else:
            kinds.append(HONEST[honest % len(HONEST)])
            honest += 1
    found = {f"s{number:02}": kind for number, kind in enumerate(kinds)}
    for number, (student, kind) in enumerate(found.items()):
        folder = handed_in / student
        folder.mkdir(parents=True)
        KINDS[kind].hand_in(folder, number)
    return found


def faults(kind: str, record: Mapping[str, object]) -> str:
    """Return what is wrong with a result of a student of a kind, "" where it is right."""
    question = str(record["question"])
    expected = KINDS[kind].ends.get(question, "full")
    if question in NOT_HANDED_IN or expected == "any":
        return ""
    found = str(record["status"])
    if found == "scored":
        found = "full" if record["earned"] == record["points"] else "less"
    if found == expected:
        return ""
    return f"{kind}, {question}: {found}, not {expected}: {record['reason']}"
