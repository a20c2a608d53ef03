"""What is allowed at each place of a lab, read off the models' JSON Schema."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from assessment.spec.base import Location
from assessment.spec.lab import Lab
from assessment.spelling import listed

Schema = dict[str, Any]

_ITEMS = {
    "number": ("number", "numbers"),
    "integer": ("whole number", "whole numbers"),
    "string": ("text", "texts"),
    "object": ("map", "maps"),
    "array": ("list", "lists"),
    "": ("value", "values"),
}
_TYPES = {"float": "number", "int": "integer", "str": "string", "bool": "boolean"}
"""JSON types by the names under which pydantic tries them."""
_PATTERNS = {
    r"^[A-Za-z0-9][A-Za-z0-9_.+-]*$": (
        "a name of letters, digits and _ . + - that begins with a letter or digit"
    ),
    r"^[A-Za-z0-9_.+-]+(\[[A-Za-z0-9_.+-]+\])?$": "`question` or `question[variant]`",
}


@dataclass(frozen=True)
class Union:
    """A union without discriminator on the way to an error."""

    location: Location
    shape: Schema
    """Of the whole union."""
    member: Schema
    """The member of it in which the error arose."""


@dataclass(frozen=True)
class Step:
    """Where an error of pydantic points, freed from the names of union members."""

    location: Location
    shape: Schema
    """Schema of what is expected there, `{}` where it is not known."""
    is_key: bool = False
    """The key is meant, rather than its value."""
    unions: tuple[Union, ...] = ()
    """Those on the way, the outermost first."""


@cache
def lab_shape() -> Schema:
    """Return the JSON Schema of Lab, with `set` of a variant shaped like `training`."""
    schema = Lab.model_json_schema()
    schema["$defs"]["Variant"]["properties"]["set"] = {"$ref": "#/$defs/Training"}
    return schema


def follow(way: Location) -> Step:
    """Walk along a location of pydantic's, which also names the union members it tried."""
    parent: Schema = {}
    current = lab_shape()
    location: list[str | int] = []
    unions: tuple[Union, ...] = ()
    for step in way:
        if step == "[key]":
            pattern = next(iter(parent.get("patternProperties", {})), None)
            shape = {"type": "string", "pattern": pattern} if pattern else {}
            return Step(tuple(location), shape, True, unions)
        choices = members(current)
        holder = next((choice for choice in choices if _holds(choice, step)), None)
        if "discriminator" in current:
            current = resolved({"$ref": current["discriminator"]["mapping"].get(step)})
        elif len(choices) > 1 and holder is not None:  # a rule of ours, which names no member
            location.append(step)
            parent, current = holder, _inside(holder, step)
        elif len(choices) > 1:
            chosen = _chosen(choices, str(step))
            unions = (*unions, Union(tuple(location), current, chosen))
            current = chosen
        else:
            location.append(step)
            parent = choices[0] if choices else current
            current = _inside(parent, step)
    return Step(tuple(location), current, False, unions)


def members(shape: Schema) -> list[Schema]:
    """Return the members of a union without discriminator, null left out; none of the others."""
    choices = [resolved(choice) for choice in shape.get("anyOf", [])]
    return [choice for choice in choices if choice.get("type") != "null"]


def keys(shape: Schema) -> list[str]:
    """Return the keys that a map may have; empty where they are free."""
    return list(shape.get("properties", {}))


def tags(shape: Schema) -> list[str]:
    """Return the values of the discriminator of a union that has one."""
    if "discriminator" not in shape:
        return []
    tag_of = {ref: tag for tag, ref in shape["discriminator"]["mapping"].items()}
    return [tag_of[choice["$ref"]] for choice in shape["oneOf"]]


def words(shape: Schema) -> list[str]:
    """Return the texts that are allowed where only certain ones are."""
    allowed = [str(shape["const"])] if "const" in shape else [str(v) for v in shape.get("enum", [])]
    return [*allowed, *(word for member in members(shape) for word in words(member))]


def kinds(shape: Schema) -> set[str]:
    """Return the JSON types that are allowed."""
    if tags(shape):
        return {"object"}
    choices = members(shape)
    if choices:
        return set().union(*(kinds(choice) for choice in choices))
    return {shape["type"]} if "type" in shape else set()


def described(shape: Schema) -> str:
    """Say in plain words what is allowed."""
    choices = members(shape)
    if choices:
        return " or ".join(dict.fromkeys(described(choice) for choice in choices))
    if tags(shape):
        key = shape["discriminator"]["propertyName"]
        return f"a map with `{key}`: one of {listed(tags(shape))}"
    if words(shape):
        allowed = words(shape)
        return f"one of {listed(allowed)}" if len(allowed) > 1 else allowed[0]
    match shape.get("type"):
        case "integer":
            return f"a whole number{_bounds(shape, 1)}"
        case "number":
            return f"a number{_bounds(shape, 0)}"
        case "boolean":
            return "true or false"
        case "string":
            return _PATTERNS.get(shape.get("pattern", ""), "a text")
        case "array":
            items = resolved(shape.get("items", {}))
            one, many = _ITEMS["object" if tags(items) else items.get("type", "")]
            least, most = shape.get("minItems", 0), shape.get("maxItems")
            what = one if least == 1 else many
            if not least:
                return f"a list of {what}"
            return f"a list of {'' if most == least else 'at least '}{least} {what}"
        case "object":
            if keys(shape):
                return f"a map with the keys {listed(keys(shape))}"
            return "a map with at least 1 key" if shape.get("minProperties") else "a map"
        case _:
            return "something else"


def resolved(shape: Schema) -> Schema:
    """Follow `$ref`; a reference that leads nowhere allows anything."""
    if "$ref" not in shape:
        return shape
    found: Schema = lab_shape()["$defs"].get(str(shape["$ref"]).rpartition("/")[2], {})
    return found


def _chosen(choices: list[Schema], label: str) -> Schema:
    """Pick the union member that pydantic calls `label`."""
    for choice in choices:
        title = choice.get("title")
        if title and choice.get("type") == "object" and re.search(rf"\b{title}\b", label):
            return choice
    kind = "array" if label.startswith("list[") else _TYPES.get(label)
    return next((choice for choice in choices if choice.get("type") == kind), {})


def _holds(shape: Schema, step: str | int) -> bool:
    """Tell whether a step leads into a list or map, rather than being a union member's name."""
    if isinstance(step, int):
        return shape.get("type") == "array"
    return step in keys(shape)


def _inside(shape: Schema, step: str | int) -> Schema:
    """Return the shape of one item or value of a list or map."""
    if isinstance(step, int):
        return resolved(shape.get("items", {}))
    if step in shape.get("properties", {}):
        return resolved(shape["properties"][step])
    free = [*shape.get("patternProperties", {}).values(), shape.get("additionalProperties")]
    return resolved(free[0]) if isinstance(free[0], dict) else {}


def _bounds(shape: Schema, unit: int) -> str:
    """Say which numbers are allowed; `unit` is the smallest step of whole numbers, or 0."""
    least, above = shape.get("minimum"), shape.get("exclusiveMinimum")
    most, below = shape.get("maximum"), shape.get("exclusiveMaximum")
    if unit and above is not None:
        least, above = above + unit, None
    if least is not None and most is not None:
        return f" from {least:g} to {most:g}"
    ends = [
        f"{word} {value:g}"
        for word, value in (
            ("of at least", least),
            ("above", above),
            ("of at most", most),
            ("below", below),
        )
        if value is not None
    ]
    return f" {' and '.join(ends)}" if ends else ""
