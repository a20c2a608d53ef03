"""The base of all records: plain data that JSON can hold."""

from __future__ import annotations

import math
from typing import Any

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """Base of all records: unknown keys are refused, non-finite numbers are written as null."""

    model_config = ConfigDict(
        extra="forbid", use_attribute_docstrings=True, ser_json_inf_nan="null", frozen=True
    )

    def plain(self) -> dict[str, Any]:
        """Return built-in types only, as execnet and JSON want them."""
        plain: dict[str, Any] = _without_non_finite(self.model_dump(mode="json"))
        return plain


def _without_non_finite(value: Any) -> Any:
    # `ser_json_inf_nan` only holds for `model_dump_json`, which refuses lone surrogates.
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _without_non_finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_non_finite(item) for item in value]
    return value
