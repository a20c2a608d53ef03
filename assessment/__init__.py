"""Train, evaluate and grade deep-learning labs with pytest.

A lab can be written in Python with the same models that a spec file is read
into: `assessment.Lab(title=..., questions={...})`. Names are loaded when they
are first used, so that importing the package, as pytest does at every start,
costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assessment.catalogue import load_lab
    from assessment.errors import AssessmentError, SpecError
    from assessment.spec.expectations import (
        Band,
        ComparisonExpectation,
        Expectation,
        Mode,
    )
    from assessment.spec.lab import (
        AnswerQuestion,
        ArrayInput,
        CheckpointQuestion,
        ComparisonQuestion,
        Criterion,
        Formula,
        FunctionCase,
        FunctionQuestion,
        Hardware,
        Lab,
        LateRule,
        Limits,
        Number,
        SubmittedModel,
        SubmittedText,
        TrainingQuestion,
        Variable,
        Variant,
        WrittenQuestion,
    )
    from assessment.spec.reader import LabFile
    from assessment.spec.recipe import (
        Adam,
        AdamW,
        Constant,
        Cosine,
        Dataset,
        EarlyStopping,
        Gradients,
        GrayToRgb,
        Milestones,
        ModelReference,
        Normalize,
        Plateau,
        Recording,
        Resize,
        RgbToGray,
        RmsProp,
        Sgd,
        Split,
        Step,
        Training,
    )
    from assessment.spec.units import Unit, units

    __version__: str

_HOMES = ("errors", "spec.recipe", "spec.expectations", "spec.lab", "spec.units", "spec.reader")
"""Modules that the names below live in, each imported by the next anyway."""

__all__ = [
    "Adam",
    "AdamW",
    "AnswerQuestion",
    "ArrayInput",
    "AssessmentError",
    "Band",
    "CheckpointQuestion",
    "ComparisonExpectation",
    "ComparisonQuestion",
    "Constant",
    "Cosine",
    "Criterion",
    "Dataset",
    "EarlyStopping",
    "Expectation",
    "Formula",
    "FunctionCase",
    "FunctionQuestion",
    "Gradients",
    "GrayToRgb",
    "Hardware",
    "Lab",
    "LabFile",
    "LateRule",
    "Limits",
    "Milestones",
    "Mode",
    "ModelReference",
    "Normalize",
    "Number",
    "Plateau",
    "Recording",
    "Resize",
    "RgbToGray",
    "RmsProp",
    "Sgd",
    "SpecError",
    "Split",
    "Step",
    "SubmittedModel",
    "SubmittedText",
    "Training",
    "TrainingQuestion",
    "Unit",
    "Variable",
    "Variant",
    "WrittenQuestion",
    "load_lab",
    "units",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return _version()
    if name == "load_lab":
        return import_module("assessment.catalogue").load_lab
    if name in __all__:
        homes = (import_module(f"{__name__}.{home}") for home in _HOMES)
        return next(vars(home)[name] for home in homes if name in vars(home))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("pytest-assessment")
    except PackageNotFoundError:  # run from a source tree that is not installed
        return "0+unknown"
