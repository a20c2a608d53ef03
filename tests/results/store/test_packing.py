from __future__ import annotations

import gc
import zlib
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from assessment.results.record import Run
from assessment.results.store.packing import (
    DamagedError,
    Packed,
    pack_predictions,
    pack_record,
    pack_run,
    uncollected,
    unpack_predictions,
    unpack_record,
    unpack_run,
    written,
)
from tests.report.builders import HOSTILE, batch_losses, gradient_norms
from tests.results.store.examples import run

FULL = run(
    steps=batch_losses(200, 5),
    gradients=gradient_norms(50, 2.0, 0.1),
    first_layer=[[[0.125, -3.0e-7], [1e300, 5e-324]]],
)
FAILED = run(
    outcome="crashed",
    reason=HOSTILE,
    output=f"\x00{HOSTILE}\ud800 é",
    confusion=None,
    mistakes=[],
    environment=None,
    epochs={},
)
SURROGATES = run(dataset="na\udcffme", output="plain", started="\udc80")
EMPTY_COLUMN = run(epochs={"test_accuracy": [None, None], "seconds": [0.1, 2]}, peak_megabytes=None)


@pytest.mark.parametrize("put", [FULL, FAILED, SURROGATES, EMPTY_COLUMN], ids=range(4))
def test_a_run_comes_back_as_it_was(put: Run) -> None:
    packed = pack_run(put)
    assert packed.record.isascii()
    found = unpack_run(packed)
    assert found == put
    assert found.plain() == put.plain()
    assert pack_run(found) == packed  # so that it is recognised
    assert unpack_record(Run, pack_record(put)) == put


def test_the_small_part_can_be_read_alone() -> None:
    packed = pack_run(FULL)
    small = unpack_run(packed._replace(bulk=b"damaged"), bulk=False)
    assert small.epochs == FULL.epochs
    assert small.environment == FULL.environment
    assert (small.steps, small.mistakes, small.confusion) == ({}, [], None)
    assert len(packed.record) < 4000


def test_numbers_that_are_not_finite_are_null() -> None:
    put = run(
        epochs={"test_loss": [float("nan"), float("inf"), 1.0]},
        first_layer=[float("-inf"), 2],
        peak_megabytes=float("nan"),
    )
    found = unpack_run(pack_run(put))
    assert found.plain() == put.plain()
    assert found.epochs == {"test_loss": [None, None, 1.0]}
    assert found.first_layer == [None, 2]


PACKED = pack_run(FULL)


@pytest.mark.parametrize(
    ("damaged", "message"),
    [
        (PACKED._replace(record=PACKED.record.replace("scored", "scared")), "digest does not fit"),
        (PACKED._replace(bulk=PACKED.bulk[:-9]), "incomplete"),
        (PACKED._replace(bulk=b"x" + PACKED.bulk), "incorrect header"),
        (PACKED._replace(bulk=zlib.compress(b"\xff")), "can't decode"),
        (PACKED._replace(bulk=None), "bytes-like"),
        (PACKED._replace(bulk=pack_run(FAILED).bulk), "digest does not fit"),
        (PACKED._replace(digest=b""), "digest does not fit"),
        (PACKED._replace(record="é"), "can't encode"),
        (PACKED._replace(record=None), "digest"),
    ],
)
def test_damage_is_noticed(damaged: Packed, message: str) -> None:
    with pytest.raises(DamagedError, match=message):
        unpack_run(damaged)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (zlib.compress(b"[1]"), "no JSON object"),
        (zlib.compress(b"{"), "Expecting"),
        (zlib.compress(b"{}"), "key: Field required"),
        (zlib.compress(b"[" * 100_000), "recursion"),
        (b"", "incomplete"),
        (7, "bytes-like"),
    ],
)
def test_a_record_that_is_none(content: Any, message: str) -> None:
    with pytest.raises(DamagedError, match=message):
        unpack_record(Run, content)


@pytest.mark.parametrize(
    ("classes", "kind"),
    [
        ([0, 9, 3], "uint8"),
        ([0, 9, -1, 3], "int8"),
        ([254], "int64"),
        ([255, -1], "int16"),
        ([65534], "uint16"),
        ([], "u1"),
    ],
)
def test_predictions_come_back(classes: list[int], kind: str) -> None:
    found = unpack_predictions(pack_predictions(np.array(classes, dtype=kind)))
    assert found.dtype == np.int64
    assert found.tolist() == classes


def test_predictions_take_little_room() -> None:
    ten = np.random.default_rng(0).integers(0, 10, 10_000).astype(np.uint8)
    assert len(pack_predictions(ten)) < 5200  # log2(10) bits each are 4152 bytes


@pytest.mark.parametrize(
    "wrong",
    [
        np.array([-2]),
        np.array([65535]),
        np.array([0.5]),
        np.array([[1]]),
        np.array([True]),
    ],
    ids=str,
)
def test_what_are_no_predictions(wrong: Any) -> None:
    with pytest.raises(ValueError, match="predict"):
        pack_predictions(wrong)


@pytest.mark.parametrize(
    "content", [b"", b"u1", b"u1xyz", b"zz", b"u2" + zlib.compress(b"1"), None]
)
def test_damaged_predictions(content: Any) -> None:
    with pytest.raises(DamagedError):
        unpack_predictions(content)


def test_texts_of_columns_are_utf8() -> None:
    assert written("specs/ü.yaml") == "specs/ü.yaml"
    assert written("a\udcffb") == "a\\udcffb"


@pytest.mark.parametrize("enabled", [True, False])
def test_the_search_for_garbage_goes_on_as_before(
    enabled: bool,
) -> None:
    (gc.enable if enabled else gc.disable)()
    try:
        with suppress(DamagedError), uncollected():
            assert not gc.isenabled()
            unpack_record(Run, b"damaged")
        assert gc.isenabled() is enabled
    finally:
        gc.enable()
