"""The environment variables of a jail: those that decide how fast and how exactly it computes."""

from __future__ import annotations

import os
from collections.abc import Mapping

from assessment.execution.server import SPEED, trainer_environment

KEPT_PREFIXES = (
    "OMP_",
    "GOMP_",
    "KMP_",
    "MKL_",
    "OPENBLAS_",
    "ONEDNN_",
    "DNNL_",
    "ATEN_",
    "MALLOC_",
    "CUDA_",
    "CUBLAS_",
    "NVIDIA_",
    "HIP_",
    "HSA_",
    "ROCR_",
)
OWN_PREFIX = "ASSESSMENT_"
"""What the grader alone is told: where data lie, secrets."""
KEPT = ("LD_LIBRARY_PATH", "TZ")
"""Of the grader's own variables: what changes numbers or speed. Everything else may hold secrets,
or names of files that are not there."""


def jail_environment(
    python_paths: list[str], temporary: str, own: Mapping[str, str]
) -> dict[str, str]:
    """Return the variables of a jail.

    Args:
        python_paths: what Python looks into first.
        temporary: folder that runs may write into, their home as well.
        own: variables of this jail, such as the GPU it uses.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in KEPT or name.startswith(KEPT_PREFIXES)
    }
    return {
        **SPEED,
        "CUDA_CACHE_DISABLE": "1",  # it would be written anew in every jail
        **kept,
        "OMP_WAIT_POLICY": SPEED["OMP_WAIT_POLICY"],
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": temporary,
        "TMPDIR": temporary,
        "USER": "student",
        "LOGNAME": "student",
        "MPLBACKEND": "Agg",
        "PYTHONPATH": os.pathsep.join(python_paths),
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        **own,
    }


def open_environment(own: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a process without walls: a trainer's, but for the grader's own."""
    usual = trainer_environment()
    return {name: usual[name] for name in usual if not name.startswith(OWN_PREFIX)} | dict(own)
