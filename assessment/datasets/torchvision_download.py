"""The process that downloads: `module:class FOLDER ARGUMENTS`, JSON lines on standard output.

`{"file": ..., "done": ..., "total": ...}` now and then, `{"failed": ...}` at the end if so.
Only this process imports torchvision, and it runs torchvision's own code: mirrors, checksums,
unpacking, and once through its reader.
"""

from __future__ import annotations

import importlib
import json
import socket
import sys
import time
from pathlib import Path
from typing import Any

_SILENCE = 60.0
"""Seconds without a byte after which a connection counts as dead."""


def main(arguments: list[str]) -> int:
    """Download training and test files; give the exit status."""
    downloader, folder, options = arguments
    socket.setdefaulttimeout(_SILENCE)
    try:
        module, _, name = downloader.partition(":")
        dataset = getattr(importlib.import_module(module), name)
        _watch()
        for train in (True, False):
            dataset(folder, train=train, download=True, **json.loads(options))
    except Exception as error:
        _tell(failed=" ".join(str(error).split()) or type(error).__name__)
        return 1
    return 0


class _Meter:
    """Stand where torchvision's progress bar stands, and tell instead of drawing."""

    file = ""

    def __init__(self, *_: object, total: int | None = None, **__: object) -> None:
        self.done, self.total, self.told = 0, total or 0, 0.0

    def __enter__(self) -> _Meter:
        return self

    def __exit__(self, *_: object) -> None:
        _tell(file=self.file, done=self.done, total=self.total)

    def update(self, count: int) -> None:
        self.done += count
        if time.monotonic() - self.told > 0.1:
            self.told = time.monotonic()
            _tell(file=self.file, done=self.done, total=self.total)


def _watch() -> None:
    """Put the meter into torchvision; without these private names there is just no progress."""
    utils: Any = sys.modules.get("torchvision.datasets.utils")
    retrieve = getattr(utils, "_urlretrieve", None)
    if retrieve is None or not hasattr(utils, "tqdm"):
        return

    def retrieve_and_tell(url: str, filename: Any, *rest: Any, **named: Any) -> None:
        _Meter.file = Path(filename).name
        retrieve(url, filename, *rest, **named)

    utils._urlretrieve, utils.tqdm = retrieve_and_tell, _Meter


def _tell(**message: object) -> None:
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
