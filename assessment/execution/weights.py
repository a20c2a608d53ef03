"""Files of pretrained weights: found, or downloaded by torchvision in another process."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from assessment.datasets.torchvision_process import command_of, own_environment
from assessment.errors import ReferenceNotFound
from assessment.models.architectures import weight_files
from assessment.spelling import did_you_mean

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
    published = OF_TORCHVISION.fullmatch(name) is not None
    file, failed = _published_file(name) if published else name, ""
    found = next((path for folder in folders if (path := folder / file).is_file()), None)
    if found is not None:
        return found
    if published and download:
        told = _let_torchvision_download(name, folders[0])
        if "path" in told:
            return Path(told["path"])
        failed = f", and could not be downloaded: {told['failed']}"
    places = " or ".join(str(folder) for folder in folders)
    whose = "" if file == name else f" ({name})"
    raise ReferenceNotFound(
        f"the pretrained weights {file}{whose} are not in {places}{failed}; "
        f"put the file there, or {FROM_SCRATCH}"
    )


def content_sha256(path: Path) -> str:
    """Return the hash of a file; read again only where its size or time has changed.

    Raises:
        ReferenceNotFound: it cannot be read.
    """
    try:
        status = path.stat()
        return _hash_file(path, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise ReferenceNotFound(f"{path}: cannot be read: {error.strerror or error}") from None


@lru_cache(maxsize=64)
def _hash_file(path: Path, size: int, time: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _published_file(name: str) -> str:
    """Return the file of torchvision's weights."""
    known = weight_files()
    if name not in known:
        raise ReferenceNotFound(f"torchvision knows no weights {name}{did_you_mean(name, known)}")
    return known[name]


def hub_checkpoints() -> Path:
    """Return the folder in which torch's hub keeps downloaded weights."""
    cache_home = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser()
    return Path(os.environ.get("TORCH_HOME", cache_home / "torch")) / "hub" / "checkpoints"


def _let_torchvision_download(name: str, folder: Path) -> dict[str, str]:
    terminal = sys.stderr.isatty()  # then the progress bar of torch's hub is drawn there
    process = subprocess.run(
        command_of("assessment.models.pretrained", name, str(folder)),
        env=own_environment(),
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
