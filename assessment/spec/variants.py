"""Recipes of variants: the question's `training` with the variant's `set` laid on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from assessment.spec.merge import merge
from assessment.spec.recipe import Training

_NESTED = TypeAdapter(dict[str, dict[str, dict[str, Training]]])
"""Shaped like the way to a `set`, so that errors carry `variants.<name>.set` by themselves."""


def merged_recipes(training: Any, changes: Mapping[str, Any]) -> dict[str, Training]:
    """Return the recipe of each variant.

    Args:
        training: the question's recipe, as a model or as plain data.
        changes: each variant's `set`, by the variant's name.

    Raises:
        pydantic.ValidationError: with locations `("variants", name, "set", ...)`, of all variants.
    """
    merged = {name: {"set": merge(training, change)} for name, change in changes.items()}
    nested = _NESTED.validate_python({"variants": merged})["variants"]
    return {name: recipe["set"] for name, recipe in nested.items()}
