"""The page of one student: cards and figures as a practice run has them, and nobody else's data.

It stands by itself; the report of the class links to it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from assessment.report.html.figures import Further, nothing_further
from assessment.report.html.summary import (
    banner_of,
    in_words,
    provenance_html,
    sections_html,
    style_html,
)
from assessment.report.text import escape, one_line, time_text
from assessment.results.record import Result
from assessment.results.totals import group

FOLDER = "students"
"""Where the pages lie, beside the report of the class."""

PLAIN = re.compile(r"[a-z0-9_-][a-z0-9_.+-]{0,59}")
"""Ids that name a file on every system; others get a hash, behind a sign that no id has."""
RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")
MOST_CHARACTERS = 40


def page_name(student: str) -> str:
    """Return the file name of a student's page: safe for every id, and another for every other.

    Letter case does not tell files apart on some systems.
    """
    if PLAIN.fullmatch(student) and not RESERVED.fullmatch(student):
        return f"{student}.html"
    digest = hashlib.sha256(student.encode("utf-8", "replace")).hexdigest()[:10]
    readable = re.sub(r"[^a-z0-9_-]+", "-", student.lower()).strip("-")[:MOST_CHARACTERS]
    return f"{readable}~{digest}.html"


def student_page(
    results: Sequence[Result],
    document: Mapping[str, Any],
    *,
    written: str,
    further: Further = nothing_further,
) -> str:
    """Return the page of a student.

    Args:
        results: all items of one submission.
        document: of the run, as far as it is the same for everybody: `status`, `machine`,
            `versions`.
        written: when, a UTC time in ISO 8601.
        further: draws figures beside the usual ones.
    """
    labs = group(results)
    submission = labs[0].submission
    assert submission is not None
    assert len({lab.submission.id for lab in labs if lab.submission is not None}) == 1
    name = one_line(submission.name)
    title = f"{name}: {', '.join(dict.fromkeys(one_line(lab.lab) for lab in labs))}"
    data: dict[str, list[str]] = {}
    for run in (run for result in results for run in result.runs):
        hashes = data.setdefault(run.dataset, [])
        if run.dataset_sha256 not in hashes:
            hashes.append(run.dataset_sha256)
    provenance = {
        "Machine": in_words(document.get("machine", {})),
        "Versions": document.get("versions", {}),
        "Spec files (SHA-256)": {lab.spec: lab.sha256 for lab in labs},
        "Data sets (SHA-256)": data,
    }
    sections = sections_html(labs, banner_of(document, results), further=further, quick=True)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title>{style_html()}</head>"
        f"<body><h1>{escape(title)}</h1><p>Written {escape(time_text(written))} UTC</p>"
        f'<div class="as-report">{sections}{provenance_html(provenance)}</div></body></html>\n'
    )
