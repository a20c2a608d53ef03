"""Rules that a comparison of two runs can break: `test_accuracy:0.5%`, `epochs_to_accuracy:2`."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

from assessment.errors import AssessmentError
from assessment.grading.wording import write_pair
from assessment.report.comparison import Compared
from assessment.report.text import UNIT_STYLES, count_text, one_line, value_text
from assessment.spec.expectations import HIGHER_IS_BETTER, Measure
from assessment.spelling import did_you_mean, listed

OPTION = "--assess-compare-fail"

MEASURES: tuple[str, ...] = get_args(Measure)

NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)

SHAPE = (
    "allowed is MEASURE:PERCENT% (of the old value) or MEASURE:AMOUNT (in the measurement's unit), "
    "such as `test_accuracy:0.5%` or `epochs_to_accuracy:2`"
)


@dataclass(frozen=True)
class Rule:
    """How much worse a measurement may get."""

    measure: str
    amount: float
    """Percent of the old value, or an amount in the measurement's unit."""
    relative: bool

    @property
    def text(self) -> str:
        """The rule as it is written."""
        return f"{self.measure}:{self.amount:g}{'%' if self.relative else ''}"

    def allowed(self, old: float) -> float:
        """Return by how much a value may be worse than the old one, in its unit."""
        return abs(old) * self.amount / 100 if self.relative else self.amount

    def breaks(self, old: float, new: float) -> bool:
        """Say whether a value got worse by more than is allowed, the last bits of a float apart."""
        worse = old - new if self.measure in HIGHER_IS_BETTER else new - old
        allowed = self.allowed(old)
        near = max(abs(old), abs(new)) * 1e-9
        return worse > allowed and not math.isclose(worse, allowed, rel_tol=1e-9, abs_tol=near)


@dataclass(frozen=True)
class Checked:
    """What a rule found."""

    rule: Rule
    compared: int
    """Numbers of its measurement that both runs have."""
    broken: tuple[Compared, ...]
    """Numbers that got worse by more than is allowed, or that were not reached any more."""
    unknown: tuple[Compared, ...]
    """Numbers of the old run that the new one does not have: neither kept nor broken."""


def parse_rule(text: str) -> Rule:
    """Read a rule such as `test_accuracy:0.5%`; AssessmentError says what is allowed."""
    measure, colon, given = (part.strip() for part in text.partition(":"))
    if not colon:
        raise AssessmentError(f"{OPTION} {text}: no `:` in it; {SHAPE}")
    if measure not in MEASURES:
        raise AssessmentError(
            f"{OPTION} {text}: there is no measurement `{measure}`"
            f"{did_you_mean(measure, MEASURES) or '.'} Allowed are {listed(MEASURES)}"
        )
    relative = given.endswith("%")
    digits = given.removesuffix("%").strip()
    if not NUMBER.fullmatch(digits) or not math.isfinite(float(digits)):
        raise AssessmentError(
            f"{OPTION} {text}: `{given}` is no number from 0 upwards, with or without `%`; {SHAPE}"
        )
    return Rule(measure, float(digits), relative)


def check_rules(rows: Sequence[Compared], rules: Iterable[Rule]) -> list[Checked]:
    """Return what each rule found in a comparison."""
    return [_check(rows, rule) for rule in rules]


def tell_checked(checked: Iterable[Checked]) -> Iterator[str]:
    """Yield a line for each number that breaks a rule, and where a rule could not be applied."""
    for each in checked:
        text = f"{OPTION} {each.rule.text}"
        for row in each.broken:
            yield f"{text}: {_name(row)}: {_why(row, each.rule)}"
        if each.unknown:
            names = listed(_name(row) for row in each.unknown)
            gone = count_text(len(each.unknown), "number")
            yield f"{text}: {gone} of the old run could not be compared: {names}"
        elif not each.compared and not each.broken:
            yield f"{text}: the two runs have no {each.rule.measure} in common, nothing was checked"


def _check(rows: Sequence[Compared], rule: Rule) -> Checked:
    broken, unknown, compared = [], [], 0
    for row in rows:
        old = row.old
        if old is None or old.measure != rule.measure or old.value is None:
            continue
        if row.values is not None:
            compared += 1
            if rule.breaks(*row.values):
                broken.append(row)
        elif row.new is not None and row.new.met is False:  # never reached, or infinite
            broken.append(row)
        else:
            unknown.append(row)
    return Checked(rule, compared, tuple(broken), tuple(unknown))


def _name(row: Compared) -> str:
    known = row.known
    whose = f" of {one_line(known.submission)}" if known.submission else ""
    return f"{one_line(known.unit)}{whose}, {one_line(known.label)}"


def _why(row: Compared, rule: Rule) -> str:
    assert row.old is not None
    assert row.old.value is not None
    unit = row.old.unit_word
    before = value_text(row.old.value, unit)
    if row.values is None:
        return f"{before} before, no finite value now"
    old, new = row.values
    worse, allowed = write_pair(
        abs(new - old), rule.allowed(old), UNIT_STYLES.get(unit, "significant")
    )
    return f"{before} before, {value_text(new, unit)} now: worse by {worse}, allowed is {allowed}"
