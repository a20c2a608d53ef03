"""Arrays become gray images; large ones become smaller images, and none becomes no image."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from assessment.grading.pictures import MOST_SIDE, picture
from assessment.results.record import Picture

Array = np.ndarray[Any, Any]


def levels(shown: Picture) -> Array:
    raw = np.frombuffer(base64.b64decode(shown.pixels), np.uint8)
    return raw.reshape(shown.height, shown.width)


def pixels(array: Any, **options: Any) -> Array:
    return levels(picture("x", np.asarray(array), **options))


def test_tiles_lie_in_rows_and_columns() -> None:
    array = np.arange(2 * 3 * 2 * 2, dtype=float).reshape(2, 3, 2, 2)
    image = pixels(array)
    assert image.shape == (2 * 2 + 1, 3 * 2 + 2)
    assert image[0, 0] == 0
    assert image[-1, -1] == 255
    assert (image[2] == 255).all(), "a white gap between the rows"
    scaled = np.round(255 * array / 23)
    np.testing.assert_array_equal(image[3:, 3:5], scaled[1, 1])


@pytest.mark.parametrize(
    ("shape", "size", "shares"),
    [
        ((), (1, 1), []),
        ((7,), (1, 7), []),
        ((3, 4), (3, 4), []),
        ((5, 1, 28, 28), (144, 28), []),
        ((420, 420), (420, 420), []),
        ((421, 420), (211, 210), [2, 2]),
        ((2000, 2000), (400, 400), [5, 5]),
        ((5000,), (1, 417), [1, 12]),
        ((1, 4000), (1, 400), [1, 10]),
        ((4000, 1), (400, 1), [10, 1]),
        ((12, 4000), (12, 400), [1, 10]),
        ((16, 3, 64, 64), (367, 68), [3, 3]),
        ((64, 64, 64), (5, 383), [13, 13]),
        ((1000, 1000, 3), (334, 400), [3, 10]),
        ((900, 2, 2), (2, 386), [1, 7]),
        ((3, 3, 3, 16, 16), (152, 50), []),
    ],
)
def test_every_array_has_a_picture(
    shape: tuple[int, ...], size: tuple[int, int], shares: list[int]
) -> None:
    shown = picture("x", np.random.default_rng(0).random(shape))
    assert levels(shown).shape == size
    assert max(size) <= MOST_SIDE
    assert shown.shares == shares


def test_what_shares_a_pixel_is_its_mean() -> None:
    array = np.zeros((2, 1000))
    array[0, :3] = 9.0
    array[1, 999] = 9.0
    image = pixels(array)
    assert image.shape == (2, 334)
    assert image[0, :2].tolist() == [255, 0]
    assert image[1, -1] == 255, "the last pixel has one number"
    array[0, 1:3] = 0.0
    assert pixels(array)[0, 0] == 85


def test_of_a_difference_the_largest_is_shown() -> None:
    array = np.zeros((2000, 2000))
    array[1234, 567] = 1.0
    array[7, 7] = np.nan
    image = pixels(array, peaks=True)
    assert np.argwhere(image).tolist() == [[1, 1], [246, 113]]
    assert image.max() == 255
    many = np.zeros((1000, 2, 2))
    many[500, 1, 1] = 1.0
    assert (pixels(many, peaks=True)[1] == 255).sum() == 1


def test_what_lies_beyond_the_scale_is_black_or_white() -> None:
    array = np.array([-np.inf, -5.0, 0.0, 0.5, 1.0, 7.0, np.inf, np.nan])
    shown = picture("x", array, (0.0, 1.0))
    assert levels(shown).tolist() == [[0, 0, 0, 128, 255, 255, 255, 255]]
    assert (shown.low, shown.high, shown.least, shown.most) == (0.0, 1.0, -5.0, 7.0)


def test_a_picture_of_one_value_and_of_none() -> None:
    assert pixels(np.full((2, 2), 7.0)).tolist() == [[0, 0], [0, 0]]
    lost = picture("x", np.full((2, 2), np.nan))
    assert (lost.low, lost.high, lost.pixels) == (None, None, "")
    empty = picture("x", np.zeros((0, 3)), (0.0, 1.0))
    assert (empty.pixels, empty.shape) == ("", [0, 3])


def test_numbers_near_the_largest_there_are() -> None:
    assert pixels(np.array([-1.7e308, 0.0, 1.7e308])).shape == (1, 3)
