"""Transforms that do not fit the images' channels are told before anything is trained."""

from __future__ import annotations

from typing import Any

import pytest

from assessment.spec.channels import channel_problem
from assessment.spec.recipe import Dataset

TO_RGB, TO_GRAY = {"kind": "gray_to_rgb"}, {"kind": "rgb_to_gray"}
RESIZE = {"kind": "resize", "size": 8}


def normalize(means: int, deviations: int | None = None) -> dict[str, Any]:
    count = means if deviations is None else deviations
    return {"kind": "normalize", "mean": [0.5] * means, "std": [0.5] * count}


@pytest.mark.parametrize(
    ("channels", "transforms"),
    [
        (1, []),
        (1, [normalize(1)]),
        (3, [normalize(1)]),
        (3, [normalize(3)]),
        (3, [normalize(1, 3)]),
        (1, [RESIZE, TO_RGB, normalize(3)]),
        (3, [RESIZE, TO_GRAY, normalize(1)]),
        (3, [normalize(3), TO_GRAY, TO_RGB, normalize(3, 1)]),
        (None, [TO_RGB, normalize(3)]),
        (None, [TO_GRAY, normalize(1)]),
        (None, [normalize(3)]),
    ],
)
def test_what_fits(channels: int | None, transforms: list[dict[str, Any]]) -> None:
    dataset = Dataset.model_validate({"name": "d", "transforms": transforms})
    assert channel_problem(dataset.transforms, channels) == (0, "")


@pytest.mark.parametrize(
    ("channels", "transforms", "position", "message"),
    [
        (1, [normalize(3)], 0, "`normalize` has a `mean` for 3 channels, these have 1 channel"),
        (1, [normalize(1, 3)], 0, "`normalize` has a `std` for 3 channels, these have 1 channel"),
        (3, [normalize(2)], 0, "`normalize` has a `mean` for 2 channels, these have 3 channels"),
        (3, [RESIZE, TO_RGB], 1, "`gray_to_rgb` takes gray images, these have 3 channels"),
        (1, [RESIZE, TO_GRAY], 1, "`rgb_to_gray` takes colour images, these have 1 channel"),
        (1, [TO_RGB, TO_RGB], 1, "`gray_to_rgb` takes gray images, these have 3 channels"),
        (3, [TO_GRAY, normalize(3)], 1, "`normalize` has a `mean` for 3 channels, these have 1 "
                                        "channel"),
        (None, [normalize(2)], 0, "`normalize` has a `mean` for 2 channels, these have 3 channels"),
        (None, [TO_RGB, TO_RGB], 1, "`gray_to_rgb` takes gray images, these have 3 channels"),
    ],
)  # fmt: skip
def test_what_does_not(
    channels: int | None, transforms: list[dict[str, Any]], position: int, message: str
) -> None:
    dataset = Dataset.model_validate({"name": "d", "transforms": transforms})
    assert channel_problem(dataset.transforms, channels) == (position, message)
