"""What a spec names: known data sets, findable reference models; and whether they fit."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache, partial
from importlib import invalidate_caches
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from assessment.errors import DataError, ReferenceNotFound
from assessment.spec.base import Finding, Location
from assessment.spec.channels import channel_problem, pixel_findings
from assessment.spec.lab import FunctionQuestion, Lab, TrainingQuestion
from assessment.spec.merge import merge, plain
from assessment.spec.reader import LabFile, read_lab
from assessment.spec.recipe import Dataset, ModelReference
from assessment.spelling import did_you_mean, listed

if TYPE_CHECKING:
    from assessment.models.signatures import Signature

Part = TypeVar("Part", Dataset, ModelReference)


def load_lab(path: Path, data_dir: Path | None = None) -> LabFile:
    """Read a spec file and check that its data sets and models are known; imports no torch.

    An importable `module:name` may lie beside the spec file, whose folder is
    in front of `sys.path` in the process that trains.

    Args:
        path: The spec file.
        data_dir: Where data sets that are not known by name are looked for; by default
            `ASSESSMENT_DATA`, else `~/.cache/assessment/data`.

    Raises:
        SpecError: holds all problems of the file.
    """
    with _importable_from(path.resolve().parent):
        return read_lab(
            path,
            [
                partial(unknown_datasets, data_dir=data_dir),
                unknown_models,
                unknown_architectures,
                unfit_arguments,
                unknown_functions,
                unfit_transforms,
            ],
        )


def unknown_datasets(lab: Lab, data_dir: Path | None = None) -> Iterator[Finding]:
    """Find names of data sets that are neither known nor found in the data directory."""
    yield from _findings(lab, "dataset", partial(_dataset_problem, data_dir=data_dir))


def unknown_models(lab: Lab) -> Iterator[Finding]:
    """Find names of models that are neither registered nor a findable `module:name`."""
    yield from _findings(lab, "model", _model_problem)


def unknown_functions(lab: Lab) -> Iterator[Finding]:
    """Find names of functions that are neither registered nor a findable `module:name`."""
    for question_id, question in lab.questions.items():
        if isinstance(question, FunctionQuestion):
            for part in ("solution", "reference"):
                if message := _function_problem(getattr(question, part)):
                    yield ("questions", question_id, part), message


def unknown_architectures(lab: Lab) -> Iterator[Finding]:
    """Find names of torchvision's networks that it does not know."""
    for place, model in _each(lab, "model", ModelReference):
        name = model.arguments.get("architecture")
        if model.name != "torchvision" or not isinstance(name, str):
            continue
        if message := _architecture_problem(name):
            yield (*place, "arguments", "architecture"), message


def unfit_arguments(lab: Lab) -> Iterator[Finding]:
    """Find arguments that a model does not take, lacks or takes as another type.

    They are read from its source; where that does not tell, whatever is given passes.
    """
    from assessment.models.registry import resolve
    from assessment.models.signatures import find_signature

    signature = cache(lambda name: find_signature(resolve(name)))
    for place, model in _each(lab, "model", ModelReference):
        found = None
        with suppress(ReferenceNotFound):  # told where names are checked
            found = signature(model.name)
        if found is not None:
            for inner, message in _argument_findings(model, found):
                yield (*place, *inner), message


def unfit_transforms(lab: Lab) -> Iterator[Finding]:
    """Find transforms that are for other images: other channels, pixels of another range.

    The channels of a data set of one's own are found out when its files are read.
    """
    from assessment.datasets.registry import KNOWN

    for place, dataset in _each(lab, "dataset", Dataset):
        info = KNOWN.get(dataset.name)
        channels = None if info is None else info.shape[2]
        position, message = channel_problem(dataset.transforms, channels)
        if message:
            yield (*place, "transforms", position), message
        for inner, message in pixel_findings(dataset.transforms):
            yield (*place, "transforms", *inner), message


@contextmanager
def _importable_from(folder: Path) -> Iterator[None]:
    sys.path.insert(0, str(folder))
    invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))


def _each(lab: Lab, part: str, kind: type[Part]) -> Iterator[tuple[Location, Part]]:
    """Yield a part of every recipe that is trained, and where it stands."""
    own: Part
    place: Location
    for question_id, question in lab.questions.items():
        if not isinstance(question, TrainingQuestion):
            continue
        place = ("questions", question_id)
        own = getattr(question.training, part)
        changes = {
            name: variant.set[part]
            for name, variant in question.variants.items()
            if part in variant.set
        }
        if not question.variants or len(changes) < len(question.variants):
            yield (*place, "training", part), own
        for name, change in changes.items():
            with suppress(ValidationError):  # told where the recipe is read
                merged = kind.model_validate(merge(own, change))
                yield (*place, "variants", name, "set", part), merged
        for name, weaker in question.weaker.items():
            if isinstance(weaker, kind):
                yield (*place, "weaker", name), weaker


def _findings(lab: Lab, part: str, problem: Callable[[str], str | None]) -> Iterator[Finding]:
    """Ask about each name, at the question and at the variants that set another one."""
    ask = cache(problem)
    for question_id, question in lab.questions.items():
        if not isinstance(question, TrainingQuestion):
            continue
        place = ("questions", question_id)
        named: dict[Location, str] = {}
        named[(*place, "training", part, "name")] = getattr(question.training, part).name
        for variant, settings in question.variants.items():
            changed = plain(settings.set.get(part))
            if isinstance(changed, dict) and isinstance(changed.get("name"), str):
                named[(*place, "variants", variant, "set", part, "name")] = changed["name"]
        if part == "model":
            named |= {
                (*place, "weaker", solution, "name"): reference.name
                for solution, reference in question.weaker.items()
            }
        for location, name in named.items():
            if message := ask(name):
                yield location, message


def _dataset_problem(name: str, data_dir: Path | None) -> str | None:
    from assessment.datasets.forms import describe_unknown, find_own
    from assessment.datasets.places import data_directory
    from assessment.datasets.registry import KNOWN

    if name in KNOWN:
        return None
    try:
        directory = data_directory(data_dir)
    except DataError as error:
        return f"unknown data set {name!r}, and {error}"
    return None if find_own(name, directory) else describe_unknown(name, directory)


def _model_problem(name: str) -> str | None:
    from assessment.models.registry import REGISTERED, resolve

    return _definition_problem("model", name, REGISTERED, resolve)


def _architecture_problem(name: str) -> str | None:
    from assessment.models.architectures import architectures

    known = architectures()
    if not known or name.lower() in known:  # as torchvision itself compares them
        return None
    return f"torchvision has no network {name} that classifies images{did_you_mean(name, known)}"


def _argument_findings(model: ModelReference, signature: Signature) -> Iterator[Finding]:
    from assessment.models.signatures import fits
    from assessment.spec.shapes import described
    from assessment.spec.wording import mismatch

    known = {parameter.name: parameter for parameter in signature.parameters}
    takes = f"{model.name} takes {listed(known) or 'none'}"
    for name, value in model.arguments.items():
        place: Location = ("arguments", name)
        if name not in known:
            if not signature.is_open:
                hint = did_you_mean(name, known)
                yield (*place, "[key]"), f"unknown argument{hint} ({takes})"
        elif not fits(value, known[name].shape):
            yield place, mismatch(known[name].shape, value)
    if model.weights is not None and "weights" not in known and not signature.is_open:
        yield ("weights",), f"{model.name} takes no weights ({takes})"
    given = {*model.arguments, *(["weights"] if model.weights is not None else [])}
    for name, parameter in known.items():
        if parameter.required and name not in given:
            what = f": {described(parameter.shape)}" if parameter.shape else ""
            yield ("arguments",), f"needs the argument `{name}`{what}"


def _function_problem(name: str) -> str | None:
    from assessment.models.registry import FUNCTIONS, resolve_function

    return _definition_problem("function", name, FUNCTIONS, resolve_function)


def _definition_problem(
    what: str, name: str, registered: Mapping[str, str], resolve: Callable[[str], str]
) -> str | None:
    from assessment.models.source import find_definition

    if name in registered or ":" in name:
        try:
            find_definition(resolve(name), what=what)
        except ReferenceNotFound as error:
            return str(error)
        return None
    return (
        f"unknown {what} {name}{did_you_mean(name, registered)} "
        f"(allowed: {listed(registered)}, or an importable `module:name`)"
    )
