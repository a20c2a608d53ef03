"""Seeds, devices and the conditions under which a run's numbers repeat."""

from __future__ import annotations

import platform
import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch


@dataclass(frozen=True)
class Conditions:
    """Set once in a fresh process, before the solution's code is executed."""

    device: torch.device
    threads: int

    def establish(self, seed: int) -> None:
        """Fix threads, deterministic kernels and every generator; one seed decides everything."""
        torch.set_num_threads(self.threads)
        random.seed(seed)
        np.random.seed(seed % 2**32)
        torch.manual_seed(seed)
        torch.backends.cudnn.benchmark = False
        torch.backends.cudnn.deterministic = True

    def describe(self) -> dict[str, Any]:
        """Return the fields of `results.record.Environment`."""
        here = describe()
        on_gpu = self.device.type == "cuda"
        precision = here.pop("gpu_precision")
        return {
            **here,
            "device": torch.cuda.get_device_name(self.device) if on_gpu else "cpu",
            "capability": self._gpu_capability() if on_gpu else here["capability"],
            "threads": self.threads,
            "precision": precision if on_gpu else "float32",
        }

    def _gpu_capability(self) -> str:
        return ".".join(map(str, torch.cuda.get_device_capability(self.device)))


def describe() -> dict[str, str]:
    """Return what every run of this process runs on; GPUs are not touched."""
    tf32 = torch.backends.cuda.matmul.allow_tf32 or torch.backends.cudnn.allow_tf32
    return {
        "torch": torch.__version__,
        "capability": torch.backends.cpu.get_cpu_capability(),
        "gpu_precision": "tf32" if tf32 else "float32",
        "python": platform.python_version(),
        "platform": f"{platform.system()}-{platform.machine()}",
    }
