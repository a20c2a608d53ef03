"""Gradescope's `submission_metadata.yml`: who handed in which folder, and when.

Names in it are what students call themselves. Only the few fields that matter are built, event by
event: results of earlier autograders make up most of such a file, and neither its aliases nor
Ruby's tags matter.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from yaml import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from assessment.errors import AssessmentError
from assessment.submissions.names import clean

FILE = "submission_metadata.yml"
MOST_BYTES = 64_000_000
DEEPEST = 100
"""Maps and lists within each other: PyYAML's parser takes time by the square of their number."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d{1,6})?\d*\s*(Z|UTC|[+-]\d\d:?\d\d)?"
)


@dataclass(frozen=True)
class Submitter:
    """One student of a submission; a field that is not told is empty."""

    name: str = ""
    sid: str = ""
    email: str = ""


@dataclass(frozen=True)
class Handed:
    """One submission."""

    submitters: tuple[Submitter, ...] = ()
    """Several where a group handed it in."""
    when: float | None = None
    """Seconds since 1970."""


def read_metadata(path: Path) -> dict[str, Handed]:
    """Return what Gradescope tells about each folder, by the folder's name.

    Raises:
        AssessmentError: it cannot be read, is no YAML, larger than 64 MB or nested too deeply.
    """
    shown = clean(str(path), 400)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as stream:
            state = os.fstat(descriptor)
            if not stat.S_ISREG(state.st_mode):
                raise AssessmentError(f"{shown}: no regular file")
            if state.st_size > MOST_BYTES:
                raise AssessmentError(f"{shown}: larger than {MOST_BYTES // 1_000_000} MB")
            return dict(_submissions(_events(yaml.parse(stream, Loader=_Loader))))
    except OSError as error:
        raise AssessmentError(f"{shown}: cannot be read ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        why = clean(getattr(error, "problem", None) or str(error))
        raise AssessmentError(
            f"{shown}{line}: no YAML ({why}); export the submissions again, or remove this file: "
            f"then their ids are the folders' names"
        ) from None


def _events(events: Iterator[Any]) -> Iterator[Any]:
    """Give the document's events, aliases of texts as the texts; Ruby writes equal ones so."""
    texts: dict[str, Any] = {}
    depth = 0
    for event in events:
        depth += _opens(event) - _closes(event)
        if depth > DEEPEST:
            raise yaml.MarkedYAMLError(problem="nested too deeply", problem_mark=event.start_mark)
        if isinstance(event, ScalarEvent) and event.anchor:
            texts[event.anchor] = event
        elif _opens(event) and event.anchor:
            texts.pop(event.anchor, None)
        yield texts.get(event.anchor or "", event) if isinstance(event, AliasEvent) else event


def _submissions(events: Iterator[Any]) -> Iterator[tuple[str, Handed]]:
    for event in events:
        if _opens(event):
            if _maps(event):
                for folder, value in _pairs(events):
                    if _maps(value):
                        yield folder, _handed(events)
                    else:
                        _pass_over(events, value)
            return


def _handed(events: Iterator[Any]) -> Handed:
    submitters: tuple[Submitter, ...] = ()
    when = None
    for key, value in _pairs(events):
        if key == "submitters" and _opens(value) and not _maps(value):
            submitters = tuple(_submitters(events))
        elif key == "created_at":
            when = _time(events, value)
        else:
            _pass_over(events, value)
    return Handed(submitters, when)


def _submitters(events: Iterator[Any]) -> Iterator[Submitter]:
    for event in events:
        if _closes(event):
            return
        if not _maps(event):
            _pass_over(events, event)
            continue
        told = {}
        for key, value in _pairs(events):
            if key in ("name", "sid", "email"):
                told[key] = clean(_text(value))
            _pass_over(events, value)
        yield Submitter(**told)


def _time(events: Iterator[Any], event: Any) -> float | None:
    """Read a time, be it written plainly or as the fields of one of Ruby's objects."""
    if not _maps(event):
        _pass_over(events, event)
        return _seconds(_text(event))
    found = None
    for key, value in _pairs(events):
        if key == "utc":
            found = _seconds(_text(value))
        _pass_over(events, value)
    return found


def _seconds(text: str) -> float | None:
    match = _TIME.fullmatch(text.strip())
    if not match:
        return None
    day, hour, fraction, zone = match.groups(default="")
    zone = "+00:00" if zone in ("", "Z", "UTC") else zone
    try:
        return datetime.fromisoformat(f"{day}T{hour}{fraction}{zone}").timestamp()
    except (ValueError, OverflowError):
        return None


def _pairs(events: Iterator[Any]) -> Iterator[tuple[str, Any]]:
    """Give the keys of an opened map, each with the event that its value begins with.

    Whoever takes them has to consume the rest of the value.
    """
    for event in events:
        if _closes(event):
            return
        key = _text(event)
        _pass_over(events, event)
        yield key.removeprefix(":"), next(events)


def _pass_over(events: Iterator[Any], event: Any) -> None:
    depth = int(_opens(event))
    while depth:
        event = next(events)
        depth += _opens(event) - _closes(event)


def _text(event: Any) -> str:
    return str(getattr(event, "value", ""))


def _maps(event: Any) -> bool:
    return isinstance(event, MappingStartEvent)


def _opens(event: Any) -> bool:
    return isinstance(event, MappingStartEvent | SequenceStartEvent)


def _closes(event: Any) -> bool:
    return isinstance(event, MappingEndEvent | SequenceEndEvent)
