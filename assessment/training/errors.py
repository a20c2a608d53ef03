"""What a solution is told when it cannot be trained."""

from __future__ import annotations


class SolutionError(Exception):
    """The model cannot be trained as it is; the text is meant for its author."""


class MisfitError(SolutionError):
    """What the recipe says of the model does not fit it: a name, a file of weights."""
