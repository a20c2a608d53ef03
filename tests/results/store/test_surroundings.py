from __future__ import annotations

import platform
import subprocess
import sys
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest

from assessment.results.machine import processor
from assessment.results.record import Environment
from assessment.results.store import surroundings
from assessment.results.store.surroundings import CAPABILITY, SWITCHES, at_hand, torch_version
from tests.report.builders import ENVIRONMENT
from tests.results.store.examples import HERE


def test_it_agrees_with_what_a_trainer_tells() -> None:
    """In a process of its own, since torch is imported there."""
    code = """
import json, torch
from assessment.training.environment import Conditions
print(json.dumps(Conditions(torch.device("cpu"), 1).describe()))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    told = Environment.model_validate_json(done.stdout.splitlines()[-1])
    found = at_hand("cpu", 1, {})
    for name in ("torch", "device", "threads", "python", "platform"):
        assert getattr(found, name) == getattr(told, name)
    assert found.processor == processor()


def test_torch_is_not_imported() -> None:
    code = """
import sys
from assessment.results.store.surroundings import at_hand
at_hand("cpu", 1)
assert "torch" not in sys.modules and "numpy" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_build_of_torch_counts() -> None:
    assert torch_version().startswith(metadata.version("torch").partition("+")[0])


@pytest.mark.parametrize(
    ("version_file", "expected"),
    [
        ("__version__ = '2.11.0+rocm6'\n", "2.11.0+rocm6"),
        ("from x import *\n", metadata.version("torch")),
        (None, metadata.version("torch")),
    ],
)
def test_where_the_version_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version_file: str | None, expected: str
) -> None:
    package = tmp_path / "torch"
    package.mkdir()
    (package / "__init__.py").touch()
    if version_file is not None:
        (package / "version.py").write_text(version_file)
    spec = type("Spec", (), {"origin": str(package / "__init__.py")})()
    monkeypatch.setattr(surroundings.importlib.util, "find_spec", lambda name: spec)
    assert torch_version.__wrapped__() == expected


@pytest.mark.parametrize(
    ("device", "variables", "switches", "capability"),
    [
        ("cpu", {}, "", ""),
        ("cpu", {CAPABILITY: "AVX2", "HOME": "/"}, "", "avx2"),
        ("cpu", {CAPABILITY: "", "MKL_CBWR": ""}, "", ""),
        ("cpu", {"NVIDIA_TF32_OVERRIDE": "0", "MKL_CBWR": "AVX"}, "MKL_CBWR=AVX NVIDIA_TF32_O", ""),
        ("NVIDIA H100 80GB HBM3", {CAPABILITY: "avx2"}, "", ""),
    ],
)
def test_variables_that_choose_kernels(
    device: str, variables: dict[str, str], switches: str, capability: str
) -> None:
    found = at_hand(device, 2, variables)
    assert (found.device, found.threads, found.capability) == (device, 2, capability)
    assert found.switches.startswith(switches)
    assert bool(found.switches) == bool(switches)
    assert found.processor == (processor() if device == "cpu" else "")
    assert found.python == platform.python_version()


def test_this_process_s_own_variables_count(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*SWITCHES, CAPABILITY):
        monkeypatch.delenv(name, raising=False)
    before = at_hand("cpu", 1)
    monkeypatch.setenv(CAPABILITY, "default")
    assert at_hand("cpu", 1) == replace(before, capability="default")


@pytest.mark.parametrize(
    ("asked", "told", "was_asked", "expected"),
    [
        ("", "AVX512", "", True),
        ("", "AVX2", "", True),  # torch's own choice on this processor
        ("", "AVX2", "avx2", False),
        ("avx2", "AVX2", "avx2", True),
        ("avx2", "AVX2", "", True),
        ("avx2", "AVX512", "", False),
        ("avx512", "AVX2", "avx512", False),  # torch did not heed the variable
        ("", None, "", True),
        ("", None, "avx2", False),
        ("avx2", None, "avx2", True),
        ("avx2", None, "", False),
    ],
)
def test_the_instruction_set(asked: str, told: str | None, was_asked: str, expected: bool) -> None:
    here = replace(HERE, capability=asked)
    environment = told and ENVIRONMENT.model_copy(update={"capability": told})
    assert here.admits(environment or None, was_asked) is expected
