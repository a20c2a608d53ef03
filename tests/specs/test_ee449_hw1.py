"""EE449's first homework: its answers against the table of the lab, and a report's wrong claims."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from assessment.catalogue import load_lab
from assessment.execution.functions import arguments_of
from assessment.formulas import evaluate, parse
from assessment.grading.answers import judge
from assessment.grading.comparisons import compare
from assessment.grading.functions import compare_calls
from assessment.grading.measurements import reported_value
from assessment.grading.score import Setting, score
from assessment.models.numpy_functions import my_conv2d
from assessment.models.torch_functions import conv2d
from assessment.results.record import Graded, Result
from assessment.spec.kinds.answer import AnswerQuestion, Formula, Number
from assessment.spec.kinds.function import FunctionQuestion
from assessment.spec.reader import LabFile
from assessment.spec.units import Unit, units
from tests.execution.test_finished import a_run
from tests.grading.uncalibrated import uncalibrated

SPEC = Path(__file__).parents[2] / "specs" / "ee449_hw1.yaml"

ANSWERED = [
    "q1-1-b-first-example",
    "q1-1-b-second-example",
    "q1-2-gradient",
    "q1-3-updates",
    "q1-3-batches",
    "q1-3-steps",
    "q1-4-mlp",
    "q1-4-cnn",
    "q3-2-4-order",
    "q3-2-5-cnn-5",
]
WRITTEN = [
    "q1-1-a-function",
    "q1-1-b-loss",
    "q1-1-c-why",
    "q1-3-batch-and-epoch",
    "q2-2-1-importance",
    "q2-2-2-kernel",
    "q2-2-3-output",
    "q2-2-4-columns",
    "q2-2-5-rows",
    "q2-2-6-conclusion",
    "q3-2-1-generalisation",
    "q3-2-2-plots",
    "q3-2-3-comparison",
    "q3-2-4-parameters",
    "q3-2-5-depth",
    "q3-2-6-weights",
    "q3-2-7-units",
    "q3-2-8-most-interpretable",
    "q3-2-9-structures",
    "q3-2-10-choice",
    "q4-2-1-behaviour",
    "q4-2-2-why",
    "q4-2-3-range",
    "q5-2-1-speed",
    "q5-2-2-point",
    "q5-2-3-schedule",
    "q5-2-4-adam",
]
PARAMETERS = {"mlp_1": 33_130, "mlp_2": 35_498, "cnn_3": 11_106, "cnn_4": 13_522, "cnn_5": 8_346}
CONVOLUTIONS = {
    "cnn_3": [(3, 16), (5, 8), (7, 16)],
    "cnn_4": [(3, 16), (3, 8), (5, 16), (5, 16)],
    "cnn_5": [(3, 8), (3, 16), (3, 8), (3, 16), (3, 16), (3, 8)],
}
"""Side and number of the filters of each layer."""


@cache
def lab_file() -> LabFile:
    return load_lab(SPEC)


@pytest.fixture
def lab(units_of: Any) -> dict[str, Unit]:
    found: dict[str, Unit] = units_of("ee449_hw1")
    return found


def graded(unit: str) -> Result:
    return score(units(lab_file().lab)[unit], Setting(lab_file()), {})


def answer_question(unit: str) -> AnswerQuestion:
    question = lab_file().lab.questions[unit]
    assert isinstance(question, AnswerQuestion)
    return question


def value_of(unit: str, **point: Any) -> float:
    formula = answer_question(unit).answer
    assert isinstance(formula, Formula)
    return evaluate(parse(formula.expression, formula.variables), point)


def test_every_question_that_is_answered_or_written_is_there(lab: dict[str, Unit]) -> None:
    found = [(name, unit.question.kind) for name, unit in lab.items()]
    assert [name for name, kind in found if kind == "answer"] == ANSWERED
    assert [name for name, kind in found if kind == "written"] == WRITTEN


@pytest.mark.parametrize("unit", ANSWERED)
def test_the_instructors_own_answer_earns_all_points(unit: str) -> None:
    result = graded(unit)
    assert (result.status, result.expectations[0].met) == ("scored", True)
    assert result.earned == result.points == answer_question(unit).points
    assert result.answer


@pytest.mark.parametrize(
    ("unit", "finding"),
    [
        # base-10 logarithms of the wrong class's probability
        ("q1-1-b-first-example", "`0.82` is wrong, right is 0.163 ± 0.001 nats."),
        ("q1-1-b-second-example", "`0.52` is wrong, right is 0.357 ± 0.001 nats."),
        # an epoch as one update
        (
            "q1-3-updates",
            "`once, with the gradient of the complete dataset` is wrong, "
            "right is `after every batch`.",
        ),
        # a fully connected first layer, every filter counted by that of the layer before
        (
            "q1-4-cnn",
            "`C_in * H_in * W_in * C[0] + sum(C[k] * C[k + 1] * H[k] * W[k] "
            "for k in range(len(C) - 1)) + sum(C)` is wrong: for C_in = 1, H_in = 28, W_in = 28, "
            "H = [5, 3], W = [5, 3], C = [32, 64] it gives 76,384, right is 19,328.",
        ),
        (
            "q3-2-4-order",
            "`mlp_1 < mlp_2 < cnn_3 < cnn_4 < cnn_5` is wrong, "
            "right is `cnn_5 < cnn_3 < cnn_4 < mlp_1 < mlp_2`.",
        ),
        # over-fitting from more parameters
        (
            "q3-2-5-cnn-5",
            "`more than each of them` is wrong, right is `fewer than each of them`.",
        ),
    ],
)
def test_the_reports_wrong_claims_are_found_out(unit: str, finding: str) -> None:
    result = graded(unit)
    assert result.findings == [f"The report's answer {finding}"]
    assert result.reported_answer
    assert result.earned == result.points  # it costs the instructor nothing


def test_cnn_5_has_the_fewest_parameters(lab: dict[str, Unit]) -> None:
    asked = {name: lab[f"q3-1-architectures[{name}]"].expect["parameters"] for name in PARAMETERS}
    counts = {name: each.equals for name, each in asked.items()}  # type: ignore[union-attr]
    assert counts == PARAMETERS
    assert min(PARAMETERS, key=PARAMETERS.__getitem__) == "cnn_5"
    assert answer_question("q3-2-5-cnn-5").answer == "fewer than each of them"


@pytest.mark.parametrize("unit", ["q1-2-gradient", "q1-3-batches", "q1-3-steps", "q1-4-mlp"])
def test_the_reports_right_answers_are_not(unit: str) -> None:
    result = graded(unit)
    assert result.reported_answer
    assert result.findings == []


def test_what_the_report_wrote_about_an_epoch_stands_beside_the_rubric() -> None:
    result = graded("q1-3-batch-and-epoch")
    assert "complete dataset" in result.reported_answer
    assert "one update of the weights" in result.answer
    assert any("one update a batch" in line for line in result.rubric)


@pytest.mark.parametrize(
    ("unit", "probability", "reported"),
    [
        ("q1-1-b-first-example", 0.85, -math.log10(0.15)),
        ("q1-1-b-second-example", 0.7, -math.log10(0.3)),
    ],
)
def test_the_losses_are_natural_logarithms_of_the_right_class(
    unit: str, probability: float, reported: float
) -> None:
    question = answer_question(unit)
    assert isinstance(question.answer, Number)
    assert abs(question.answer.value + math.log(probability)) <= question.answer.tolerance
    assert question.reported == pytest.approx(reported, abs=0.005)
    assert judge(question, f"{-math.log(probability):.6f}").right
    assert not judge(question, f"{-math.log2(probability):.6f}").right


def test_counts_of_the_homework() -> None:
    assert value_of("q1-3-batches", N=45_000, B=50) == 900
    assert value_of("q1-3-steps", N=45_000, B=50, E=15) == 13_500
    assert value_of("q1-4-mlp", D_in=1024, H=[32], D_out=10) == PARAMETERS["mlp_1"]
    # mlp_2's second layer has no bias: 64 fewer than the formula with biases
    assert value_of("q1-4-mlp", D_in=1024, H=[32, 64], D_out=10) == PARAMETERS["mlp_2"] + 64
    shapes = {"C_in": 1, "H_in": 28, "W_in": 28, "H": [5, 3], "W": [5, 3], "C": [32, 64]}
    assert value_of("q1-4-cnn", **shapes) == 19_328


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_the_cnn_formula_counts_the_homeworks_networks(name: str) -> None:
    sides = [side for side, _ in CONVOLUTIONS[name]]
    filters = [count for _, count in CONVOLUTIONS[name]]
    found = value_of("q1-4-cnn", C_in=1, H_in=32, W_in=32, H=sides, W=sides, C=filters)
    prediction = PARAMETERS[name] - found
    assert (prediction - 10) % (10 * filters[-1]) == 0  # a linear layer of whole feature maps
    features = (prediction - 10) / 10 / filters[-1]
    assert math.isqrt(int(features)) ** 2 == features


def test_the_order_of_parameter_counts() -> None:
    question = answer_question("q3-2-4-order")
    assert isinstance(question.answer, str)
    order = question.answer.split(" < ")
    assert sorted(PARAMETERS, key=PARAMETERS.__getitem__) == order
    wrong = [choice.split(" < ") for choice in question.choices if choice != question.answer]
    for names in wrong:
        assert any(PARAMETERS[a] > PARAMETERS[b] for a, b in pairwise(names))


@pytest.mark.parametrize(
    ("unit", "text", "right"),
    [
        ("q1-2-gradient", "-(w_k1 - w_k) * gamma ** -1", True),
        ("q1-2-gradient", "(w_k1 - w_k) / gamma", False),
        ("q1-2-gradient", "gamma * (w_k - w_k1)", False),
        ("q1-3-batches", "ceil(N / B)", True),
        ("q1-3-batches", "(N + B - 1) // B", True),
        ("q1-3-batches", "N // B", False),
        ("q1-3-steps", "E * ceil(N / B)", True),
        ("q1-3-steps", "ceil(N * E / B)", False),
        ("q1-3-steps", "N / B", False),
        ("q1-4-mlp", "sum((a + 1) * b for a, b in zip([D_in, *H], [*H, D_out]))", True),
        ("q1-4-mlp", "sum(a * b for a, b in zip([D_in, *H], [*H, D_out]))", False),
        ("q1-4-cnn", "sum((h * w * c + 1) * n for h, w, c, n in zip(H, W, [C_in, *C], C))", True),
        ("q1-4-cnn", "sum(H * W * [C_in, *C[:-1]] * C) + len(C)", False),
    ],
)
def test_other_answers(unit: str, text: str, right: bool) -> None:
    verdict = judge(answer_question(unit), text)
    assert verdict.right is right
    assert verdict.readable


def test_the_late_policy() -> None:
    rules = [(rule.days, rule.factor) for rule in lab_file().lab.late_policy]
    assert rules == [(1, 0.7), (2, 0.4), (3, 0)]


# --- what is trained ----------------------------------------------------------------------------

ARCHITECTURES = ("mlp_1", "mlp_2", "cnn_3", "cnn_4", "cnn_5")
GRAY = {
    "name": "cifar10",
    "transforms": [
        {"kind": "normalize", "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]},
        {"kind": "rgb_to_gray"},
    ],
    "split": {"validation": 0.1, "stratified": True},
}


def recipe(lab: dict[str, Unit], unit: str) -> dict[str, Any]:
    """Return a unit's recipe without what all of them share."""
    training = lab[unit].training
    assert training is not None
    found: dict[str, Any] = training.model_dump(exclude_defaults=True)
    assert found.pop("dataset") == GRAY
    assert (found.pop("batch_size"), found.pop("evaluation_batch_size")) == (50, 100)
    assert training.shuffle
    assert training.record.every == 10
    assert training.record.running_mean, "loss and accuracy since the epoch began"
    found.pop("record")
    return found


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_recipes_of_3_1(lab: dict[str, Unit], name: str) -> None:
    unit = lab[f"q3-1-architectures[{name}]"]
    assert recipe(lab, unit.id) == {
        "model": {"name": f"ee449/{name.replace('_', '-')}"},
        "optimizer": {"name": "adam"},
        "epochs": 15,
    }
    assert unit.question.seeds == 10  # type: ignore[union-attr]
    assert unit.training is not None
    assert unit.training.record.first_layer_weights
    assert unit.training.record.validate_every == 90
    assert unit.expect["parameters"].equals == PARAMETERS[name]  # type: ignore[union-attr]
    assert unit.expect["accuracy"].over_seeds == "max"


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_recipes_of_4_1(lab: dict[str, Unit], name: str, activation: str) -> None:
    unit = lab[f"q4-1-activations[{name}-{activation}]"]
    arguments = {} if activation == "relu" else {"arguments": {"activation": activation}}
    assert recipe(lab, unit.id) == {
        "model": {"name": f"ee449/{name.replace('_', '-')}", **arguments},
        "optimizer": {"name": "sgd", "learning_rate": 0.01},
        "epochs": 15,
    }
    assert unit.training is not None
    gradients = unit.training.record.gradients
    assert gradients is not None
    assert (gradients.of, gradients.every, gradients.first) == ("first_layer", 10, None)


@pytest.mark.parametrize(
    ("unit", "rate", "epochs", "milestones"),
    [
        ("q5-1-learning-rate[lr-0.1]", 0.1, 20, None),
        ("q5-1-learning-rate[lr-0.01]", 0.01, 20, None),
        ("q5-1-learning-rate[lr-0.001]", 0.001, 20, None),
        ("q5-1-schedule-two", 0.1, 30, [10]),
        ("q5-1-schedule-three", 0.1, 45, [10, 20]),
    ],
)
def test_recipes_of_5_1(
    lab: dict[str, Unit], unit: str, rate: float, epochs: int, milestones: list[int] | None
) -> None:
    schedule = {"schedule": {"name": "milestones", "epochs": milestones}} if milestones else {}
    assert recipe(lab, unit) == {
        "model": {"name": "ee449/cnn-4"},
        "optimizer": {"name": "sgd", "learning_rate": rate},
        "epochs": epochs,
        **schedule,
    }


def test_reported_values(lab: dict[str, Unit]) -> None:
    best = {"mlp_1": 40.30, "mlp_2": 40.90, "cnn_3": 58.72, "cnn_4": 63.25, "cnn_5": 59.93}
    for name, accuracy in best.items():
        unit = lab[f"q3-1-architectures[{name}]"]
        assert reported_value(unit.reported, unit.expect["accuracy"]) == accuracy
        assert reported_value(unit.reported, unit.expect["accuracy-mean"]) is None, (
            "of ten the best"
        )
    sigmoid = lab["q4-1-activations[cnn_5-sigmoid]"].reported
    assert sigmoid == {"train_loss": 2.303, "gradient_norm": 1.3e-6}
    assert lab["q5-1-schedule-two"].reported == {"validation_accuracy": 63.7}


@pytest.mark.parametrize(
    ("unit", "expectation", "reported"),
    [
        ("q5-1-learning-rate[lr-0.1]", "validation-accuracy", 61.3),
        ("q5-1-learning-rate[lr-0.1]", "validation-accuracy-best", 63.6),
        ("q5-1-learning-rate[lr-0.01]", "validation-accuracy", 58.5),
        ("q5-1-learning-rate[lr-0.01]", "validation-accuracy-best", 59.6),
        ("q5-1-learning-rate[lr-0.001]", "validation-accuracy", 32.0),
        ("q5-1-learning-rate[lr-0.001]", "validation-accuracy-best", 33.0),
        ("q5-1-learning-rate[lr-0.001]", "train-loss-6", 2.30),
        ("q5-1-schedule-three", "validation-accuracy-10", 61.5),
        ("q5-1-schedule-three", "validation-accuracy-20", 65.6),
        ("q5-1-schedule-three", "validation-accuracy", 65.6),
        ("q5-1-schedule-three", "accuracy-best", 64.92),
        ("q4-1-activations[cnn_5-relu]", "train-loss-11", 2.30),
        ("q4-1-activations[cnn_5-relu]", "train-loss", 1.928),
    ],
)
def test_values_of_one_epoch_stand_beside_the_reports(
    grade_unit: Callable[..., dict[str, Graded]], unit: str, expectation: str, reported: float
) -> None:
    """The measured one is that of the same epoch: the best is the tenth here, at 10."""
    column = [float(epoch) for epoch in range(1, 46)]
    column[9], column[-1] = 99.0, 50.0
    columns = {"validation_accuracy": column, "test_accuracy": column, "train_loss": column}
    graded = grade_unit("ee449_hw1", unit, {unit: [a_run(epochs=columns)]})[expectation]
    at = expectation.rpartition("-")[2]
    number = {"best": 10, "accuracy": 45, "loss": 45}.get(at) or int(at)
    assert (graded.value, graded.reported) == (column[number - 1], reported)


@pytest.mark.parametrize(
    ("unit", "graded"),
    [
        *((f"q5-1-learning-rate[lr-{rate}]", "validation-accuracy") for rate in (0.1, 0.01, 0.001)),
        ("q5-1-schedule-two", "validation-accuracy"),
        ("q5-1-schedule-three", "accuracy"),
    ],
)
@pytest.mark.parametrize("network", PARAMETERS)
def test_points_of_5_1_are_cnn_4s_and_mlp_1_is_refused(
    lab: dict[str, Unit],
    grade_unit: Callable[..., dict[str, Graded]],
    unit: str,
    graded: str,
    network: str,
) -> None:
    columns = {name: [60.0] * 45 for name in ("validation_accuracy", "test_accuracy")}
    run = a_run(epochs=columns, parameters=PARAMETERS[network])
    reference = [run.model_copy(update={"seed": seed}) for seed in range(10)]
    found = grade_unit("ee449_hw1", unit, {unit: [run]}, {unit: reference})
    assert found["architecture"].met is (network != "mlp_1")
    assert found["parameters"].met is (network == "cnn_4")
    assert found[graded].earned == (2 if network == "cnn_4" else 0)
    if network == "cnn_4":
        return
    if network == "mlp_1":
        assert found[graded].why == "needs architecture and parameters, which were not met"
        assert "rules out mlp_1" in found["architecture"].note
    else:
        assert found[graded].why == "needs parameters, which was not met"
        assert "a person gives the points" in found["parameters"].note
    assert "cnn_4" in lab[unit].question.text


def test_mlp_1_earns_no_order_of_5_1_either(
    grade_unit: Callable[..., dict[str, Graded]],
) -> None:
    for network, met in (("mlp_1", False), ("mlp_2", True), ("cnn_4", True)):
        runs = {
            f"q5-1-learning-rate[lr-{rate}]": [
                a_run(epochs={"validation_accuracy": [accuracy]}, parameters=PARAMETERS[network])
            ]
            for rate, accuracy in ((0.1, 60.0), (0.01, 58.0), (0.001, 30.0))
        }
        graded = grade_unit("ee449_hw1", "q5-1-comparison", runs)
        assert graded["rate-0.1-ahead"].met is met
        assert graded["rate-0.01-ahead"].met is met


def test_both_normalisations_are_accepted_since_the_harness_normalises() -> None:
    text = lab_file().lab.text
    assert "0.4914, 0.4822, 0.4465" in text
    assert "0.247, 0.243, 0.261" in text


def test_the_reports_order_of_parameter_counts_is_found_out(lab: dict[str, Unit]) -> None:
    comparison = lab["q3-1-comparison"]
    runs = {
        f"q3-1-architectures[{name}]": [a_run().model_copy(update={"parameters": count})]
        for name, count in PARAMETERS.items()
    }
    graded = compare(comparison, "parameters", lab, runs, uncalibrated).graded
    assert (graded.met, graded.earned) == (True, 2.0)
    claimed = [f"q3-1-architectures[{name}]" for name in ARCHITECTURES]
    order = comparison.expect["parameters"].model_copy(update={"ascending": claimed})
    unit = replace(comparison, expect={"parameters": order})
    graded = compare(unit, "parameters", lab, runs, uncalibrated).graded
    assert (graded.met, graded.earned) == (False, 0.0)
    assert (
        "q3-1-architectures[mlp_2] 35,498 is above q3-1-architectures[cnn_3] 11,106" in graded.why
    )


@pytest.mark.data("ee449")
def test_the_convolution_on_the_arrays_handed_out(lab: dict[str, Unit], data_dir: Path) -> None:
    """The lab's own figures: 5x8x25x25, from -765.16 to 647.44, sum 670169.60."""
    question = lab["q2-1-convolution"].question
    assert isinstance(question, FunctionQuestion)
    arguments = arguments_of(question, data_dir)
    output = my_conv2d(*arguments["handed-out"])
    assert output.shape == (5, 8, 25, 25)
    assert output.min() == pytest.approx(-765.16, abs=0.005)
    assert output.max() == pytest.approx(647.44, abs=0.005)
    assert output.sum() == pytest.approx(670169.60, abs=0.005)
    expected = {name: conv2d(*given) for name, given in arguments.items()}
    found = {name: my_conv2d(*given) for name, given in arguments.items()}
    graded, _ = compare_calls(question, arguments, expected, found, {})
    assert [one.earned for one in graded] == [2.5, 2.5]
    flipped = {name: my_conv2d(a, b[:, :, ::-1, ::-1]) for name, (a, b) in arguments.items()}
    graded, _ = compare_calls(question, arguments, expected, flipped, {})
    assert [one.earned for one in graded] == [0, 0], "the kernel must not be flipped"
