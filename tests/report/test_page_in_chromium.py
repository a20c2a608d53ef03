"""The standing report in a browser: no errors, no overflow, rows that sort and hide."""

from __future__ import annotations

import json
import re
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest

from assessment.report.page import Standing, standing_page
from tests.plugin.test_report_in_chromium import (
    CHROMIUM,
    PROBE,
    WITHOUT_SCRIPTS,
    run_chromium,
    visit,
)
from tests.report.examples import whole_lab
from tests.report.extremes import hostile, many_variants, to_target
from tests.report.homework import homework

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium"),
]

ITEMS = [*whole_lab(), *homework(), *many_variants(), *to_target(), hostile()]

OPENED = """
<script>for (const each of document.querySelectorAll("details")) each.open = true;</script>
</body>"""

USE = """
<script>
const all = selector => [...document.querySelectorAll(selector)];
const shown = element => element.getClientRects().length > 0;
const column = name => all(`.as-rows > tbody > tr:first-child > [data-label="${name}"]`)
  .map(cell => cell.dataset.sort);
const heads = all(".as-rows > thead th");

const seen = { controls: shown(document.querySelector(".as-controls")), sorted: {}, hidden: {} };
for (const head of heads) {
  const name = head.textContent;
  const click = () => head.querySelector("button").click();
  click();
  const first = column(name);
  click();
  seen.sorted[name] = [first, column(name), head.getAttribute("aria-sort")];
}
seen.marked = all(".as-rows th[aria-sort]").length;
for (const box of all(".as-controls input")) {
  box.click();
  seen.hidden[box.value] = all(".as-rows > tbody").filter(body => !shown(body))
    .map(body => body.dataset.state);
  box.click();
}
seen.rows = all(".as-rows > tbody").filter(shown).length;
seen.errors = window.probeErrors;
const told = document.createElement("pre");
told.id = "probe";
told.textContent = JSON.stringify(seen);
document.body.append(told);
</script>
</body>"""

COUNTED = 'rows: count(".as-rows > tbody"), controls: count(".as-controls")'


@pytest.fixture(scope="module")
def page() -> str:
    """Give a page with every kind of item and figure, from three sessions."""
    taken = [
        Standing(item, 1 + index % 3, "a-name" * (index % 3), f"2025-03-0{1 + index % 9}T10:00:00Z")
        for index, item in enumerate(ITEMS)
    ]
    return standing_page(
        taken, {"cpu": "Test CPU"}, store="reports/assessment.sqlite", written="2025-03-09T10:00Z"
    )


def told(output: str) -> dict[str, Any]:
    found = re.search(r'<pre id="probe">(.+?)</pre>', output, re.DOTALL)
    assert found is not None, output[-2000:]
    seen: dict[str, Any] = json.loads(unescape(found[1]))
    return seen


@pytest.mark.parametrize("width", [400, 900, 1600])
@pytest.mark.parametrize("opened", [False, True], ids=["folded", "opened"])
def test_it_fits_the_screen_and_no_script_complains(
    page: str, width: int, opened: bool, tmp_path: Path
) -> None:
    head, _, tail = page.rpartition("</body>")
    seen = visit(f"{head}{OPENED if opened else '</body>'}{tail}", width, tmp_path)
    assert seen["errors"] == seen["console"] == []
    assert seen["injected"] == 0
    assert seen["width"] == width
    assert seen["wider"] == []
    assert seen["overflow"] <= 0
    assert seen["small_text"] == 0
    assert seen["images"] > 20
    assert seen["blank"] == seen["without_words"] == seen["squeezed"] == 0
    assert seen["nowhere"] == 0


@pytest.fixture(scope="module")
def used(page: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give what somebody sees who clicks on everything."""
    folder = tmp_path_factory.mktemp("used")
    head, _, tail = page.replace("<head>", f"<head>{PROBE}", 1).rpartition("</body>")
    (folder / "page.html").write_text(f"{head}{USE}{tail}", encoding="utf-8")
    found = run_chromium(folder, folder / "page.html", 1200)
    assert re.findall("CONSOLE.*", found.stderr) == []
    return told(found.stdout)


def test_every_column_sorts_both_ways(used: dict[str, Any]) -> None:
    assert used["errors"] == []
    assert set(used["sorted"]) == {
        *("Item", "Result", "Points", "Measured", "Asked for", "Session", "Graded", "Time")
    }
    assert used["marked"] == 1
    for name, (up, down, way) in used["sorted"].items():
        assert way == "descending"
        assert len(up) == len(ITEMS)
        assert sorted(up) == sorted(down), name
        known = [key for key in up if key]
        assert up == known + [""] * (len(up) - len(known)), name
        assert [key for key in down if key] == sorted_keys(known)[::-1], name
        assert known == sorted_keys(known), name
        assert down[len(known) :] == up[len(known) :]
    assert len({key for key in used["sorted"]["Points"][0] if key}) > 3


def sorted_keys(keys: list[str]) -> list[str]:
    """Return keys as the page should have them: numbers by value, words by letter."""
    try:
        return sorted(keys, key=float)
    except ValueError:
        # Browsers leave out punctuation at first, which the words of states and times lack.
        return sorted(keys) if not any("::" in key for key in keys) else keys


def test_each_state_can_be_hidden_and_shown_again(used: dict[str, Any]) -> None:
    assert used["controls"]
    assert len(used["hidden"]) > 4
    for state, hidden in used["hidden"].items():
        assert set(hidden) == {state}
    assert sum(map(len, used["hidden"].values())) == used["rows"] == len(ITEMS)


def test_it_is_read_without_scripts(page: str, tmp_path: Path) -> None:
    frame = tmp_path / "frame.html"
    visitor = WITHOUT_SCRIPTS.replace('rows: count("#results-table .collapsible")', COUNTED)
    frame.write_text(visitor.replace("PAGE", escape(page)), encoding="utf-8")
    seen = told(run_chromium(tmp_path, frame, 1200).stdout)
    assert seen == {"cards": page.count("<article"), "rows": len(ITEMS), "controls": 0}
