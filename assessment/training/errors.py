"""What a solution is told when it cannot be trained."""

from __future__ import annotations


class SolutionError(Exception):
    """The model cannot be trained as it is; the text is meant for its author."""
