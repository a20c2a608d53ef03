"""`assessment list`: the sessions of a store."""

from __future__ import annotations

import shlex
from argparse import ArgumentParser, Namespace
from pathlib import PurePath
from typing import TYPE_CHECKING

from assessment.commands.stored import add_store_option, opened
from assessment.errors import AssessmentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assessment.report.blocks import Row
    from assessment.results.store.sessions import Session

HELP = "List the sessions of the store."

PROGRAMS = ("pytest", "assessment")
"""What makes sessions."""

LONGEST_COMMAND = 40
"""Characters of a command line that are shown."""


def add_options(parser: ArgumentParser) -> None:
    """Add `--store`."""
    add_store_option(parser)


def run(options: Namespace) -> int:
    """Print one line a session, the oldest first.

    Raises:
        AssessmentError: the store cannot be read or has no session.
    """
    from assessment.commands.terminal import Terminal
    from assessment.report.blocks import Columns, write_block
    from assessment.results.store.numbers import list_places
    from assessment.results.store.sessions import list_sessions

    with opened(options.store) as store:
        sessions, places = list_sessions(store), list_places(store)
        path = store.path
    if not sessions:
        raise AssessmentError(f"{path}: there is no session yet")
    labs: dict[int, dict[str, None]] = {}
    for place in places:
        labs.setdefault(place.session, {})[place.lab] = None
    columns = Columns(
        headers={
            "number": "session",
            "name": "name",
            "started": "started, UTC",
            "status": "status",
            "command": "command",
            "labs": "labs",
            "whose": "whose",
            "items": "items",
            "points": "points",
        },
        right=frozenset({"number", "items", "points"}),
        shrinkable={"command": 16, "labs": 12, "name": 10, "whose": 12},
        kept=frozenset({"number", "started", "status", "command", "items", "points"}),
        cut_at_end=frozenset({"command", "labs", "name", "whose"}),
    )
    rows = [_row(session, list(labs.get(session.number, ()))) for session in sessions]
    terminal = Terminal()
    write_block(terminal, str(path), rows, columns, terminal.width)
    return 0


def _row(session: Session, labs: Sequence[str]) -> Row:
    from assessment.report.blocks import Cell
    from assessment.report.text import one_line, points_text, shorten, time_text

    command = list(session.command)
    program = PurePath(command[0]).name if command else ""
    if program in PROGRAMS:
        command[0] = program  # not where it was installed
    else:
        command.insert(0, PROGRAMS[0])  # which tells its arguments only
    color = {"complete": "", "interrupted": "yellow", "running": "yellow"}.get(session.status, "")
    return {
        "number": Cell(str(session.number), {"bold": True}),
        "name": Cell(one_line(session.name or "")),
        "started": Cell(time_text(session.started)),
        "status": Cell(one_line(session.status), {color: True} if color else {}),
        "command": Cell(shorten(shlex.join(command), LONGEST_COMMAND, keep_end=False)),
        "labs": Cell(one_line(", ".join(labs))),
        "whose": Cell(_whose(session)),
        "items": Cell(str(session.items)),
        "points": Cell(
            f"{points_text(session.earned)}/{points_text(session.points)}"
            if session.owners <= 1
            else ""
        ),
    }


def _whose(session: Session) -> str:
    """Say whose results a session has; nothing where they are all the reference's."""
    from assessment.report.text import count_text

    if not session.submissions:
        return ""
    count = count_text(session.submissions, "submission")
    return f"{count} and the reference" if session.owners > session.submissions else count
