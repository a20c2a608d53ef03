"""Python's parser, for one thread at a time.

Up to 3.12 the interpreter counts the depth of a syntax tree in one place for all threads: where two
parse at once, one of them ends with "SystemError: AST constructor recursion depth mismatch"
(python/cpython#106905). Trainers look at solutions while pytest's own thread reads others, or an
answer's formula; a lock keeps these apart, and further tries what other packages' parsing spoils.
"""

from __future__ import annotations

import ast
import threading
from typing import Literal

TRIES = 5

_alone = threading.Lock()


def parse_python(text: str, mode: Literal["exec", "eval"] = "exec") -> ast.AST:
    """Return the syntax tree of a text, as `ast.parse` does.

    Raises:
        SyntaxError: the text is no Python; and whatever else `ast.parse` raises.
    """
    with _alone:
        for _ in range(TRIES - 1):
            try:
                return ast.parse(text, mode=mode)
            except SystemError:
                continue
        return ast.parse(text, mode=mode)
