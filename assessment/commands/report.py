"""`assessment report`: the reference's latest result of every item, as one page."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from assessment.commands.stored import add_store_option, choose_spec, opened, tell_left_out
from assessment.errors import AssessmentError

HELP = "Write the standing report: the reference's latest results."

TARGET = Path("reports/standing.html")


def add_options(parser: ArgumentParser) -> None:
    """Add the page, the store and the lab."""
    parser.add_argument(
        "-o",
        dest="output",
        type=Path,
        default=TARGET,
        metavar="FILE.html",
        help=f"the page to write (default: {TARGET})",
    )
    add_store_option(parser)
    parser.add_argument("--lab", metavar="SPEC", help="only of this spec file")


def run(options: Namespace) -> int:
    """Write the page.

    Raises:
        AssessmentError: there is no result, or the page cannot be written.
    """
    from datetime import UTC, datetime

    from assessment.report.page import Standing, standing_page
    from assessment.report.text import count_text
    from assessment.results.machine import describe_machine
    from assessment.results.store.graded import standing
    from assessment.results.store.numbers import list_places, list_submissions
    from assessment.results.store.sessions import list_sessions
    from assessment.writing import write_output

    output: Path = options.output
    if output.suffix not in (".html", ".htm"):
        raise AssessmentError(f"{output}: only a page can be written, name it FILE.html")
    with opened(options.store) as store:
        spec = None
        if options.lab is not None:
            spec = choose_spec(store, list_places(store), options.lab)
        stored = standing(store, spec=spec, submission="", runs=True)
        sessions = {session.number: session for session in list_sessions(store)}
        left_out = list_submissions(store, spec=spec)
        path = store.path
    if not stored:
        raise AssessmentError(f"{path}: there is no graded result of the reference yet")
    # In the order of the spec file, whichever session was the last to grade each.
    stored.sort(key=lambda each: (each.result.spec, each.result.lab, each.result.line or 0))
    standings = [
        Standing(
            each.result,
            each.session,
            (sessions[each.session].name or "") if each.session in sessions else "",
            sessions[each.session].started if each.session in sessions else "",
        )
        for each in stored
    ]
    now = datetime.now(UTC).isoformat(timespec="seconds")
    page = standing_page(standings, describe_machine(), store=str(path), written=now)
    write_output(output, page)
    results = count_text(len(standings), "result")
    origins = count_text(len({standing.session for standing in standings}), "session")
    print(f"{output} written: {results} of {origins}")
    tell_left_out(left_out)
    return 0
