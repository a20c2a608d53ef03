"""pytest on a terminal: a pseudo-terminal, and the little of one that its output needs."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import sys
import termios
from dataclasses import dataclass, field
from pathlib import Path

ROWS = 40
PIECE = re.compile(r"\x1b7|\x1b8|\x1b\[K|\x1b\[[0-9;]*m|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|.", re.S)


@dataclass
class Screen:
    """What a terminal shows after some output, and what it showed in between."""

    columns: int
    lines: list[str] = field(default_factory=lambda: [""])
    drawn: list[str] = field(default_factory=list)
    """The current line, each time before the cursor went back to where it was saved."""
    _column: int = 0
    _saved: tuple[int, int] = (0, 0)

    def write(self, text: str) -> None:
        """Take output. Wrapping is refused: nothing here may reach the edge."""
        for piece in PIECE.findall(text):
            match piece:
                case "\n":
                    self.lines.append("")
                case "\r":
                    self._column = 0
                case "\x1b7":
                    self._saved = len(self.lines), self._column
                case "\x1b8":
                    self.drawn.append(self.lines[-1])
                    lines, self._column = self._saved
                    assert lines == len(self.lines), "the line went on meanwhile"
                case "\x1b[K":
                    self.lines[-1] = self.lines[-1][: self._column]
                case _ if len(piece) == 1:
                    line = self.lines[-1].ljust(self._column)
                    self.lines[-1] = line[: self._column] + piece + line[self._column + 1 :]
                    self._column += 1


def run_on_terminal(*arguments: str, folder: Path, columns: int = 100) -> tuple[int, Screen]:
    """Run pytest on a terminal of so many columns; return its exit status and the screen."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.environ["TERM"] = "xterm-256color"
        os.environ.pop("COLUMNS", None)
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
        os.execv(sys.executable, [sys.executable, "-m", "pytest", *arguments])
    output = b""
    try:
        while piece := os.read(terminal, 65536):
            output += piece
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(terminal)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    screen = Screen(columns)
    screen.write(output.decode())
    return status, screen
