"""What can still be said about a lab that pydantic refused, so that no mistake waits for another.

pydantic asks a model's own rules only once all its fields are sound. Here the
sound parts of a broken lab are put together again and the rules asked of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from assessment.spec.base import Finding, Location
from assessment.spec.consistency import question_findings
from assessment.spec.expectations import Expectation
from assessment.spec.lab import (
    DEFAULT_FIELDS,
    KINDS,
    Lab,
    TrainingQuestion,
    Variant,
    comparison_findings,
)
from assessment.spec.merge import merge_defaults
from assessment.spec.recipe import Dataset, ModelReference, Training
from assessment.spec.references import reference_findings
from assessment.spec.variants import merged_recipes

Check = Callable[[Lab], Iterable[Finding]]
"""A rule from outside the spec, such as `is this data set known`; gives locations and messages."""

_Model = TypeVar("_Model", bound=BaseModel)


def remaining_mistakes(
    data: Mapping[str, Any], checks: Sequence[Check]
) -> tuple[list[ErrorDetails], list[Finding]]:
    """Find what a refused lab hides; some of it pydantic may have reported already.

    Args:
        data: the lab as it was read, defaults not merged.
        checks: rules from outside. They see a lab of the questions whose model and data set
            are sound; what is broken in these is left out.

    Returns:
        pydantic's errors in variants, and the findings of all rules.
    """
    raw, defaults = data.get("questions"), data.get("defaults")
    if not isinstance(raw, dict):
        return [], []
    merged = merge_defaults(raw, _map(defaults), DEFAULT_FIELDS)
    errors: list[ErrorDetails] = []
    findings: list[Finding] = list(reference_findings(merged))
    sound: dict[str, Any] = {}
    known: dict[str, Any] = {}
    for question_id, question in merged.items():
        model = KINDS.get(str(_map(question).get("kind")))
        if model is None:
            continue
        whole = _sound(model, question)
        if whole is not None:
            sound[question_id] = known[question_id] = whole
        elif model is TrainingQuestion:
            place: Location = ("questions", question_id)
            tagged = (*place, "training")  # as pydantic itself names the union's member
            errors += [{**e, "loc": (*tagged, *e["loc"])} for e in _variant_errors(question)]
            findings += [((*place, *way), message) for way, message in _rules(question)]
            part = _named_parts(question)
            if part is not None:
                known[question_id] = part
    lab = Lab.model_construct(title="", questions=known)
    asked = chain.from_iterable(check(lab) for check in checks)
    return errors, [*findings, *comparison_findings(sound), *asked]


def _variant_errors(question: Mapping[str, Any]) -> Iterator[ErrorDetails]:
    """Yield errors in what variants set, without those of the question's own recipe."""
    own = {(error["type"], error["loc"]) for error in _errors(Training, question.get("training"))}
    for name, variant in _maps(question.get("variants")).items():
        try:
            merged_recipes(question.get("training"), {name: variant.get("set", {})})
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                if (detail["type"], detail["loc"][3:]) not in own:
                    yield detail


def _rules(question: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what the sound expectations ask of the sound recipes."""
    variants = _maps(question.get("variants"))
    recipes: dict[str | None, Training] = {}
    for name in variants or [None]:
        change = variants[name].get("set", {}) if name is not None else {}
        try:
            merged = merged_recipes(question.get("training"), {str(name): change})
        except ValidationError:
            continue
        recipes[name] = merged[str(name)]
    yield from question_findings(
        recipes,
        _expectations(question),
        {name: _expectations(variant) for name, variant in variants.items()},
    )


def _named_parts(question: Mapping[str, Any]) -> TrainingQuestion | None:
    """Rebuild as much of a question as names its models and data sets."""
    training = _map(question.get("training"))
    model = _sound(ModelReference, training.get("model"))
    dataset = _sound(Dataset, training.get("dataset"))
    if model is None or dataset is None:
        return None
    variants = {
        name: Variant.model_construct(set=_map(variant.get("set")))
        for name, variant in _maps(question.get("variants")).items()
    }
    recipe: dict[str, Any] = {"model": model, "dataset": dataset}
    parts: dict[str, Any] = {"training": Training.model_construct(**recipe), "variants": variants}
    return TrainingQuestion.model_construct(**parts)


def _expectations(owner: Mapping[str, Any]) -> dict[str, Expectation]:
    parsed = {name: _sound(Expectation, e) for name, e in _map(owner.get("expect")).items()}
    return {name: expectation for name, expectation in parsed.items() if expectation is not None}


def _sound(model: type[_Model], data: Any) -> _Model | None:
    try:
        return model.model_validate(data)
    except ValidationError:
        return None


def _errors(model: type[BaseModel], data: Any) -> list[ErrorDetails]:
    try:
        model.model_validate(data)
    except ValidationError as error:
        return error.errors(include_url=False)
    return []


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _maps(value: Any) -> dict[str, dict[str, Any]]:
    return {key: item for key, item in _map(value).items() if isinstance(item, dict)}
