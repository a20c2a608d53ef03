"""Where a lab's bands come from, where that is another environment than that of the runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assessment.report.found import sayings
from assessment.report.text import one_line
from assessment.results.record import Result


def elsewhere_notes(results: Sequence[Result]) -> Iterator[str]:
    """Yield a line for each other environment that bands or orders with a rate come from.

    Args:
        results: the items of one lab and one solution.
    """
    for where, names in sayings(results, _elsewhere).items():
        yield f"bands of reference runs {where}: {one_line(', '.join(names))}"


def _elsewhere(result: Result) -> Iterator[str]:
    for graded in result.expectations:
        source = graded.source
        if source is not None and source.false_fails is not None and source.elsewhere:
            yield source.elsewhere
