"""Frames arrive as they were sent, or not at all."""

from __future__ import annotations

import json
import pickle
import socket
import struct
import threading
import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from assessment.boundary.messages import (
    HEADER,
    LARGEST_ARRAYS,
    Channel,
    ChannelClosedError,
    Frame,
    Job,
    ProtocolError,
    TruncatedError,
)


class Ends:
    """Both ends of a channel: raw bytes on one side, frames on the other."""

    def __init__(self) -> None:
        self.raw, other = socket.socketpair()
        self.channel = Channel(other, largest_text=10_000, largest_arrays=10_000)
        self.channel.settimeout(5)

    def take(self, data: bytes, *, closed: bool = True) -> Frame:
        """Send bytes, hang up, and receive."""
        self.raw.sendall(data)
        if closed:
            self.raw.close()
        return self.channel.receive()


@pytest.fixture
def ends() -> Iterator[Ends]:
    both = Ends()
    yield both
    both.raw.close()
    both.channel.close()


def frame(text: bytes, block: bytes = b"") -> bytes:
    return HEADER.pack(len(text), len(block)) + text + block


def header(text: int, block: int) -> bytes:
    return HEADER.pack(text, block)


WHOLE = frame(b'{"kind": "epoch", "data": {"epoch": 1}}', safetensors.numpy.save({"a": np.ones(3)}))


@pytest.mark.parametrize(
    ("data", "arrays"),
    [
        ({}, {}),
        ({"text": "Umläute, ☃ and \ud800", "none": None, "nested": [{"deep": [1, 2.5, True]}]}, {}),
        ({"nan": float("nan"), "infinite": float("-inf")}, {}),
        ({}, {"logits": np.arange(12, dtype=np.float32).reshape(3, 4)}),
        ({"a": 1}, {"empty": np.zeros((0, 10), np.float32), "scalar": np.array(3, np.int64)}),
        ({}, {"turned": np.arange(12, dtype=np.float64).reshape(3, 4).T}),
        ({}, {"odd": np.array([np.nan, np.inf, -0.0], np.float32)}),
        ({}, {name: np.ones(2, name) for name in ("uint8", "int16", "float16", "bool")}),
    ],
)
def test_round_trip(data: dict[str, Any], arrays: dict[str, Any], ends: Ends) -> None:
    Channel(ends.raw).send("kind", data, **arrays)
    found = ends.channel.receive()
    assert found.kind == "kind"
    assert json.dumps(found.data) == json.dumps(data)
    assert set(found.arrays) == set(arrays)
    for name, array in arrays.items():
        assert found.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(found.arrays[name], array)


def test_frames_keep_their_order_and_their_borders(ends: Ends) -> None:
    sender = Channel(ends.raw)
    for number in range(5):
        sender.send("epoch", {"number": number}, a=np.full(number, number))
    for number in range(5):
        found = ends.channel.receive()
        assert found.data["number"] == number
        assert found.arrays["a"].tolist() == [number] * number


def test_a_frame_larger_than_the_sockets_buffer_arrives_whole() -> None:
    ours, theirs = socket.socketpair()
    array = np.random.default_rng(0).random((600, 1000))
    sending = threading.Thread(target=Channel(theirs).send, args=("big",), kwargs={"a": array})
    sending.start()
    np.testing.assert_array_equal(Channel(ours).receive().arrays["a"], array)
    sending.join()
    ours.close()
    theirs.close()


def test_closing_between_two_frames_is_an_end(ends: Ends) -> None:
    assert ends.take(WHOLE).data == {"epoch": 1}
    with pytest.raises(ChannelClosedError):
        ends.channel.receive()


@pytest.mark.parametrize("length", [1, 4, HEADER.size, HEADER.size + 1, 40, len(WHOLE) - 1])
def test_closing_within_a_frame_is_told_apart(length: int, ends: Ends) -> None:
    with pytest.raises(TruncatedError, match="closed after"):
        ends.take(WHOLE[:length])


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(header(10_001, 0), id="text"),
        pytest.param(header(2, 10_001), id="arrays"),
        pytest.param(header(2**32 - 1, 2**64 - 1), id="largest-header"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="another-protocol"),
    ],
)
def test_an_oversized_frame_is_refused_by_its_header(data: bytes, ends: Ends) -> None:
    with pytest.raises(ProtocolError, match=r"is larger than allowed \(10,000 and 10,000\)"):
        ends.take(data, closed=False)


@pytest.mark.parametrize(
    ("text", "block"),
    [
        pytest.param(b"", b"", id="nothing"),
        pytest.param(b"{", b"", id="not-json"),
        pytest.param(b"\xff\xfe{}", b"", id="not-utf-8"),
        pytest.param(b"[1, 2]", b"", id="a-list"),
        pytest.param(b"null", b"", id="null"),
        pytest.param(b'"kind"', b"", id="a-string"),
        pytest.param(b'{"kind": "x"}', b"", id="no-data"),
        pytest.param(b'{"kind": 3, "data": {}}', b"", id="kind-of-another-type"),
        pytest.param(b'{"kind": "x", "data": [1]}', b"", id="data-of-another-type"),
        pytest.param(b"[" * 9_000, b"", id="deep"),
        pytest.param(b'{"kind": "x", "data":' + b'{"a":' * 1_900, b"", id="deep-and-cut"),
        pytest.param(
            b'{"kind": "x", "data": {"n": ' + b"9" * 9_000 + b"}}", b"", id="endless-integer"
        ),
        pytest.param(b'{"kind": "x", "data": {}}', b"not safetensors", id="arrays-garbage"),
        pytest.param(b'{"kind": "x", "data": {}}', bytes(64), id="arrays-zeros"),
        pytest.param(
            b'{"kind": "x", "data": {}}', struct.pack("<Q", 2**63) + b"{}", id="arrays-header"
        ),
        pytest.param(b'{"kind": "x", "data": {}}', pickle.dumps(np.ones(3)), id="pickle"),
        pytest.param(
            b'{"kind": "x", "data": {}}',
            safetensors.numpy.save({"a": np.ones(3)})[:-1],
            id="arrays-cut",
        ),
    ],
)
def test_garbage_is_a_damaged_frame(text: bytes, block: bytes, ends: Ends) -> None:
    with pytest.raises(ProtocolError, match=r"^a (damaged frame|frame without kind and data)"):
        ends.take(frame(text, block))


@pytest.mark.parametrize("dtype", ["BF16", "F8_E4M3", "COMPLEX", "U24"])
def test_types_that_numpy_does_not_know_are_refused(dtype: str, ends: Ends) -> None:
    entry = {"a": {"dtype": dtype, "shape": [1], "data_offsets": [0, 2]}}
    described = json.dumps(entry).encode()
    block = struct.pack("<Q", len(described)) + described + b"\0\0"
    with pytest.raises(ProtocolError):
        ends.take(frame(b'{"kind": "x", "data": {}}', block))


def test_nothing_is_ever_unpickled(ends: Ends, tmp_path: Any) -> None:
    class Payload:
        def __reduce__(self) -> Any:
            return (tmp_path.joinpath("touched").touch, ())

    with pytest.raises(ProtocolError):
        ends.take(frame(b'{"kind": "x", "data": {}}', pickle.dumps(Payload())))
    assert not tmp_path.joinpath("touched").exists()


def test_a_claimed_length_allocates_nothing() -> None:
    ours, theirs = socket.socketpair()
    theirs.sendall(header(2, LARGEST_ARRAYS) + b"{}")
    theirs.close()
    tracemalloc.start()
    with pytest.raises(TruncatedError):
        Channel(ours).receive()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    ours.close()
    assert peak < 8 * 2**20


def test_a_silent_side_is_a_timeout(ends: Ends) -> None:
    ends.channel.settimeout(0.02)
    with pytest.raises(TimeoutError):
        ends.take(WHOLE[:20], closed=False)


def test_whoever_waits_is_asked_between_all_pieces(ends: Ends) -> None:
    asked: list[bool] = []

    def waiting(quiet: bool) -> None:
        asked.append(quiet)
        if len(asked) == 1:
            ends.raw.sendall(WHOLE[:5])
        elif quiet:
            ends.raw.sendall(WHOLE[5:])

    ends.channel.settimeout(0.02)
    assert ends.channel.receive(waiting).data == {"epoch": 1}
    assert asked[:3] == [False, False, True]


def test_waiting_ends_with_what_is_raised(ends: Ends) -> None:
    class EnoughError(Exception):
        pass

    def waiting(quiet: bool) -> None:
        if quiet:
            raise EnoughError

    ends.channel.settimeout(0.02)
    ends.raw.sendall(WHOLE[:7])
    with pytest.raises(EnoughError):
        ends.channel.receive(waiting)


def test_a_job_is_plain_data() -> None:
    job = Job(
        training={"epochs": 2},
        model="module:Net",
        import_paths=["/labs"],
        weights=None,
        seed=3,
        device="cpu",
        threads=1,
        classes=10,
        train_images="a.npy",
        train_labels="b.npy",
        test_images="c.npy",
    )
    assert Job(**json.loads(json.dumps(job.plain()))) == job
    assert "test_labels" not in job.plain()
