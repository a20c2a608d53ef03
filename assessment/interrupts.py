"""Ctrl-C once the end has begun: answered, and otherwise ignored, until everything is written.

A first Ctrl-C ends the run. Writing down what it found takes seconds, and who presses again in them
would get pages of traceback instead of the reports.
"""

from __future__ import annotations

import atexit
import os
import signal
import threading
from collections.abc import Callable, Generator
from types import FrameType

import pytest

NAME = "assessment-interrupts"

ANSWER = b"\nwriting reports; this ends by itself, and Ctrl-\\ ends it at once\n"
"""What a further Ctrl-C is told, once; not by Python's files, which it may have interrupted."""

Handler = Callable[[int, FrameType | None], object] | int | None


class Interrupts:
    """Keeps the end of one pytest process whole. Registered where Ctrl-C arrives."""

    def __init__(self, *, quiet: bool = False) -> None:
        """Take whether a further Ctrl-C is ignored without a word."""
        self._before: Handler = None
        self._is_held = False
        self._is_told = quiet

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self) -> None:
        """Ignore further ones from the first on."""
        self._hold()
        # Leaving takes Python a moment, too, when as much as torch's friends have been imported.
        atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self) -> Generator[None, object, object]:
        """Ignore even the first one when everything has been run."""
        self._hold()
        return (yield)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Give Ctrl-C back."""
        if self._is_held:
            signal.signal(signal.SIGINT, self._before)
            self._is_held = False

    def _hold(self) -> None:
        if self._is_held or threading.current_thread() is not threading.main_thread():
            return
        self._before = signal.signal(signal.SIGINT, self._answer)
        self._is_held = True

    def _answer(self, *_: object) -> None:
        if not self._is_told:
            self._is_told = True
            os.write(2, ANSWER)
