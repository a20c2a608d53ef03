"""What remains of code when its names, order, layout and texts are taken away."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest

from assessment.boundary.messages import MOST_HASHES
from assessment.submissions.inside import fingerprint as module
from assessment.submissions.inside.fingerprint import fingerprint
from assessment.submissions.inside.reading import read_submission
from assessment.submissions.similarity import checked

NET = """
import torch.nn as nn
import torch.nn.functional as F
import matplotlib.pyplot as plt

class Net(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.first = nn.Conv2d(1, 16, 3, padding=1)
        self.second = nn.Linear(16 * 64, width)
        self.last = nn.Linear(width, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.first(x)), 2)
        x = x.view(x.size(0), -1)
        return self.last(F.dropout(F.relu(self.second(x)), 0.25))

def train(model, loader, epochs=10):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    for epoch in range(epochs):
        for images, labels in loader:
            optimizer.zero_grad(set_to_none=True)
            loss = F.cross_entropy(model(images), labels, label_smoothing=0.1)
            loss.backward()
            optimizer.step()
        print("epoch", epoch, loss.item())
"""


def hashes(tmp_path: Path, *files: str, name: str = "net.py") -> list[str]:
    folder = tmp_path / f"handed_in_{len(list(tmp_path.iterdir()))}"
    folder.mkdir()
    for number, text in enumerate(files):
        (folder / (name if number == 0 else f"other{number}.py")).write_text(text)
    return fingerprint(read_submission(folder, folder.with_suffix(".space")))


def notebook(*cells: str) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "source": cell} for cell in cells]})


@pytest.fixture
def original(tmp_path: Path) -> list[str]:
    return hashes(tmp_path, NET)


def test_hashes_are_short_sorted_and_what_the_grader_takes(original: list[str]) -> None:
    assert 8 < len(original) < 40
    assert original == sorted(set(original))
    assert checked(original) == frozenset(original)


def change(*pairs: tuple[str, str]) -> str:
    text = NET
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


RENAMED = change(
    ("Net", "Netz"), ("self.first", "me.erste"), ("self", "me"), ("epochs", "runden"),
    ("epoch,", "runde,"), ("for epoch ", "for runde "), ("images", "bilder"), ("width", "breite"),
    ("optimizer", "opt"), (" x", " bild"), ("(x", "(bild"), ("labels", "marken"),
)  # fmt: skip
LAID_OUT = change(
    ("class Net(nn.Module):", '# mine\n\nclass Net(nn.Module):\n    """A network."""\n'),
    ("nn.Conv2d(1, 16, 3, padding=1)", "nn.Conv2d(\n            1, 16,\n            3, padding=1)"),
    ("width=32):", "width: int = 32) -> None:  # wide enough"),
)
TOLD = change(
    ('print("epoch", epoch, loss.item())', 'print(f"{epoch}: {loss:.3f}"); plt.plot(loss.item())')
)
IMPORTED = change(
    ("import torch.nn as nn\n", "from torch.nn import Conv2d, Linear, Module\nimport torch\n"),
    ("(nn.Module)", "(Module)"), ("nn.Conv2d", "Conv2d"), ("nn.Linear(width", "Linear(width"),
    ("nn.Linear", "torch.nn.Linear"), ("F.relu", "torch.nn.functional.relu"),
)  # fmt: skip
FIRST, LAST = (
    "        self.first = nn.Conv2d(1, 16, 3, padding=1)\n",
    "        self.last = nn.Linear(width, 10)\n",
)
REORDERED = change((FIRST, ""), (LAST, LAST + FIRST))


@pytest.mark.parametrize("copied", [RENAMED, LAID_OUT, TOLD, IMPORTED, REORDERED],
                         ids=["renamed", "laid out", "told", "imported", "reordered"])  # fmt: skip
def test_a_copy_has_the_same_hashes(copied: str, original: list[str], tmp_path: Path) -> None:
    assert copied != NET
    assert hashes(tmp_path, copied) == original


def test_a_notebook_or_several_files_say_the_same(original: list[str], tmp_path: Path) -> None:
    head, net, train = (
        NET[: NET.index("class")],
        NET[NET.index("class") : NET.index("def train")],
        NET[NET.index("def train") :],
    )
    cells = notebook("!pip install torch\n" + train, head, "%matplotlib inline\n" + net)
    assert hashes(tmp_path, cells, name="lab.ipynb") == original
    importing = "from other1 import Net\n" + head + train
    assert hashes(tmp_path, importing, head + net) == original


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("lr=0.05", "lr=0.01"),
        ("nn.Conv2d(1, 16, 3", "nn.Conv2d(1, 24, 3"),
        ("F.max_pool2d", "F.avg_pool2d"),
        ("16 * 64", "16 + 64"),
    ],
)
def test_what_the_code_does_makes_a_difference(
    old: str, new: str, original: list[str], tmp_path: Path
) -> None:
    changed = set(hashes(tmp_path, change((old, new))))
    assert changed != set(original)
    assert len(changed & set(original)) >= 0.6 * len(original)  # most of it is as it was


def test_what_everybody_writes_has_no_hash(tmp_path: Path) -> None:
    plain = """
        import torch
        x = 1
        y = x
        loss.backward()
        model.train()
        print(x, 3, range(4))
        '''A text.'''
    """
    assert hashes(tmp_path, dedent(plain)) == []


def test_a_large_submission_tells_its_smallest_hashes(tmp_path: Path) -> None:
    lines = [f"a{n} = numpy.arange({n}, {n + 1}, step={n})" for n in range(600)]
    whole = set(hashes(tmp_path, "\n".join(lines[:300]), "\n".join(lines[300:])))
    assert len(whole) == MOST_HASHES
    part = set(hashes(tmp_path, "\n".join(lines[:200])))
    assert len(part) == 200
    assert {each for each in part if each <= max(whole)} <= whole


@pytest.mark.parametrize(
    "hostile",
    [
        "x = " + "(" * 80 + "numpy.arange(1, 2, 3)" + ")" * 80,
        "x = " + "+".join(["numpy.pi"] * 3000),
        "x = y" + ".a" * 3000,
        "x = y" + "()" * 2000,
        "f(" + "lambda: " * 90 + "0)",
        "class A:\n" + "".join(f"{' ' * n}if n > {n}:\n" for n in range(1, 90)) + " " * 90 + "pass",
        "x = '\\ud800'\ny\u202ez = numpy.arange(1, 2, 3)\n",
        "\0\0\0",
        "x = numpy.arange(0x" + "f" * 5000 + ", 1, 2)\n",
        "match x:\n case [1, *rest] if rest: y = range(1, 2, 3)\n case {'a': b, **c}: pass\n",
    ],
    ids=[
        "brackets",
        "sum",
        "dots",
        "calls",
        "lambdas",
        "ifs",
        "odd letters",
        "zeros",
        "digits",
        "match",
    ],
)
def test_odd_code_costs_nothing_but_its_own_hashes(
    hostile: str, original: list[str], tmp_path: Path
) -> None:
    assert set(hashes(tmp_path, NET, hostile)) >= set(original)


def test_no_more_is_looked_at_than_a_bound(
    monkeypatch: pytest.MonkeyPatch, original: list[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "MOST_NODES", 200)
    assert 0 < len(hashes(tmp_path, NET)) < len(original)
