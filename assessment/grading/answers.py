"""Answer questions: what somebody answered, judged. Nothing of it is executed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assessment.formulas import (
    Counterexample,
    FormulaError,
    Point,
    Unreadable,
    compare,
    parse,
)
from assessment.grading.numerals import SHOWN, quoted, read_number
from assessment.grading.wording import MOST_DIGITS, enumerate_words
from assessment.results.record import Graded
from assessment.spec.kinds.answer import AnswerQuestion, Formula, Number, folded
from assessment.spelling import did_you_mean

LONGEST = 2000
"""Characters of an answer that are looked at; a formula's own limit is lower."""
DIGITS = 6
"""Significant digits of the values in a counterexample, more where they would look alike."""
RELATIVE = 1e-9
"""Difference of numbers that only their spelling makes, as a share of the right one."""

KINDS = {"scalar": "a number", "vector": "a vector"}


@dataclass(frozen=True)
class Verdict:
    """Whether an answer is right, and what to tell about it."""

    right: bool
    why: str
    """What to say of it, the right value kept back: `is wrong: for N = 3 it gives 2`."""
    right_value: str = ""
    """The right value where the answer is wrong, for whoever may see it: `3`, `0.163 ± 0.005`."""
    readable: bool = True
    """Whether it could be understood at all."""
    value: float | None = None
    """Of a number: what was read."""

    @property
    def explanation(self) -> str:
        """All there is to tell, the right value included."""
        return f"{self.why}, right is {self.right_value}" if self.right_value else self.why


def judge(question: AnswerQuestion, text: str) -> Verdict:
    """Return whether an answer is right.

    Args:
        question: what was asked.
        text: the answer as it was written. Numbers may be spelled `1,000`, `1e3`, `0,5`, `12 %`
            or `1/3`; in choices letter case and blanks do not count; formulas are Python's
            arithmetic in the question's variables.
    """
    if len(text) > LONGEST:
        why = f"cannot be read: an answer has at most {LONGEST:,} characters, not {len(text):,}"
        return Verdict(False, why, readable=False)
    if not text.strip():
        return Verdict(False, "nothing was answered", readable=False)
    match question.answer:
        case Number() as number:
            return _judge_number(number, text)
        case Formula() as formula:
            return _judge_formula(formula, text)
        case str() as choice:
            return _judge_choice(choice, question.choices, text)


def own_answer(question: AnswerQuestion) -> str:
    """Return the right answer as somebody would write it."""
    match question.answer:
        case Number() as number:
            return f"{_plain(number.value)} {number.unit}".strip()
        case Formula() as formula:
            return formula.expression.strip()
        case str() as choice:
            return choice


def asked(question: AnswerQuestion) -> str:
    """Say what is right: `0.163 ± 0.005`, `equal to N / B`."""
    match question.answer:
        case Number() as number:
            return _with_tolerance(number)
        case Formula() as formula:
            expressions = [quoted(text) for text in (formula.expression, *formula.also)]
            return f"equal to {enumerate_words(expressions, last='or')}"
        case str() as choice:
            return choice


def offered(question: AnswerQuestion) -> str:
    """Say what an answer may hold: the choices, or the names of a formula; empty for a number."""
    match question.answer:
        case Formula() as formula:
            lines = [
                f"{name}: {', '.join(filter(None, (variable.text, KINDS[variable.kind])))}"
                for name, variable in formula.variables.items()
            ]
        case _:
            lines = [f"- {choice}" for choice in question.choices]
    return "\n".join(lines)


def grade_answer(question: AnswerQuestion, text: str, untold: str = "") -> Graded:
    """Return the one expectation of an answer question.

    Args:
        question: what was asked.
        text: the answer; empty where there is none.
        untold: why there is none, where something was seen of it.
    """
    verdict = judge(question, text)
    return Graded(
        name="answer",
        measure="answer",
        label="answer",
        unit=question.answer.unit if isinstance(question.answer, Number) else "",
        value=verdict.value,
        verified=True,
        condition=asked(question),
        met=verdict.right,
        earned=question.points if verdict.right else 0.0,
        points=question.points,
        why="; ".join(filter(None, (_sentence(text, verdict), untold))),
    )


def report_findings(question: AnswerQuestion) -> list[str]:
    """Say what is wrong with a report's answer; nothing where it is right or there is none."""
    text = reported_text(question)
    verdict = judge(question, text) if text else None
    if verdict is None or verdict.right:
        return []
    return [f"The report's answer {_sentence(text, verdict)}."]


def report_is_right(question: AnswerQuestion) -> bool | None:
    """Return whether a report's answer is right; None where there is none."""
    text = reported_text(question)
    return judge(question, text).right if text else None


def reported_text(question: AnswerQuestion) -> str:
    """Return a report's answer as a text; empty where there is none."""
    given = question.reported
    return _plain(given) if isinstance(given, float | int) else (given or "").strip()


def _sentence(text: str, verdict: Verdict) -> str:
    return f"{quoted(text)} {verdict.explanation}" if text.strip() else verdict.explanation


def _judge_number(asked_for: Number, text: str) -> Verdict:
    try:
        found = read_number(text, asked_for.unit)
    except ValueError as error:
        return Verdict(False, f"cannot be read: {error}", readable=False)
    distance = abs(found - asked_for.value)
    if distance <= asked_for.tolerance + RELATIVE * abs(asked_for.value):
        within = " within the tolerance" if distance else ""
        return Verdict(True, f"is right{within}", value=found)
    read = "" if text.strip().startswith(_plain(found)) else f" (read as {_plain(found)})"
    return Verdict(False, f"is wrong{read}", right_value=_with_tolerance(asked_for), value=found)


def _judge_choice(right: str, choices: Sequence[str], text: str) -> Verdict:
    known = {folded(choice): choice for choice in choices}
    chosen = known.get(folded(text))
    if chosen is None:
        hint = did_you_mean(text[:SHOWN], choices)
        listed = enumerate_words([quoted(choice) for choice in choices], last="or")
        why = f"is none of the choices{hint} (allowed: {listed})"
        return Verdict(False, why, readable=False)
    if chosen == right:
        return Verdict(True, "is right")
    return Verdict(False, "is wrong", right_value=quoted(right))


def _judge_formula(asked_for: Formula, text: str) -> Verdict:
    try:
        given = parse(text, asked_for.variables)
        found: list[Counterexample] = []
        for expression in (asked_for.expression, *asked_for.also):
            right = parse(expression, asked_for.variables)
            different = compare(given, right, asked_for.domain)
            if different is None:
                return Verdict(True, "is right at all points tried")
            found.append(different)
    except Unreadable as error:
        return Verdict(False, f"cannot be read: {error}", readable=False)
    except FormulaError as error:
        return Verdict(False, f"cannot be computed: {error}")
    return _wrong_formula(found[0])


def _wrong_formula(found: Counterexample) -> Verdict:
    place = f"is wrong: for {point_text(found.point)}"
    if found.given is None:
        why, right = f"{place} it has no value: {found.reason}", _shown(found.right, DIGITS)
    else:
        wrong, right = _shown_apart(found.given, found.right)
        why = f"{place} it gives {wrong}"
    return Verdict(False, why, right_value=right)


def point_text(point: Point) -> str:
    """Write a point: `C_in = 1, H = [5, 3]`."""
    return ", ".join(
        f"{name} = [{', '.join(map(_plain, value))}]"
        if isinstance(value, Sequence)
        else f"{name} = {_plain(value)}"
        for name, value in point.items()
    )


def _with_tolerance(number: Number) -> str:
    value = _plain(number.value)
    if number.tolerance:
        value = f"{value} \u00b1 {_plain(number.tolerance)}"
    return f"{value} {number.unit}".strip()


def _shown(number: float, digits: int) -> str:
    """Write a number for reading: whole ones up to 10^15 in full, others rounded."""
    whole = number.is_integer() and abs(number) < 1e15
    return f"{number:,.0f}" if whole else f"{number:,.{digits}g}"


def _shown_apart(one: float, other: float) -> tuple[str, str]:
    """Write two different numbers so that they look different."""
    pairs = ((_shown(one, digits), _shown(other, digits)) for digits in range(DIGITS, MOST_DIGITS))
    return next((pair for pair in pairs if pair[0] != pair[1]), (repr(one), repr(other)))


def _plain(number: float) -> str:
    """Write a number without a loss, whole ones without a point."""
    number = float(number)
    return f"{number:.0f}" if number.is_integer() and abs(number) < 1e15 else repr(number)
