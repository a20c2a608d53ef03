"""report.html and results.json of a whole run, as a reader finds them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from assessment.results import document
from tests.plugin.course import comparison, training, written

if TYPE_CHECKING:
    from tests.plugin.course import Course

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7}}"
SOLUTIONS = f"""
from assessment.models.digits import Mlp

HOSTILE = {HOSTILE!r}


class Raises(Mlp):
    def forward(self, images):
        print(HOSTILE)
        raise ValueError(HOSTILE)
"""
ITEMS = {
    "specs/<i>lab&co.yaml::mlp": "Passed",
    "specs/<i>lab&co.yaml::rates[lr-0.1]": "Passed",
    "specs/<i>lab&co.yaml::rates[lr-1]": "Failed",
    "specs/<i>lab&co.yaml::raises": "Failed",
    "specs/<i>lab&co.yaml::no-band": "Error",
    "specs/<i>lab&co.yaml::order": "Skipped",
    "specs/<i>lab&co.yaml::essay": "Skipped",
    "specs/broken.yaml::spec": "Failed",
    "tests/test_plain.py::test_plain": "Passed",
    "tests/test_broken.py::collect": "Error",
}


def write_everything(course: Course) -> None:
    """Write a lab of every kind of item, whose texts would do harm if they were markup."""
    banded = {"accuracy": {"measure": "test_accuracy", "band": "calibrated", "points": 2}}
    course.file("specs/solutions.py", SOLUTIONS)
    course.lab(
        "<i>lab&co",
        mlp=training(
            title=HOSTILE,
            text=HOSTILE,
            sample_images=3,
            training={
                "epochs": 3,
                "max_steps": None,
                "dataset": {"split": {"validation": 0.1}},
                "record": {"first_layer_weights": True, "gradients": {"every": 4}, "every": 4},
            },
        ),
        rates=training(
            variants={
                "lr-0.1": {"title": HOSTILE},
                "lr-1": {
                    "set": {"optimizer": {"learning_rate": 1}},
                    "expect": {
                        "accuracy": {
                            "measure": "test_accuracy",
                            "at_least": 99,
                            "points": 2,
                            "note": HOSTILE,
                        }
                    },
                },
            }
        ),
        raises=training(training={"model": {"name": "solutions:Raises", "arguments": {}}}),
        no_band=training(expect=banded),
        order=comparison("mlp", "raises"),
        essay=written() | {"text": HOSTILE, "title": HOSTILE},
    )
    course.file("specs/broken.yaml", f"title: {json.dumps(HOSTILE)}\nquestions: 3\n")
    course.file("tests/test_plain.py", "def test_plain(): pass")
    course.file("tests/test_broken.py", "import nothing_of_this_name")


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

    found = document.read(course.path / "reports/results.json")
    results = document.load_results(found)
    assert [result.unit for result in results] == [
        "mlp", "rates[lr-0.1]", "rates[lr-1]", "raises", "no-band", "order", "essay"
    ]  # fmt: skip
    assert found["status"] == "complete"
    assert found["totals"]["points"] == 2 * 4
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


PROBE = """
<script>
window.probeErrors = [];
window.addEventListener("error", e => window.probeErrors.push(e.message));
</script>
"""
REPORT = """
<script>
window.addEventListener("load", () => {
  const images = [...document.images].filter(i => i.getClientRects().length);
  const seen = {
    errors: window.probeErrors,
    width: window.innerWidth,
    images: images.length,
    blank: images.filter(i => !(i.complete && i.naturalWidth > 0)).length,
    without_words: images.filter(i => !i.alt).length,
    rows: document.querySelectorAll("#results-table > tbody.results-table-row").length,
    wider: [...document.querySelectorAll(".as-report:not(.as-row) *")].filter(e => {
      const box = e.getBoundingClientRect();
      return box.right > window.innerWidth + 1 && !e.closest(".as-scroll");
    }).map(e => e.tagName + "." + e.className),
    injected: document.querySelectorAll("img[onerror]").length,
  };
  parent.postMessage(JSON.stringify(seen), "*");
});
</script>
"""


# Chromium's window is never narrower than 500 pixels, a frame in it may be.
FRAME = """
<pre id="probe"></pre>
<script>onmessage = told => { document.getElementById("probe").textContent = told.data; };</script>
<iframe src="probed.html" style="border: 0; width: WIDTHpx; height: 2000px"></iframe>
"""


def look(course: Course, width: int) -> dict[str, Any]:
    """Open the report in Chromium; return what a script in it saw."""
    page = course.page.replace("<head>", f"<head>{PROBE}", 1).replace("</body>", f"{REPORT}</body>")
    (course.path / "probed.html").write_text(page, encoding="utf-8")
    frame = course.file("frame.html", FRAME.replace("WIDTH", str(width)))
    found = subprocess.run(
        [
            str(CHROMIUM),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--enable-logging=stderr",
            f"--user-data-dir={course.path / 'profile'}",
            f"--window-size={width + 100},2100",
            "--virtual-time-budget=20000",
            "--dump-dom",
            frame.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "Uncaught" not in found.stderr
    told = re.search(r'<pre id="probe">(.+?)</pre>', found.stdout, re.DOTALL)
    assert told is not None, found.stdout[-2000:] + found.stderr[-2000:]
    return json.loads(unescape(told[1]))


CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium")
def test_the_page_opens_in_a_browser(course: Course) -> None:
    write_everything(course)
    course.run("specs", "tests", "--continue-on-collection-errors")
    for width in (400, 1600):
        seen = look(course, width)
        assert seen["errors"] == []
        assert seen["width"] == width
        assert seen["images"] > 0
        assert seen["blank"] == seen["without_words"] == 0
        assert seen["rows"] == len(ITEMS)
        assert seen["injected"] == 0
        assert seen["wider"] == []
