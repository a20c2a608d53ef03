"""GPUs as `nvidia-smi` lists them, within what `CUDA_VISIBLE_DEVICES` leaves visible."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from assessment.errors import DeviceError
from assessment.execution import devices
from assessment.execution.devices import Gpu, choose_devices, cpu_cores, visible_gpus

FOUR = """\
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5d2f1a10-aaaa-4a4a-8000-000000000000)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-5d2f1a11-bbbb-4a4a-8000-000000000001)
GPU 2: NVIDIA H100 (PCIe) (UUID: GPU-c0ffee22-cccc-4a4a-8000-000000000002)
GPU 10: NVIDIA GeForce RTX 3060 (UUID: GPU-deadbeef-dddd-4a4a-8000-00000000000a)
"""
SLICED = """\
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5d2f1a10-aaaa-4a4a-8000-000000000000)
  MIG 1g.5gb Device  0: (UUID: MIG-11111111-aaaa-5555-8000-000000000000)
  MIG 1g.5gb Device  1: (UUID: MIG-22222222-aaaa-5555-8000-000000000000)
"""
Fake = Callable[..., dict[str, str]]


@pytest.fixture
def nvidia_smi(tmp_path: Path) -> Fake:
    """Put a fake program on an otherwise empty PATH and return that environment."""

    def make(listing: str, status: int = 0, **environ: str) -> dict[str, str]:
        (tmp_path / "listing").write_text(listing)
        program = tmp_path / "nvidia-smi"
        program.write_text(
            f"#!{sys.executable}\nimport pathlib, sys\n"
            "assert sys.argv[1:] == ['-L'], sys.argv\n"
            f"print(pathlib.Path({str(tmp_path / 'listing')!r}).read_text(), end='')\n"
            f"sys.exit({status})\n"
        )
        program.chmod(0o755)
        return {"PATH": str(tmp_path), **environ}

    return make


def test_all_gpus_are_seen(nvidia_smi: Fake) -> None:
    assert visible_gpus(nvidia_smi(FOUR)) == [
        Gpu("0", "NVIDIA A100-SXM4-40GB"),
        Gpu("1", "NVIDIA A100-SXM4-40GB"),
        Gpu("2", "NVIDIA H100 (PCIe)"),
        Gpu("10", "NVIDIA GeForce RTX 3060"),
    ]


@pytest.mark.parametrize(
    ("wanted", "selectors"),
    [
        ("", []),
        ("2", ["2"]),
        ("2,0", ["2", "0"]),
        (" 1 , 10 ", ["1", "10"]),
        ("0,1,", ["0", "1"]),
        ("-1", []),
        ("0,-1,1", ["0"]),  # CUDA, too, stops at the first that it does not know
        ("1,7,0", ["1"]),
        ("NoDevFiles", []),
        (
            "GPU-c0ffee22-cccc-4a4a-8000-000000000002,1",
            ["GPU-c0ffee22-cccc-4a4a-8000-000000000002", "1"],
        ),
        ("GPU-dead", ["GPU-deadbeef-dddd-4a4a-8000-00000000000a"]),
        ("GPU-ffff,0", []),
    ],
)
def test_only_what_the_caller_left_visible(
    wanted: str, selectors: list[str], nvidia_smi: Fake
) -> None:
    found = visible_gpus(nvidia_smi(FOUR, CUDA_VISIBLE_DEVICES=wanted))
    assert [gpu.selector for gpu in found] == selectors


def test_the_name_is_that_of_the_device_selected(nvidia_smi: Fake) -> None:
    environ = nvidia_smi(FOUR, CUDA_VISIBLE_DEVICES="10,GPU-c0ffee22")
    assert [gpu.name for gpu in visible_gpus(environ)] == [
        "NVIDIA GeForce RTX 3060",
        "NVIDIA H100 (PCIe)",
    ]


@pytest.mark.parametrize(
    ("listing", "status"),
    [
        ("", 0),
        ("No devices found.\n", 6),
        ("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n", 9),
        (FOUR, 255),
        ("GPU zero: something else (UUID: x)\n", 0),
    ],
)
def test_a_failing_driver_is_no_gpu(listing: str, status: int, nvidia_smi: Fake) -> None:
    assert visible_gpus(nvidia_smi(listing, status)) == []


def test_no_program_or_one_that_cannot_run_is_no_gpu(tmp_path: Path) -> None:
    environ = {"PATH": str(tmp_path)}
    assert visible_gpus(environ) == []
    (tmp_path / "nvidia-smi").write_text("not a program")
    (tmp_path / "nvidia-smi").chmod(0o755)
    assert visible_gpus(environ) == []


def test_the_environment_of_this_process_is_the_default(
    nvidia_smi: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in nvidia_smi(FOUR, CUDA_VISIBLE_DEVICES="1").items():
        monkeypatch.setenv(name, value)
    assert [gpu.selector for gpu in visible_gpus()] == ["1"]


def test_a_slice_of_a_gpu_is_seen_by_its_name(nvidia_smi: Fake) -> None:
    environ = nvidia_smi(SLICED, CUDA_VISIBLE_DEVICES="MIG-22222222-aaaa-5555-8000-000000000000")
    (gpu,) = visible_gpus(environ)
    assert gpu.selector == "MIG-22222222-aaaa-5555-8000-000000000000"
    assert gpu.name == "MIG 1g.5gb"


TWO = [Gpu("0", "A100"), Gpu("3", "H100")]


@pytest.mark.parametrize(
    ("asked", "gpus", "expected"),
    [
        ("auto", [], ["cpu"]),
        ("auto", TWO, ["cuda:0", "cuda:1"]),
        ("cpu", TWO, ["cpu"]),
        ("cpu", [], ["cpu"]),
        ("cuda", TWO, ["cuda:0", "cuda:1"]),
        ("cuda:0", TWO, ["cuda:0"]),
        ("cuda:1", TWO, ["cuda:1"]),
    ],
)
def test_choice(asked: str, gpus: list[Gpu], expected: list[str]) -> None:
    assert choose_devices(asked, gpus) == expected


@pytest.mark.parametrize(
    ("asked", "gpus", "message"),
    [
        ("gpu", TWO, "--assess-device gpu: not a device; allowed: auto, cpu, cuda, cuda:1"),
        ("cuda:", TWO, "--assess-device cuda:: not a device; allowed: auto, cpu, cuda, cuda:1"),
        ("cuda:x", TWO, "--assess-device cuda:x: not a device; allowed: auto, cpu, cuda, cuda:1"),
        ("", TWO, "--assess-device : not a device; allowed: auto, cpu, cuda, cuda:1"),
        ("cuda", [], "--assess-device cuda: this machine shows no GPU (nvidia-smi -L)"),
        ("cuda:0", [], "--assess-device cuda:0: this machine shows no GPU (nvidia-smi -L)"),
        ("cuda:2", TWO, "--assess-device cuda:2: not here; visible: cuda:0 A100, cuda:1 H100"),
    ],
)  # fmt: skip
def test_refusals(asked: str, gpus: list[Gpu], message: str) -> None:
    with pytest.raises(DeviceError) as caught:
        choose_devices(asked, gpus)
    assert str(caught.value) == message


def test_cores_are_those_that_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = len(os.sched_getaffinity(0))
    monkeypatch.setattr(devices, "_cgroup_cores", lambda: None)
    assert cpu_cores() == allowed
    monkeypatch.setattr(devices, "_cgroup_cores", lambda: 1)
    assert cpu_cores() == 1, "a container's quota counts, too"
    monkeypatch.setattr(devices, "_cgroup_cores", lambda: 10_000)
    assert cpu_cores() == allowed
