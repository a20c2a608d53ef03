"""A text becomes a checked syntax tree, or one sentence that says what to write instead."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Collection

from assessment.formulas.characters import ALLOWED, plain
from assessment.formulas.errors import Unreadable
from assessment.formulas.tree import Formula
from assessment.formulas.whitelist import TOO_DEEP, check
from assessment.parsing import parse_python

LONGEST = 1000
"""Characters of a formula. They also bound the nodes of its tree."""


def parse(text: str, names: Collection[str]) -> Formula:
    """Read a formula.

    Args:
        text: what somebody wrote.
        names: variables that it may use.

    Raises:
        Unreadable: it is no formula, is too long or too deep, or holds anything that is not
            arithmetic on these names.
    """
    if len(text) > LONGEST:
        message = f"a formula has at most {LONGEST:,} characters, this one has {len(text):,}"
        raise Unreadable(LONGEST + 1, message)
    shown = re.sub(r"\s", " ", text)
    if not shown.strip():
        raise Unreadable(1, f"nothing is written here; allowed are {ALLOWED}")
    readable = plain(shown)
    start = len(readable) - len(readable.lstrip())
    formula = Formula(shown, _tree(readable, start), start)
    check(formula, names)
    return formula


def _tree(text: str, start: int) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of `1if`, which the whitelist judges
            tree = parse_python(text[start:], mode="eval")
            assert isinstance(tree, ast.Expression)
            return tree.body
    except SyntaxError as error:
        if "nested" in str(error.msg):
            raise Unreadable(1, TOO_DEEP) from None
        column = start + (error.offset or len(text) + 1)
        if column > len(text.rstrip()):
            column, what = len(text.rstrip()) + 1, "something is missing here"
        else:
            what = "this is not arithmetic"
        raise Unreadable(column, f"{what}; allowed are {ALLOWED}") from None
    except (ValueError, RecursionError, MemoryError):
        raise Unreadable(1, TOO_DEEP) from None
