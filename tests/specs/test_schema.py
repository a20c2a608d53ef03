"""What editors are told of a spec file agrees with the specs that come with this project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assessment.spec.document import parse_document
from assessment.spec.schema import lab_schema

jsonschema = pytest.importorskip("jsonschema", reason="comes with the `dev` extra")

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.yaml"))


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = lab_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def complaints(validator: Any, data: object) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(data)]


@pytest.mark.parametrize("path", SPECS, ids=[path.stem for path in SPECS])
def test_shipped_specs_are_valid(validator: Any, path: Path) -> None:
    assert complaints(validator, parse_document(path.read_text(encoding="utf-8")).data) == []


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("  limits: {seconds:", "  limts: {seconds:", "'limts' was unexpected"),
        ("kind: written", "kind: writen", "is not valid under any of the given schemas"),
        ("{name: digits/cnn}", "{nam: digits/cnn}", "is not valid under any of the given schemas"),
        ("title: Digits", "titel: Digits", "'title' is a required property"),
        ("epochs: 20", 'epochs: "20"', "'20' is not of type 'integer'"),
    ],
)
def test_a_slip_is_underlined(validator: Any, before: str, after: str, complaint: str) -> None:
    digits = next(path for path in SPECS if path.stem == "digits").read_text(encoding="utf-8")
    assert before in digits
    found = complaints(validator, parse_document(digits.replace(before, after, 1)).data)
    assert any(complaint in line for line in found), found
