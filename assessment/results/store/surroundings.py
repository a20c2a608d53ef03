"""The environment at hand, known before torch is imported, and whether a stored run fits it.

A run is taken from the store where it was made in the environment at hand. What
its record tells of its environment comes from torch in the trainer; a session
that wants to know whether it has to start one can only look from outside. So
what can be seen from outside is kept beside each run when it is put, and looked
for again: version of torch, device, threads, Python, platform, processor, and
the variables that choose kernels (`SWITCHES`).

The instruction set (`Environment.capability`) is torch's choice and follows from
processor and version, unless `ATEN_CPU_CAPABILITY` names one. The rule:

- the variable is set: a run fits whose capability is what it names, letter case
  apart; of a run that ended before it could tell, the variable was the same;
- it is not set: a run fits that was made without it;
- a GPU computes: the variable does not count, its capability is that of its name.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from assessment.results.machine import processor
from assessment.results.record import Environment

CAPABILITY = "ATEN_CPU_CAPABILITY"
"""Names the instruction set that torch's own kernels use: `default`, `avx2`, `avx512`."""

SWITCHES = (
    "CUBLAS_WORKSPACE_CONFIG",
    "DNNL_DEFAULT_FPMATH_MODE",
    "DNNL_MAX_CPU_ISA",
    "MKL_CBWR",
    "MKL_DEBUG_CPU_TYPE",
    "MKL_ENABLE_INSTRUCTIONS",
    "NVIDIA_TF32_OVERRIDE",
    "ONEDNN_DEFAULT_FPMATH_MODE",
    "ONEDNN_MAX_CPU_ISA",
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE",
)
"""Variables that let the libraries below torch take other kernels, which round differently."""


@dataclass(frozen=True)
class Expected:
    """What can be told of a run's environment without asking torch."""

    torch: str
    """Version of torch with its build: `2.10.0+cpu`."""
    device: str
    """`cpu`, or the name of the accelerator."""
    threads: int
    """Threads of one run."""
    python: str
    platform: str
    """Operating system and machine, such as `Linux-x86_64`."""
    processor: str
    """Of a run on the CPU its model, else nothing."""
    switches: str = ""
    """The `SWITCHES` that are set: `MKL_CBWR=AVX2`, joined by spaces."""
    capability: str = ""
    """What `ATEN_CPU_CAPABILITY` names, in lower case; nothing on a GPU."""

    def admits(self, environment: Environment | None, capability: str) -> bool:
        """Tell whether a run's instruction set is the one that is used here.

        Args:
            environment: what the run told; None where it ended before that.
            capability: what `Expected.capability` was when it was made.
        """
        if not self.capability or environment is None:
            return capability == self.capability
        return environment.capability.lower() == self.capability


def at_hand(device: str, threads: int, environ: Mapping[str, str] | None = None) -> Expected:
    """Return the environment in which runs of this process are made.

    Args:
        device: `cpu`, or the name of the accelerator.
        threads: of one run.
        environ: variables that the trainers get; this process's own by default.
    """
    environ = os.environ if environ is None else environ
    on_cpu = device == "cpu"
    return Expected(
        torch=torch_version(),
        device=device,
        threads=threads,
        python=platform.python_version(),
        platform=f"{platform.system()}-{platform.machine()}",
        processor=processor() if on_cpu else "",
        switches=" ".join(f"{name}={environ[name]}" for name in SWITCHES if environ.get(name)),
        capability=environ.get(CAPABILITY, "").lower() if on_cpu else "",
    )


@cache
def torch_version() -> str:
    """Return torch's `__version__` without importing it; nothing where it is not installed.

    The package's metadata lack the build (`+cpu`), which decides how it rounds.
    """
    found = importlib.util.find_spec("torch")
    if found is not None and found.origin is not None:
        try:
            text = Path(found.origin).with_name("version.py").read_text(encoding="utf-8")
        except OSError:
            text = ""
        version = re.search(r"^__version__ = '([^']+)'", text, re.MULTILINE)
        if version is not None:
            return version[1]
    try:
        return metadata.version("torch")
    except metadata.PackageNotFoundError:
        return ""
