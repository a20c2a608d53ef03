"""results.json: what a session measured and how it was graded, as one versioned document.

Keys: `schema_version`, `record_version`, `status`, `started`, `finished`,
`seconds`, `totals`, `labs` (points per lab, question and item), `results`
(every record in full; of a class without what only figures show, which the
store has), `class` (of a class: who is `absent`, which submissions are
`similar`), `datasets` and `specs` (their hashes), `broken_specs` (their
mistakes), `options`, `machine`, `versions`. Points are points;
`seconds` are wall-clock, times are UTC in ISO 8601. A number that was not
finite is null.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from assessment.errors import AssessmentError
from assessment.results.classes import Absent, Pair, group_classes, is_class, without_series
from assessment.results.machine import find_versions
from assessment.results.promises import HAND_INS, promise_of, promise_words
from assessment.results.record import SCHEMA_VERSION as RECORD_VERSION
from assessment.results.record import Result
from assessment.results.totals import LabResults, Totals, add_up, group
from assessment.writing import write_whole

SCHEMA_VERSION = 1
"""Raised when a key of the document changes its meaning or goes away."""

SessionStatus = Literal["complete", "interrupted", "shortened", "smoke"]
"""`interrupted`: some planned items have no result. `shortened`: some were trained for fewer epochs
than asked, and not graded. `smoke`: nothing was graded."""

Document = dict[str, Any]


def build(
    results: Sequence[Result],
    machine: Mapping[str, Any],
    *,
    started: str,
    finished: str,
    status: SessionStatus = "complete",
    options: Mapping[str, Any] | None = None,
    broken: Mapping[str, str] | None = None,
    absent: Sequence[Absent] = (),
    similar: Sequence[Pair] = (),
) -> Document:
    """Build the document of a session.

    `machine` is what `results.machine.describe_machine` gives; `started` and
    `finished` are UTC times in ISO 8601; `broken` are the mistakes of spec files
    that could not be used, whose questions are missing here; of a class `absent`
    handed in nothing, and `similar` are submissions that are much alike.
    """
    labs = group(results)
    of_class: Document = {}
    hand_ins: dict[str, int] = {}
    if is_class(results):
        hand_ins = {lab.spec: len(lab.students) for lab in group_classes(results)}
        results = [without_series(result) for result in results]
        of_class["class"] = {
            "absent": [asdict(student) for student in absent],
            "similar": [asdict(pair) for pair in similar],
        }
    document = {
        "schema_version": SCHEMA_VERSION,
        "record_version": RECORD_VERSION,
        "status": status,
        "started": started,
        "finished": finished,
        "seconds": _elapsed(started, finished),
        "totals": _plain_totals(add_up(results)),
        "labs": [_summarise(lab, hand_ins.get(lab.spec, HAND_INS)) for lab in labs],
        "results": [result.plain() for result in results],
        **of_class,
        "datasets": _dataset_hashes(results),
        "specs": {lab.spec: lab.sha256 for lab in labs},
        "broken_specs": dict(broken or {}),
        "options": dict(options or {}),
        "machine": dict(machine),
        "versions": find_versions(),
    }
    cleaned: Document = _clean(document)
    return cleaned


def write(path: Path, document: Document) -> None:
    """Write a document, whole or not at all; OSError where it cannot be."""
    # Of a class there are thousands of records; indented, a quarter of the file would be spaces.
    indent = None if "class" in document else 1
    text = json.dumps(_clean(document), indent=indent, allow_nan=False)
    write_whole(path, text + "\n")


def read(path: Path) -> Document:
    """Read a document of this or an earlier version; AssessmentError where it is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise AssessmentError(f"{path}: there is no such results file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise AssessmentError(f"{path}: cannot be read: {error}") from None
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise AssessmentError(
            f"{path}:{error.lineno}:{error.colno}: not JSON ({error.msg}); expected a results file"
        ) from None
    version = document.get("schema_version") if isinstance(document, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise AssessmentError(
            f"{path}: not a results file: `schema_version` is {version!r}, "
            f"expected a number up to {SCHEMA_VERSION}"
        )
    if version > SCHEMA_VERSION:
        raise AssessmentError(
            f"{path}: written by a newer pytest-assessment (`schema_version` {version}, "
            f"this one reads up to {SCHEMA_VERSION}): upgrade it"
        )
    found: Document = document
    return found


def load_results(document: Document, path: Path | str = "results.json") -> list[Result]:
    """Return the records of a document; AssessmentError names the first one that is damaged."""
    records = document.get("results")
    if not isinstance(records, list):
        raise AssessmentError(f"{path}: `results` is {type(records).__name__}, expected a list")
    loaded = []
    for number, record in enumerate(records):
        try:
            loaded.append(Result.model_validate(record))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in ("results", number, *first["loc"]))
            raise AssessmentError(f"{path}: {place}: {first['msg']}") from None
    return loaded


def _summarise(lab: LabResults, hand_ins: int) -> dict[str, Any]:
    promise = promise_of(lab.results, hand_ins)
    return {
        "spec": lab.spec,
        "lab": lab.lab,
        **({} if lab.submission is None else {"submission": lab.submission.id}),
        "totals": _plain_totals(lab.totals),
        "promise": asdict(promise) | {"text": promise_words(promise)} if promise else None,
        "questions": [
            {
                "question": question.question,
                "title": question.title,
                "kind": question.kind,
                "totals": _plain_totals(question.totals),
                "items": [
                    {
                        "unit": result.unit,
                        "status": result.status,
                        "earned": result.earned,
                        "points": result.points,
                        "waiting": result.waiting,
                    }
                    for result in question.results
                ],
            }
            for question in lab.questions
        ],
    }


def _plain_totals(totals: Totals) -> dict[str, float]:
    return asdict(totals)


def _dataset_hashes(results: Iterable[Result]) -> dict[str, list[str]]:
    """Return every hash seen under a data set's name; more than one means it changed meanwhile."""
    hashes: dict[str, set[str]] = {}
    for result in results:
        for run in result.runs:
            hashes.setdefault(run.dataset, set()).add(run.dataset_sha256)
    return {name: sorted(found) for name, found in sorted(hashes.items())}


def _elapsed(started: str, finished: str) -> float | None:
    try:
        began, ended = datetime.fromisoformat(started), datetime.fromisoformat(finished)
        return round((ended - began).total_seconds(), 3)
    except (ValueError, TypeError):  # TypeError: only one of them names its time zone
        return None


def _clean(value: Any) -> Any:
    """Return JSON's types only: non-finite numbers become null, other objects their text."""
    match value:
        case bool() | int() | str() | None:
            return value
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            return {str(key): _clean(item) for key, item in value.items()}
        case list() | tuple():
            return [_clean(item) for item in value]
        case set() | frozenset():
            return sorted(_clean(item) for item in value)
        case _:
            return str(value)
