"""Hooks that a `conftest.py` or another plugin may implement; docs/hooks.md has an example of each.

They are called where grades are made and written: by the only pytest process, or by
pytest-xdist's workers (`pytest_assessment_grade`) and its controller (all others).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from assessment.report.figures import Picture
    from assessment.results.record import Result


@pytest.hookspec
def pytest_assessment_update_machine_info(config: pytest.Config, machine: dict[str, Any]) -> None:
    """Change what reports and saved runs say of the machine.

    Args:
        config: of pytest.
        machine: facts by name, plain data, to be changed in place.
    """


@pytest.hookspec(firstresult=True)
def pytest_assessment_grade(config: pytest.Config, result: Result) -> Result | None:
    """Return another result for an item that was just graded, or None to leave it as it is.

    Called before the result is stored and reported, once for each item; the first answer counts.
    A result is changed by `result.model_copy(update={...})`; what it says should say why.

    Args:
        config: of pytest.
        result: as it was graded.
    """


@pytest.hookspec(firstresult=True)
def pytest_assessment_group(config: pytest.Config, result: Result) -> str | None:
    """Return the heading under which the table at the end shows an item, or None for its lab's.

    Args:
        config: of pytest.
        result: of the item.
    """


@pytest.hookspec
def pytest_assessment_figures(
    config: pytest.Config, results: Sequence[Result]
) -> Sequence[Picture] | None:
    """Return figures that the report shows beside the usual ones of a question.

    Args:
        config: of pytest.
        results: of all items of the question.
    """
