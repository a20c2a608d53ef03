"""Whether expectations fit the recipes they measure: no number is asked for that no run has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from assessment.spec.accuracies import percent_findings
from assessment.spec.base import Finding, Location
from assessment.spec.expectations import Band, ComparisonExpectation, Expectation, Measured, Mode
from assessment.spec.recipe import Training


def expectation_findings(expectation: Expectation) -> Iterator[Finding]:
    """Find conditions that contradict themselves, whatever the recipe."""
    if expectation.modes is not None:
        yield from _mode_findings(expectation.modes)
    if expectation.zero_at is not None:
        yield from _credit_findings(expectation, expectation.zero_at)
    if isinstance(expectation.equals, list) and not expectation.equals:
        yield ("equals",), "an empty list accepts nothing"
    if expectation.equals is None and expectation.tolerance:
        yield ("tolerance",), "`tolerance` goes with `equals`"
    yield from percent_findings(expectation)
    yield from _target_findings(expectation)


def order_findings(expectation: ComparisonExpectation) -> Iterator[Finding]:
    """Find what is wrong with an order, whatever is compared."""
    yield from percent_findings(expectation)
    yield from _target_findings(expectation)
    if expectation.best is not None and set(expectation.among or ()) <= {expectation.best}:
        yield ("among",), f"{expectation.best} is compared with nothing but itself"


def measure_findings(measured: Measured, training: Training, whose: str = "") -> Iterator[Finding]:
    """Find what a measurement needs and a recipe does not give.

    Args:
        measured: an expectation of a question or of a comparison.
        training: the recipe of the unit measured.
        whose: words after the message that name the unit, such as ` (variant tanh)`.
    """
    measure, at, epochs = measured.measure, measured.at, training.epochs
    trend = measured.trend if isinstance(measured, Expectation) else None
    if measure.startswith("validation_") and training.dataset.split is None:
        yield ("measure",), f"`{measure}` needs `training.dataset.split`{whose}"
    gradients = "gradient_" in measure
    if gradients and training.record.gradients is None:
        yield ("measure",), f"`{measure}` needs `training.record.gradients`{whose}"
    if measure.endswith("_batch_loss") and training.record.every is None:
        yield ("measure",), f"`{measure}` needs `training.record.every`{whose}"
    if isinstance(at, int) and at > epochs:
        yield ("at",), f"epoch {at} is beyond `training.epochs: {epochs}`{whose}"
    elif training.record.evaluate == "end" and measure.startswith(("test_", "validation_")):
        if at not in ("last", epochs):
            yield ("at",), f"`at: {at}` needs `training.record.evaluate: epoch`{whose}"
        if trend is not None:
            yield ("trend",), f"`trend` needs `training.record.evaluate: epoch`{whose}"
    if measure == "epochs_to_accuracy" and training.record.evaluate == "end":
        yield ("measure",), f"`{measure}` needs `training.record.evaluate: epoch`{whose}"
    if trend is not None and epochs == 1 and not gradients:
        yield ("trend",), f"`trend` needs more than `training.epochs: 1`{whose}"


def question_findings(
    recipes: Mapping[str | None, Training],
    expect: Mapping[str, Expectation],
    of_variants: Mapping[str, Mapping[str, Expectation]],
) -> Iterator[Finding]:
    """Find what is wrong with the expectations of a training question, once each.

    Args:
        recipes: by variant, or by None for a question without variants.
        expect: the question's own expectations.
        of_variants: the variants' expectations; one of the same name replaces the question's.
    """
    placed: dict[Location, Expectation] = {("expect", name): e for name, e in expect.items()}
    for name, own in of_variants.items():
        placed |= {("variants", name, "expect", key): e for key, e in own.items()}
    for place, expectation in placed.items():
        for location, message in expectation_findings(expectation):
            yield (*place, *location), message
    seen = set()
    for variant, training in recipes.items():
        whose = f" (variant {variant})" if variant else ""
        replaced = of_variants.get(variant, {}) if variant else {}
        for place, expectation in placed.items():
            if place[0] == "expect" and place[1] in replaced:
                continue
            if place[0] == "variants" and place[1] != variant:
                continue
            for location, message in measure_findings(expectation, training, whose):
                if (*place, *location) not in seen:
                    seen.add((*place, *location))
                    yield (*place, *location), message


def _mode_findings(modes: Mapping[str, Mode]) -> Iterator[Finding]:
    if not modes:
        yield ("modes",), "needs at least one mode"
        return
    ranked = sorted(modes.items(), key=lambda item: item[1].low)
    for (name, mode), (above, next_mode) in pairwise(ranked):
        if next_mode.low <= mode.high:
            yield (
                ("modes", above, "low"),
                f"modes {name} and {above} overlap: {next_mode.low:g} is not above {mode.high:g}",
            )
    best = max(mode.share for mode in modes.values())
    if best < 1:
        yield ("modes",), f"no mode earns all of the points: the largest `share` is {best:g}"


def _credit_findings(expectation: Expectation, zero_at: float) -> Iterator[Finding]:
    full = expectation.at_least
    if isinstance(expectation.band, Band):
        full = expectation.band.low
        if full is None:
            yield ("zero_at",), "`zero_at` needs a band with `low`"
    if full is not None and zero_at >= full:
        yield ("zero_at",), f"{zero_at:g} is not below {full:g}, where all points are earned"
    if full is not None and full >= 100:
        yield ("zero_at",), "no partial credit below 100 %: there is no error rate left to compare"


def _target_findings(measured: Measured) -> Iterator[Finding]:
    target = measured.target
    if target is None:
        return
    if measured.measure == "epochs_to_train_loss" and target <= 0:
        yield ("target",), f"a loss to reach is above 0, found {target:g}"
