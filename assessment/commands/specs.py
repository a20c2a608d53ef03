"""Spec files as the command line names them."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

SPECS = Path("specs")
"""Where spec files are looked for when none is named."""


def add_data_option(parser: ArgumentParser) -> None:
    """Add `--data DIR`."""
    parser.add_argument("--data", type=Path, metavar="DIR", help="directory of the data sets")


def find_spec(name: str) -> Path:
    """Return the spec file that is meant, with or without `specs/` and `.yaml`."""
    candidates = spellings(name)
    return next((candidate for candidate in candidates if candidate.is_file()), candidates[-1])


def spellings(name: str) -> list[Path]:
    """Return the paths that a name may stand for, the likeliest first."""
    given = Path(name)
    candidates = [given, given.with_name(f"{given.name}.yaml")] if given.name else [given]
    candidates += [SPECS / candidate for candidate in candidates if not candidate.is_absolute()]
    return candidates
