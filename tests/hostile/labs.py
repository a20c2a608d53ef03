"""Tiny labs that hostile work is handed in to, one for each kind of question."""

from __future__ import annotations

from typing import Any

import yaml

NARROW, WIDE = 8, 32
"""Hidden units: of most networks, and of one that scatters so little that it has a band."""
RECIPE: dict[str, Any] = {
    "model": {"name": "digits/mlp", "arguments": {"hidden": NARROW}},
    "dataset": {"name": "digits"},
    "optimizer": {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9},
    "epochs": 8,
    "batch_size": 32,
}
LIMITS = {"seconds": 60, "megabytes": 1500}
SHORT = LIMITS | {"seconds": 12}
"""Of labs whose attacks last as long as they may."""
HELPERS = '''
import os

import torch
from torch import nn


class Honest(nn.Module):
    """The network that the question asks for."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(64, 8)
        self.last = nn.Linear(8, 10)

    def forward(self, images):
        return self.last(torch.relu(self.first(images.flatten(1))))


class Blind(Honest):
    """The same network, which answers one class."""

    def forward(self, images):
        return super().forward(images) * 0.0


def grader():
    """Return a channel to the grader, made of the descriptor that was inherited."""
    import socket
    import stat

    from assessment.boundary.messages import Channel

    for number in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                return Channel(socket.socket(fileno=os.dup(number)))
        except OSError:
            pass
    raise RuntimeError("there is no channel")


'''
"""What hostile networks are made from; `grader` is the strongest thing that they have."""

HONEST_NET = HELPERS + "class MLP(Honest):\n    pass\n"
HONEST_FUNCTION = """
import numpy as np


def softmax(x):
    return np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
"""
HONEST_ANSWERS = "number: 7\nformula: N / B\n"


def trained(at_least: float = 60, *, fixed: bool = True, **training: Any) -> dict[str, Any]:
    """Return a question that trains; the honest network gets about 85 % right."""
    submitted = {"names": ["MLP"], "architecture": "fixed"} if fixed else {"names": ["MLP"]}
    return {
        "kind": "training",
        "title": "Train it",
        "submitted": submitted,
        "training": training,
        "expect": {"accuracy": {"measure": "test_accuracy", "at_least": at_least, "points": 2}},
    }


def banded() -> dict[str, Any]:
    """Return a question whose network is the student's choice and whose band is calibrated."""
    return trained(
        fixed=False,
        model={"arguments": {"hidden": WIDE}},
        optimizer={"learning_rate": 0.05},
        epochs=12,
    ) | {"expect": {"accuracy": {"measure": "test_accuracy", "band": "calibrated", "points": 2}}}


def doomed() -> dict[str, Any]:
    """Return a question whose right outcome is a network that has learnt nothing."""
    return trained(optimizer={"learning_rate": 1e-6}) | {
        "title": "Too slow",
        "expect": {
            "accuracy": {
                "measure": "test_accuracy",
                "band": {"low": 0, "high": 40, "source": "nothing is learnt"},
                "requires": ["net.accuracy"],
                "points": 2,
            }
        },
    }


FUNCTION = {
    "kind": "function",
    "title": "Softmax",
    "function": "softmax",
    "solution": "torch/softmax",
    "reference": "torch/softmax",
    "limits": SHORT,
    "cases": {
        "square": {"arguments": [{"shape": [2, 2]}]},
        "wide": {"arguments": [{"shape": [1, 5], "seed": 1}]},
    },
    "points": 2,
}
FORMULA = {"expression": "N / B", "variables": {"N": "scalar", "B": "scalar"}}
LABS: dict[str, dict[str, dict[str, Any]]] = {
    "training": {"net": trained()},
    "short": {"net": trained() | {"limits": SHORT}},
    "free": {"net": banded()},
    "two runs": {"net": trained(), "again": trained(batch_size=64)},
    "failing": {"net": trained(), "doomed": doomed()},
    "function": {"softmax": FUNCTION},
    "answers": {
        "number": {"kind": "answer", "title": "A number", "answer": {"value": 7}, "points": 1},
        "formula": {"kind": "answer", "title": "A formula", "answer": FORMULA, "points": 1},
    },
    "checkpoint": {
        "net": trained(),
        "saved": {
            "kind": "checkpoint",
            "title": "Saved",
            "of": "net",
            "file": "saved.pth",
            "tolerance": 100,  # whatever loads is right here: what must not load is tried
            "points": 2,
        },
    },
}
"""Questions by lab; the table speaks of the last one."""


def hidden_units(lab: str) -> int:
    """Return how many units the hidden layer of a lab's network has."""
    return WIDE if lab == "free" else NARROW


def sized(code: str, lab: str) -> str:
    """Return a network of the collection with as many hidden units as a lab asks for."""
    hidden = hidden_units(lab)
    code = code.replace(f"nn.Linear(64, {NARROW})", f"nn.Linear(64, {hidden})")
    return code.replace(f"nn.Linear({NARROW}, 10)", f"nn.Linear({hidden}, 10)")


def lab_text(name: str) -> str:
    """Return a lab's spec file."""
    content = {
        "title": f"The lab of {name}",
        "defaults": {"training": RECIPE, "limits": LIMITS},
        "questions": LABS[name],
    }
    return yaml.safe_dump(content, sort_keys=False)
