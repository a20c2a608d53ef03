"""Other plugins may be switched off: labs are graded and written down all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.plugin.course import training, written

if TYPE_CHECKING:
    from tests.plugin.course import Course


@pytest.mark.parametrize(
    ("off", "page"),
    [
        (["metadata"], True),
        (["html"], False),
        (["html", "metadata"], False),
        (["xdist"], True),
        (["terminal"], True),
        (["cacheprovider", "junitxml", "logging", "faulthandler", "warnings"], True),
        (["capture"], True),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, list) else "",
)
def test_what_is_switched_off_costs_nothing_else(
    course: Course, off: list[str], page: bool
) -> None:
    course.lab(good=training(), essay=written())
    result = course.run("specs", *(word for name in off for word in ("-p", f"no:{name}")))
    assert result.ret == pytest.ExitCode.OK
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()
    assert course.statuses == {"good": "scored", "essay": "waiting"}
    assert (course.path / "reports/report.html").is_file() == page
    assert not page or "The lab" in course.page
