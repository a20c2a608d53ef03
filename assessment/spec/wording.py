"""pydantic's errors in plain words: what was found, and what is allowed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic_core import ErrorDetails

from assessment.spec.base import Location
from assessment.spec.document import resolve
from assessment.spec.shapes import (
    Schema,
    Step,
    described,
    follow,
    keys,
    kinds,
    tags,
    words,
)
from assessment.spelling import did_you_mean, listed

Tried = tuple[Step, ErrorDetails]
"""An error, and where it points."""


@dataclass(frozen=True)
class Complaint:
    """One mistake, its place not yet looked up."""

    location: Location
    message: str
    mark: Literal["key", "value"] = "value"
    """What to underline."""


def complaint(location: Location, message: str) -> Complaint:
    """Return what a rule found; a location that ends with `[key]` means the key."""
    if location[-1:] == ("[key]",):
        return Complaint(location[:-1], message, "key")
    return Complaint(location, message)


def complaints(errors: Iterable[ErrorDetails]) -> Iterator[Complaint]:
    """Translate pydantic's errors; several about one value of a union become one.

    Numbers that are not finite are passed over: parsing has told of them already.
    """
    yield from _told([(follow(error["loc"]), error) for error in errors], 0)


def _told(tried: Sequence[Tried], depth: int) -> Iterator[Complaint]:
    """Translate errors that have this many unions behind them."""
    unions: dict[Location, list[Tried]] = {}
    for step, error in tried:
        if len(step.unions) > depth:
            unions.setdefault(step.unions[depth].location, []).append((step, error))
        elif not _is_infinite(error["input"]):
            yield _translate(step, error)
    for location, of_union in unions.items():
        yield from _union_complaints(location, of_union, depth)


def _translate(step: Step, error: ErrorDetails) -> Complaint:
    location, value = step.location, error["input"]
    match error["type"]:
        case "lab_rule":
            message = error["ctx"]["message"]
            return Complaint(location, message, "key" if step.is_key else "value")
        case "value_error" | "assertion_error":
            return Complaint(location, str(error["ctx"]["error"]))
        case "extra_forbidden":
            return Complaint(location, _unknown_key(error["loc"]), "key")
        case "missing":
            return Complaint(
                location[:-1], f"needs the key `{location[-1]}`: {described(step.shape)}"
            )
        case "union_tag_not_found":
            key = step.shape["discriminator"]["propertyName"]
            return Complaint(location, f"needs the key `{key}`: one of {listed(tags(step.shape))}")
        case "union_tag_invalid":
            key = step.shape["discriminator"]["propertyName"]
            message = _wrong(value.get(key) if isinstance(value, dict) else value, tags(step.shape))
            return Complaint((*location, key), message)
    if step.is_key:
        return Complaint(location, f"must be {described(step.shape)}", "key")
    return Complaint(location, mismatch(step.shape, value))


def _union_complaints(
    location: Location, tried: Sequence[Tried], depth: int
) -> Iterator[Complaint]:
    """Speak of the member that was meant: a map or list inside it, otherwise all of them."""
    # Some member is not of the value's type and so complains about the value as a whole.
    value = next((error["input"] for step, error in tried if step.location == location), None)
    inner = {"dict": "object", "list": "array"}.get(type(value).__name__)
    members = [step.unions[depth].member for step, _ in tried]
    meant = [member for member in members if member.get("type") == inner]
    if inner and meant:
        names = set(value) if isinstance(value, dict) else set()
        best = max(meant, key=lambda member: len(names & set(keys(member))))
        chosen = [one for one, member in zip(tried, members, strict=True) if member is best]
        yield from _told(chosen, depth + 1)
    elif not _is_infinite(value):
        yield Complaint(location, mismatch(tried[0][0].unions[depth].shape, value))


def _is_infinite(value: object) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _unknown_key(way: Location) -> str:
    """Name the keys that the map may have."""
    key, parent = str(way[-1]), follow(way[:-1])
    allowed = keys(parent.shape)
    tag = _tag(way, parent)
    return f"unknown key{did_you_mean(key, allowed)} (allowed{tag}: {listed(allowed)})"


def _tag(way: Location, parent: Step) -> str:
    """Say of which member of a union the keys are, such as ` with `name: sgd``."""
    outer = follow(way[:-2]).shape if len(way) > 1 else {}
    if (
        way[-2:-1]
        and way[-2] in tags(outer)
        and len(follow(way[:-2]).location) == len(parent.location)
    ):
        return f" with `{outer['discriminator']['propertyName']}: {way[-2]}`"
    return ""


def mismatch(shape: Schema, value: Any) -> str:
    """Say what must be there, by a JSON Schema, and what is."""
    if isinstance(value, str) and words(shape) and kinds(shape) == {"string"}:
        return _wrong(value, words(shape))
    near = did_you_mean(value, words(shape)).rstrip("?") if isinstance(value, str) else ""
    hint = f"{near}?" if near else _hint(shape, value)
    return f"must be {described(shape)}, found {shown(value)}{hint}"


def _wrong(value: Any, allowed: Sequence[str]) -> str:
    hint = did_you_mean(value, allowed) if isinstance(value, str) else ""
    return f"found {shown(value)}{hint} (allowed: {listed(allowed)})"


def _hint(shape: Schema, value: Any) -> str:
    """Tell the likely slip."""
    wanted = kinds(shape)
    if isinstance(value, str):
        meant = resolve(value)
        type_of = "boolean" if isinstance(meant, bool) else "number"
        if not isinstance(meant, str | None) and (
            type_of in wanted or (type_of == "number" and "integer" in wanted)
        ):
            return ": remove the quotes"
        number = value.replace("_", "").replace(",", ".").strip(" %")
        if wanted & {"integer", "number"} and isinstance(resolve(number), int | float):
            return f": write {number}"
        if "boolean" in wanted and value.lower() in ("yes", "no", "on", "off", "y", "n"):
            return ": YAML 1.2 has only true and false"
        if value in tags(shape):
            return f": write {{{shape['discriminator']['propertyName']}: {value}}}"
    if isinstance(value, float) and value.is_integer() and "integer" in wanted:
        return f": write {value:.0f}"
    if isinstance(value, bool | int | float) and "string" in wanted and not words(shape):
        return ": put it in quotes"
    if not isinstance(value, list | dict) and value is not None and wanted == {"array"}:
        return ": put it in brackets"
    return ""


def shown(value: Any) -> str:
    """Return a value as it may stand in a message, with its type."""
    match value:
        case None:
            return "nothing (null)"
        case bool():
            return str(value).lower()
        case int() | float():
            return f"the number {value!r}"
        case str():
            text = value if len(value) <= 40 else f"{value[:37]}..."
            return f'the text "{text.splitlines()[0] if text else text}"'
        case list():
            return f"a list of {len(value)}" if value else "an empty list"
        case dict():
            return f"a map with the keys {listed(map(str, value))}" if value else "an empty map"
        case _:
            return f"an object of type {type(value).__name__}"
