"""The command `assessment`: each subcommand is one row of `COMMANDS`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from assessment.errors import AssessmentError, SpecError

SPECS = Path("specs")
"""Where spec files are looked for when none is named."""


@dataclass(frozen=True)
class Command:
    """One subcommand."""

    name: str
    help: str
    """One sentence, shown by `assessment --help`."""
    options: Callable[[argparse.ArgumentParser], None]
    """Adds the subcommand's arguments."""
    run: Callable[[argparse.Namespace], int]
    """Does the work and returns the exit status."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    0: done; 1: problems were found or the work failed; 2: wrong usage;
    130: interrupted.
    """
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        status = run(options)
        sys.stdout.flush()
    except AssessmentError as error:
        # Problems of a spec begin with file and line, which terminals turn into links.
        prefix = "" if isinstance(error, SpecError) else "assessment: "
        print(f"{prefix}{error}", file=sys.stderr)
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
    for command in COMMANDS:
        sub = commands.add_parser(command.name, help=command.help, description=command.help)
        command.options(sub)
        sub.set_defaults(run=command.run)
    return parser


class _Version(argparse.Action):
    """Looks the version up only when it is asked for, which takes a while."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from assessment import __version__

        print(f"assessment {__version__}")
        parser.exit()


# --- check --------------------------------------------------------------------------------------


def _check_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="spec files (default: specs/*.yaml)"
    )
    _data_option(parser)


def _check(options: argparse.Namespace) -> int:
    from assessment.catalogue import load_lab

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
    print(f"{_counted(len(files), 'file')}, {_counted(found, 'problem')}")
    return 1 if found else 0


def _data_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, metavar="DIR", help="directory of the data sets")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


# --- show ---------------------------------------------------------------------------------------


def _show_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "question",
        metavar="LAB::QUESTION",
        help="a spec file and a question of it, such as "
        "co543_lab7::task2-5-learning-rate or ...::task2-5-learning-rate[lr-0.1]; "
        "`specs/` and `.yaml` may be left out",
    )
    _data_option(parser)


def _show(options: argparse.Namespace) -> int:
    from assessment.catalogue import load_lab
    from assessment.spec.rendering import render_question, render_unit
    from assessment.spec.spelling import did_you_mean, listed
    from assessment.spec.units import units

    name, _, wanted = options.question.partition("::")
    lab_file = load_lab(_find_spec(name), options.data)
    lab, known = lab_file.lab, units(lab_file.lab)
    if wanted in known:
        print(render_unit(known[wanted]), end="")
        return 0
    if wanted in lab.questions:
        print(render_question(wanted, lab.questions[wanted]), end="")
        return 0
    names = list(dict.fromkeys([*lab.questions, *known]))
    if wanted:
        message = f"{name} has no question {wanted}{did_you_mean(wanted, names)}"
    else:
        message = f"say which question of {name}, as in {name}::{names[0]}"
    raise AssessmentError(f"{message} (there are: {listed(names)})")


def _find_spec(name: str) -> Path:
    """Return the spec file that is meant, with or without `specs/` and `.yaml`."""
    given = Path(name)
    candidates = [given, given.with_name(f"{given.name}.yaml")] if given.name else [given]
    candidates += [SPECS / candidate for candidate in candidates if not candidate.is_absolute()]
    return next((candidate for candidate in candidates if candidate.is_file()), candidates[-1])


# --- schema -------------------------------------------------------------------------------------


def _schema_options(parser: argparse.ArgumentParser) -> None:
    pass


def _schema(options: argparse.Namespace) -> int:
    import json

    from assessment.spec.schema import lab_schema

    print(json.dumps(lab_schema(), indent=2, ensure_ascii=False))
    return 0


# --- calibrate ------------------------------------------------------------------------------------


def _calibrate_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a spec file")
    parser.add_argument(
        "--seeds", type=int, default=5, metavar="N", help="runs of each recipe (default: 5)"
    )
    parser.add_argument(
        "-k", metavar="TEXT", default="", help="only questions whose id contains this text"
    )
    _data_option(parser)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument(
        "--trainers", type=int, metavar="N", help="runs at once (default: one a core)"
    )


def _calibrate(options: argparse.Namespace) -> int:
    from assessment.catalogue import load_lab
    from assessment.execution.calibrating import calibrate
    from assessment.spec.units import units

    lab_file = load_lab(options.file, options.data)
    chosen = [
        unit
        for unit in units(lab_file.lab).values()
        if unit.training is not None and options.k.lower() in unit.id.lower()
    ]
    if not chosen:
        raise AssessmentError(f"{options.file}: no training question contains {options.k!r}")
    failed = calibrate(
        chosen,
        options.file,
        options.seeds,
        data_dir=options.data,
        device=options.device,
        trainers=options.trainers,
        say=lambda text: print(text, flush=True),
    )
    return 1 if failed else 0


# --- export -------------------------------------------------------------------------------------

EXPORT_HEAD = """\
# Measured beside reported

Written by `assessment export` from the results files of pytest runs; not edited by hand.
"""


def _export_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", type=Path, metavar="FILE.md", help="the Markdown file to write")
    parser.add_argument(
        "results",
        nargs="+",
        type=Path,
        metavar="RESULTS.json",
        help="what pytest wrote into its reports directory; later files win",
    )


def _export(options: argparse.Namespace) -> int:
    from assessment.report.markdown import results_table
    from assessment.results.document import read

    target: Path = options.target
    if target.suffix != ".md":
        raise AssessmentError(f"{target}: only Markdown can be written, name it FILE.md")
    text = results_table([read(path) for path in options.results])
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f"{EXPORT_HEAD}\n{text}", encoding="utf-8")
    except OSError as error:
        raise AssessmentError(f"{target}: cannot be written: {error.strerror}") from None
    print(f"{target} written from {_counted(len(options.results), 'results file')}")
    return 0


COMMANDS: tuple[Command, ...] = (
    Command("check", "Check spec files and list every problem in them.", _check_options, _check),
    Command("show", "Show a question with its defaults merged, as YAML.", _show_options, _show),
    Command(
        "schema", "Print the JSON Schema of spec files, for editors.", _schema_options, _schema
    ),
    Command(
        "calibrate",
        "Train the reference runs that the bands of a lab lack.",
        _calibrate_options,
        _calibrate,
    ),
    Command(
        "export",
        "Write measured beside reported values as a table.",
        _export_options,
        _export,
    ),
)
