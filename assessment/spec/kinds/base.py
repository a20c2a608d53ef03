"""What every kind of question has, and what may end whatever it runs."""

from __future__ import annotations

from pydantic import PositiveFloat, PositiveInt

from assessment.spec.base import SpecModel


class Limits(SpecModel):
    """When a run is ended from outside."""

    seconds: PositiveFloat = 3600.0
    """Wall-clock time of one run."""
    megabytes: PositiveInt = 8192
    """Resident memory of one run and its children, MB (10^6 bytes)."""


class QuestionBase(SpecModel):
    """What every kind of question has."""

    title: str
    """Short name, shown in tables."""
    text: str = ""
    """What the student is asked."""
