"""Laying one part of a spec over another: `defaults`, and what a variant sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from assessment.spec.base import Finding
from assessment.spelling import did_you_mean, listed

DISCRIMINATORS = ("name", "kind")
"""Keys that say what a map is; maps that are different things are not mixed."""


def merge(base: Any, over: Any) -> Any:
    """Return `base` with `over` laid on it, as plain data; neither is changed.

    Maps merge key by key, anything else is replaced. A map whose `name` or
    `kind` differs from the one below it replaces that whole, so that an
    optimiser of another name does not inherit foreign keys.
    """
    return _lay(plain(base), plain(over))


def plain(value: Any) -> Any:
    """Return maps, lists and scalars, with models reduced to what was set explicitly."""
    if isinstance(value, BaseModel):
        return value.model_dump(exclude_unset=True)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def merge_defaults(
    questions: Mapping[Any, Any], defaults: Mapping[Any, Any], fields: Mapping[str, frozenset[str]]
) -> dict[Any, Any]:
    """Return the questions with the defaults that their kind has a field for.

    Args:
        questions: models or maps by id; one that is neither stays as it is.
        defaults: values by field name.
        fields: names of the fields that take a default, by the question's kind.
    """
    merged: dict[Any, Any] = {}
    for question_id, question in questions.items():
        own = plain(question)
        kind = own.get("kind") if isinstance(own, dict) else None
        if isinstance(kind, str) and kind in fields:
            inherited = {key: defaults[key] for key in defaults if key in fields[kind]}
            for key, value in inherited.items():
                own[key] = merge(value, own[key]) if key in own else plain(value)
        merged[question_id] = own
    return merged


def defaults_findings(
    defaults: Mapping[str, Any], fields: Mapping[str, frozenset[str]]
) -> Iterator[Finding]:
    """Find the keys of `defaults` that no kind of question takes."""
    known = sorted(frozenset().union(*fields.values()))
    for key in defaults:
        if key == "kind":
            yield (key, "[key]"), "every question names its own `kind`"
        elif key not in known:
            hint = did_you_mean(key, known)
            yield (
                (key, "[key]"),
                f"no kind of question has this key{hint} (allowed: {listed(known)})",
            )


def _lay(base: Any, over: Any) -> Any:
    if not (isinstance(base, dict) and isinstance(over, dict)) or _differ(base, over):
        return over
    merged = dict(base)
    for key, value in over.items():
        merged[key] = _lay(base[key], value) if key in base else value
    return merged


def _differ(base: dict[Any, Any], over: dict[Any, Any]) -> bool:
    return any(key in base and key in over and base[key] != over[key] for key in DISCRIMINATORS)
