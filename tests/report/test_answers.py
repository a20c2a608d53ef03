"""What the report shows of answers: whose they are, whether right, and what a person looks for."""

from __future__ import annotations

import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from assessment.grading.answers import (
    grade_answer,
    report_findings,
    report_is_right,
    reported_text,
)
from assessment.report import html
from assessment.report.html.answers import answers_block
from assessment.report.markdown import results_table
from assessment.results import document
from assessment.results.record import Result
from assessment.spec.kinds.answer import AnswerQuestion
from tests.report.builders import HOSTILE, result
from tests.report.examples import model_a, written
from tests.report.pages import build, summary

CSS = Path(__file__).parents[2] / "assessment" / "report" / "html" / "report.css"

BATCHES = AnswerQuestion.model_validate(
    {
        "kind": "answer",
        "title": "Batches",
        "answer": {"expression": "N / B", "variables": {"N": "scalar", "B": "scalar"}},
        "reported": "N // B",
        "points": 2,
    }
)


class Text(HTMLParser):
    """The text of a piece of HTML, and its tags; fails where they do not match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.pieces: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.pieces).split())


def answered(text: str, question: AnswerQuestion = BATCHES, **values: Any) -> Result:
    graded = grade_answer(question, text)
    return result(
        "q1-3-batches",
        kind="answer",
        title=question.title,
        earned=graded.earned,
        points=graded.points,
        answer=text,
        reported_answer=reported_text(question),
        reported_right=report_is_right(question),
        findings=report_findings(question),
        expectations=[graded],
        **values,
    )


def essay(**values: Any) -> Result:
    return written().model_copy(update=values)


def test_a_right_answer() -> None:
    words = Text(answers_block([answered("N / B")])).words
    assert words == (
        "The instructor's own answer · ✓ right N / B Asked for: equal to N / B "
        "The report's answer · ✗ wrong N // B"
    )


def test_a_wrong_answer_comes_with_its_counterexample() -> None:
    words = Text(answers_block([answered("N * B")])).words
    assert "own answer · ✗ wrong N * B N * B is wrong: for N = 1, B = 2 it gives 2, " in words
    assert "right is 0.5." in words


def test_a_reports_right_answer() -> None:
    right = BATCHES.model_copy(update={"reported": "N / B"})
    assert (
        "The report's answer · ✓ right N / B" in Text(answers_block([answered("N", right)])).words
    )
    none = BATCHES.model_copy(update={"reported": None})
    assert "report" not in Text(answers_block([answered("N", none)])).words


def test_an_answer_that_was_not_given() -> None:
    words = Text(answers_block([answered("")])).words
    assert words.startswith("The instructor's own answer · ✗ wrong nothing was answered. Asked for")


def test_a_written_answer_stands_beside_the_rubric() -> None:
    page = Text(answers_block([essay(answer="Depth helps.", reported_answer="Width helps.")]))
    assert page.words == (
        "The instructor's own answer Depth helps. The report's answer Width helps. "
        "What the person looks for 2 points: names residual blocks "
        "4 points: compares depth and dropout"
    )
    assert page.tags[:3] == ["div", "div", "p"]
    assert page.tags.count("div") == 3  # two columns


def test_without_an_answer_the_rubric_stands_alone() -> None:
    page = Text(answers_block([essay()]))
    assert page.words.startswith("What the person looks for")
    assert page.tags.count("div") == 2


def test_other_kinds_have_no_answers() -> None:
    assert answers_block([model_a()]) == ""
    skipped = answered("N").model_copy(update={"expectations": [], "status": "skipped"})
    assert answers_block([skipped]) == ""


@pytest.mark.parametrize("hostile", [HOSTILE, "<b>" * 4000, "\u202e" + "x" * 10_000], ids=len)
def test_whatever_somebody_wrote_stays_text(hostile: str) -> None:
    for one in (
        answered(hostile),
        answered("N", BATCHES.model_copy(update={"reported": hostile})),
        essay(answer=hostile, reported_answer=hostile, rubric=[hostile]),
    ):
        shown = answers_block([one])
        assert set(Text(shown).tags) <= {"div", "p", "span", "small", "ul", "li", "code"}
        assert "\u202e" not in shown
        assert "\x1b" not in shown


def test_what_is_quoted_is_code_everywhere_but_in_cells_that_are_clicked() -> None:
    wrong = answered("N // B")
    page = summary([wrong])
    assert "`" not in page.text
    row = html.row_extra_html(wrong)
    assert "`" not in row
    assert "is wrong: for N = 1" in row
    assert "`" not in "".join(html.row_cells(wrong))
    assert "<code>N // B</code>" in html.summary_html([wrong], build([wrong]))


@pytest.mark.parametrize("terms", [1, 5, 60])
def test_where_to_look_first_keeps_the_counterexample(terms: int) -> None:
    long = "N / B" + " + N" * terms
    reported = answered("N / B", BATCHES.model_copy(update={"reported": long}))
    for one in (reported, answered(long)):
        text = " ".join(summary([one]).text.split())
        hint = text[text.index("Where to look first") :].partition(" Co543 ")[0]
        assert "is wrong: for N = 1, B = 1 it gives" in hint[:300]
        assert "right is 1" in hint[:300]
        assert "N / B + N" in hint[:120]
        assert (long in hint[:300]) == (terms < 60)


def test_the_markdown_table_shows_answers() -> None:
    built = document.build(
        [answered("N / B")], {"cpu": "x", "gpu": [], "cores": 2}, started="", finished=""
    )
    table = results_table([built])
    (row,) = [line for line in table.splitlines() if line.startswith("| `q1-3-batches`")]
    assert row == (
        "| `q1-3-batches` | answer | `N // B` | `N / B` |  |  | equal to &#96;N / B&#96; | 2/2 |"
    )
    assert "- `q1-3-batches`: The report's answer &#96;N // B&#96; is wrong: for N = 1" in table


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs chromium")
@pytest.mark.parametrize(("width", "beside"), [(1200, True), (400, False)])
def test_columns_in_chromium(tmp_path: Path, width: int, beside: bool) -> None:
    """Two columns on a wide page, one on a narrow one, and nothing wider than the page."""
    blocks = answers_block(
        [essay(answer="word " * 80, reported_answer="x" * 400), answered("N" + " + N" * 100)]
    )
    script = (
        "const box = e => e.getBoundingClientRect();"
        "const pairs = [...document.querySelectorAll('.as-answers')].map(e => [...e.children]);"
        "const beside = pairs.map(p => box(p[1]).left >= box(p[0]).right);"
        "const over = document.documentElement.scrollWidth > window.innerWidth;"
        "document.title = JSON.stringify({beside, over, width: window.innerWidth});"
        "document.body.dataset.told = document.title"
    )
    # Headless Chromium makes no window narrower than 500 pixels, a frame may be.
    page = (
        f"<meta charset='utf-8'><style>{CSS.read_text(encoding='utf-8')}</style>"
        f"<body style='margin:0'><div class='as-report'>{blocks}</div><script>{script}</script>"
    )
    (tmp_path / "inner.html").write_text(page, encoding="utf-8")
    (tmp_path / "outer.html").write_text(
        f"<body style='margin:0'><iframe id='f' width={width} height=900 style='border:0' "
        "src='inner.html'></iframe><script>f.onload = () => "
        "{document.body.dataset.told = f.contentDocument.body.dataset.told}</script>",
        encoding="utf-8",
    )
    done = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--window-size={width},900",
         f"--user-data-dir={tmp_path / 'profile'}", "--allow-file-access-from-files",
         "--virtual-time-budget=5000", "--dump-dom", (tmp_path / "outer.html").as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    told = '{"beside":[%s],"over":false,"width":%d}'
    expected = told % (",".join([str(beside).lower()] * 2), width)
    assert expected.replace('"', "&quot;") in done.stdout
