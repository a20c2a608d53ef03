"""The rules that every model of a spec file shares."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class SpecModel(BaseModel):
    """A strict, frozen record that refuses keys it does not know.

    The string below a field becomes its description in the JSON Schema, so
    that an editor shows it on hover.
    """

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        allow_inf_nan=False,
        protected_namespaces=(),
    )
