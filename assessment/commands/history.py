"""`assessment history`: what one question measured from session to session."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from assessment.commands.stored import add_store_option, choose_spec, opened, tell_left_out
from assessment.errors import AssessmentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assessment.results.store.connection import Store
    from assessment.results.store.numbers import Place

HELP = "Show what a question measured in every session."


def add_options(parser: ArgumentParser) -> None:
    """Add the question, its lab and the figure."""
    parser.add_argument(
        "question",
        metavar="QUESTION",
        help="a question of one lab, such as digits::q3-learning-rate or ...[lr-0.05]; the lab "
        "may be left out",
    )
    add_store_option(parser)
    parser.add_argument("--lab", metavar="SPEC", help="only of this spec file")
    parser.add_argument(
        "--student", metavar="ID", help="of this student's work (default: the reference's)"
    )
    parser.add_argument(
        "-o",
        dest="output",
        type=Path,
        metavar="FILE",
        help="also draw it into FILE.png or FILE.svg",
    )


def run(options: Namespace) -> int:
    """Print a table for each number of the question, and draw them.

    Raises:
        AssessmentError: the question is unknown, or the figure cannot be written.
    """
    from assessment.commands.terminal import Terminal
    from assessment.report.earlier import as_measured
    from assessment.report.history import Moment, history_picture, write_history
    from assessment.results.store.numbers import list_numbers, list_places, list_submissions

    output: Path | None = options.output
    if output is not None and output.suffix not in (".png", ".svg"):
        raise AssessmentError(f"{output}: cannot be written, name it FILE.png, FILE.svg")
    lab, separator, wanted = options.question.rpartition("::")
    with opened(options.store) as store:
        places = list_places(store)
        spec = options.lab or (lab if separator else None)
        if spec is not None:
            spec = choose_spec(store, places, spec)
        known = list_submissions(store, spec=spec)
        student = _choose_student(store, known, options.student)
        numbers = [
            number
            for unit in _choose_units(store, places, spec, wanted)
            for number in list_numbers(store, spec=spec, unit=unit, submission=student)
        ]
    moments = [
        Moment(number.session, number.session_name or "", number.started, as_measured(number))
        for number in numbers
    ]
    terminal = Terminal()
    write_history(terminal, moments, width=terminal.width)
    if not student:
        tell_left_out(known)
    if output is not None:
        from assessment.writing import write_output

        picture = history_picture(moments, kind="png" if output.suffix == ".png" else "svg")
        if picture is None:
            raise AssessmentError(f"{output}: nothing to draw, no session has a number of it")
        write_output(output, picture)
        print(f"{output} written")
    return 0


def _choose_student(store: Store, known: Sequence[str], wanted: str | None) -> str:
    """Return whose results are shown; nothing stands for the reference."""
    from assessment.spelling import did_you_mean, listed

    if wanted is None:
        return ""
    if wanted not in known:
        there = f" (there are: {listed(known)})" if known else ""
        raise AssessmentError(
            f"{store.path}: there is no result of the student {wanted}"
            f"{did_you_mean(wanted, known)}{there}"
        )
    return wanted


def _choose_units(
    store: Store, places: Sequence[Place], spec: str | None, wanted: str
) -> list[str]:
    """Return the unit that is meant, or all of a question."""
    from assessment.spelling import did_you_mean, listed

    known = list(dict.fromkeys(place.unit for place in places if spec in (None, place.spec)))
    if wanted in known:
        return [wanted]
    of_question = [unit for unit in known if unit.partition("[")[0] == wanted]
    if of_question:
        return of_question
    if not known:
        raise AssessmentError(f"{store.path}: there is no result yet")
    questions = list(dict.fromkeys(unit.partition("[")[0] for unit in known))
    if not wanted:
        raise AssessmentError(
            f"say which question, such as {known[0]} (there are: {listed(known)})"
        )
    raise AssessmentError(
        f"{store.path}: there is no result of {wanted}"
        f"{did_you_mean(wanted, [*questions, *known])} (there are: {listed(known)})"
    )
