"""`assessment compare`: old against new, as a table, as Markdown, as a picture."""

from __future__ import annotations

import math
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from assessment.commands.stored import (
    add_store_option,
    in_own_words,
    opened,
    own_words,
)
from assessment.errors import AssessmentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assessment.report.comparison import Compared
    from assessment.report.measured import Measured

HELP = "Compare two runs of the same labs, old against new."

FORMS = (".md", ".png", ".svg")
"""What `-o` can write."""


def add_options(parser: ArgumentParser) -> None:
    """Add the two runs, files to write, and rules."""
    for name in ("old", "new"):
        parser.add_argument(
            name,
            metavar=name.upper(),
            help="number or name of a session (see `assessment list`), or a results.json",
        )
    add_store_option(parser)
    parser.add_argument(
        "-o",
        dest="output",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="also write FILE.md, FILE.png or FILE.svg; may be given several times",
    )
    parser.add_argument(
        "--fail",
        action="append",
        default=[],
        metavar="RULE",
        help="exit with 1 where a value got worse by more, such as test_accuracy:0.5%% (of the old "
        "value) or epochs_to_accuracy:2; may be given several times",
    )


def run(options: Namespace) -> int:
    """Print the comparison and write its files; 1 where a rule is broken.

    Raises:
        AssessmentError: a run is unknown, a rule or a file's form is none, a file cannot be
            written.
    """
    from assessment.commands.terminal import Terminal
    from assessment.report.comparison import compare, write_comparison
    from assessment.report.rules import check_rules, parse_rule, tell_checked

    for path in options.output:
        if path.suffix not in FORMS:
            raise AssessmentError(f"{path}: cannot be written, name it FILE{', FILE'.join(FORMS)}")
    with in_own_words():
        rules = [parse_rule(text) for text in options.fail]
    (old, old_numbers), (new, new_numbers) = _sides(options.store, (options.old, options.new))
    rows = compare(old_numbers, new_numbers)
    terminal = Terminal()
    write_comparison(terminal, rows, old=old, new=new, width=terminal.width)
    for path in options.output:
        _write(path, rows, old, new)
        print(f"{path} written")
    checked = check_rules(rows, rules)
    for line in tell_checked(checked):
        terminal.line(own_words(line), red=True)
    return 1 if any(each.broken for each in checked) else 0


def _sides(path: Path | None, runs: Sequence[str]) -> list[tuple[str, list[Measured]]]:
    """Return what each run is called and its numbers; the store is opened if one is a session."""
    if all(map(_is_document, runs)):
        return [_of_document(run) for run in runs]
    from assessment.report.earlier import session_numbers

    with opened(path) as store:
        return [
            _of_document(run) if _is_document(run) else session_numbers(store, run) for run in runs
        ]


def _is_document(run: str) -> bool:
    return run.endswith(".json") or (not run.isdigit() and Path(run).is_file())


def _of_document(run: str) -> tuple[str, list[Measured]]:
    from assessment.report.measured import list_measured
    from assessment.results.document import load_results, read
    from assessment.results.totals import UNDECIDED

    # Training alone, as of a session: calls of functions and evaluations take time as well.
    graded = (
        result.model_copy(update={"seconds": math.fsum(each.seconds for each in result.runs)})
        for result in load_results(read(Path(run)), run)
        if result.status not in UNDECIDED
    )
    return run, list_measured(graded)


def _write(path: Path, rows: Sequence[Compared], old: str, new: str) -> None:
    from assessment.report.comparison import comparison_markdown, comparison_picture
    from assessment.writing import write_output

    if path.suffix == ".md":
        write_output(path, comparison_markdown(rows, old=old, new=new))
        return
    picture = comparison_picture(
        rows, old=old, new=new, kind="png" if path.suffix == ".png" else "svg"
    )
    if picture is None:
        raise AssessmentError(f"{path}: nothing to draw, no number is in both runs")
    write_output(path, picture)
