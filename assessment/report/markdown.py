"""docs/results.md: measured beside reported for every question, written from results.json files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from assessment.report.text import (
    STATUS_WORDS,
    count_text,
    one_line,
    points_text,
    shorten,
    value_text,
)
from assessment.results.document import load_results
from assessment.results.record import BandSource, Graded, Result
from assessment.results.totals import UNDECIDED, LabResults, Totals, group

HEADER = (
    "Question",
    "Measure",
    "Reported",
    "Measured",
    "Calibration, mean \u00b1 sd (n)",
    "Calibration, range",
    "Asked for",
    "Points",
)

SAME = 0.01
"""Without a band, values that differ by less than this share count as the same."""

MOST_APART = 3.0
"""Standard deviations from the reference's mean within which a report's value is chance."""

UNITS = {"accuracy": "%", "loss": "nats"}
"""Unit of an epoch column by the end of its name."""


def results_table(documents: Sequence[Mapping[str, Any]]) -> str:
    """Return Markdown: for each lab a table, then where measured and reported values differ.

    It is the reference's: results of submissions are passed over. Where two
    documents hold the same item the later one counts, unless only the earlier
    one could grade it. AssessmentError where a record is damaged.
    """
    sources: dict[str, list[Mapping[str, Any]]] = {}
    items: dict[tuple[str, str, str], Result] = {}
    for number, document in enumerate(documents, start=1):
        for result in load_results(dict(document), f"document {number}"):
            if result.submission is not None:
                continue
            key = (result.spec, result.lab, result.unit)
            if key not in items or result.status not in UNDECIDED:
                items[key] = result
            known = sources.setdefault(result.spec, [])
            if document not in known:
                known.append(document)
    return tables(list(items.values()), sources)


def tables(results: Sequence[Result], sources: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Return Markdown as `results_table` does.

    Args:
        results: one for each item, in the order in which they are shown.
        sources: by spec file the documents that they come from, for `machine`, `versions`,
            `finished` and `status`.
    """
    sections = ["\n".join(_section(lab, sources.get(lab.spec, ()))) for lab in group(results)]
    return "\n\n".join(sections) + "\n" if sections else "No results.\n"


def _section(lab: LabResults, documents: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield f"## {plain_text(lab.lab)}"
    yield ""
    yield f"{code_text(lab.spec)}: {_points_sentence(lab.totals)}."
    origins = dict.fromkeys(_origin(document) for document in documents)  # once where they agree
    yield from (f"Run: {plain_text(origin)}." for origin in origins)
    yield ""
    yield table_row(HEADER)
    yield table_row(["---"] * len(HEADER))
    for result in lab.results:
        yield from map(table_row, _item_rows(result))
    explained, bare = _differences(lab.results)
    if explained:
        yield ""
        yield "Where measured and reported values differ:"
        yield ""
        yield from explained
    if bare:
        yield ""
        yield f"Different without an explanation: {'; '.join(bare)}."


def _item_rows(result: Result) -> Iterator[list[str]]:
    name = code_text(result.unit)
    measured = [graded for graded in result.expectations if graded.value is not None]
    if result.status != "scored":
        yield [
            name,
            plain_text(result.title),
            "",
            plain_text(_state(result)),
            "",
            "",
            "",
            _points(result),
        ]
        yield from (["", *_expectation_cells(graded)] for graded in measured)
        return
    for graded in result.expectations:
        yield [name, *(_answer_cells(result, graded) or _expectation_cells(graded))]
        name = ""
    for cells in _bare_reports(result):
        yield [name, *cells, "", "", "", ""]
        name = ""
    if name:
        yield [name, plain_text(result.title), "", "", "", "", "", _points(result)]


def _state(result: Result) -> str:
    words = STATUS_WORDS[result.status]
    if result.status == "waiting" or not result.reason:
        return words
    return f"{words}: {result.reason}"


def _points(result: Result) -> str:
    if result.status == "waiting":
        return f"\u2013/{points_text(result.waiting)}"
    if result.status in UNDECIDED:
        return f"\u2013/{points_text(result.points)}"
    return f"{points_text(result.earned)}/{points_text(result.points)}"


def _expectation_cells(graded: Graded) -> list[str]:
    measured = _number(graded.value, graded.unit)
    if graded.values:
        sides = (f"{side} {value_text(v, graded.unit)}" for side, v in graded.values.items())
        measured = plain_text(", ".join(sides))
    earned = "\u2013" if graded.met is None else points_text(graded.earned)
    points = f"{earned}/{points_text(graded.points)}" if graded.points else ""
    return [
        plain_text(graded.label),
        _number(graded.reported, graded.unit),
        measured,
        *_calibration(graded.source, graded.unit),
        plain_text(graded.condition),
        points,
    ]


def _answer_cells(result: Result, graded: Graded) -> list[str] | None:
    """Return the cells of an answer question, whose values are texts; None for other kinds."""
    if result.kind != "answer":
        return None
    what, _, _, *others = _expectation_cells(graded)
    texts = (shorten(text, 60) for text in (result.reported_answer, result.answer))
    return [what, *(code_text(text) if text else "\u2013" for text in texts), *others]


def _calibration(source: BandSource | None, unit: str) -> tuple[str, str]:
    if source is None or source.mean is None:
        return "", ""
    mean = value_text(source.mean, unit, with_unit=False)
    spread = "" if source.sd is None else f" \u00b1 {source.sd:.2g}"
    runs = "" if source.n is None else f" ({source.n})"
    if source.smallest is None or source.largest is None:
        return f"{mean}{spread}{runs}", ""
    ends = (value_text(end, unit, with_unit=False) for end in (source.smallest, source.largest))
    return f"{mean}{spread}{runs}", " to ".join(ends)


def _bare_reports(result: Result) -> Iterator[list[str]]:
    """Yield what was reported but not expected, beside the last epoch's mean where there is one."""
    covered = {graded.measure for graded in result.expectations}
    for measure, given in result.reported.items():
        if measure in covered:
            continue
        unit = UNITS.get(measure.rpartition("_")[2], "")
        lasts = [values[-1] for run in result.runs if (values := run.epochs.get(measure))]
        known = [value for value in lasts if value is not None]
        measured = _number(sum(known) / len(known) if known else None, unit)
        usual = given.get("mean") if isinstance(given, dict) else given
        last = usual[-1] if isinstance(usual, list) and usual else usual
        shown = _number(last, unit) if isinstance(last, float | int) else ""
        yield [plain_text(measure.replace("_", " ")), shown, measured]


def _differences(results: Iterable[Result]) -> tuple[list[str], list[str]]:
    """Return differences with the spec's explanation as list items, and those without one."""
    explained, bare = [], []
    for result in results:
        if result.kind == "answer":
            explained += [
                f"- {code_text(result.unit)}: {plain_text(found)}" for found in result.findings
            ]
        for graded in result.expectations if result.status == "scored" else ():
            if graded.reported is None or not _differs(graded):
                continue
            what = f"{code_text(result.unit)}, {plain_text(graded.label)}"
            reported = _number(graded.reported, graded.unit)
            measured = _number(graded.value, graded.unit)
            why = " ".join(filter(None, (_chance(graded), plain_text(graded.note).strip())))
            if why:
                explained.append(f"- {what}: reported {reported}, measured {measured}. {why}")
            else:
                bare.append(f"{what} ({reported} reported, {measured} measured)")
    return explained, bare


def _chance(graded: Graded) -> str:
    """Say that a report's value is one of those which the reference's runs give; else nothing."""
    source = graded.source
    if source is None or source.mean is None or not source.sd or graded.reported is None:
        return ""
    apart = abs(graded.reported - source.mean) / source.sd
    if apart > MOST_APART:
        return ""
    return f"Chance: {apart:.1f} standard deviations from the mean of {source.n} reference runs."


def _differs(graded: Graded) -> bool:
    """Say whether a report's value lies outside the band, or without one is clearly another."""
    assert graded.reported is not None
    if graded.value is None:
        return True
    if graded.low is not None or graded.high is not None:
        low = graded.low if graded.low is not None else graded.reported
        high = graded.high if graded.high is not None else graded.reported
        return not low <= graded.reported <= high
    largest = max(abs(graded.reported), abs(graded.value))
    return abs(graded.reported - graded.value) > SAME * largest


def _points_sentence(totals: Totals) -> str:
    parts = [f"{points_text(totals.earned)} of {points_text(totals.points)} points"]
    if totals.waiting:
        parts.append(f"{points_text(totals.waiting)} waiting for a person")
    if totals.undecided:
        parts.append(f"{points_text(totals.undecided)} not graded")
    return ", ".join(parts)


def _origin(document: Mapping[str, Any]) -> str:
    machine = document.get("machine", {})
    torch = document.get("versions", {}).get("torch")
    accelerators = machine.get("gpu") or []
    parts = [
        str(document.get("finished", ""))[:10],
        str(machine.get("cpu", "unknown processor")),
        count_text(int(machine["cores"]), "core") if machine.get("cores") else "",
        ", ".join(map(str, accelerators)),
        f"torch {torch}" if torch else "",
        "" if document.get("status") == "complete" else str(document.get("status", "")),
    ]
    return ", ".join(filter(None, parts))


def _number(value: float | None, unit: str) -> str:
    return "\u2013" if value is None else plain_text(value_text(value, unit))


def table_row(cells: Sequence[str]) -> str:
    """Return a row of a table, of cells that are safe already."""
    return f"| {' | '.join(cells)} |"


def plain_text(text: str) -> str:
    """Return text in which Markdown and HTML see no markup."""
    escaped = re.sub(r"([\\*_\[\]|$])", r"\\\1", one_line(text))
    return (
        escaped.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("`", "&#96;")
    )


def code_text(text: str) -> str:
    """Return text in code style, without what would end it or the table's cell."""
    return f"`{one_line(text).replace('`', chr(39)).replace('|', '/')}`"
