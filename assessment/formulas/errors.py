"""Why a formula cannot be used.

FormulaError        the root: one sentence for whoever wrote the formula
├── Unreadable      it is no formula, or holds what a formula may not hold
├── WrongKind       a vector stands where a number is due, or the other way round
├── NoValue         it has no value at a point: a division by zero, an index beyond the end
└── TooLong         its evaluation takes more steps than are allowed
"""

from __future__ import annotations


class FormulaError(Exception):
    """A formula that cannot be used; its text begins with the column, counted from 1."""

    def __init__(self, column: int, message: str) -> None:
        self.column = column
        self.message = message
        super().__init__(f"column {column}: {message}")


class Unreadable(FormulaError):
    """The text is no formula, or holds what a formula may not hold."""


class WrongKind(FormulaError):
    """A vector stands where a number is due, or a number where a vector is."""


class NoValue(FormulaError):
    """The formula has no value at a point."""


class TooLong(FormulaError):
    """The evaluation takes more steps than are allowed."""
