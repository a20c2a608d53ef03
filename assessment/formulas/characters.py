"""What can be told from a formula's characters alone, before Python's parser sees them."""

from __future__ import annotations

import re

from assessment.formulas.errors import Unreadable

ALLOWED = (
    "numbers, names, + - * / // % **, parentheses, indices, "
    "and sum(... for k in range(...)) and the like"
)

"""What a formula may hold, as messages say it."""

LIKE_ASCII = {
    "\u00b7": "*",  # dots in the middle
    "\u22c5": "*",
    "\u2219": "*",
    "\u00d7": "*",  # a cross
    "\u2217": "*",  # an asterisk operator
    "\u00f7": "/",
    "\u2212": "-",  # a minus sign, and the dashes that editors make of a hyphen
    "\u2010": "-",
    "\u2013": "-",
}
"""Signs that can only mean one thing, one character each."""

INSTEAD = {
    "^": "write ** for a power",
    "²": "write **2 for a power",
    "³": "write **3 for a power",
    "Σ": "write a sum as sum(... for k in range(...))",
    "∑": "write a sum as sum(... for k in range(...))",
    "√": "write sqrt(...) for a root",
    "∏": "only sums have a sign of their own: sum(... for k in range(...))",
    "{": "group with ( )",
    "}": "group with ( )",
    "⌈": "write ceil(...)",
    "⌉": "write ceil(...)",
    "⌊": "write floor(...)",
    "⌋": "write floor(...)",
    "≤": "write <=",
    "≥": "write >=",
    '"': "texts have no place in a formula",
    "'": "texts have no place in a formula",
    "\\": "write plain arithmetic, not LaTeX",
}

READABLE = re.compile(r"[A-Za-z0-9_+\-*/%()\[\],.:<>=! ]")
TOUCHING = re.compile(r"(?<![\w.])(?>\d[\d_]*\.?[\d_]*(?:[eE][+-]?\d+)?)[A-Za-z_]")
"""A number with a letter right behind it."""
BRACKETS = {")": "(", "]": "["}


def plain(text: str) -> str:
    """Return a formula in ASCII, character by character, so that columns stay what they are.

    Raises:
        Unreadable: a character that no formula has, a bracket without its partner, an equation,
            or a number with a name right behind it.
    """
    readable = "".join(LIKE_ASCII.get(character, character) for character in text)
    _check_characters(readable)
    _check_brackets(readable)
    equals = re.search(r"(?<![=<>!])=(?!=)", readable)
    if equals:
        message = "`=` cannot be read: write only what stands on its right-hand side"
        raise Unreadable(equals.start() + 1, message)
    product = TOUCHING.search(readable)
    if product:
        raise Unreadable(product.end(), "write * between a number and a name")
    return readable


def _check_characters(text: str) -> None:
    for column, character in enumerate(text, start=1):
        if not READABLE.fullmatch(character):
            name = character if character.isprintable() else f"U+{ord(character):04X}"
            instead = INSTEAD.get(character, f"allowed are {ALLOWED}")
            raise Unreadable(column, f"`{name}` cannot be read: {instead}")


def _check_brackets(text: str) -> None:
    """Tell of a bracket without its partner, in the same words in all versions of Python."""
    opened: list[tuple[int, str]] = []
    for column, character in enumerate(text, start=1):
        if character in "([":
            opened.append((column, character))
        elif character in BRACKETS:
            if not opened or opened[-1][1] != BRACKETS[character]:
                raise Unreadable(column, f"`{character}` closes nothing that was opened")
            opened.pop()
    if opened:
        column, character = opened[-1]
        raise Unreadable(column, f"`{character}` is never closed")
