"""What this machine has to train on, found out without importing torch."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from assessment.errors import DeviceError
from assessment.results.machine import processor
from assessment.results.record import Environment

DEVICE = re.compile(r"auto|cpu|cuda(:\d+)?")


@dataclass(frozen=True)
class Gpu:
    """One visible accelerator."""

    selector: str
    """What `CUDA_VISIBLE_DEVICES` calls it: an index or a UUID."""
    name: str


def visible_gpus(environ: Mapping[str, str] | None = None) -> list[Gpu]:
    """Return the GPUs that the caller's `CUDA_VISIBLE_DEVICES` leaves visible, in its order."""
    environ = os.environ if environ is None else environ
    program = shutil.which("nvidia-smi", path=environ.get("PATH"))
    if program is None:
        return []
    try:
        listing = _said(program, "-L")
    except (OSError, subprocess.SubprocessError):
        return []
    found = re.findall(r"^GPU (\d+): (.*?) \(UUID: ([^)]+)\)", listing, flags=re.MULTILINE)
    by_selector = {index: Gpu(index, name) for index, name, _ in found}
    # Slices of a GPU stand indented below it; CUDA knows them by their UUID only.
    slices = re.findall(r"^\s+(MIG .*?)\s+Device\s+\d+: \(UUID: ([^)]+)\)", listing, re.MULTILINE)
    by_uuid = {uuid: Gpu(uuid, name) for _, name, uuid in found}
    by_uuid |= {uuid: Gpu(uuid, name) for name, uuid in slices}
    wanted = environ.get("CUDA_VISIBLE_DEVICES")
    if wanted is None:
        return list(by_selector.values())
    visible = []
    for selector in filter(None, (part.strip() for part in wanted.split(","))):
        gpu = by_selector.get(selector) or next(
            (gpu for uuid, gpu in by_uuid.items() if uuid.startswith(selector)), None
        )
        if gpu is None:  # CUDA, too, ignores everything after the first device it does not know
            break
        visible.append(gpu)
    return visible


def gpu_capability(name: str) -> str:
    """Return the compute capability of the GPUs of a name, such as `9.0`; empty where unknown."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return ""
    try:
        listing = _said(program, "--query-gpu=name,compute_cap", "--format=csv,noheader")
    except (OSError, subprocess.SubprocessError):
        return ""
    rows = (line.rsplit(", ", 1) for line in listing.splitlines() if ", " in line)
    return next((capability for known, capability in rows if known == name), "")


def environment_of(described: Mapping[str, str], gpu: str, threads: int) -> Environment:
    """Return what runs run on, by what the server that they are forked from said of itself.

    Args:
        described: by a server that is ready.
        gpu: name of the GPU that they use; `cpu` or nothing where they use none.
        threads: of one run.
    """
    on_cpu = gpu in ("", "cpu")
    return Environment(
        torch=described["torch"],
        device="cpu" if on_cpu else gpu,
        capability=described["capability"] if on_cpu else gpu_capability(gpu),
        threads=threads,
        precision="float32" if on_cpu else described["gpu_precision"],
        python=described["python"],
        platform=described["platform"],
        processor=processor() if on_cpu else "",
    )


@functools.cache
def _said(program: str, *arguments: str) -> str:
    """Return what `nvidia-smi` prints, asked once: it may take a second each time."""
    command = [program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    return done.stdout


def cpu_cores() -> int:
    """Return how many cores this process may use: affinity and, on Linux, the cgroup's quota."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    quota = _cgroup_cores()
    return max(1, min(cores or 1, quota or cores or 1))


def choose_devices(asked: str, gpus: list[Gpu]) -> list[str]:
    """Return torch's names of the devices to train on.

    Args:
        asked: `auto`, `cpu`, `cuda` (all visible GPUs) or `cuda:1` (one of them).
        gpus: what `visible_gpus` found.

    Raises:
        DeviceError: what was asked for is not a device's name, or is not here.
    """
    if not DEVICE.fullmatch(asked):
        raise DeviceError(
            f"--assess-device {asked}: not a device; allowed: auto, cpu, cuda, cuda:1"
        )
    if asked == "cpu" or (asked == "auto" and not gpus):
        return ["cpu"]
    if not gpus:
        raise DeviceError(f"--assess-device {asked}: this machine shows no GPU (nvidia-smi -L)")
    if asked in ("auto", "cuda"):
        return [f"cuda:{index}" for index in range(len(gpus))]
    index = int(asked.removeprefix("cuda:"))
    if index >= len(gpus):
        names = ", ".join(f"cuda:{i} {gpu.name}" for i, gpu in enumerate(gpus))
        raise DeviceError(f"--assess-device {asked}: not here; visible: {names}")
    return [asked]


def _cgroup_cores() -> int | None:
    """Return the whole cores of a cgroup v2 CPU quota, as containers have; None without one."""
    try:
        with open("/sys/fs/cgroup/cpu.max") as file:  # noqa: PTH123 - a kernel file, not a path
            quota, period = file.read().split()
    except (OSError, ValueError):
        return None
    return None if quota == "max" else max(1, int(quota) // int(period))
