from __future__ import annotations

import json
from typing import Any

import pytest

from assessment.spec.schema import lab_schema


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return lab_schema()


def test_it_is_json_and_says_what_it_is(schema: dict[str, Any]) -> None:
    assert json.loads(json.dumps(schema)) == schema
    assert list(schema)[:2] == ["$schema", "title"]
    assert schema["required"] == ["title", "questions"]
    assert schema["additionalProperties"] is False


def test_fields_carry_their_descriptions(schema: dict[str, Any]) -> None:
    sgd = schema["$defs"]["Sgd"]
    assert (
        sgd["properties"]["momentum"]["description"] == "Share of the previous step that is kept."
    )
    assert set(schema["$defs"]["Variant"]["properties"]) == {
        "title",
        "set",
        "submitted",
        "expect",
        "reported",
    }


def test_what_defaults_may_give_is_not_required(schema: dict[str, Any]) -> None:
    required = {
        name: part["required"] for name, part in schema["$defs"].items() if "required" in part
    }
    assert set(required) == {
        "TrainingQuestion", "ComparisonQuestion", "WrittenQuestion", "FunctionQuestion",
        "AnswerQuestion", "CheckpointQuestion",
    }  # fmt: skip
    assert set(map(tuple, required.values())) == {("kind",)}


def test_merged_parts_are_completed_too(schema: dict[str, Any]) -> None:
    defaults = schema["properties"]["defaults"]
    assert defaults["properties"]["training"]["$ref"] == "#/$defs/Training"
    assert "kind" not in defaults["properties"]
    assert schema["$defs"]["Variant"]["properties"]["set"]["$ref"] == "#/$defs/Training"


def test_an_unnamed_optimizer_matches(schema: dict[str, Any]) -> None:
    assert "oneOf" not in json.dumps(schema)
    assert len(schema["$defs"]["Training"]["properties"]["optimizer"]["anyOf"]) == 4
