"""The machine and the library versions that a document names; asks neither torch nor a driver."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

LIBRARIES = (
    "pytest-assessment",
    "torch",
    "torchvision",
    "numpy",
    "scikit-learn",
    "pydantic",
    "pytest",
    "pytest-xdist",
    "pytest-html",
)
"""Distributions whose versions are written down."""


def describe_machine(gpus: Sequence[str] = ()) -> dict[str, Any]:
    """Describe this machine; `gpus` are the names of the accelerators used, if any."""
    import psutil

    return {
        "cpu": processor(),
        "cores": _usable_cores(),
        "memory_gigabytes": round(psutil.virtual_memory().total / 1e9, 1),
        "gpu": list(gpus),
        "os": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def find_versions(libraries: Sequence[str] = LIBRARIES) -> dict[str, str | None]:
    """Return installed versions, None for what is not installed; imports none of them."""
    versions: dict[str, str | None] = {}
    for name in libraries:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = None
    return versions


@cache
def processor() -> str:
    """Return the processor's name with its family and model, which decide how it rounds.

    Hypervisors hide the name of a product, so that two kinds of processor can share one.
    """
    information = Path("/proc/cpuinfo")
    if information.is_file():
        found: dict[str, str] = {}
        for line in information.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if not name.strip() and found:  # the first core's lines tell
                break
            found[name.strip()] = value.strip()
        if "model name" in found:
            kind = "-".join(found[part] for part in ("cpu family", "model") if part in found)
            return f"{found['model name']} ({kind})" if kind else found["model name"]
    return platform.processor() or platform.machine() or "unknown"


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
