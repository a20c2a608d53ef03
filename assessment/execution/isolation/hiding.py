"""What of a course can be kept from jails though what they need lies among it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path


def parts_without(top: Path, needed: Sequence[Path]) -> Iterator[Path]:
    """Yield a file or folder if nothing that jails need lies in it, else those of its parts.

    A course may hold the virtual environment in which it is graded. Links within it are not its
    parts.
    """
    top = top.resolve()
    inside = [path for path in needed if path.is_relative_to(top)]
    if not inside:
        yield top
    elif top not in inside:
        with suppress(OSError):
            for path in sorted(top.iterdir()):
                if not path.is_symlink():
                    yield from parts_without(path, inside)


def files_below(top: Path) -> Iterator[Path]:
    """Yield a file, or every file below a folder; links are not followed."""
    waiting = [top]
    while waiting:
        path = waiting.pop()
        if path.is_symlink() or not path.is_dir():
            yield path
            continue
        with suppress(OSError):
            waiting += sorted(path.iterdir(), reverse=True)
