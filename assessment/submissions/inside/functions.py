"""The function that a question asks for, among what a submission defines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from assessment.submissions.inside.namespace import load
from assessment.submissions.inside.reading import HandedIn
from assessment.submissions.inside.reasons import one_line
from assessment.training.errors import SolutionError

LISTED = 12


def find_function(handed_in: HandedIn, name: str) -> Callable[..., Any]:
    """Return a function by its name; of several, as the last file ends with it.

    Where no name is equal, one that differs in letter case and underscores alone is taken.

    Raises:
        SolutionError: there is none, or it cannot be had; the message says why.
    """
    known = [
        (outline, one)
        for outline in handed_in.library.outlines()
        for one in outline.definitions
        if one.kind in ("function", "class")
    ]
    equal = [pair for pair in known if pair[1].name == name]
    close = [pair for pair in known if _plain(pair[1].name) == _plain(name)]
    found = equal or close
    if not found:
        there = ", ".join(dict.fromkeys(one_line(one.name, 60) for _, one in known[:LISTED]))
        unread = handed_in.unread()
        raise SolutionError(f"defines no function {name} (it defines: {there or 'none'}){unread}")
    outline, definition = found[-1]
    function: Callable[..., Any] = load(outline, definition, handed_in.library).value
    return function


def _plain(name: str) -> str:
    return name.replace("_", "").casefold()
