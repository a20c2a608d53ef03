"""Where published files and decoded arrays lie."""

from __future__ import annotations

import os
from pathlib import Path

from assessment.errors import DataError


def data_directory(given: Path | None = None) -> Path:
    """Choose the folder of published files: the one given, `ASSESSMENT_DATA`, or the user's own."""
    return _choose(given, "ASSESSMENT_DATA", "data")


def cache_directory(given: Path | None = None) -> Path:
    """Choose the folder of decoded arrays: the one given, `ASSESSMENT_CACHE`, or the user's own."""
    return _choose(given, "ASSESSMENT_CACHE", "arrays")


def _choose(given: Path | None, variable: str, name: str) -> Path:
    if given is None and os.environ.get(variable):
        given = Path(os.environ[variable])
    try:
        chosen = given.expanduser() if given is not None else _user_cache() / "assessment" / name
    except RuntimeError:  # no home directory, as in some containers
        raise DataError(f"this user has no home directory: name a folder in {variable}") from None
    return chosen.absolute()


def _user_cache() -> Path:
    named = os.environ.get("XDG_CACHE_HOME", "")
    # A relative path is to be ignored, says the XDG base directory specification.
    return Path(named) if Path(named).is_absolute() else Path.home() / ".cache"
