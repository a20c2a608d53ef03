"""Lab 4: the spec file against the table of the lab."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assessment.grading.answers import report_findings
from assessment.grading.measurements import measure
from assessment.results.record import Graded, Run
from assessment.spec.lab import AnswerQuestion, Number
from assessment.spec.units import Unit, points, waiting
from tests.execution.test_finished import a_run

BASIC = {"name": "adelaide/basic-mlp", "arguments": {"widths": [512, 512]}}
COMPLEX = {"name": "adelaide/complex-mlp", "arguments": {"widths": [512, 256, 128, 64]}}
RATES = {"lr-1": 1.0, "lr-0.1": 0.1, "lr-0.01": 0.01, "lr-0.001": 0.001}
UNTIL_85 = {"test_accuracy": 85.0, "unchanged_epochs": 5}


@pytest.fixture
def lab(units_of: Any) -> dict[str, Unit]:
    found: dict[str, Unit] = units_of("adelaide_a3")
    return found


def recipe(unit: Unit) -> dict[str, Any]:
    assert unit.training is not None
    return unit.training.model_dump(exclude_defaults=True)


def expected(model: dict[str, Any], learning_rate: float, **more: Any) -> dict[str, Any]:
    """Give a recipe of Q1.2 to Q1.5, where nothing is shuffled, with what differs."""
    common = {
        "model": model,
        "dataset": {"name": "fashion_mnist"},
        "loss_mean": "batches",
        "optimizer": {"name": "sgd", "learning_rate": learning_rate},
        "batch_size": 64,
        "evaluation_batch_size": 64,
        "shuffle": False,
    }
    return {key: value for key, value in (common | more).items() if value is not None}


def test_every_row_is_there(lab: dict[str, Unit]) -> None:
    questions = list(dict.fromkeys(unit.question_id for unit in lab.values()))
    assert questions == [
        "tutorial",
        "q1-1-images",
        "q1-1-shape",
        "q1-2-learning-rate",
        "q1-2-learning-rate-complex",
        "q1-3-epochs-to-85",
        "q1-3-epochs-to-85-complex",
        "q1-3-maximum",
        "q1-4-comparison",
        "q1-4-observation",
        "q1-5-width-depth",
        "q1-5-width-depth-complex",
        "q1-5-comparison",
        "q1-5-conclusions",
        "q1-6-gradients",
        "q1-6-gradients-complex",
        "q1-6-observations",
        "q1-7-cnn",
        "q1-7-cnn-complex",
        "q1-7-comparison",
        "q1-7-discussion",
        "q1-7-test-loss",
    ]


def test_tutorial(lab: dict[str, Unit]) -> None:
    assert recipe(lab["tutorial"]) == expected(BASIC, 0.001, epochs=5)
    assert lab["tutorial"].question.sample_images == 3  # type: ignore[union-attr]
    assert lab["tutorial"].reported == {
        "test_accuracy": [44.7, 58.6, 61.1, 62.9, 64.5],
        "test_loss": [2.134, 1.849, 1.488, 1.234, 1.078],
    }


def test_first_and_last_epoch_of_the_tutorial_stand_beside_the_reports(
    grade_unit: Callable[..., dict[str, Graded]],
) -> None:
    columns = {
        "test_accuracy": [41.0, 55.0, 60.0, 63.0, 65.0],
        "test_loss": [5.0, 4.0, 3.0, 2.0, 1.0],
    }
    graded = grade_unit("adelaide_a3", "tutorial", {"tutorial": [a_run(epochs=columns)]})
    found = {name: (one.value, one.reported) for name, one in graded.items()}
    assert found["accuracy"] == (65.0, 64.5)
    assert found["accuracy-first"] == (41.0, 44.7)
    assert found["test-loss"] == (1.0, 1.078)
    assert found["test-loss-first"] == (5.0, 2.134)
    assert "63.9 and 64.71" in graded["accuracy"].note


@pytest.mark.parametrize("variant", RATES)
@pytest.mark.parametrize(("suffix", "model"), [("", BASIC), ("-complex", COMPLEX)])
def test_q1_2_and_q1_3(
    lab: dict[str, Unit], variant: str, suffix: str, model: dict[str, Any]
) -> None:
    rate = RATES[variant]
    fixed = lab[f"q1-2-learning-rate{suffix}[{variant}]"]
    assert recipe(fixed) == expected(model, rate, epochs=10)
    until = lab[f"q1-3-epochs-to-85{suffix}[{variant}]"]
    assert recipe(until) == expected(model, rate, epochs=1000, early_stopping=UNTIL_85)


@pytest.mark.parametrize(
    ("unit", "widths", "parameters"),
    [
        ("q1-5-width-depth[base]", [512, 512], 669_706),
        ("q1-5-width-depth[wider]", [1024, 1024], 1_863_690),
        ("q1-5-width-depth[deeper]", [512, 512, 512], 932_362),
        ("q1-5-width-depth-complex[base]", [512, 256, 128, 64], 576_970),
        ("q1-5-width-depth-complex[wider]", [1024, 512, 256, 128, 64], 1_505_738),
        ("q1-5-width-depth-complex[deeper]", [512, 256, 128, 64, 32, 16], 579_194),
    ],
)
def test_q1_5(lab: dict[str, Unit], unit: str, widths: list[int], parameters: int) -> None:
    name = "adelaide/complex-mlp" if "complex" in unit else "adelaide/basic-mlp"
    model = {"name": name, "arguments": {"widths": widths}}
    assert recipe(lab[unit]) == expected(model, 0.01, epochs=20)
    assert lab[unit].expect["parameters"].equals == parameters  # type: ignore[union-attr]


@pytest.mark.parametrize(("suffix", "model"), [("", BASIC), ("-complex", COMPLEX)])
def test_q1_6(lab: dict[str, Unit], suffix: str, model: dict[str, Any]) -> None:
    unit = lab[f"q1-6-gradients{suffix}"]
    assert recipe(unit) == expected(
        model, 0.01, epochs=1, max_steps=100, shuffle=None, record={"gradients": {}}
    )
    assert unit.training is not None
    assert unit.training.shuffle
    gradients = unit.training.record.gradients
    assert gradients is not None
    assert (gradients.of, gradients.every, gradients.first) == ("all", 1, None)
    measured = {e.measure for e in unit.expect.values()} - {"parameters"}
    norms = {"gradient_norm", "first_gradient_norm", "last_gradient_norm"}
    assert measured == norms | {"gradient_mean"}
    falls = [name for name, e in unit.expect.items() if getattr(e, "trend", None)]
    assert falls == (["gradient-norm-falls"] if suffix else [])
    assert sum(e.points for e in unit.expect.values()) == (0 if suffix else 1)


@pytest.mark.parametrize(
    ("parameters", "norm", "mean", "earned"),
    [
        (669_706, 0.6, -6e-5, 1),
        (669_706, 0.6, 1e-3, 1),  # whoever shows the norm
        (669_706, 5.0, -6e-5, 1),  # whoever shows the mean
        (669_706, 5.0, 1e-3, 0),
        (7850, 0.6, -6e-5, 0),
    ],
)
def test_norm_or_mean_of_the_gradient_earns_the_point_of_q1_6(
    grade_unit: Callable[..., dict[str, Graded]],
    parameters: int,
    norm: float,
    mean: float,
    earned: float,
) -> None:
    def made(norm: float, mean: float, seed: int) -> Run:
        columns = {"step": [0.0], "epoch": [1.0], "norm": [norm], "mean": [mean]}
        return a_run(seed=seed, gradients=columns, parameters=parameters)

    unit = "q1-6-gradients"
    reference = [made(0.59 + s / 300, -6e-5 + s * 1e-6, s) for s in range(-10, 10)]
    runs = [made(norm, mean, seed) for seed in range(3)]
    graded = grade_unit("adelaide_a3", unit, {unit: runs}, {unit: reference})
    assert sum(one.earned for one in graded.values()) == earned
    assert graded["gradient-norm"].reported == 0.6
    assert "0.45 and 0.75" in graded["gradient-norm"].note


@pytest.mark.parametrize(
    ("unit", "model", "parameters"),
    [
        ("q1-7-cnn[mlp]", BASIC, 669_706),
        ("q1-7-cnn[cnn]", {"name": "adelaide/basic-cnn"}, 421_642),
        ("q1-7-cnn-complex[mlp]", COMPLEX, 576_970),
        ("q1-7-cnn-complex[cnn]", {"name": "adelaide/complex-cnn"}, 858_506),
    ],
)
def test_q1_7(lab: dict[str, Unit], unit: str, model: dict[str, Any], parameters: int) -> None:
    record = {"gradients": {"first": 100}}
    assert recipe(lab[unit]) == expected(
        model, 0.001, epochs=20, evaluation_batch_size=None, shuffle=None, record=record
    )
    training = lab[unit].training
    assert training is not None
    assert training.shuffle
    assert training.evaluation_batch_size == 1000
    assert lab[unit].expect["parameters"].equals == parameters  # type: ignore[union-attr]


REPORTED: dict[str, dict[str, list[float]]] = {
    "q1-2-learning-rate": {
        "lr-1": [10.0, 2.306, 2.306],
        "lr-0.1": [87.3, 0.250, 0.347],
        "lr-0.01": [83.4, 0.413, 0.458],
        "lr-0.001": [71.1, 0.792, 0.789],
    },
    "q1-2-learning-rate-complex": {
        "lr-1": [84.1, 0.267, 0.469],
        "lr-0.1": [86.9, 0.230, 0.400],
        "lr-0.01": [86.0, 0.176, 0.411],
        "lr-0.001": [87.0, 0.296, 0.375],
    },
    "q1-3-epochs-to-85": {
        "lr-1": [19.65, 43],
        "lr-0.1": [85.53, 5],
        "lr-0.01": [85.14, 17],
        "lr-0.001": [85.00, 119],
    },
    "q1-3-epochs-to-85-complex": {
        "lr-1": [85.71, 9],
        "lr-0.1": [85.47, 3],
        "lr-0.01": [85.64, 1],
        "lr-0.001": [85.09, 4],
    },
    "q1-5-width-depth": {
        "base": [85.51, 0.353],
        "wider": [85.88, 0.342],
        "deeper": [85.51, 0.337],
    },
    "q1-5-width-depth-complex": {
        "base": [87.13, 0.084],
        "wider": [87.80, 0.074],
        "deeper": [86.71, 0.131],
    },
    "q1-7-cnn": {"mlp": [78.46, 0.620], "cnn": [81.15, 0.525]},
    "q1-7-cnn-complex": {"mlp": [88.32, 0.337], "cnn": [89.59, 0.321]},
}

SECOND = {"q1-2": ["train_loss", "test_loss"], "q1-3": ["epochs"], "q1-5": ["train_loss"]}


@pytest.mark.parametrize(
    ("question", "variant"), [(q, v) for q, variants in REPORTED.items() for v in variants]
)
def test_reported_values(lab: dict[str, Unit], question: str, variant: str) -> None:
    names = ["test_accuracy", *SECOND.get(question[:4], ["test_loss"])]
    reported = lab[f"{question}[{variant}]"].reported
    assert [reported[name] for name in names] == REPORTED[question][variant]


def test_the_first_epoch_at_85_is_the_last(lab: dict[str, Unit]) -> None:
    for unit in lab.values():
        if unit.question_id.startswith("q1-3-epochs") and unit.id != "q1-3-epochs-to-85[lr-1]":
            assert unit.reported["epochs_to_accuracy"] == unit.reported["epochs"]
    assert "epochs_to_accuracy" not in lab["q1-3-epochs-to-85[lr-1]"].reported


def test_marks_are_those_of_the_sheet(lab: dict[str, Unit]) -> None:
    marks: dict[str, float] = {}
    for unit in lab.values():
        question = unit.question_id[:4]
        marks[question] = marks.get(question, 0) + points(unit) + waiting(unit)
    assert {question: round(value, 6) for question, value in marks.items()} == {
        "tuto": 0,
        "q1-1": 1,
        "q1-2": 2,
        "q1-3": 3,
        "q1-4": 2,
        "q1-5": 5,
        "q1-6": 2,
        "q1-7": 5,
    }


def test_nobody_has_to_hand_in_the_complex_family(lab: dict[str, Unit]) -> None:
    own = [unit for unit in lab.values() if unit.question_id.endswith("-complex")]
    assert len(own) == 14
    assert sum(map(points, own)) == 0


def test_learning_rate_1_never_reaches_85_and_needs_the_learning_one(
    lab: dict[str, Unit],
) -> None:
    expectation = lab["q1-3-epochs-to-85[lr-1]"].expect["never-reached"]
    assert expectation.at == "best"
    assert expectation.band.high < 85  # type: ignore[union-attr]
    assert expectation.requires == ["parameters", "q1-3-epochs-to-85[lr-0.1].epochs-to-85"]


@pytest.mark.parametrize(
    ("rate", "claimed"), [("lr-1", 30.8), ("lr-0.01", 83.4), ("lr-0.001", 71.1)]
)
def test_a_maximum_below_85_contradicts_reaching_it(
    lab: dict[str, Unit], rate: str, claimed: float
) -> None:
    """The report's column "maximum accuracy" of Q1.3 cannot be that of runs that reached 85."""
    unit = lab[f"q1-3-epochs-to-85[{rate}]"]
    run = a_run().model_copy(update={"epochs": {"test_accuracy": [50.0, claimed]}})
    found = measure([run], unit.expect["epochs-to-85"])
    assert found.value is None
    assert found.reason == "test accuracy 85.0 % was not reached within 2 epochs"


MAXIMA = {"lr-1": 30.8, "lr-0.1": 87.5, "lr-0.01": 83.4, "lr-0.001": 71.1}


@pytest.mark.parametrize("rate", MAXIMA)
def test_the_maximum_stands_beside_that_of_the_run(
    lab: dict[str, Unit], grade_unit: Callable[..., dict[str, Graded]], rate: str
) -> None:
    unit = f"q1-3-epochs-to-85[{rate}]"
    accuracy = lab[unit].reported["test_accuracy"]
    run = a_run(epochs={"test_accuracy": [10.0, 20.0, accuracy]})
    graded = grade_unit("adelaide_a3", unit, {unit: [run]})
    maximum = graded["never-reached" if rate == "lr-1" else "maximum"]
    assert maximum.reported == MAXIMA[rate]
    assert (maximum.value, maximum.points > 0) == (max(20.0, accuracy), rate == "lr-1")
    if rate != "lr-1":
        assert maximum.met
        assert maximum.condition == "at least 85.0 %"
        assert "comes from Q1.2" in maximum.note


def test_the_spec_asks_for_the_maxima_and_finds_the_reports_column_wrong(
    lab: dict[str, Unit],
) -> None:
    question = lab["q1-3-maximum"].question
    assert isinstance(question, AnswerQuestion)
    last = [lab[f"q1-3-epochs-to-85[{rate}]"].reported["test_accuracy"] for rate in RATES]
    assert question.answer == ", ".join(f"{value:.2f}" for value in last[1:])
    claimed = ", ".join(str(value) for value in list(MAXIMA.values())[1:])
    assert report_findings(question) == [
        f"The report's answer `{claimed}` is wrong, right is `{question.answer}`."
    ]


def test_the_spec_asks_for_a_test_loss_and_finds_the_reports_wrong(lab: dict[str, Unit]) -> None:
    question = lab["q1-7-test-loss"].question
    assert isinstance(question, AnswerQuestion)
    assert isinstance(question.answer, Number)
    assert question.answer.value == lab["q1-7-cnn[mlp]"].reported["test_loss"]
    assert question.reported == pytest.approx(question.answer.value * 10 / 10_000)
    assert report_findings(question) == [
        "The report's answer `0.00062` is wrong, right is 0.62 ± 0.0005 nats."
    ]


def test_repeats_inside_the_report_are_told(lab: dict[str, Unit]) -> None:
    notes = {
        rate: lab[f"q1-2-learning-rate[{rate}]"].expect["accuracy"].note or "" for rate in RATES
    }
    assert "19.96" in notes["lr-1"]
    assert "83.39" in notes["lr-0.01"]
    assert "epochs 9 and 5" in (
        lab["q1-3-epochs-to-85-complex[lr-1]"].expect["epochs-to-85"].note or ""
    )
