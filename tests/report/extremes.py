"""Results that are hard to show: many, long, short, diverged, malicious."""

from __future__ import annotations

import random

from assessment.results.record import BandSource, Environment, Result
from tests.report.builders import (
    FASHION,
    HOSTILE,
    batch_losses,
    confusion,
    epochs,
    graded,
    gradient_norms,
    mistakes,
    nested,
    picture,
    result,
    run,
)


def many_variants(count: int = 10, length: int = 20) -> list[Result]:
    """More variants than colours, with long names; one without any value."""
    results = []
    for index in range(count):
        name = f"{'complex' if index % 2 else 'basic'}-network-with-{2 ** (index + 4)}-hidden-units"
        end = 78.0 + 1.1 * index
        columns = epochs(
            length,
            loss=(2.2, 0.5 - 0.04 * index),
            accuracy=(40, end + 3),
            test_loss=(2.0, 0.6),
            test_accuracy=(45.0, end),
            seed=index,
        )
        if index == 4:
            columns = {key: [None] * length for key in columns}
        value = None if index == 4 else end
        results.append(
            result(
                "q1-5-wider-deeper",
                variant=name,
                title=f"Q1.5 wider and deeper: {name}",
                classes=FASHION,
                expectations=[
                    graded(
                        value=value,
                        condition=f"{end - 1:.1f} to {end + 1:.1f} %",
                        low=end - 1,
                        high=end + 1,
                        reported=end + 0.4,
                        points=0.5,
                        earned=0.5 if value else 0.0,
                        met=value is not None,
                    )
                ],
                earned=0.5 if value else 0.0,
                points=0.5,
                runs=[
                    run(
                        1,
                        dataset="fashion_mnist",
                        parameters=10_000 * (index + 1) ** 2,
                        epochs=columns,
                    )
                ],
                seconds=60.0 + index,
            )
        )
    return results


def to_target() -> list[Result]:
    """Epochs until a target: 5, 17, 119 and never."""
    lengths: dict[str, tuple[int, float | None, float]] = {
        "lr-1": (43, None, 19.65),
        "lr-0.1": (5, 5.0, 85.53),
        "lr-0.01": (17, 17.0, 85.14),
        "lr-0.001": (119, 119.0, 85.0),
    }
    results = []
    for name, (length, reached, accuracy) in lengths.items():
        results.append(
            result(
                "q1-3-epochs-to-85",
                variant=name,
                title=f"Q1.3 Epochs to 85 %: {name}",
                classes=FASHION,
                spec="specs/adelaide.yaml",
                lab="Computer Vision 2024 (Adelaide), Assignment 3, question 1",
                expectations=[
                    graded(
                        "epochs",
                        reached,
                        measure="epochs_to_accuracy",
                        label="epochs to test accuracy 85.0 %",
                        unit="epochs",
                        condition="4 to 6" if reached else "never",
                        low=None,
                        high=None,
                        reported=reached,
                        points=0.75,
                        earned=0.75,
                    ),
                    graded(
                        value=accuracy,
                        condition="",
                        low=None,
                        high=None,
                        points=0.0,
                        earned=0.0,
                        met=None,
                    ),
                ],
                earned=0.75,
                points=0.75,
                runs=[
                    run(
                        seed,
                        dataset="fashion_mnist",
                        epochs=epochs(
                            length,
                            loss=(2.29, 2.3 if reached is None else 0.42),
                            accuracy=(10.0, accuracy),
                            test_loss=(2.2, 2.3 if reached is None else 0.45),
                            test_accuracy=(45.0 if reached else 12.0, accuracy),
                            seed=seed,
                        ),
                    )
                    for seed in (1, 2)
                ],
                seconds=6.2 * length,
            )
        )
    return results


def one_epoch() -> list[Result]:
    """One epoch with a batch loss every ten steps, for three variants."""
    results = []
    for index, name in enumerate(("base", "batch-64", "lr-0.001")):
        end = (0.07, 0.11, 0.55)[index]
        count = 94 if name == "batch-64" else 188
        results.append(
            result(
                "no2-alternatives",
                variant=name,
                title=f"No. 2, alternatives: {name}",
                spec="specs/hw539.yaml",
                lab="539 Homework 4, part 2",
                expectations=[
                    graded(
                        value=97.0 - 2 * index,
                        low=96.4 - 2 * index,
                        high=97.6 - 2 * index,
                        reported=97.05 - 2 * index,
                    )
                ],
                runs=[
                    run(
                        seed,
                        epochs=epochs(1, seed=seed),
                        confusion=confusion(seed=seed),
                        steps=batch_losses(count, 10, end=end, seed=seed),
                        mistakes=mistakes(8),
                    )
                    for seed in (1, 2, 3)
                ],
                seconds=26.0,
            )
        )
    return results


def gradients() -> list[Result]:
    """Gradient norms of the first hundred steps of two networks, and first-layer weights."""
    results = []
    for name, start, end in (("basic", 0.6, 0.5), ("complex", 13.0, 4.0)):
        draw = random.Random(len(name))
        shape = (64, 784) if name == "basic" else (16, 1, 3, 3)
        results.append(
            result(
                "q1-6-gradients",
                variant=name,
                title=f"Q1.6 Gradients: {name}",
                classes=FASHION,
                expectations=[
                    graded(
                        "norm",
                        (start + end) / 2,
                        measure="gradient_norm",
                        unit="",
                        label="gradient norm",
                        condition="",
                        low=None,
                        high=None,
                        met=None,
                        points=0.0,
                        earned=0.0,
                        verified=False,
                    )
                ],
                runs=[
                    run(
                        1,
                        epochs=epochs(1),
                        gradients=gradient_norms(100, start, end, seed=3),
                        first_layer=nested(shape, draw),
                        dataset="fashion_mnist",
                    )
                ],
            )
        )
    return results


def hostile() -> Result:
    """Every text field holds what would break a terminal, a page, a figure or a table."""
    return result(
        HOSTILE,
        variant=HOSTILE,
        spec=HOSTILE,
        lab=HOSTILE,
        lab_sha256=HOSTILE,
        kind="training",
        title=HOSTILE,
        text=HOSTILE,
        reason=HOSTILE,
        rubric=[HOSTILE],
        findings=[HOSTILE],
        classes=[HOSTILE] * 10,
        waiting=1.0,
        expectations=[
            graded(
                HOSTILE,
                50.0,
                measure=HOSTILE,
                label=HOSTILE,
                unit=HOSTILE,
                condition=HOSTILE,
                values={HOSTILE: 1.0, HOSTILE + "2": 2.0},
                why=HOSTILE,
                note=HOSTILE,
                source=BandSource(kind="given", text=HOSTILE),
                reported=3.0,
            )
        ],
        runs=[
            run(
                1,
                key=HOSTILE,
                reason=HOSTILE,
                output=HOSTILE,
                dataset=HOSTILE,
                dataset_sha256=HOSTILE,
                epochs=epochs(3),
                confusion=confusion(),
                mistakes=mistakes(4),
                environment=Environment(
                    torch=HOSTILE,
                    device=HOSTILE,
                    capability=HOSTILE,
                    threads=1,
                    precision=HOSTILE,
                    python=HOSTILE,
                    platform=HOSTILE,
                ),
            )
        ],
        samples=[picture(3, 3)],
        reported={HOSTILE: 3.0},
    )
