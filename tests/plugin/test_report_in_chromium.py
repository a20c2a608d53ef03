"""report.html in a browser: rows, sorting, filters, figures, no errors, no overflow."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest

from assessment.report import html
from assessment.report.figures import MOST_BYTES
from assessment.results import document
from tests.plugin.course import ALONE, Course
from tests.plugin.everything import CARDS, ITEMS, write_everything
from tests.report.examples import whole_lab
from tests.report.extremes import hostile, many_variants
from tests.report.homework import homework

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
WIDTHS = (400, 1600)


pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium"),
]

PROBE = """
<script>
window.probeErrors = [];
window.addEventListener("error", e => window.probeErrors.push(e.message));
window.addEventListener("unhandledrejection", e => window.probeErrors.push(String(e.reason)));
</script>
"""

VISIT = """
<script>
const all = (selector, from = document) => [...from.querySelectorAll(selector)];
const rows = () => all("#results-table > tbody.results-table-row:has(.collapsible)");
const cell = (row, name) => row.querySelector(`.col-${name}`)?.textContent.trim() ?? "";
const column = name => rows().map(row => cell(row, name));
const shown = element => element.getClientRects().length > 0;
const details = () => all("#results-table .extras-row").filter(shown).length;

function sorted() {
  const seen = {};
  for (const name of all("#results-table .sortable").map(head => head.dataset.columnType)) {
    const click = () => document.querySelector(`.sortable[data-column-type="${name}"]`).click();
    click();
    const first = column(name);
    click();
    seen[name] = [first, column(name)];
  }
  return seen;
}

function filtered() {
  const seen = {};
  for (const box of all("input[name=filter_checkbox]").filter(box => !box.disabled)) {
    box.click();
    const left = column("result");
    box.click();
    seen[box.dataset.testResult] = [left, column("result")];
  }
  return seen;
}

function folded() {
  document.getElementById("hide_all_details").click();
  const hidden = [rows().length, details()];
  rows()[0].querySelector("td.col-result").click();
  const opened = details();
  document.getElementById("show_all_details").click();
  const cards = all(".as-card").filter(shown).length;
  return { hidden, opened, all: [rows().length, details()], cards };
}

function wider() {
  const scrolls = element => element.closest(".as-scroll, #environment, pre");
  return all("body *").filter(element => shown(element) && !scrolls(element)
    && element.getBoundingClientRect().right > window.innerWidth + 1)
    .map(element => `${element.tagName}.${element.className}`);
}

window.addEventListener("load", () => {
  const images = all("img").filter(shown);
  const seen = {
    width: window.innerWidth,
    overflow: document.documentElement.scrollWidth - window.innerWidth,
    wider: wider(),
    images: images.length,
    blank: images.filter(image => !(image.complete && image.naturalWidth > 0)).length,
    without_words: images.filter(image => !image.alt.trim()).length,
    // A row of a thousand numbers is drawn as high as can be seen.
    squeezed: images.filter(image => !image.matches(".as-pixels")
      || Math.min(image.width, image.height) > 12).filter(image => Math.abs(
      image.width * image.naturalHeight / image.height / image.naturalWidth - 1) > 0.05).length,
    small_text: all(".as-report *").filter(element => shown(element)
      && element.childNodes.length && [...element.childNodes].some(n => n.nodeType === 3
        && n.data.trim()) && parseFloat(getComputedStyle(element).fontSize) < 12).length,
    ids: column("testId"),
    nowhere: all("a[href^='#']").filter(
      link => !document.getElementById(decodeURIComponent(link.hash.slice(1)))).length,
    injected: all("img[onerror], .as-report script, #results-table script").length,
    sorted: rows().length ? sorted() : null,
    filtered: rows().length ? filtered() : null,
    folded: rows().length ? folded() : null,
  };
  seen.errors = window.probeErrors;
  parent.postMessage(JSON.stringify(seen), "*");
});
</script>
"""

# Chromium's window is never narrower than 500 pixels, a frame in it may be.
FRAME = """<!doctype html>
<pre id="probe"></pre>
<script>onmessage = told => { document.getElementById("probe").textContent = told.data; };</script>
<iframe src="probed.html" style="border: 0; width: WIDTHpx; height: 2000px"></iframe>
"""

WITHOUT_SCRIPTS = """<!doctype html>
<pre id="probe"></pre>
<iframe sandbox="allow-same-origin" style="width: 1200px; height: 2000px" srcdoc="PAGE"></iframe>
<script>
window.addEventListener("load", () => {
  const page = document.querySelector("iframe").contentDocument;
  const count = selector => [...page.querySelectorAll(selector)]
    .filter(element => element.getClientRects().length).length;
  document.getElementById("probe").textContent = JSON.stringify(
    { cards: count(".as-card"), rows: count("#results-table .collapsible") });
});
</script>
"""


class Folder(Course):
    """A course that outlives a single test."""

    def __init__(self, path: Path) -> None:
        self.path = path


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the page of a pytest run over every kind of item."""
    course = Folder(tmp_path_factory.mktemp("ran"))
    write_everything(course)
    course.file("pytest.ini", "[pytest]\ntestpaths = tests\n")
    hidden = ("ASSESSMENT_DATA", "PYTEST_ADDOPTS")
    options = ("--continue-on-collection-errors", "-p", "no:cacheprovider")
    subprocess.run(
        [sys.executable, "-m", "pytest", *ALONE, *options, "specs", "tests"],
        cwd=course.path,
        env={name: value for name, value in os.environ.items() if name not in hidden},
        capture_output=True,
        timeout=300,
        check=False,  # some of its items fail, as they should
    )
    return course.page


@pytest.fixture(scope="module")
def drawn() -> str:
    """Give a page with every kind of figure, many variants and texts that do harm."""
    results = [*homework(), *whole_lab(), *many_variants(), hostile()]
    built = document.build(results, {"cpu": "Test CPU"}, started="", finished="")
    summary = html.summary_html(results, built)
    return f'<!doctype html><html><head><meta charset="utf-8"></head><body>{summary}</body></html>'


Visit = Callable[[str, int], dict[str, Any]]


@pytest.fixture(scope="module")
def visits(ran: str, drawn: str, tmp_path_factory: pytest.TempPathFactory) -> Visit:
    """Give what a visitor of a page sees on a screen of some width; each is made once."""
    pages = {"ran": ran, "drawn": drawn}

    @cache
    def made(name: str, width: int) -> dict[str, Any]:
        return visit(pages[name], width, tmp_path_factory.mktemp("visit"))

    return made


@pytest.fixture(params=WIDTHS)
def report(request: pytest.FixtureRequest, visits: Visit) -> dict[str, Any]:
    """Give a visit of the run's page."""
    return visits("ran", request.param)


@pytest.fixture(
    params=[
        *(("ran", width) for width in WIDTHS),
        *(("drawn", width) for width in (400, 900, 1600)),
    ],
    ids=lambda param: f"{param[0]}-{param[1]}",
)
def seen(request: pytest.FixtureRequest, visits: Visit) -> dict[str, Any]:
    """Give a visit of each page."""
    return visits(*request.param)


def visit(page: str, width: int, folder: Path) -> dict[str, Any]:
    """Open a page in Chromium; return what a script in it saw, and the width asked for."""
    page = page.replace("<head>", f"<head>{PROBE}", 1)
    head, _, tail = page.rpartition("</body>")
    (folder / "probed.html").write_text(f"{head}{VISIT}</body>{tail}", encoding="utf-8")
    frame = folder / "frame.html"
    frame.write_text(FRAME.replace("WIDTH", str(width)), encoding="utf-8")
    found = run_chromium(folder, frame, width)
    told = re.search(r'<pre id="probe">(.+?)</pre>', found.stdout, re.DOTALL)
    assert told is not None, found.stdout[-2000:] + found.stderr[-2000:]
    seen: dict[str, Any] = json.loads(unescape(told[1]))
    seen["console"] = re.findall(r"CONSOLE.*", found.stderr)
    seen["asked"] = width
    return seen


def run_chromium(
    folder: Path, page: Path, width: int, *options: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            str(CHROMIUM),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--enable-logging=stderr",
            f"--user-data-dir={folder / 'profile'}",
            f"--window-size={width + 100},2100",
            "--virtual-time-budget=20000",
            *options,
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )


def test_no_script_complains(seen: dict[str, Any]) -> None:
    assert seen["errors"] == []
    assert seen["console"] == []
    assert seen["injected"] == 0


def test_nothing_is_wider_than_the_screen(seen: dict[str, Any]) -> None:
    assert seen["width"] == seen["asked"]
    assert seen["wider"] == []
    assert seen["overflow"] <= 0
    assert seen["small_text"] == 0


def test_every_figure_loads_keeps_its_shape_and_has_words(seen: dict[str, Any]) -> None:
    assert seen["images"] > 5
    assert seen["blank"] == seen["without_words"] == seen["squeezed"] == 0
    assert seen["nowhere"] == 0


def test_every_row_is_there(report: dict[str, Any]) -> None:
    assert sorted(report["ids"]) == sorted(ITEMS)


def test_every_column_sorts_both_ways(report: dict[str, Any]) -> None:
    columns = report["sorted"]
    assert {"result", "testId", "points", "measured", "asked", "duration"} <= set(columns)
    for name, (one_way, other_way) in columns.items():
        assert sorted(one_way) == sorted(other_way), name
        assert len(one_way) == len(ITEMS)
        if name != "duration":
            assert one_way == other_way[::-1] or len(set(one_way)) < len(one_way), name
    for name in ("result", "testId"):
        assert sorted(columns[name][0]) in columns[name], name
    # Numbers sort by their padded copies; cells without a number stand together.
    for name in ("points", "measured"):
        values = [text for text in columns[name][0] if re.match(r"\d{13}\.", text)]
        assert len(values) >= 2
        assert values in (sorted(values), sorted(values)[::-1]), name


def test_outcomes_can_be_hidden_and_shown_again(report: dict[str, Any]) -> None:
    outcomes = sorted(ITEMS.values())
    assert set(report["filtered"]) == {outcome.lower() for outcome in outcomes}
    for hidden, (left, again) in report["filtered"].items():
        assert sorted(left) == [each for each in outcomes if each.lower() != hidden]
        assert sorted(again) == outcomes


def test_rows_fold_and_the_cards_stay(report: dict[str, Any]) -> None:
    folded = report["folded"]
    assert folded["hidden"] == [len(ITEMS), 0]
    assert folded["opened"] == 1
    assert folded["all"] == [len(ITEMS), len(ITEMS)]
    assert folded["cards"] == CARDS


def test_figures_are_small(ran: str, drawn: str) -> None:
    for page in (ran, drawn):
        sizes = [
            len(data) * 3 // 4 for data in re.findall(r'src="data:image/png;base64,([^"]*)"', page)
        ]
        assert sizes
        assert max(sizes) <= MOST_BYTES


def test_the_cards_need_no_script(ran: str, tmp_path: Path) -> None:
    frame = tmp_path / "frame.html"
    frame.write_text(WITHOUT_SCRIPTS.replace("PAGE", escape(ran)), encoding="utf-8")
    found = run_chromium(tmp_path, frame, 1200)
    told = re.search(r'<pre id="probe">(.+?)</pre>', found.stdout, re.DOTALL)
    assert told is not None
    assert json.loads(told[1]) == {"cards": CARDS, "rows": 0}
