"""The live line of a session whose items run in the workers of pytest-xdist."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from assessment.execution.news import Newsroom
from assessment.execution.progress import Progress

NAME = "assessment-watching"


class Watching:
    """Shows workers' news in the controller, between what pytest itself writes there."""

    def __init__(self, progress: Progress) -> None:
        """Listen for news.

        Raises:
            OSError: there is no place for a socket.
        """
        self._progress = progress
        self._newsroom = Newsroom(progress.update)

    @property
    def address(self) -> str:
        """Where workers send their news."""
        return self._newsroom.address

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_logstart(self) -> Generator[None, object, object]:
        """Make room for pytest."""
        return (yield from self._aside())

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_logreport(self) -> Generator[None, object, object]:
        """Make room for pytest."""
        return (yield from self._aside())

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_logfinish(self) -> Generator[None, object, object]:
        """Make room for pytest."""
        return (yield from self._aside())

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_testnodedown(self) -> None:
        """Make room until the next item: several lines may follow about a crashed worker."""
        self._progress.pause()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """End."""
        self._progress.pause()
        self._newsroom.close()

    def _aside(self) -> Generator[None, object, object]:
        self._progress.pause()
        try:
            return (yield)
        finally:
            self._progress.resume()
