"""What was found against what was asked, as one sentence for the person who reads the grade.

A quantity is above or below a bound, a count or a time is more or less: `test
accuracy 87.1 % is below 89.0 %`, `test accuracy 85.0 % took 9 epochs, more than 8`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from assessment.grading.measurements import Measurement
from assessment.grading.quantities import GRADIENT_COLUMNS, QUANTITIES
from assessment.grading.wording import enumerate_words, write, write_pair, write_range

End = Literal["below", "above"]
Trend = Literal["falling", "rising"]

MOST_NAMED = 4
"""Accepted values beyond which only the nearest is named."""


def said(found: Measurement, value: str | None = None) -> str:
    """Name a measurement with its value; why there is none where it is infinite."""
    if found.value is None:
        return found.reason
    value = value or write(found.value, found.style)
    return found.clause.format(with_unit(value) if found.unit == "epochs" else value)


def with_unit(epochs: str) -> str:
    """Write `1 epoch`, `5 epochs`."""
    return f"{epochs} epoch" if epochs == "1" else f"{epochs} epochs"


def met(found: Measurement, low: float | None, high: float | None) -> str:
    """Say that a measurement lies where it should."""
    where = write_range(low, high, found.style)
    if low is not None and high is not None:
        where = f"within {where}"
    if found.value is None:
        return f"{found.reason}, which counts as {where}"
    return f"{said(found)}{', ' if found.counted else ' is '}{where}"


def missed(found: Measurement, end: End, bound: float) -> str:
    """Say that a measurement lies beyond an end that costs points."""
    if found.value is None:
        return f"{found.reason}, at most {write(bound, found.style)} is asked"
    return _beyond(found, end, bound)


def flagged(found: Measurement, end: End, bound: float) -> str:
    """Say that a measurement lies beyond the end that costs nothing."""
    free = "costs nothing but is worth a look"
    if found.value is None:
        return f"{found.reason}, where at most {write(bound, found.style)} is usual: this {free}"
    directed = found.measure.endswith(("_accuracy", "_loss"))
    better = directed and found.higher_is_better == (end == "above")
    kind = "better than expected" if better else "unusual for correct work"
    return f"{_beyond(found, end, bound)}: {kind}, which {free}"


def accepted_values(accepted: Sequence[float], tolerance: float, found: Measurement) -> str:
    """Write the values of which one is asked: `11.35 % or 10.28 % ± 0.01 %`."""
    return _choice([write(value, found.style) for value in accepted], tolerance, found)


def unequal(found: Measurement, accepted: Sequence[float], tolerance: float) -> str:
    """Say that a measurement is none of the accepted values."""
    if found.value is None:
        return f"{found.reason}, {accepted_values(accepted, tolerance, found)} is asked"
    amount = found.value
    nearest = min(accepted, key=lambda value: abs(amount - value))
    end = nearest + tolerance if amount > nearest else nearest - tolerance
    if tolerance:
        value, wanted = write_pair(amount, end, found.style)[0], write(nearest, found.style)
    else:
        value, wanted = write_pair(amount, nearest, found.style)
    isnt = ", not" if found.counted else " is not"
    if len(accepted) > MOST_NAMED:
        near = _choice([wanted], tolerance, found)
        several = f"one of {len(accepted)} accepted values, the nearest of which is {near}"
        return f"{said(found, value)}{isnt} {several}"
    written = [wanted if other == nearest else write(other, found.style) for other in accepted]
    return f"{said(found, value)}{isnt} {_choice(written, tolerance, found)}"


def in_modes(found: Measurement, names: Sequence[str | None], shares: Sequence[float]) -> str:
    """Say in which mode each run ended; None stands for none of them."""
    if len(names) == 1:
        place = _mode(names[0])
        worth = f", worth {write(100 * shares[0], 'percent')} of the points"
        return f"{said(found)} is {place}{worth if 0 < shares[0] < 1 else ''}"
    parts: list[str] = []
    for name in dict.fromkeys(names):
        times = names.count(name)
        if times == len(names):
            return f"all {times} runs are {_mode(name)}"
        if parts:
            parts.append(f"{times} in " + ("none" if name is None else f'"{name}"'))
        else:
            are = "is" if times == 1 else "are"
            parts.append(f"{times} of {len(names)} runs {are} {_mode(name)}")
    return enumerate_words(parts)


def ranked(found: Measurement, p: float, alpha: float) -> str:
    """Say how late runs rank among the reference's; p is how often correct work ranks as late."""
    value, limit = write_pair(100 * p, 100 * alpha, "percent")
    if p > alpha:
        return f"{said(found)}; {value} of correct work ranks as late or later"
    return f"{said(found)}; only {value} of correct work ranks as late, {limit} is the limit"


def trending(found: Measurement, direction: Trend, rho: float, least: float, *, met: bool) -> str:
    """Say whether a measurement's series has a trend; `rho` is the mean over the runs."""
    words = QUANTITIES[found.measure].words
    bound = -least if direction == "falling" else least
    runs = len(found.amounts)
    over = f", mean of {runs} runs" if runs > 1 else ""
    verb = "fall" if direction == "falling" else "rise"
    if met:
        value = write(rho, "significant")
        return f"{words} {verb}s {_from_to(found)} (rank correlation {value}{over})"
    value, wanted = write_pair(rho, bound, "significant")
    limit = "at most" if direction == "falling" else "at least"
    found_in = f"rank correlation {value}{over}; {limit} {wanted} is asked"
    return f"{words} does not {verb} {_from_to(found)} ({found_in})"


def trend_asked(found: Measurement, direction: Trend) -> str:
    """Say in words which trend is asked."""
    return f"{direction} {_from_to(found)}"


def _beyond(found: Measurement, end: End, bound: float) -> str:
    assert found.value is not None
    value, limit = write_pair(found.value, bound, found.style)
    if not found.counted:
        return f"{said(found, value)} is {end} {limit}"
    fewer = "less" if found.style == "seconds" else "fewer"
    return f"{said(found, value)}, {fewer if end == 'below' else 'more'} than {limit}"


def _choice(written: Sequence[str], tolerance: float, found: Measurement) -> str:
    words = enumerate_words(list(written), last="or")
    return f"{words} \u00b1 {write(tolerance, found.style)}" if tolerance else words


def _mode(name: str | None) -> str:
    return "in no mode" if name is None else f'in the mode "{name}"'


def _from_to(found: Measurement) -> str:
    unit = "step" if found.measure in GRADIENT_COLUMNS else "epoch"
    return f"from {unit} to {unit}"
