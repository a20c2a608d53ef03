"""report.html and results.json of a whole run, as a reader finds them."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import TYPE_CHECKING, Any

from assessment.results import document
from tests.plugin.everything import ITEMS, write_everything

if TYPE_CHECKING:
    from tests.plugin.course import Course


def rows_of(page: str) -> dict[str, list[dict[str, Any]]]:
    (blob,) = re.findall(r'data-jsonblob="([^"]*)"', page)
    return json.loads(unescape(blob))["tests"]


def cell(row: dict[str, Any], column: str) -> str:
    (found,) = [c for c in row["resultsTableRow"] if f'class="col-{column}"' in c]
    text = re.sub(r"<span hidden>.*?</span>", "", found)
    return unescape(re.sub(r"<[^>]*>", "", text))


def test_every_item_has_its_row_and_its_record(course: Course) -> None:
    write_everything(course)
    course.run("specs", "tests", "--continue-on-collection-errors")
    page = course.page
    rows = [row for rows in rows_of(page).values() for row in rows]
    assert {cell(row, "testId"): cell(row, "result") for row in rows} == ITEMS
    banner = '<p class="as-banner">specs/broken.yaml has mistakes: none of its questions '
    assert banner in page
    headers = re.findall(r'<th class="[^"]*" data-column-type="(\w+)"', page)
    for row in rows:
        classes = re.findall(r'<td class="col-(\w+)"', "".join(row["resultsTableRow"]))
        assert classes[:3] == ["result", "testId", "points"]
        assert [name for name in headers if name in classes] == headers[: len(classes)]
    points = {cell(row, "testId").rpartition("::")[2]: cell(row, "points") for row in rows}
    assert points["mlp"] == "2/2"
    assert points["rates[lr-1]"] == "0/2"
    assert points["essay"] == "waiting/3"
    assert points["test_plain"] == points["spec"] == ""

    log = {cell(row, "testId").rpartition("::")[2]: row["log"] for row in rows}
    assert log["essay"].splitlines()[0] == "waits for a person: 3 points"
    assert log["order"].startswith("order: raises: invalid: ValueError: &lt;script&gt;")
    assert not [text for text in log.values() if "(&#x27;/" in text]

    found = document.read(course.path / "reports/results.json")
    results = document.load_results(found)
    assert [result.unit for result in results] == [
        "mlp", "rates[lr-0.1]", "rates[lr-1]", "raises", "no-band", "order", "essay", "same",
        "broken", "formula", "choice", "saved",
    ]  # fmt: skip
    assert found["status"] == "complete"
    assert found["totals"]["points"] == 4 * 2 + 2 * 4 + 3 * 1
    assert found["totals"]["waiting"] == 3
    assert set(found["datasets"]) == {"digits"}
    assert found["labs"][0]["spec"] == "specs/<i>lab&co.yaml"

    # What came from a spec or a solution is no markup: neither in the page itself nor in the
    # rows that its script makes of the data in an attribute.
    made = "".join(str(row["extras"]) + "".join(row["resultsTableRow"]) for row in rows)
    logs = "".join(str(row["log"]) for row in rows)
    for text in (page, made, logs):
        assert "alert(1)" in text
        assert "<script>alert" not in text
        assert "<img src=x" not in text

    # It needs nothing from elsewhere.
    links = re.findall(r'\b(?:src|href)="([^"#][^"]*)"', page)
    assert {link for link in links if not link.startswith("data:image/")} == {
        "https://pypi.python.org/pypi/pytest-html"
    }
    assert not re.findall(r"url\((?!'?data:|#)", page)
