"""`assessment export`: measured beside reported values, as Markdown."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assessment.commands.stored import add_store_option, opened, tell_left_out
from assessment.errors import AssessmentError, SpecError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assessment.results.record import Result
    from assessment.results.store.connection import Store

HELP = "Write measured beside reported values as a table."

HEAD = """\
# Measured beside reported

Written by `assessment export docs/results.md` from the latest graded results in the store that
`pytest specs --assess-data=DIR` fills; `assessment export docs/results.md RESULTS.json ...` takes
the files that such runs leave in `reports/results.json` instead. Not edited by hand.
"""


def add_options(parser: ArgumentParser) -> None:
    """Add the file to write and what to read."""
    parser.add_argument("target", type=Path, metavar="FILE.md", help="the Markdown file to write")
    parser.add_argument(
        "results",
        nargs="*",
        type=Path,
        metavar="RESULTS.json",
        help="what pytest wrote into its reports directory, later files win (default: the latest "
        "graded results in the store)",
    )
    add_store_option(parser)


def run(options: Namespace) -> int:
    """Write the table.

    Raises:
        AssessmentError: a results file is none, there is no result, or the table cannot be
            written.
    """
    from assessment.report.markdown import results_table
    from assessment.report.text import count_text
    from assessment.results.document import read
    from assessment.results.store.numbers import list_submissions
    from assessment.writing import write_output

    target: Path = options.target
    if target.suffix != ".md":
        raise AssessmentError(f"{target}: only Markdown can be written, name it FILE.md")
    if options.results and options.store:
        raise AssessmentError("results files and --store: choose one of them")
    left_out: Sequence[str]
    if options.results:
        documents = [read(path) for path in options.results]
        left_out = _submissions(documents, options.results)
        text = results_table(documents)
        source = count_text(len(options.results), "results file")
    else:
        with opened(options.store) as store:
            text, count = _stored_table(store)
            left_out = list_submissions(store)
        source = f"{count_text(count, 'result')} in {store.path}"
    write_output(target, f"{HEAD}\n{text}")
    print(f"{target} written from {source}")
    tell_left_out(left_out)
    return 0


def _submissions(documents: Sequence[dict[str, Any]], paths: Sequence[Path]) -> list[str]:
    """Return whose results files hold beside the reference's.

    Raises:
        AssessmentError: a file holds nothing of the reference, or a damaged record.
    """
    from assessment.results.document import load_results
    from assessment.results.solution import owner_of

    found: set[str] = set()
    for document, path in zip(documents, paths, strict=True):
        owners = {owner_of(result.submission) for result in load_results(document, path)}
        if owners and "" not in owners:
            raise AssessmentError(
                f"{path}: holds results of submissions only, and the table is the reference's: "
                "name the results.json of a run without submissions"
            )
        found |= owners - {""}
    return sorted(found)


def _stored_table(store: Store) -> tuple[str, int]:
    """Return the table of what stands in a store for the reference, and of how many items it is."""
    from assessment.report.markdown import tables
    from assessment.results.store.graded import load_results, standing
    from assessment.results.store.sessions import list_sessions
    from assessment.results.totals import UNDECIDED

    sessions = {session.number: session for session in list_sessions(store)}
    found = {_item(each.result): each for each in standing(store, submission="", runs=True)}
    for number in sorted(sessions, reverse=True):  # what nobody could grade is shown as that
        for each in load_results(store, number, runs=False, submission=""):
            if each.result.status in UNDECIDED - {"smoke"}:
                found.setdefault(_item(each.result), each)
    if not found:
        raise AssessmentError(f"{store.path}: there is no graded result of the reference yet")
    asked = _asked_now(each.result for each in found.values())
    kept = [each for item, each in found.items() if item[0] not in asked or item in asked[item[0]]]
    kept.sort(key=lambda each: (each.result.spec, each.result.lab, each.result.line or 0))
    sources: dict[str, list[dict[str, Any]]] = {}
    for each in sorted(kept, key=lambda each: each.session):
        session = sessions.get(each.session)
        if session is not None:
            document = {
                "finished": session.finished or session.started,
                "machine": session.machine,
                "versions": session.versions,
                "status": "complete",  # of what is shown nothing is missing
            }
            known = sources.setdefault(each.result.spec, [])
            if document not in known:
                known.append(document)
    return tables([each.result for each in kept], sources), len(kept)


def _item(result: Result) -> tuple[str, str, str]:
    return result.spec, result.lab, result.unit


def _asked_now(results: Iterable[Result]) -> dict[str, set[tuple[str, str, str]]]:
    """Return the items of each spec file that is here: what it no longer asks is left out."""
    from assessment.catalogue import load_lab
    from assessment.spec.units import units

    asked = {}
    for spec in {result.spec for result in results}:
        try:
            lab = load_lab(Path(spec)).lab
        except SpecError:  # it is elsewhere, or has mistakes
            continue
        asked[spec] = {(spec, lab.title, unit) for unit in units(lab)}
    return asked
