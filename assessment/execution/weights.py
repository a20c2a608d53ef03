"""Files of pretrained weights: found, or downloaded by torchvision in another process."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from assessment.errors import ReferenceNotFound

OF_TORCHVISION = re.compile(r"\w+_Weights\.\w+")
"""Names such as `ResNet18_Weights.IMAGENET1K_V1`; everything else is the name of a file."""

FROM_SCRATCH = "leave `weights` out of the question to train from scratch"


def find_weights(name: str, data_dir: Path, *, download: bool = True) -> Path:
    """Return the file of pretrained weights.

    Args:
        name: torchvision's name of its weights, or a file's name.
        data_dir: its folder `weights` is searched after the cache of torch's hub.
        download: fetch torchvision's weights into that cache where they are absent.

    Raises:
        ReferenceNotFound: there are none; the message says which file belongs where.
    """
    folders = [hub_checkpoints(), data_dir / "weights"]
    if OF_TORCHVISION.fullmatch(name):
        told = _ask_torchvision(name, folders, download=download)
        if "path" in told:
            return Path(told["path"])
        if "unknown" in told:
            raise ReferenceNotFound(f"torchvision knows no weights {name}: {told['unknown']}")
        file = told["file"]
        failed = f", and could not be downloaded: {told['failed']}" if told["failed"] else ""
    else:
        file, failed = name, ""
        found = next((path for folder in folders if (path := folder / file).is_file()), None)
        if found is not None:
            return found
    places = " or ".join(str(folder) for folder in folders)
    whose = "" if file == name else f" ({name})"
    raise ReferenceNotFound(
        f"the pretrained weights {file}{whose} are not in {places}{failed}; "
        f"put the file there, or {FROM_SCRATCH}"
    )


def hub_checkpoints() -> Path:
    """Return the folder in which torch's hub keeps downloaded weights."""
    cache_home = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser()
    return Path(os.environ.get("TORCH_HOME", cache_home / "torch")) / "hub" / "checkpoints"


def _ask_torchvision(name: str, folders: list[Path], *, download: bool) -> dict[str, str]:
    command = [sys.executable, "-P", "-m", "assessment.models.pretrained", name]
    command += ["yes" if download else "no", *map(str, folders)]
    paths = [str(Path(__file__).parents[2]), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    terminal = sys.stderr.isatty()  # then the progress bar of torch's hub is drawn there
    process = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=None if terminal else subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    try:
        told: dict[str, str] = json.loads(process.stdout.strip().splitlines()[-1])
    except (ValueError, IndexError):
        last = (process.stderr or "").strip().splitlines()[-1:] or [""]
        raise ReferenceNotFound(
            f"torchvision could not be asked for the weights {name}: {last[0]}"
        ) from None
    return told
