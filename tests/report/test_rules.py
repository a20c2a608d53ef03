from __future__ import annotations

from dataclasses import replace

import pytest

from assessment.errors import AssessmentError
from assessment.report.comparison import compare
from assessment.report.measured import Measured
from assessment.report.rules import MEASURES, Rule, check_rules, parse_rule, tell_checked
from tests.report.builders import HOSTILE
from tests.report.numbers import ACCURACY, loss, number, reached, two_runs


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("test_accuracy:0.5%", Rule("test_accuracy", 0.5, relative=True)),
        ("test_accuracy:0.5", Rule("test_accuracy", 0.5, relative=False)),
        (" test_loss : 10 % ", Rule("test_loss", 10.0, relative=True)),
        ("epochs_to_accuracy:2", Rule("epochs_to_accuracy", 2.0, relative=False)),
        ("seconds:.5", Rule("seconds", 0.5, relative=False)),
        ("gradient_norm:1e-3", Rule("gradient_norm", 0.001, relative=False)),
        ("train_loss:0%", Rule("train_loss", 0.0, relative=True)),
    ],
)
def test_rules_are_read(text: str, rule: Rule) -> None:
    assert parse_rule(text) == rule
    assert parse_rule(rule.text) == rule


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("test_accuracy", "--assess-compare-fail test_accuracy: no `:` in it; allowed is MEASURE"),
        ("", "--assess-compare-fail : no `:` in it"),
        (
            "test_acuracy:0.5%",
            "there is no measurement `test_acuracy`, did you mean test_accuracy? Allowed are "
            "test_accuracy, test_loss, ",
        ),
        ("speed:5", "there is no measurement `speed`. Allowed are test_accuracy, "),
        ("min:5%", "there is no measurement `min`. Allowed are"),
        ("test_accuracy:", "test_accuracy:: `` is no number from 0 upwards, with or without `%`"),
        ("test_accuracy:%", "`%` is no number from 0 upwards"),
        ("test_accuracy:-1%", "`-1%` is no number from 0 upwards"),
        ("test_accuracy:half", "such as `test_accuracy:0.5%` or `epochs_to_accuracy:2`"),
        ("test_accuracy:nan", "`nan` is no number"),
        ("test_accuracy:inf%", "`inf%` is no number"),
        ("test_accuracy:1e999", "`1e999` is no number"),
        ("test_accuracy:0,5%", "`0,5%` is no number"),
        ("test_accuracy:5%%", "`5%%` is no number"),
    ],
)
def test_mistakes_say_what_is_allowed(text: str, message: str) -> None:
    with pytest.raises(AssessmentError) as caught:
        parse_rule(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("rule", "old", "new", "broken"),
    [
        ("test_accuracy:0.5", ACCURACY, number(value=97.81), False),  # exactly what is allowed
        ("test_accuracy:0.5", ACCURACY, number(value=97.80), True),
        ("test_accuracy:0.5", ACCURACY, number(value=99.90), False),
        ("test_accuracy:1%", ACCURACY, number(value=97.33), False),  # 0.9831 is allowed
        ("test_accuracy:1%", ACCURACY, number(value=97.32), True),
        ("test_accuracy:0", ACCURACY, ACCURACY, False),
        ("test_accuracy:0", ACCURACY, number(value=98.3), True),
        ("test_loss:10%", loss(0.10), loss(0.11), False),
        ("test_loss:10%", loss(0.10), loss(0.1101), True),
        ("test_loss:10%", loss(0.10), loss(0.01), False),
        ("test_loss:5%", loss(0.0), loss(0.001), True),
        ("epochs_to_accuracy:2", reached(17.0), reached(19.0), False),
        ("epochs_to_accuracy:2", reached(17.0), reached(20.0), True),
        ("epochs_to_accuracy:99", reached(17.0), reached(None, met=False), True),
        ("epochs_to_accuracy:0", reached(None, met=False), reached(17.0), False),
        ("epochs_to_accuracy:0", reached(None), reached(None), False),
        (
            "gradient_mean:50%",
            number(measure="gradient_mean", value=-1.0),
            number(measure="gradient_mean", value=-0.4),
            True,
        ),
        (
            "parameters:0",
            number(measure="parameters", value=10.0),
            number(measure="parameters", value=11.0),
            True,
        ),
        ("test_loss:0", ACCURACY, number(value=1.0), False),  # a rule for something else
    ],
)
def test_what_breaks_a_rule(rule: str, old: Measured, new: Measured, broken: bool) -> None:
    (checked,) = check_rules(compare([old], [new]), [parse_rule(rule)])
    assert bool(checked.broken) is broken


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measurement_gets_worse_in_one_direction(measure: str) -> None:
    rule = parse_rule(f"{measure}:1")
    down, up = rule.breaks(50.0, 40.0), rule.breaks(40.0, 50.0)
    assert (down, up) == ((True, False) if measure.endswith("_accuracy") and not measure.startswith(
        "epochs_to"
    ) else (False, True))  # fmt: skip


def test_each_broken_number_is_told_with_what_is_allowed() -> None:
    rows = compare([ACCURACY, reached()], [number(value=97.0), reached(None, met=False)])
    rules = [parse_rule("test_accuracy:0.5%"), parse_rule("epochs_to_accuracy:2")]
    assert list(tell_checked(check_rules(rows, rules))) == [
        "--assess-compare-fail test_accuracy:0.5%: task2-1-model-a, test accuracy, last epoch: "
        "98.31 % before, 97.0 % now: worse by 1.31 %, allowed is 0.49 %",
        "--assess-compare-fail epochs_to_accuracy:2: task2-1-model-a, epochs to test accuracy "
        "85.0 %: 17 epochs before, no finite value now",
    ]


def test_numbers_that_look_alike_are_told_apart() -> None:
    rows = compare([number(value=98.0)], [number(value=97.5095)])
    (line,) = tell_checked(check_rules(rows, [parse_rule("test_accuracy:0.5%")]))
    assert line.endswith("worse by 0.4905 %, allowed is 0.49 %")


def test_a_number_that_could_not_be_compared_is_told_but_breaks_nothing() -> None:
    undecided = number(value=None, met=None)
    gone = number(unit="gone", submission="e19310")
    (checked,) = check_rules(
        compare([ACCURACY, gone], [undecided]), [parse_rule("test_accuracy:1")]
    )
    assert checked.broken == ()
    assert len(checked.unknown) == 2
    (line,) = tell_checked([checked])
    assert line == (
        "--assess-compare-fail test_accuracy:1: 2 numbers of the old run could not be compared: "
        "task2-1-model-a, test accuracy, last epoch, gone of e19310, test accuracy, last epoch"
    )


def test_a_rule_that_checks_nothing_says_so() -> None:
    (line,) = tell_checked(check_rules(compare([loss()], [loss()]), [parse_rule("seconds:5%")]))
    assert line == (
        "--assess-compare-fail seconds:5%: the two runs have no seconds in common, "
        "nothing was checked"
    )


def test_a_rule_that_holds_says_nothing() -> None:
    old, new = two_runs()
    checked = check_rules(compare(old[:-1], new), [parse_rule("test_accuracy:1%")])
    assert [(each.compared, len(each.broken)) for each in checked] == [(16, 0)]
    assert list(tell_checked(checked)) == []


def test_messages_hold_no_control_characters() -> None:
    old = number(unit=HOSTILE, submission=HOSTILE, label=HOSTILE)
    rows = compare([old], [replace(old, value=1.0)])
    (line,) = tell_checked(check_rules(rows, [parse_rule("test_accuracy:1")]))
    assert not [c for c in line if ord(c) < 32]
    line.encode("utf-8")
