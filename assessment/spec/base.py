"""The rules that every model of a spec file shares."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

Location = tuple[str | int, ...]
"""Keys and list positions that lead to a value; `[key]` at the end means the key itself."""

Finding = tuple[Location, str]
"""Where something is wrong, and what."""


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


def refuse(findings: Iterable[Finding], title: str) -> None:
    """Raise pydantic's ValidationError that holds every finding at its place; pass if none.

    For use in validators: pydantic puts the way to the model in front of each location.
    """
    details: list[InitErrorDetails] = [
        {
            "type": PydanticCustomError("lab_rule", "{message}", {"message": message}),
            "loc": location,
            "input": None,
        }
        for location, message in findings
    ]
    if details:
        raise ValidationError.from_exception_data(title, details)
