"""What is found in imitations of what students hand in, and that nothing else of them runs."""

from __future__ import annotations

import os
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest
import torch
import torchvision
from torch import nn

from assessment.submissions.inside.definitions import Definition
from assessment.submissions.inside.devices import redirected_devices
from assessment.submissions.inside.namespace import load
from assessment.submissions.inside.reading import HandedIn, read_submission
from assessment.training.errors import SolutionError
from tests.submissions.inside.imitations import EXPECTED, HANDED_IN, Makes


@pytest.fixture(autouse=True)
def _no_gpu() -> Iterator[None]:
    """Let what asks for a GPU have the CPU, as in a run."""
    with redirected_devices(torch.device("cpu")):
        yield


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
            output = next(iter(output.values())) if isinstance(output, dict) else output
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
