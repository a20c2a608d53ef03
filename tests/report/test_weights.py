from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from PIL import Image

from assessment.report.figures import MOST_BYTES, Picture, draw, encode
from assessment.results.record import Result
from tests.report.builders import epochs, nested, result, run
from tests.report.homework import colour_filters


def mosaics(*results: Result) -> list[Picture]:
    drawing = draw(results)
    pictures = drawing.pictures if drawing else ()
    return [picture for picture in pictures if isinstance(picture.source, Image.Image)]


def weights(shape: tuple[int, ...], seed: int = 0) -> Any:
    return nested(shape, random.Random(seed))


def trained(accuracy: float, seed: int, shape: tuple[int, ...] = (4, 16)) -> Any:
    columns = epochs(1) | {"test_accuracy": [accuracy]}
    return run(seed, first_layer=weights(shape, seed), epochs=columns)


@pytest.mark.parametrize(
    ("shape", "tile"),
    [
        ((64, 784), "unit: 28\u00d728 weights."),
        ((32, 1024), "unit: 32\u00d732 weights."),
        ((16, 1, 3, 3), "filter: 3\u00d73 weights."),
        ((16, 2, 5, 5), "filter, mean over its 2 input channels: 5\u00d75 weights."),
    ],
)
def test_a_tile_is_a_unit_or_a_filter(shape: tuple[int, ...], tile: str) -> None:
    (mosaic,) = mosaics(result(runs=[run(1, first_layer=weights(shape))]))
    assert mosaic.note.startswith(f"A tile is a {tile} Orange is negative, purple positive")
    assert f"{shape[0]} tiles of" in mosaic.words
    (png,) = encode([mosaic.source])
    assert len(png) <= MOST_BYTES
    assert mosaic.source.width * mosaic.scale <= 437


@pytest.mark.parametrize(
    "weights",
    [
        weights((8, 10)),
        weights((7,)),
        [[1.0, 2.0, 3.0, 4.0], [1.0]],
        [[None] * 16],
        [["a"] * 16],
        [[[[]]]],
    ],
    ids=["no square", "flat", "ragged", "not finite", "no numbers", "empty"],
)
def test_what_is_no_picture_is_left_out(weights: Any) -> None:
    assert draw([result(runs=[run(1, first_layer=weights)])]) is None


def test_the_sign_of_a_weight_is_its_colour() -> None:
    values = [[-1.0, 0.0, 0.0, 1.0]]
    (mosaic,) = mosaics(result(runs=[run(1, first_layer=values)]))
    assert isinstance(mosaic.source, Image.Image)
    pixels = np.asarray(mosaic.source.convert("RGB")).astype(int)
    negative, positive = pixels[0, 0], pixels[-1, -1]
    assert negative[0] > negative[2] + 50  # orange
    assert positive[2] > positive[1] + 50  # purple
    assert pixels[0, -1].min() > 240


def test_a_weight_that_is_not_finite_is_drawn_as_none() -> None:
    values = [[float("inf"), 0.5, None, -0.5]]
    (mosaic,) = mosaics(result(runs=[run(1, first_layer=values)]))
    assert "darkest from \u00b10.5" in mosaic.note


def test_three_channels_are_red_green_and_blue() -> None:
    (mosaic,) = mosaics(colour_filters())
    assert "Red, green and blue are the input channels; gray is 0" in mosaic.note
    zero = [[[[0.0] * 2] * 2] * 3, [[[1.0] * 2] * 2, [[0.0] * 2] * 2, [[-1.0] * 2] * 2]]
    (plain,) = mosaics(result(runs=[run(1, first_layer=zero)]))
    assert isinstance(plain.source, Image.Image)
    colours = {colour for _, colour in plain.source.getcolors() or []}
    assert {(128, 128, 128), (255, 128, 0)} <= colours


def test_the_best_run_is_shown_and_named() -> None:
    runs = [trained(90.0, 1), trained(98.31, 2), trained(97.0, 3), run(4)]
    (mosaic,) = mosaics(result(runs=runs))
    assert mosaic.note.startswith("Best of 4 runs: seed 2, test accuracy 98.31 %.")


def test_each_variant_has_its_own_up_to_six() -> None:
    many = [result("q", variant=f"v{number}", runs=[trained(90.0, number)]) for number in range(9)]
    assert [mosaic.title for mosaic in mosaics(*many)] == [
        f"First-layer weights, v{number}" for number in range(6)
    ]


def test_more_units_than_fit_are_said_to_be_left_out() -> None:
    (mosaic,) = mosaics(result(runs=[run(1, first_layer=weights((100, 16)))]))
    assert "The first 64 of 100 tiles." in mosaic.note


def test_large_layers_are_averaged_and_say_so() -> None:
    large = [
        result("q", variant=name, runs=[trained(90.0, 1, (32, 64 * 64))]) for name in ("a", "b")
    ]
    pictures = mosaics(*large)
    assert all("means of 2\u00d72" in mosaic.note for mosaic in pictures)
    assert sum(map(len, encode([mosaic.source for mosaic in pictures]))) <= MOST_BYTES
