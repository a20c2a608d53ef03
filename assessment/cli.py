"""The command `assessment`: finds the module of a subcommand and lets it work."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Protocol, cast

from assessment.errors import AssessmentError, DataMissing, SpecError

COMMANDS = (
    "check",
    "show",
    "schema",
    "calibrate",
    "grade",
    "export",
    "list",
    "compare",
    "history",
    "report",
    "regrade",
)
"""Modules of `assessment.commands`, in the order in which help lists them."""


class Command(Protocol):
    """One subcommand: what its module holds."""

    HELP: str
    """One sentence, shown by `assessment --help`."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the subcommand's arguments."""

    def run(self, options: argparse.Namespace) -> int:
        """Do the work and return the exit status."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    0: done; 1: problems were found or the work failed; 2: wrong usage;
    130: interrupted.
    """
    options = _parser().parse_args(arguments)
    command: Command = options.command
    try:
        status = command.run(options)
        sys.stdout.flush()
    except AssessmentError as error:
        # Problems of a spec begin with file and line, which terminals turn into links.
        prefix = "" if isinstance(error, SpecError) else "assessment: "
        print(f"{prefix}{error}", file=sys.stderr)
        if isinstance(error, DataMissing):
            print(error.files.replace("--assess-data=", "--data "), file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader went away, as in `assessment schema | head`; Python would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="assessment", description="Work with the spec files of deep-learning labs."
    )
    parser.add_argument("--version", action=_Version, help="show the version and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in COMMANDS:
        command = cast(Command, import_module(f"assessment.commands.{name}"))
        sub = commands.add_parser(name, help=command.HELP, description=command.HELP)
        command.add_options(sub)
        sub.set_defaults(command=command)
    return parser


class _Version(argparse.Action):
    """Looks the version up only when it is asked for, which takes a while."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from assessment import __version__

        print(f"assessment {__version__}")
        parser.exit()
