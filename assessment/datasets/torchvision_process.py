"""How torchvision is asked to download: a module of this package, run in another process.

A `torchvision.py` in the current folder is not imported there.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def command_of(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module without the current folder on its path."""
    return [sys.executable, "-P", "-m", module, *arguments]


def own_environment() -> dict[str, str]:
    """Return our environment with this package on the path, and of `PYTHONPATH` absolute paths."""
    paths = [str(Path(__file__).parents[2]), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    absolute = os.pathsep.join(path for path in paths if Path(path).is_absolute())
    return {**os.environ, "PYTHONPATH": absolute}
