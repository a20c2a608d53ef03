"""An earlier run of the store as numbers that tables and figures compare."""

from __future__ import annotations

from assessment.report.measured import Measured
from assessment.results.store.connection import Store
from assessment.results.store.numbers import Stored, list_numbers, training_seconds
from assessment.results.store.sessions import find_session


def session_numbers(store: Store, called: str) -> tuple[str, list[Measured]]:
    """Return what a session is called in words, and its numbers.

    Args:
        store: where it is kept.
        called: its number or name.

    Raises:
        AssessmentError: there is none, or the store cannot be read.
    """
    session = find_session(store, called)
    seconds = training_seconds(store, session.number)
    numbers = list_numbers(store, session=session.number)
    return f"session {session.label}", [
        as_measured(number, seconds.get(number.item, 0.0)) for number in numbers
    ]


def as_measured(number: Stored, seconds: float = 0.0) -> Measured:
    """Return a number of the store as tables and figures take it."""
    return Measured(
        spec=number.spec,
        lab=number.lab,
        unit=number.unit,
        submission=number.submission,
        name=number.name,
        measure=number.measure,
        label=number.label,
        unit_word=number.unit_of,
        value=number.value,
        low=number.low,
        high=number.high,
        met=number.met,
        earned=number.earned,
        points=number.points,
        seconds=seconds,
    )
