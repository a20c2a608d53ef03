"""`assessment regrade`: today's bands, points and rubrics on stored runs."""

from __future__ import annotations

import gc
import shlex
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from assessment.commands.specs import add_data_option, find_spec
from assessment.commands.stored import add_store_option, opened, tell_left_out
from assessment.errors import AssessmentError

if TYPE_CHECKING:
    from assessment.commands.regrading import Item, LabRegraded
    from assessment.commands.terminal import Terminal
    from assessment.grading.regrading import Fate
    from assessment.report.blocks import Row
    from assessment.results.record import Result
    from assessment.results.store.connection import Store

HELP = "Grade stored runs again by the spec as it is now."


def add_options(parser: ArgumentParser) -> None:
    """Add spec files, the store, and what is written."""
    parser.add_argument("specs", nargs="+", metavar="SPEC", help="spec files")
    add_store_option(parser)
    add_data_option(parser)
    parser.add_argument(
        "-o",
        dest="output",
        type=Path,
        metavar="FILE.json",
        help="write the reference's results as pytest's results.json has them",
    )
    parser.add_argument(
        "--write", action="store_true", help="put the new results into the store, as a session"
    )


def run(options: Namespace) -> int:
    """Print what changes; write nothing unless told to.

    Raises:
        AssessmentError: a lab has problems or no stored result, or something cannot be written.
    """
    from assessment.commands.regrading import reference_results, regrade_lab
    from assessment.commands.terminal import Terminal

    output: Path | None = options.output
    if output is not None and output.suffix != ".json":
        raise AssessmentError(f"{output}: only a results file can be written, name it FILE.json")
    gc.disable()  # walking through thousands of live records takes longer than they do
    started = _now()
    whole = options.write or output is not None
    terminal = Terminal()
    with opened(options.store, write=options.write) as store:
        labs = [
            regrade_lab(store, find_spec(name), options.data, whole=whole) for name in options.specs
        ]
        for lab in labs:
            _tell(terminal, lab, options.store)
        if output is not None:
            results = reference_results(labs)
            if not results:
                raise AssessmentError(f"{output}: not written, the reference has no stored result")
            _write_document(output, results, started)
            print(f"{output} written")
            owners = {item.submission for lab in labs for item in lab.items}
            tell_left_out(sorted(owners - {""}))
        if options.write:
            print(_write_session(store, labs, options.specs, started))
    return 0


# --- telling --------------------------------------------------------------------------------------


def _tell(terminal: Terminal, lab: LabRegraded, store: Path | None) -> None:
    """Write what changed, the totals, and what could not be graded again."""
    from assessment.report.blocks import Columns, write_block
    from assessment.report.text import one_line

    heading = one_line(f"{lab.lab_file.lab.title} ({lab.spec})")
    changed = [item for item in lab.items if item.regraded.changed]
    if changed:
        columns = Columns(
            headers={
                "unit": "item",
                "submission": "submission",
                "before": "before",
                "now": "now",
                "why": "why",
            },
            right=frozenset({"before", "now"}),
            shrinkable={"unit": 19, "submission": 8, "why": 24},
            kept=frozenset({"unit", "before", "now", "why"}),
            cut_at_end=frozenset({"why"}),
        )
        write_block(terminal, heading, list(map(_row, changed)), columns, terminal.width)
    else:
        terminal.line(f"{heading}: nothing changes")
    terminal.line(_totals(lab), bold=True)
    for text in _lists(lab, store):
        for line in wrap(text, terminal.width, subsequent_indent="  ", break_on_hyphens=False):
            terminal.line(line, yellow=True)


def _row(item: Item) -> Row:
    from assessment.grading.regrading import tell_change
    from assessment.report.blocks import Cell
    from assessment.report.text import one_line

    before, after = item.regraded.before, item.regraded.after
    color = "green" if after.earned > before.earned else "red"
    return {
        "unit": Cell(one_line(after.unit)),
        "submission": Cell(one_line(item.submission)),
        "before": Cell(_points(before)),
        "now": Cell(_points(after), {"bold": True, color: after.earned != before.earned}),
        "why": Cell(one_line(tell_change(before, after))),
    }


def _points(result: Result) -> str:
    from assessment.report.text import points_text

    if result.status == "waiting":
        return f"-/{points_text(result.waiting)}"
    return f"{points_text(result.earned)}/{points_text(result.points)}"


def _totals(lab: LabRegraded) -> str:
    from assessment.report.text import count_text, points_text
    from assessment.results.totals import add_up

    own = [item.regraded for item in lab.items if not item.submission]
    before, after = (add_up(getattr(each, side) for each in own) for side in ("before", "after"))
    graded = sum(item.regraded.fate == "graded" for item in lab.items)
    sums = [f"{points_text(each.earned)} of {points_text(each.points)}" for each in (after, before)]
    parts = []
    if own:  # students are never added up
        whose = " of the reference" if lab.submissions else ""
        parts.append(f"total{whose} {sums[0]} points, {sums[1]} before")
    parts.append(f"{count_text(graded, 'result')} graded again")
    if lab.submissions:
        parts.append(count_text(lab.submissions, "submission"))
    return ", ".join(parts)


def _lists(lab: LabRegraded, store: Path | None) -> Iterator[str]:
    """Yield what could not be graded again, and how it could."""
    yield from (f"note: {note}" for note in lab.notes)
    titles: dict[Fate, str] = {
        "recipe": "another question by now",
        "borderline": "borderline",
        "kept": "kept as it was",
    }
    for fate, title in titles.items():
        of_fate = lab.of(fate)
        for (unit, why), submissions in of_fate.items():
            yield f"{title}: {unit}{_whose(submissions)}: {why}"
        own = [unit for (unit, _), submissions in of_fate.items() if "" in submissions]
        if own:
            yield f"to train and grade: {_command(lab.spec, own, store)}"
    if lab.never:
        owners = len({item.submission for item in lab.items})
        names = (
            f"{unit}{f' ({count} of {owners})' if owners > 1 else ''}" for unit, count in lab.never
        )
        yield f"never graded: {', '.join(names)}"


def _whose(submissions: Sequence[str]) -> str:
    named = [submission for submission in submissions if submission]
    if not named:
        return ""
    shown = ", ".join(named[:5]) + (f" and {len(named) - 5} more" if len(named) > 5 else "")
    return f" of {shown}"


def _command(spec: str, units: Iterable[str], store: Path | None) -> str:
    nodes = [f"{spec}::{unit}" for unit in units]
    chosen = [] if store is None else ["--assess-store", str(store)]
    return shlex.join(["pytest", *nodes, *chosen])


# --- writing --------------------------------------------------------------------------------------


def _write_document(path: Path, results: Sequence[Result], started: str) -> None:
    from assessment.results.document import build, write
    from assessment.results.machine import describe_machine

    document = build(results, describe_machine(), started=started, finished=_now())
    try:
        write(path, document)
    except OSError as error:
        raise AssessmentError(f"{path}: cannot be written: {error.strerror}") from None


def _write_session(
    store: Store, labs: Sequence[LabRegraded], specs: Sequence[str], started: str
) -> str:
    """Put what was graded again into the store; return what to say."""
    from assessment.report.text import count_text
    from assessment.results.machine import describe_machine, find_versions
    from assessment.results.store.graded import put_result
    from assessment.results.store.sessions import begin_session, end_session

    graded = [item for lab in labs for item in lab.items if item.regraded.fate == "graded"]
    if not graded:
        return "nothing was graded again, nothing written"
    number = begin_session(
        store,
        started=started,
        command=["assessment", "regrade", *specs, "--write"],
        machine=describe_machine(),
        versions=find_versions(),
        options={},
    )
    for item in graded:
        put_result(store, number, item.regraded.after, submission=item.submission)
    end_session(store, number, finished=_now(), status="complete")
    return f"session {number} written: {count_text(len(graded), 'result')}"


def _now() -> str:
    from datetime import UTC, datetime

    return datetime.now(UTC).isoformat(timespec="seconds")
