"""Telling a reader how far a download or a decoder has come."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TextIO

Progress = Callable[[str, int, int], None]
"""Called with a file's name, the bytes it has so far and its size in bytes (0: not known)."""


def choose_progress(given: Progress | None) -> Progress:
    """Give the one given, else a bar on standard error if that is a terminal, else nothing."""
    if given is not None:
        return given
    return ProgressBar(sys.stderr) if sys.stderr.isatty() else _ignore


def announce(text: str, progress: Progress | None) -> None:
    """Write a line on standard error where nobody listens and no bar will be drawn."""
    if progress is None and not sys.stderr.isatty():
        print(text, file=sys.stderr, flush=True)


def _ignore(file: str, done: int, total: int) -> None:
    """Say nothing."""


class ProgressBar:
    """Draw one line a file on a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, file: str, done: int, total: int) -> None:
        """Draw the line again; end it when the file is whole."""
        share = min(done / total, 1.0) if total else 0.0
        bar = ("#" * round(20 * share)).ljust(20, "-")
        line = f"\r{file} [{bar}] {done / 1e6:.1f} of {total / 1e6:.1f} MB"
        if not total:
            line = f"\r{file} {done / 1e6:.1f} MB"
        self._stream.write(line + ("\n" if total and done >= total else ""))
        self._stream.flush()
