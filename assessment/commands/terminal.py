"""Standard output as the tables of `assessment.report` write to it."""

from __future__ import annotations

import os
import shutil
import sys

from assessment.report.blocks import WIDTH

CODES = {"bold": 1, "red": 31, "green": 32, "yellow": 33}
"""ANSI's numbers of the markup that tables use."""


class Terminal:
    """Writes lines, with colours where somebody looks at a terminal and has not declined them."""

    def __init__(self) -> None:
        self._colours = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        columns = shutil.get_terminal_size((WIDTH, 24)).columns
        self.width = columns if sys.stdout.isatty() else WIDTH

    def line(self, s: str = "", **markup: bool) -> None:
        """Write a line."""
        print(self._marked(s, markup))

    def write(self, msg: str, *, flush: bool = False, **markup: bool) -> None:
        """Write without ending the line."""
        print(self._marked(msg, markup), end="", flush=flush)

    def _marked(self, text: str, markup: dict[str, bool]) -> str:
        codes = [str(CODES[name]) for name, wanted in markup.items() if wanted and name in CODES]
        if not (self._colours and codes and text):
            return text
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m"
