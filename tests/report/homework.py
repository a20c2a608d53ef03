"""Results as large as those of a whole homework: ten repeats, records every ten steps."""

from __future__ import annotations

import base64
import math
import random
from functools import cache

from assessment.results.record import Case, Picture, Result, Series
from tests.report.builders import approach, confusion, graded, mistakes, nested, result, run

OBJECTS = [
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
]
ARCHITECTURES = {
    "mlp-1": (33_130, 40.3, 45.5, 1.546),
    "mlp-2": (35_498, 40.9, 45.4, 1.545),
    "cnn-3": (11_106, 58.7, 60.5, 1.146),
    "cnn-4": (13_522, 63.3, 65.3, 1.001),
    "cnn-5": (8_346, 59.9, 58.1, 1.192),
}
"""Parameters, test accuracy, training accuracy and training loss."""

LAB = {"spec": "specs/metu_ee449.yaml", "lab": "METU EE449, Homework 1", "classes": OBJECTS}
EPOCHS, RECORDS = 15, 90


def records(loss: float, accuracy: float, seed: int, every: int = 9) -> Series:
    """Records every ten steps; validation at some of them only."""
    draw = random.Random(seed)
    count = EPOCHS * RECORDS
    trained = approach(8, accuracy, count)
    return {
        "step": [10.0 * index for index in range(count)],
        "batch_loss": [value + draw.gauss(0, 0.12) for value in approach(2.3, loss, count)],
        "batch_accuracy": [2 * round((value + draw.gauss(0, 6)) / 2) for value in trained],
        "validation_loss": [
            value + 0.06 if index % every == 0 else None
            for index, value in enumerate(approach(2.3, loss, count, noise=0.02, seed=seed))
        ],
        "validation_accuracy": [
            value - 2 if index % every == 0 else None
            for index, value in enumerate(approach(10, accuracy, count, noise=0.8, seed=seed))
        ],
    }


def epoch_means(loss: float, accuracy: float, test: float, seed: int) -> Series:
    return {
        "train_loss": [*approach(1.9, loss, EPOCHS, noise=0.01, seed=seed)],
        "train_accuracy": [*approach(28, accuracy, EPOCHS, noise=0.3, seed=seed + 1)],
        "validation_accuracy": [*approach(30, test + 1, EPOCHS, noise=0.7, seed=seed + 2)],
        "test_accuracy": [*[None] * (EPOCHS - 1), approach(0, test, 2, noise=0.6, seed=seed)[1]],
    }


@cache
def architectures(seeds: int = 10) -> list[Result]:
    """Five architectures with ten repeats each, curves, weights, confusion and mistakes."""
    results = []
    for index, (name, (parameters, test, accuracy, loss)) in enumerate(ARCHITECTURES.items()):
        shape = (32, 1024) if name.startswith("mlp") else (16 - 4 * (index == 4), 1, 3, 3)
        runs = [
            run(
                seed,
                parameters=parameters,
                epochs=epoch_means(loss, accuracy, test, 50 * index + seed),
                steps=records(loss, accuracy, 50 * index + seed),
                first_layer=nested(shape, random.Random(index)) if seed < 4 else None,
                confusion=confusion(right=test / 100, seed=seed),
                mistakes=mistakes(10, side=32),
                dataset="cifar10",
            )
            for seed in range(1, seeds + 1)
        ]
        tested = [each.epochs["test_accuracy"][-1] or 0.0 for each in runs]
        results.append(
            result(
                "q3-1-architectures",
                variant=name,
                title=f"3.1 Five architectures: {name}",
                expectations=[
                    graded(
                        value=sum(tested) / len(tested),
                        low=test - 2,
                        high=test + 2,
                        condition=f"at least {test - 2:.2f} %",
                        reported=test,
                    )
                ],
                runs=runs,
                seconds=900.0,
                reported={"test_accuracy": test},
                **LAB,
            )
        )
    return results


@cache
def activations() -> list[Result]:
    """Five architectures, each with ReLU and with sigmoid, whose gradients vanish in two."""
    results = []
    for index, name in enumerate(ARCHITECTURES):
        for activation, end in (("relu", 1.5 / (index + 1)), ("sigmoid", 10 ** (-1.4 * index))):
            draw = random.Random(index)
            count = EPOCHS * RECORDS
            gradients: Series = {
                "step": [10.0 * place for place in range(count)],
                "epoch": [float(1 + place // RECORDS) for place in range(count)],
                "norm": [
                    math.exp(draw.gauss(0, 0.4)) * math.exp(math.log(end) * min(1, place / 300))
                    for place in range(count)
                ],
            }
            results.append(
                result(
                    "q4-1-activations",
                    variant=f"{name}-{activation}",
                    title=f"4.1 Activations: {name}-{activation}",
                    expectations=[
                        graded(
                            measure="gradient_norm",
                            label="gradient norm, mean over the last epoch",
                            unit="",
                            value=end,
                            low=None,
                            high=None,
                            condition="",
                            met=None,
                            points=0.0,
                            earned=0.0,
                        )
                    ],
                    runs=[
                        run(
                            1,
                            epochs={"train_loss": [*approach(2.3, 2.3 - end, EPOCHS)]},
                            gradients=gradients,
                        )
                    ],
                    **LAB,
                )
            )
    return results


@cache
def rates() -> list[Result]:
    """Three learning rates over twenty epochs, of which one may end in two ways."""
    found = []
    for name, accuracy, loss in (
        ("lr-0.1", 61.3, 0.95),
        ("lr-0.01", 58.5, 1.144),
        ("lr-0.001", 32.0, 1.907),
    ):
        found.append(
            result(
                "q5-1-rates",
                variant=name,
                title=f"5.1 Learning rates: {name}",
                expectations=[
                    graded(
                        value=accuracy,
                        low=None,
                        high=None,
                        condition="stuck (9.0 to 11.0 %) or learning (28.0 to 65.0 %)",
                        modes=[(9.0, 11.0), (28.0, 65.0)],
                        reported=accuracy,
                    )
                ],
                runs=[run(1, steps=records(loss, accuracy, seed=3, every=1))],
                **LAB,
            )
        )
    return found


def colour_filters() -> Result:
    """Sixty-four filters of three channels, and colour images."""
    draw = random.Random(8)
    filters = [
        [
            [
                [
                    round(math.sin(angle + (x * math.cos(angle) + y * math.sin(angle))) * c, 4)
                    for x in range(7)
                ]
                for y in range(7)
            ]
            for c in (draw.uniform(-0.2, 0.2), draw.uniform(-0.2, 0.2), draw.uniform(-0.2, 0.2))
        ]
        for angle in [draw.uniform(0, 6.3) for _ in range(64)]
    ]
    return result(
        "resnet",
        title="ResNet-18 on colour images",
        expectations=[graded()],
        runs=[
            run(
                1,
                first_layer=filters,
                confusion=confusion(right=0.9),
                mistakes=mistakes(10, side=32, channels=3),
            )
        ],
        samples=mistakes(5, side=32, channels=3),
        **LAB,
    )


def hundred_classes() -> Result:
    return result(
        "hundred",
        title="A hundred classes",
        expectations=[graded()],
        runs=[run(1, confusion=confusion(100, images=100, right=0.7), mistakes=mistakes(9))],
        **{**LAB, "classes": [f"class {number}" for number in range(100)]},
    )


def two_classes() -> Result:
    return result(
        "two",
        title="Two classes",
        expectations=[graded()],
        runs=[run(1, confusion=[[480, 20], [3, 497]], mistakes=mistakes(3, classes=2))],
        **{**LAB, "classes": ["cat", "dog"]},
    )


def picture_of(title: str, height: int, width: int, seed: int, dtype: str = "float64") -> Picture:
    draw = random.Random(seed)
    levels = bytes(
        int(127 + 120 * math.sin(row / 5 + seed) * math.cos(column / 7)) if title != "difference"
        else draw.choice((0, 0, 0, 255))
        for row in range(height)
        for column in range(width)
    )  # fmt: skip
    return Picture(
        title=title,
        dtype=dtype,
        shape=[5, 8, 25, 25],
        low=-765.16,
        high=647.44,
        pixels=base64.b64encode(levels).decode(),
        height=height,
        width=width,
    )


def convolution(calls: int = 2) -> Result:
    """A function question whose calls are shown as pictures."""
    pictures = [
        picture_of("argument 1", 28, 140, 1, "uint8"),
        picture_of("argument 2", 4, 32, 2),
        picture_of("expected", 125, 200, 3),
        picture_of("found", 125, 200, 3),
        picture_of("difference", 125, 200, 4),
        Picture(title="argument 3", dtype="int64", shape=[], low=3.0, high=3.0),
    ]
    names = ["digits", "random", "third", "fourth", "fifth", "sixth"][:calls]
    return result(
        "q2-1-convolution",
        kind="function",
        title="2.1 A convolution in NumPy",
        expectations=[
            graded(
                name,
                float(name != "random"),
                measure="call",
                label=f"call {name}",
                unit="",
                condition="as the reference, within 1e-06",
                low=None,
                high=None,
                met=name != "random",
                earned=2.0 * (name != "random"),
                points=2.0,
                why="1,250 of 25,000 numbers differ, the largest by 0.3",
            )
            for name in names
        ],
        earned=2.0,
        points=2.0 * calls,
        cases=[Case(name=name, pictures=pictures) for name in names],
        **LAB,
    )


def homework() -> list[Result]:
    """Everything above, as one lab."""
    return [
        convolution(),
        *architectures(),
        *activations(),
        *rates(),
        colour_filters(),
        hundred_classes(),
        two_classes(),
    ]
