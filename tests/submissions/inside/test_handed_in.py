# ruff: noqa: E501 - one line a definition
"""Imitations of what students hand in: what must be found in each, and what must never run."""

from __future__ import annotations

import os
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest
import torch
import torchvision
from torch import nn

from assessment.submissions.inside.definitions import Definition
from assessment.submissions.inside.namespace import load
from assessment.submissions.inside.reading import HandedIn, read_submission
from assessment.training.errors import SolutionError

HANDED_IN = Path(__file__).parent / "handed_in"
FLAT, MNIST, GRAY32, RGB224 = (64,), (1, 28, 28), (1, 32, 32), (3, 224, 224)
DIGIT = (1, 8, 8)


@dataclass(frozen=True)
class Makes:
    """A definition that gives a module with so many parameters, which takes images of a shape."""

    parameters: int
    shape: tuple[int, ...] = DIGIT
    arguments: dict[str, Any] = field(default_factory=dict)
    batch: int = 2
    guesses: int = 0
    trainable: int | None = None


@dataclass(frozen=True)
class Fails:
    """A definition that cannot be had, or not be used, and what is said of it."""

    message: str
    shape: tuple[int, ...] = DIGIT


@dataclass(frozen=True)
class File:
    """One file handed in: its models by "file:name" and version, and what is noted about it."""

    models: dict[str, Makes | Fails]
    notes: tuple[str, ...] = ()


EXPECTED = {
    "lab7_everything_at_top.ipynb": File({
        "ModelA": Makes(101_146, MNIST),
        "ModelB": Makes(202_666, MNIST),
        "model": Makes(101_146, MNIST),
        "loaded": Makes(101_146, MNIST),
    }),
    "colab.ipynb": File({"Net": Makes(79_510, MNIST), "net": Makes(79_510, MNIST)}),
    "nbformat3_python2.ipynb": File(
        {"MLP": Makes(2_410, FLAT), "net": Makes(2_410, FLAT)},
        (
            "cell 3, line 3: its prints are passed over",
            "cell 4, line 6: its prints are passed over",
            "cell 5, line 5: its prints are passed over",
        ),
    ),
    "broken_cells.ipynb": File(
        {"Net": Makes(650), "Wider": Makes(9_610)},
        (
            "cell 3, line 1: this statement is passed over",
            "cell 4, line 4: this statement is passed over",
            "cell 5, line 6: `Better` is passed over",
        ),
    ),
    "defined_twice.ipynb": File({
        "Block": Makes(650, FLAT, {"n_in": 64, "n_out": 10}),
        "Block 2": Makes(640, FLAT, {"n_in": 64, "n_out": 10, "activation": torch.tanh}),
        "MLP": Makes(64 * 32 + 32 + 330, FLAT),
        "MLP 2": Makes(64 * 64 + 650, FLAT, {"activation": torch.sigmoid}),
        "mlp": Makes(64 * 32 + 32 + 330, FLAT),
    }),
    "sequential_objects.ipynb": File({
        "model": Makes(109_386, MNIST),
        "deep": Makes(84_060, MNIST),
        "cnn": Makes(27_090, MNIST),
    }),
    "resnet_transfer.ipynb": File({
        "model_ft": Makes(11_175_370, (1, 64, 64)),
        "model_conv": Makes(11_181_642, (3, 64, 64), trainable=5_130),
        "model_conv 2": Makes(11_181_642, (3, 64, 64), trainable=11_181_642),
    }),
    "alexnet_main.py": File({"alexnet": Makes(57_029_322, (1, 224, 224), batch=1)}),
    "factories.py": File({
        "conv_block": Makes(80, MNIST, {"n_in": 1, "n_out": 8, "activation": "tanh"}),
        "make_model": Makes(15_770, MNIST, {"activation": "sigmoid"}),
        "make_mlp": Makes(784 * 20 + 20 + 210, MNIST, {"hidden": 20}),
        "tiny": Makes(7_850, MNIST),
    }),
    "all_in_main.py": File({"main.Net": Makes(48 * 64 + 48 + 490), "main.linear": Makes(650)}),
    "argparse_globals.py": File({"Net": Makes(72_820, MNIST), "model": Makes(72_820, MNIST)}),
    "asks.py": File({
        "Fixed": Makes(1_510),
        "Asking": Fails("`width` comes from asks.py, line 6, which is not run here: it waits for input"),
        "model": Makes(1_510),
    }),
    "needs_the_data.ipynb": File({
        "Net": Makes(784 * 30 + 30 + 310, MNIST, guesses=1),
        "Linear": Fails("`n_features` comes from needs_the_data.ipynb, cell 2, line 5, which cannot run here: `train_loader` comes from needs_the_data.ipynb, cell 2, line 2, which is not run here: it loads a data set"),
        "FromData": Makes(650, DIGIT, {"dataset": type("Data", (), {"__getitem__": lambda *_: (torch.zeros(64),), "classes": range(10)})()}),
        "model": Fails("`model` comes from needs_the_data.ipynb, cell 5, line 7, which cannot run here: `train_data` comes from needs_the_data.ipynb, cell 2, line 1, which is not run here: it loads a data set"),
    }),
    "several_files": File({
        "lab.ipynb:net": Makes(1_211),
        "lab.ipynb:Twin": Makes(1_211 + 1_811),
        "model.py:Net": Makes(1_211, DIGIT, {"hidden": 16}),
        "layers.py:Scale": Makes(1, (10,)),
        "layers.py:Around": Fails("", ()),
        "utils.py:model": Makes(1_811),
    }),
    "package": File({
        "run.py:best": Makes(910),
        "src/nets/cnn.py:SmallCNN": Makes(40 + 144 * 12 + 12 + 130),
        "src/nets/mlp.py:MLP": Makes(910),
    }),
    "percent_cells.py": File(
        {"Net": Makes(46_922, MNIST), "net2": Makes(46_922, MNIST)},
        ("line 31: this statement is passed over",),
    ),
    "exported.py": File({"ModelB": Makes(32_618, MNIST), "model": Makes(32_618, MNIST)}),
    "latin1.py": File({"Réseau": Makes(650)}),
    "bom_and_missing_fields.ipynb": File({"Net": Makes(650), "net": Makes(650)}),
    "writes_files.ipynb": File({
        "writes_files.ipynb:net": Makes(3_010),
        "net.py:Net": Makes(3_010, DIGIT, {"width": 40}),
    }),
    "percent_formatting.ipynb": File({"Net": Makes(65 * 36, DIGIT), "net": Makes(65 * 36, DIGIT)}),
    "out_of_order.ipynb": File({
        "net": Makes(650),
        "Net": Makes(650),
        "Base": Fails("", ()),
    }),
    "methods_from_outside.py": File({"SoftmaxRegression": Makes(650), "Plain": Makes(650)}),
    "absent_packages.ipynb": File({
        "Net": Makes(650),
        "Lit": Fails("absent_packages.ipynb, cell 3, line 1: `Lit` cannot be defined here: needs the package lightning_that_is_absent, which is not installed here"),
        "Mixing": Fails("absent_packages.ipynb, cell 1, line 4: `einops_that_is_absent` needs the package einops_that_is_absent, which is not installed here"),
        "net": Makes(650),
        "learn": Fails("`learn` comes from absent_packages.ipynb, cell 5, line 3, which cannot run here: needs the package fastai_that_is_absent, which is not installed here"),
    }),
    "python2.py": File(
        {"Net": Makes(1_510), "net": Makes(1_510)},
        ("line 3: its prints are passed over",),
    ),
    "initialised.ipynb": File({
        "Net": Makes(1_510),
        "model": Makes(1_510, trainable=210),
        "model 2": Makes(1_510, trainable=210),
    }),
    "star_imports.py": File({
        "Net": Makes(650),
        "Odd": Fails("star_imports.py, line 4: `special` needs the package helpers_that_are_absent, which is not installed here"),
    }),
    "answers": File({}),
    "numpy_function.ipynb": File({}),
    "typed.py": File({"Net": Makes(65 * 36 + 370), "net": Makes(65 * 24 + 250)}),
    "with_config": File({
        "train.py:Net": Makes(65 * 14 + 150),
        "train.py:Other": Fails("`other` comes from train.py, line 9, which cannot run here: FileNotFoundError: [Errno 2] No such file or directory: '<HERE>/with_config/absent.json'"),
        "train.py:net": Makes(65 * 14 + 150),
    }),
    "renamed_by_canvas": File({
        "doejane_1201_88011_lab7-1.ipynb:net": Makes(650),
        "doejane_LATE_1201_88012_models.py:Net": Makes(650),
    }),
    "globals_in_forward.ipynb": File({"RNN": Makes(586, DIGIT, batch=50)}),
    "trainer_class.ipynb": File({
        "get_net": Makes(36_050, GRAY32),
        "net": Makes(10_250, GRAY32),
    }),
}  # fmt: skip


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Give a list of the names of what must not run and did."""
    found: list[str] = []

    def trap(holder: Any, name: str) -> None:
        def caught(*_: object, **__: object) -> None:
            found.append(name)
            raise RuntimeError(f"{name} ran")

        monkeypatch.setattr(holder, name, caught)

    trap(torch.Tensor, "backward")
    trap(torch, "load")
    trap(torch, "save")
    trap(os, "system")
    trap(os, "makedirs")
    trap(subprocess, "Popen")
    trap(urllib.request, "urlopen")
    trap(plt, "show")
    trap(plt, "plot")
    trap(plt, "ion")
    trap(time, "sleep")
    trap(torch.utils.data.DataLoader, "__init__")
    for dataset in ("MNIST", "FashionMNIST", "CIFAR10", "ImageFolder"):
        trap(getattr(torchvision.datasets, dataset), "__init__")
    yield found
    monkeypatch.undo()


def read(name: str, workspace: Path) -> HandedIn:
    return read_submission(HANDED_IN / name, workspace)


def label(definition: Definition, file: str, several: bool) -> str:
    name = f"{definition.within}.{definition.name}" if definition.within else definition.name
    number = f" {definition.version}" if definition.version > 1 else ""
    return f"{file}:{name}{number}" if several else f"{name}{number}"


def models(handed_in: HandedIn, several: bool) -> dict[str, tuple[str, Definition]]:
    """Return what looks like a model or makes one."""
    return {
        label(definition, outline.source.file, several): (outline.source.file, definition)
        for outline in handed_in.library.outlines()
        for definition in outline.definitions
        if definition.looks_like in ("module", "factory")
    }


def refusal(
    handed_in: HandedIn, file: str, definition: Definition, shape: tuple[int, ...] = ()
) -> str:
    """Return what is said when a definition is loaded and, where a shape is given, used."""
    try:
        value = load(
            handed_in.library.outline(file),
            definition,
            handed_in.library,
            known={"num_classes": 10},
        ).value
        if shape:
            value()(torch.zeros(2, *shape))
    except SolutionError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_found(name: str, tmp_path: Path, ran: list[str]) -> None:
    expected = EXPECTED[name]
    handed_in = read(name, tmp_path)
    several = any(":" in key for key in expected.models)
    found = models(handed_in, several)
    assert set(found) == set(expected.models)
    notes = [note for outline in handed_in.library.outlines() for note in outline.notes]
    start = f"{name}, " if not several else ""
    # What Python itself says is left out: it says so in other words in every version.
    brief = [re.sub(r": [^;]*; ", ": ", note) for note in notes]
    assert brief == [f"{start}{note}" for note in expected.notes]
    for key, what in expected.models.items():
        file, definition = found[key]
        outline = handed_in.library.outline(file)
        if isinstance(what, Makes):
            loaded = load(outline, definition, handed_in.library, known={"num_classes": 10})
            model = loaded.value
            if definition.kind != "object" or not isinstance(model, nn.Module):
                model = model(**what.arguments)
            output = model(torch.zeros(what.batch, *what.shape))
            output = output[0] if isinstance(output, tuple) else output
            assert len(output) == what.batch, key
            parameters = list(model.parameters())
            assert sum(one.numel() for one in parameters) == what.parameters, key
            if what.trainable is not None:
                free = sum(one.numel() for one in parameters if one.requires_grad)
                assert free == what.trainable, key
            assert len(loaded.guesses) == what.guesses, loaded.guesses
        elif what.message:
            told = what.message.replace("<HERE>", str(HANDED_IN))
            assert refusal(handed_in, file, definition, what.shape) == told
    assert ran == []


def test_every_file_is_expected() -> None:
    assert {path.name for path in HANDED_IN.iterdir()} - {"ruff.toml"} == set(EXPECTED)


def test_the_traps_themselves_would_notice(ran: list[str]) -> None:
    with pytest.raises(RuntimeError):
        torch.ones(1, requires_grad=True).sum().backward()
    with pytest.raises(RuntimeError):
        torchvision.datasets.MNIST("data", download=True)
    assert ran == ["backward", "__init__"]


@pytest.mark.parametrize("name", EXPECTED)
def test_every_other_definition_can_be_asked_for(name: str, tmp_path: Path, ran: list[str]) -> None:
    """Also those that nobody wants come to an end: a value, or one line that says why not."""
    handed_in = read(name, tmp_path)
    for outline in handed_in.library.outlines():
        for definition in outline.definitions:
            if definition.looks_like == "module":
                continue  # as tested above
            told = refusal(handed_in, outline.source.file, definition)
            assert "\n" not in told
            assert not told or outline.source.file in told
    assert ran == []


def test_initialisation_stays_in_its_order(tmp_path: Path) -> None:
    """Of `model` what stands behind its training belongs to the second version only."""
    handed_in = read("initialised.ipynb", tmp_path)
    outline = handed_in.library.outline("initialised.ipynb")
    first, second = (one for one in outline.definitions if one.name == "model")
    for definition, bias in ((first, 0.0), (second, 1.0)):
        model = load(outline, definition, handed_in.library).value
        assert model.fc1.weight.unique().tolist() == [0.5]
        assert model.fc1.bias.unique().tolist() == [2.0]
        assert model.fc2.bias.unique().tolist() == [bias]


def test_functions_are_found_and_work(tmp_path: Path, ran: list[str]) -> None:
    handed_in = read("numpy_function.ipynb", tmp_path)
    outline = handed_in.library.outline("numpy_function.ipynb")
    found = {one.name: one for one in outline.definitions}
    conv = load(outline, found["my_conv2d"], handed_in.library).value
    images, kernel = torch.rand(2, 1, 6, 6).double(), torch.rand(3, 1, 2, 2).double()
    right = nn.functional.conv2d(images, kernel)
    assert torch.allclose(torch.from_numpy(conv(images.numpy(), kernel.numpy())), right)
    assert load(outline, found["square"], handed_in.library).value(3) == 9
    with_file = load(outline, found["with_file"], handed_in.library).value
    with pytest.raises(SolutionError, match=r"`kernel` comes from numpy_function\.ipynb, cell 2"):
        with_file(2)
    assert ran == []
