"""The `assessment` fixture: train a question of a lab inside a hand-written test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from assessment.catalogue import load_lab
from assessment.collection import data_directory_option, output_tail
from assessment.errors import AssessmentError
from assessment.execution.requests import requests_of
from assessment.execution.seeds import practice_seed
from assessment.home import home_of
from assessment.results.record import Run
from assessment.session import session_of
from assessment.spec.expectations import Measure, Measured
from assessment.spec.lab import Lab
from assessment.spec.units import Unit, units
from assessment.spelling import did_you_mean, listed

OVERRIDES = ("seeds", "epochs", "max_steps")
"""What the marker, or the call, may say instead of the spec."""
EXAMPLE = "specs/lab.yaml::question"
MEASURES = get_args(Measure)
HOW = tuple(name for name in Measured.model_fields if name != "measure")


class Measurements:
    """The runs of one question; each measurement is an attribute (`r.test_accuracy`)."""

    def __init__(self, unit: str, runs: list[Run]) -> None:
        self.unit = unit
        self.runs = runs

    def __getattr__(self, name: str) -> float:
        """Return a measurement: last epoch, mean over seeds.

        Raises:
            AttributeError: it has no such name.
            AssessmentError: the runs do not hold it.
        """
        __tracebackhide__ = True
        if name not in MEASURES:
            raise AttributeError(_no_measurement(name))
        return self.measure(name)

    def measure(self, name: str, **how: object) -> float:
        """Return a measurement with `at`, `over_seeds` or `target` as in a spec.

        Infinite where a loss was not finite or a target never reached.

        Raises:
            AssessmentError: there is no such measurement, or the runs do not hold it.
        """
        from assessment.grading.measurements import measure

        __tracebackhide__ = True
        try:
            what = Measured.model_validate({"measure": name, **how})
        except ValidationError as error:
            mistake = _mistake(error, name)
        else:
            found = measure(self.runs, what)
            if found.amount is not None:
                return found.amount
            mistake = f"{self.unit}: {name}: {found.reason}"
        raise AssessmentError(mistake)  # out here, so that no error is shown behind another

    def __repr__(self) -> str:
        return f"<{self.unit}: {len(self.runs)} run{'s' if len(self.runs) > 1 else ''}>"


def _no_measurement(name: str) -> str:
    return f"no measurement {name}{did_you_mean(name, MEASURES)} (there are: {', '.join(MEASURES)})"


def _mistake(error: ValidationError, name: str) -> str:
    """Return the first mistake in a call of `measure`, as a sentence."""
    first = error.errors()[0]
    place = str(first["loc"][0]) if first["loc"] else ""
    if place == "measure":
        return _no_measurement(name)
    if first["type"] == "extra_forbidden":
        return (
            f"measure({place}=...): unknown{did_you_mean(place, HOW)} (allowed: {', '.join(HOW)})"
        )
    message = first["msg"].removeprefix("Value error, ")
    return f"measure({place}=...): {message}" if place else message


class AssessmentFixture:
    """Trains questions for one test; runs that the store has are taken from it."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._config = request.config
        marker = request.node.get_closest_marker("assessment")
        self._defaults: dict[str, int] = dict(marker.kwargs) if marker else {}
        _check(self._defaults)

    def __call__(
        self, question: str, lab: Lab | Path | str | None = None, **overrides: int
    ) -> Measurements:
        """Train a question's reference and return its measurements.

        Args:
            question: `specs/lab.yaml::question[variant]`, seen from the rootdir; only
                `question[variant]` where `lab` is given.
            lab: a Lab built in Python, or a spec file.
            overrides: `seeds`, `epochs`, `max_steps` instead of the spec's.
        """
        from assessment.report.text import STATUS_WORDS

        __tracebackhide__ = True
        mistake = None
        try:
            unit, place = self._find(question, lab)
            _check(overrides)
            runs = self._train(unit, place, self._defaults | overrides)
        except AssessmentError as error:
            mistake = str(error)
        if mistake is not None:  # out here, so that pytest does not show one error behind another
            pytest.fail(mistake, pytrace=False)
        for run in runs:
            if run.outcome != "scored":
                lines = [f"{question}: {STATUS_WORDS[run.outcome]}: {run.reason}"]
                lines += [f"    {line}" for line in output_tail([run])]
                pytest.fail("\n".join(lines), pytrace=False)
        return Measurements(unit.id, runs)

    def _find(self, question: str, lab: Lab | Path | str | None) -> tuple[Unit, Path]:
        root = home_of(self._config)
        if not isinstance(question, str):
            raise AssessmentError(f"assessment({question!r}): expected a text, {EXAMPLE}")
        if not isinstance(lab, Lab | Path | str | None):
            raise AssessmentError(
                f"assessment({question!r}, {lab!r}): expected a Lab or a spec file as `lab`"
            )
        if lab is None:
            file, separator, name = question.partition("::")
            if not separator:
                raise AssessmentError(f"{question}: expected {EXAMPLE}")
            lab = Path(file)
        else:
            name = question
        if isinstance(lab, Lab):
            known, place = units(lab), root / "lab.py"
        else:
            place = root / lab
            known = units(load_lab(place, data_directory_option(self._config)).lab)
        found = known.get(name)
        if found is None or found.training is None:
            raise AssessmentError(f"{question}: {_not_trained(name, known)}")
        return found, place

    def _train(self, unit: Unit, place: Path, changed: dict[str, int]) -> list[Run]:
        from dataclasses import replace

        assert unit.training is not None
        recipe: dict[str, Any] = {
            name: changed[name] for name in ("epochs", "max_steps") if name in changed
        }
        unit = replace(unit, training=unit.training.model_copy(update=recipe))
        requests = list(requests_of(unit, place, practice_seed, changed.get("seeds")))
        return session_of(self._config).train(requests)


@pytest.fixture(name="assessment")
def assessment_fixture(request: pytest.FixtureRequest) -> AssessmentFixture:
    """Train a question of a lab: `assessment("specs/lab.yaml::question").test_accuracy`."""
    try:
        return AssessmentFixture(request)
    except AssessmentError as error:
        mistake = str(error)
    pytest.fail(mistake, pytrace=False)


def _not_trained(name: str, known: Mapping[str, Unit]) -> str:
    """Say why a name is not that of something that can be trained."""
    if name in known:
        return f"{name} is a {known[name].question.kind} question, nothing is trained for it"
    variants = [unit.id for unit in known.values() if unit.question_id == name]
    if variants:
        return f"{name} has variants, name one of them: {', '.join(variants)}"
    trained = [unit.id for unit in known.values() if unit.training is not None]
    return f"no question {name}{did_you_mean(name, trained)} (trained are: {listed(trained)})"


def _check(overrides: Mapping[str, object]) -> None:
    for name, value in overrides.items():
        if name not in OVERRIDES:
            hint = did_you_mean(name, OVERRIDES)
            allowed = ", ".join(OVERRIDES)
            raise AssessmentError(f"assessment({name}=...): unknown{hint} (allowed: {allowed})")
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise AssessmentError(
                f"assessment({name}={value!r}): a whole number of at least 1 is wanted"
            )
