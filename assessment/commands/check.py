"""`assessment check`: every problem of some spec files."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from assessment.commands.specs import SPECS, add_data_option
from assessment.errors import SpecError

HELP = "Check spec files and list every problem in them."


def add_options(parser: ArgumentParser) -> None:
    """Add files and `--data`."""
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="spec files (default: specs/*.yaml)"
    )
    add_data_option(parser)


def run(options: Namespace) -> int:
    """Print the problems of each file; 1 where there are some, 2 where there is no file."""
    from assessment.catalogue import load_lab
    from assessment.report.text import count_text

    files: list[Path] = options.files or sorted(SPECS.glob("*.yaml"))
    if not files:
        print(f"assessment check: no file {SPECS}/*.yaml here, name one", file=sys.stderr)
        return 2
    found = 0
    for file in files:
        try:
            load_lab(file, options.data)
        except SpecError as error:
            print(error)
            found += len(error.problems)
    print(f"{count_text(len(files), 'file')}, {count_text(found, 'problem')}")
    return 1 if found else 0
