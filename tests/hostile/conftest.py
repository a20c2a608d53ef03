"""The marker of the collection: a hundred jails take minutes; `-m "not hostile"` skips them."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "hostile: grades hostile submissions, for minutes")
