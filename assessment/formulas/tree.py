"""A formula as a syntax tree that knows the text it came from."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

SHOWN = 40
"""Characters of a part that a message shows."""


@dataclass(frozen=True)
class Formula:
    """A text that holds nothing but arithmetic, ready to be evaluated."""

    text: str
    """As it was written, white space made blanks."""
    tree: ast.expr
    start: int
    """Characters of the text before the tree's first column."""

    def column(self, node: ast.expr) -> int:
        """Return where a part begins, counted from 1."""
        return self.start + node.col_offset + 1

    def part(self, node: ast.expr) -> str:
        """Return a part as it was written, the end of a long one left out."""
        first = self.start + node.col_offset
        end = None if node.end_col_offset is None else self.start + node.end_col_offset
        part = self.text[first:end]
        return part if len(part) <= SHOWN else f"{part[: SHOWN - 3]}..."


def terms(node: ast.BinOp) -> Iterator[tuple[ast.BinOp | None, ast.expr]]:
    """Yield the operands of a chain such as a + b - c from the left.

    Each comes with the part that ends with it, whose operator stands in front of
    it; the first has none. So a sum of hundreds of terms takes no deep recursion.
    """
    chain: list[tuple[ast.BinOp | None, ast.expr]] = []
    current: ast.expr = node
    while isinstance(current, ast.BinOp):
        chain.append((current, current.right))
        current = current.left
    chain.append((None, current))
    yield from reversed(chain)
