"""Results like those of real labs, and ugly ones: no training, the same every time."""

from __future__ import annotations

from typing import Any

from assessment.results.record import BandSource, Result
from tests.report.builders import (
    ENVIRONMENT,
    collapsed_confusion,
    confusion,
    epochs,
    graded,
    mistakes,
    result,
    run,
)


def model_a(seeds: int = 5) -> Result:
    """A question with one recipe, several seeds, and all that can be shown of it."""
    runs = [
        run(
            seed,
            epochs=epochs(
                10, loss=(0.32, 0.025), accuracy=(90.9, 99.2), test_accuracy=(95.9, 98.3), seed=seed
            ),
            confusion=confusion(seed=seed),
            mistakes=mistakes(12),
            non_finite=0,
        )
        for seed in range(1, seeds + 1)
    ]
    source = BandSource(
        kind="calibrated",
        n=20,
        mean=98.22,
        sd=0.21,
        alpha=0.0003,
        smallest=97.8,
        largest=98.61,
        environment=ENVIRONMENT,
        text="20 runs of the reference, mean 98.22, sd 0.21",
    )
    return result(
        text="Train Model A for ten epochs.\nReport loss and accuracy.",
        expectations=[
            graded(
                source=source, reported=98.01, note="The report's run was one of the lower ones."
            ),
            graded(
                "parameters",
                101146.0,
                measure="parameters",
                label="trainable parameters",
                unit="",
                verified=False,
                condition="equals 101,146",
                low=None,
                high=None,
                reported=101146.0,
                earned=1.0,
                points=1.0,
                why="101,146 equals 101,146",
            ),
            graded(
                "loss",
                0.0251,
                measure="train_loss",
                label="train loss, last epoch",
                unit="nats",
                verified=False,
                condition="",
                low=None,
                high=None,
                met=None,
                reported=0.025,
                earned=0.0,
                points=0.0,
                why="shown only",
            ),
        ],
        earned=4.0,
        points=4.0,
        runs=runs,
        seconds=210.4,
        reported={
            "test_accuracy": 98.01,
            "train_accuracy": [
                90.90,
                96.56,
                97.53,
                97.92,
                98.35,
                98.62,
                98.80,
                99.02,
                99.13,
                99.21,
            ],
        },
    )


def learning_rates() -> list[Result]:
    """Three variants, one of which diverges."""
    asked = {
        "lr-0.1": (10.28, "8.92 to 11.35 %", 8.92, 11.35, 10.28),
        "lr-0.01": (97.21, "97.55 to 98.60 %", 97.55, 98.60, 98.07),
        "lr-0.001": (98.71, "98.02 to 98.96 %", 98.02, 98.96, 98.60),
    }
    curves: dict[str, dict[str, Any]] = {
        "lr-0.1": {
            "loss": (3.17, 2.306),
            "accuracy": (10.4, 10.2),
            "test_loss": (2.31, 2.306),
            "test_accuracy": (10.3, 10.28),
            "noise": 0.2,
        },
        "lr-0.01": {
            "loss": (0.143, 0.032),
            "accuracy": (95.6, 99.1),
            "test_loss": (0.1, 0.09),
            "test_accuracy": (96.9, 97.2),
        },
        "lr-0.001": {},
    }
    results = []
    for name, (value, condition, low, high, reported) in asked.items():
        met = low <= value <= high
        runs = [
            run(
                seed,
                parameters=202_666,
                seconds=130.2,
                epochs=epochs(10, seed=seed, **curves[name]),
                confusion=collapsed_confusion() if name == "lr-0.1" else confusion(seed=seed),
                mistakes=mistakes(8),
            )
            for seed in (1, 2, 3)
        ]
        results.append(
            result(
                "task2-5-learning-rate",
                variant=name,
                line=130,
                title=f"Task 2.5, Model B and the learning rate: {name}",
                expectations=[
                    graded(
                        value=value,
                        condition=condition,
                        low=low,
                        high=high,
                        reported=reported,
                        met=met,
                        earned=2.0 if met else 0.5,
                        points=2.0,
                        why=f"{value} % is {'within' if met else 'not within'} {condition}",
                    )
                ],
                earned=2.0 if met else 0.5,
                points=2.0,
                runs=runs,
                seconds=390.6,
                findings=["The loss stayed at ln 10 = 2.30: the network answers one class."]
                if name == "lr-0.1"
                else [],
            )
        )
    return results


def comparison() -> Result:
    """Orders among five architectures, and parameters against accuracy."""
    parameters = {
        "mlp_1": 33130.0,
        "mlp_2": 35498.0,
        "cnn_3": 11106.0,
        "cnn_4": 13522.0,
        "cnn_5": 8346.0,
    }
    accuracies = {"mlp_1": 40.3, "mlp_2": 40.9, "cnn_3": 58.72, "cnn_4": 63.25, "cnn_5": 59.93}
    return result(
        "q3-2-comparison",
        kind="comparison",
        title="3.2 Architectures compared",
        classes=[],
        expectations=[
            graded(
                "accuracy",
                None,
                values=accuracies,
                condition="cnn_4 ahead of cnn_3, cnn_5, mlp_1, mlp_2",
                low=None,
                high=None,
                points=2.0,
                earned=2.0,
                why="cnn_4 with 63.25 % is best",
            ),
            graded(
                "parameters",
                None,
                values=parameters,
                measure="parameters",
                unit="",
                label="trainable parameters",
                condition="cnn_5 < cnn_3 < cnn_4 < mlp_1 < mlp_2",
                low=None,
                high=None,
                points=1.0,
                earned=1.0,
                verified=False,
            ),
        ],
        earned=3.0,
        points=3.0,
    )


def written() -> Result:
    return result(
        "task1-discussion",
        kind="written",
        title="Task 1, discussion",
        status="waiting",
        earned=0.0,
        points=0.0,
        waiting=6.0,
        classes=[],
        text="Compare depth and complexity of the two networks.",
        rubric=["2 points: names residual blocks", "4 points: compares depth and dropout"],
    )


def not_gradable() -> Result:
    return result(
        "task1-resnet18",
        title="Task 1, ResNet-18",
        status="not_gradable",
        earned=0.0,
        points=3.0,
        reason="ImageNet weights resnet18-f37072fd.pth are neither in the cache nor in the data",
        expectations=[
            graded(value=None, met=None, earned=0.0, reported=99.26, why="was not trained")
        ],
        runs=[],
    )


def skipped() -> Result:
    return result(
        "q3-1-architectures",
        title="3.1 Five architectures",
        status="skipped",
        earned=0.0,
        points=5.0,
        reason="needs an accelerator; about 3 h 20 min on one CPU core (--assess-anyway runs it)",
    )


def crashed() -> Result:
    return result(
        "task2-1-model-b",
        title="Task 2.1, Model B",
        status="crashed",
        earned=0.0,
        reason="RuntimeError: mat1 and mat2 shapes cannot be multiplied (64x1568 and 3136x64)",
        expectations=[graded(value=None, met=False, earned=0.0, why="nothing was measured")],
        runs=[
            run(
                1,
                outcome="crashed",
                reason="RuntimeError",
                output="Traceback ...",
                parameters=None,
                environment=None,
            )
        ],
    )


def whole_lab() -> list[Result]:
    """One item of every status."""
    return [
        not_gradable(),
        written(),
        model_a(),
        crashed(),
        *learning_rates(),
        comparison(),
        skipped(),
    ]
