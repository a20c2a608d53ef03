"""The JSON Schema that editors use for completion, hover and checks while typing."""

from __future__ import annotations

from typing import Any

from assessment.spec.lab import DEFAULT_FIELDS, KINDS, Lab

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def lab_schema() -> dict[str, Any]:
    """Return the JSON Schema of a spec file.

    It is looser than the models where parts are merged: what a question leaves
    out may come from `defaults`, so only keys that cannot are required.
    """
    schema = Lab.model_json_schema()
    parts = schema["$defs"]
    for name, part in parts.items():
        part.pop("required", None)
        if name in {model.__name__ for model in KINDS.values()}:
            part["required"] = ["kind"]
    parts["Variant"]["properties"]["set"] |= {"$ref": "#/$defs/Training"}
    parts["Variant"]["properties"]["set"].pop("additionalProperties")
    parts["Variable"] = {"anyOf": [parts["Variable"]["properties"]["kind"], parts["Variable"]]}
    defaults = schema["properties"]["defaults"]
    defaults["properties"] = _default_properties(parts)
    defaults["additionalProperties"] = False
    _tidy(schema)
    return {
        "$schema": DIALECT,
        "title": "Lab of pytest-assessment",
        **{key: value for key, value in schema.items() if key != "title"},
    }


def _default_properties(parts: dict[str, Any]) -> dict[str, Any]:
    """Collect the fields that take a default, each from the first kind that has it."""
    properties: dict[str, Any] = {}
    for kind, fields in DEFAULT_FIELDS.items():
        for name, field in parts[KINDS[kind].__name__]["properties"].items():
            if name in fields:
                properties.setdefault(name, field)
    return properties


def _tidy(node: Any, *, named: bool = False) -> None:
    """Drop generated titles, close maps of named things, and let unions match loosely.

    Args:
        node: part of the schema, changed in place.
        named: the node is a map from names to schemas, where `title` is a name like any other.
    """
    if isinstance(node, list):
        for item in node:
            _tidy(item)
    if not isinstance(node, dict):
        return
    if not named:
        if isinstance(node.get("title"), str):
            del node["title"]
        if "patternProperties" in node:
            node["additionalProperties"] = False
        # Several members fit while the name that tells them apart comes from `defaults`.
        if "oneOf" in node:
            node["anyOf"] = node.pop("oneOf")
            node.pop("discriminator", None)
    for key, value in node.items():
        if key not in ("default", "enum", "const", "required"):
            _tidy(value, named=not named and key in ("properties", "$defs", "patternProperties"))
