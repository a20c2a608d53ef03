from __future__ import annotations

import subprocess
import sys

import pytest

from assessment.report.text import (
    clean,
    duration_text,
    escape,
    one_line,
    points_text,
    shorten,
    time_text,
    value_text,
)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("\x1b[2Jclear", "[2Jclear"),
        ("\x00\x07\x9b", ""),
        ("right\u202eleft", "rightleft"),
        ("\udcff", "?"),
        ("na\u00efve \u4f60\u597d \U0001f600", "na\u00efve \u4f60\u597d \U0001f600"),
        ("\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937"),
    ],
)
def test_clean_keeps_letters_and_drops_what_steers(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_one_line_has_no_line_ends() -> None:
    assert one_line(" a\n\tb\u2028c  d ") == "a bc d"


@pytest.mark.parametrize(
    ("limit", "keep_end", "short"),
    [
        (21, True, "task2-5-learning-rate"),
        (20, True, "task2-5-lear..g-rate"),
        (20, False, "task2-5-learning-r.."),
        (3, True, "tas"),
    ],
)
def test_shorten_leaves_the_ends_that_tell_apart(limit: int, keep_end: bool, short: str) -> None:
    assert shorten("task2-5-learning-rate", limit, keep_end=keep_end) == short


def test_escape_serves_text_and_attributes() -> None:
    assert (
        escape("<a href='x' title=\"y\">&")
        == "&lt;a href=&#x27;x&#x27; title=&quot;y&quot;&gt;&amp;"
    )
    assert escape(3.5) == "3.5"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (98.01, "%", "98.01 %"),
        (98.0, "%", "98.0 %"),
        (0.02863, "nats", "0.02863 nats"),
        (101146.0, "", "101,146"),
        (0.000123, "", "0.000123"),
        (17.0, "epochs", "17 epochs"),
        (3.5, "epochs", "3.5 epochs"),
        (42.13, "s", "42.1 s"),
        (None, "%", "-"),
    ],
)
def test_values_have_as_many_digits_as_they_need(value: float | None, unit: str, text: str) -> None:
    assert value_text(value, unit) == text


@pytest.mark.parametrize(
    ("points", "text"),
    [(3.0, "3"), (2.5, "2.5"), (1 / 3, "0.33"), (0.0, "0"), (-0.0, "0"), (1234.5, "1234.5")],
)
def test_points(points: float, text: str) -> None:
    assert points_text(points) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (59.6, "1 min 0 s"),
        (210.4, "3 min 30 s"),
        (3840, "1 h 4 min"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_writing_tables_loads_neither_torch_nor_matplotlib() -> None:
    code = (
        "import sys, assessment.report.table, assessment.report.html, assessment.report.markdown;"
        "import assessment.report.page, assessment.report.rules, assessment.report.history;"
        "import assessment.results.document, assessment.results.machine;"
        "print([m for m in ('torch', 'matplotlib', 'numpy', 'scipy', 'PIL') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2025-03-01T09:00:59+00:00", "2025-03-01 09:00"),
        ("2025-03-01T10:30:00+02:00", "2025-03-01 08:30"),
        ("2025-03-01T09:00:00Z", "2025-03-01 09:00"),
        ("2025-03-01T09:00:00", "2025-03-01 09:00"),
        ("some\x1b time\n", "some time"),
    ],
)
def test_times(time: str, expected: str) -> None:
    assert time_text(time) == expected
