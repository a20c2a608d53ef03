"""The `assessment` fixture: train a question of a lab inside a hand-written test."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any, get_args

import pytest

from assessment.catalogue import load_lab
from assessment.errors import AssessmentError
from assessment.execution.requests import requests_of
from assessment.execution.seeds import practice_seed
from assessment.results.record import Run
from assessment.session import session_of
from assessment.spec.expectations import Measure, Measured
from assessment.spec.lab import Lab
from assessment.spec.units import Unit, units

OVERRIDES = ("seeds", "epochs", "max_steps")
"""What the marker, or the call, may say instead of the spec."""


class Measurements:
    """The runs of one question; each measurement is an attribute (`r.test_accuracy`)."""

    def __init__(self, unit: str, runs: list[Run]) -> None:
        self.unit = unit
        self.runs = runs

    def __getattr__(self, name: str) -> float | None:
        """Return a measurement: last epoch, mean over seeds."""
        names = get_args(Measure)
        if name not in names:
            raise AttributeError(f"no measurement {name}; there are: {', '.join(names)}")
        return _read(self.runs, {"measure": name})

    def measure(self, name: Measure, **how: object) -> float | None:
        """Return a measurement with `at`, `over_seeds` or `target` as in a spec."""
        return _read(self.runs, {"measure": name, **how})

    def __repr__(self) -> str:
        return f"<{self.unit}: {len(self.runs)} runs, test accuracy {self.test_accuracy}>"


class AssessmentFixture:
    """Trains questions for one test; runs with equal recipe and seed are made once a session."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._config = request.config
        marker = request.node.get_closest_marker("assessment")
        self._defaults: dict[str, int] = _checked(dict(marker.kwargs) if marker else {})

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
        __tracebackhide__ = True
        mistake = None
        try:
            unit, place = self._find(question, lab)
            changed = _checked(self._defaults | overrides)
            runs = self._train(unit, place, changed)
        except AssessmentError as error:
            mistake = str(error)
        if mistake is not None:  # out here, so that pytest does not show one error behind another
            pytest.fail(mistake, pytrace=False)
        for run in runs:
            if run.outcome != "scored":
                pytest.fail(f"{question}: {run.outcome}: {run.reason}\n{run.output}", pytrace=False)
        return Measurements(unit.id, runs)

    def _find(self, question: str, lab: Lab | Path | str | None) -> tuple[Unit, Path]:
        root = self._config.rootpath
        if lab is None:
            file, separator, name = question.partition("::")
            if not separator:
                raise AssessmentError(f"{question}: expected specs/lab.yaml::question")
            lab = Path(file)
        else:
            name = question
        if isinstance(lab, Lab):
            known, place = units(lab), root / "lab.py"
        else:
            place = root / lab
            known = units(load_lab(place).lab)
        trained = [unit.id for unit in known.values() if unit.training is not None]
        if name not in trained:
            near = difflib.get_close_matches(name, trained, 1)
            hint = f", did you mean {near[0]}?" if near else ""
            raise AssessmentError(
                f"{question}: no training question {name}{hint} (there are: {', '.join(trained)})"
            )
        return known[name], place

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
    return AssessmentFixture(request)


def _read(runs: list[Run], what: dict[str, object]) -> float | None:
    from assessment.grading.measurements import measure

    return measure(runs, Measured.model_validate(what)).value


def _checked(overrides: dict[str, int]) -> dict[str, int]:
    for name, value in overrides.items():
        if name not in OVERRIDES:
            allowed = ", ".join(OVERRIDES)
            raise AssessmentError(f"assessment({name}=...): unknown, allowed are {allowed}")
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise AssessmentError(f"assessment({name}={value!r}): a whole number of at least 1")
    return overrides
