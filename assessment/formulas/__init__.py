"""Formulas that people write: read by a whitelist, evaluated within bounds, compared at points.

Nothing here runs Python: `syntax` reads a text into Python's syntax tree and
refuses all but arithmetic, `evaluation` walks that tree.
"""

from assessment.formulas.comparison import Counterexample, compare
from assessment.formulas.errors import FormulaError, NoValue, TooLong, Unreadable, WrongKind
from assessment.formulas.evaluation import evaluate
from assessment.formulas.points import Domain, Point
from assessment.formulas.syntax import parse
from assessment.formulas.tree import Formula

__all__ = [
    "Counterexample",
    "Domain",
    "Formula",
    "FormulaError",
    "NoValue",
    "Point",
    "TooLong",
    "Unreadable",
    "WrongKind",
    "compare",
    "evaluate",
    "parse",
]
