"""Checkpoint questions: saved weights that must score what the trained model scored."""

from __future__ import annotations

from typing import Literal

from pydantic import NonNegativeFloat

from assessment.spec.expectations import Reference
from assessment.spec.kinds.base import QuestionBase


class CheckpointQuestion(QuestionBase):
    """Saved weights that must score what the trained model scored."""

    kind: Literal["checkpoint"]
    of: Reference
    """The training question whose model was saved."""
    file: str
    """Name of the file handed in."""
    tolerance: NonNegativeFloat = 0.05
    """Largest accepted difference of test accuracy, percentage points."""
    points: NonNegativeFloat
    """What it is worth."""
