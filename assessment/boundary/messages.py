"""Frames that cross the boundary between the grader and a trainer: JSON and raw arrays.

A frame is a header of two unsigned little-endian integers (length of the JSON
text, 4 bytes; length of the array block, 8 bytes), the JSON text in UTF-8, and
the arrays as one safetensors block. Nothing here ever unpickles or evaluates;
whoever receives says how large a frame may be.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError

HEADER = struct.Struct("<IQ")
LARGEST_TEXT = 2**20
"""Bytes of JSON a frame may have, beside what is recorded within epochs and texts that are read."""
NUMBER_BYTES = 32
"""Of a number in JSON at most, and what stands around it."""
CHARACTER_BYTES = 12
"""Of a character in JSON at most."""
LONGEST_REASON = 3000
"""Characters of a reason that are sent and read: it may have megabytes, and is shown in a line."""
MOST_NOTES = 100
"""Of what a person should know about a submission."""
LARGEST_ARRAYS = 2**31
"""Bytes of arrays a frame may have."""
BEFORE = 1000
"""Test images that a submission predicts before it is trained, the first in the order in which
they were sent."""
MOST_HASHES = 400
"""Of what a submission's code says, the smallest ones: of two submissions these are the same
sample of what both say."""
HASH_DIGITS = 10
"""Hexadecimal ones of such a hash."""
LARGEST_FIRST_LAYER = 2**20
"""Numbers of a first layer that are sent and kept."""
STATE_PREFIX = "state."
"""In front of the names of a model's final parameters and buffers."""
NUMBER_KINDS = "biuf"
"""Kinds of NumPy numbers that functions take and give: truth values, whole numbers, floats."""
PIECE = 2**20
"""Bytes taken at once: what a header merely claims is never allocated ahead."""

Arrays = dict[str, np.ndarray[Any, Any]]
Waiting = Callable[[bool], None]
"""Called around every piece of a frame that is awaited, True when nothing came for one timeout;
what it raises ends the waiting."""


class ProtocolError(Exception):
    """The other side sent something that is not a frame, or not the one that was due."""


class TruncatedError(ProtocolError):
    """The other side closed the channel in the middle of a frame."""


class ChannelClosedError(Exception):
    """The other side closed the channel between two frames."""


@dataclass(frozen=True)
class Frame:
    """One message: a kind, plain data and named arrays."""

    kind: str
    data: dict[str, Any] = field(default_factory=dict)
    arrays: Arrays = field(default_factory=dict)


class Channel:
    """A stream socket that carries frames."""

    def __init__(
        self,
        stream: socket.socket,
        *,
        largest_text: int = LARGEST_TEXT,
        largest_arrays: int = LARGEST_ARRAYS,
    ) -> None:
        self._stream = stream
        self._largest_text = largest_text
        self._largest_arrays = largest_arrays

    def close(self) -> None:
        """Close the socket."""
        self._stream.close()

    def settimeout(self, seconds: float | None) -> None:
        """Let `send` take no longer than this, and `receive` wait no longer for any piece."""
        self._stream.settimeout(seconds)

    def send(self, kind: str, data: Mapping[str, Any] | None = None, **arrays: Any) -> None:
        """Send one frame; `data` holds JSON types, `arrays` NumPy arrays."""
        text = json.dumps({"kind": kind, "data": dict(data or {})}, allow_nan=True).encode()
        block = (
            safetensors.numpy.save({k: np.asarray(v, order="C") for k, v in arrays.items()})
            if arrays
            else b""
        )
        self._stream.sendall(HEADER.pack(len(text), len(block)) + text)
        if block:
            self._stream.sendall(block)

    def receive(self, waiting: Waiting | None = None) -> Frame:
        """Return the next frame.

        Args:
            waiting: decides whether to wait on; without it a timeout is an error.

        Raises:
            ChannelClosedError: the other side is done.
            TruncatedError: it closed in the middle of the frame.
            ProtocolError: what came is no frame, or larger than allowed.
            TimeoutError: nothing came in time.
        """
        header = self._read(HEADER.size, waiting, at_start=True)
        text_length, block_length = HEADER.unpack(header)
        if text_length > self._largest_text or block_length > self._largest_arrays:
            raise ProtocolError(
                f"a frame of {text_length:,} bytes of text and {block_length:,} bytes of arrays "
                f"is larger than allowed ({self._largest_text:,} and {self._largest_arrays:,})"
            )
        text = self._read(text_length, waiting)
        block = self._read(block_length, waiting)
        try:
            message = json.loads(text)
            kind, data = message["kind"], message["data"]
            arrays = safetensors.numpy.load(bytes(block)) if block else {}
        except (ValueError, KeyError, TypeError, RecursionError, SafetensorError) as e:
            raise ProtocolError(f"a damaged frame: {type(e).__name__}") from e
        if not isinstance(kind, str) or not isinstance(data, dict):
            raise ProtocolError("a frame without kind and data")
        return Frame(kind, data, arrays)

    def _read(self, length: int, waiting: Waiting | None, *, at_start: bool = False) -> bytearray:
        buffer = bytearray()
        quiet = False
        while len(buffer) < length:
            if waiting is not None:
                waiting(quiet)
            try:
                piece = self._stream.recv(min(length - len(buffer), PIECE))
            except TimeoutError:
                if waiting is None:
                    raise
                quiet = True
                continue
            except ConnectionResetError:
                piece = b""
            if not piece:
                if at_start and not buffer:
                    raise ChannelClosedError
                raise TruncatedError(f"closed after {len(buffer)} of {length} bytes")
            quiet = False
            buffer += piece
        return buffer


@dataclass(frozen=True)
class Search:
    """What a network is looked for by in a submission."""

    path: str
    """The submission, as its jail sees it: a file or a folder."""
    question: str
    """What it is looked for by: id of the question, or of a variant of it."""
    names: list[str]
    """Names that the spec gives, looked for first."""
    chosen: str | None
    """The name that the student or a person chose, in a mapping file."""
    layers: list[dict[str, Any]] = field(default_factory=list)
    """Layers of the reference (`results.solution.Layer`)."""
    defaults: dict[str, Any] = field(default_factory=dict)
    """Arguments that the spec leaves out, with the values that the reference takes then."""

    def plain(self) -> dict[str, Any]:
        """Return JSON types."""
        return asdict(self)


@dataclass(frozen=True)
class Job:
    """What a trainer is told: a recipe, a seed, and where the permitted data lies."""

    training: dict[str, Any]
    """`spec.recipe.Training` as plain data."""
    model: str
    """`module:qualname` of the class or factory; empty where `search` finds it."""
    import_paths: list[str]
    """Put in front of `sys.path`, so that the model can be imported."""
    weights: str | None
    """File of pretrained weights, given to the factory as `weights`."""
    seed: int
    device: str
    """`cpu`, `cuda` or `cuda:1`."""
    threads: int
    classes: int
    """Width of the logits."""
    train_images: str
    """`.npy` file, uint8, (N, H, W, C)."""
    train_labels: str
    """`.npy` file, integers, (N,); empty where the array `labels` brings those of the images that
    are trained on, and no others."""
    test_images: str
    """`.npy` file, uint8, (M, H, W, C); their labels never leave the grader. Empty where the array
    `test_images` brings them, in an order of the grader's."""
    search: dict[str, Any] | None = None
    """`Search`, for a run of a submission."""
    smoke: bool = False
    """One step and one batch of predictions, to see that everything fits together."""
    keep_weights: bool = False
    """Send the final state with the last frame."""

    def plain(self) -> dict[str, Any]:
        """Return JSON types."""
        return asdict(self)


@dataclass(frozen=True)
class CallJob:
    """A function and the calls it has to answer; the arguments are arrays `case.position`."""

    function: str
    """`module:qualname`; of a submission the function's name."""
    import_paths: list[str]
    """Put in front of `sys.path`, so that the function can be imported."""
    forbid: list[str]
    """Modules that cannot be imported."""
    threads: int
    calls: dict[str, int]
    """Number of arguments of each call, by name."""
    submission: str | None = None
    """The submission that defines it, as its jail sees it."""

    def plain(self) -> dict[str, Any]:
        """Return JSON types."""
        return asdict(self)


@dataclass(frozen=True)
class DescriptionJob:
    """A reference's network, whose layers are wanted."""

    training: dict[str, Any]
    """`spec.recipe.Training` as plain data."""
    model: str
    """`module:qualname` of the class or factory."""
    import_paths: list[str]
    """Put in front of `sys.path`, so that the model can be imported."""
    train_images: str
    """`.npy` file, uint8, (N, H, W, C)."""
    weights: str | None = None
    """File of pretrained weights, given to the factory as `weights`."""

    def plain(self) -> dict[str, Any]:
        """Return JSON types."""
        return asdict(self)


@dataclass(frozen=True)
class ReadingJob:
    """The texts and answers that are looked for in a submission."""

    path: str
    """The submission, as its jail sees it: a file or a folder."""
    texts: dict[str, dict[str, list[str]]]
    """Of each written question, by id: `headings` and `files`."""
    answers: dict[str, list[str]]
    """Of each answer question, by id: names."""

    def plain(self) -> dict[str, Any]:
        """Return JSON types."""
        return asdict(self)


@dataclass(frozen=True)
class EvaluationJob:
    """A file of saved weights, and the model and images that they are evaluated with."""

    training: dict[str, Any]
    """`spec.recipe.Training` as plain data: model, transforms, evaluation batch size."""
    model: str
    """`module:qualname` of the class or factory."""
    import_paths: list[str]
    """Put in front of `sys.path`, so that the model can be imported."""
    checkpoint: str
    """File of a state dict: `.safetensors`, or what `torch.save` wrote."""
    checkpoint_name: str
    """What messages call it."""
    device: str
    """`cpu`, `cuda` or `cuda:1`."""
    threads: int
    classes: int
    """Width of the logits."""
    test_images: str
    """`.npy` file, uint8, (M, H, W, C); empty where the array `test_images` brings them."""
    smoke: bool = False
    """Predict one batch only."""
    search: dict[str, Any] | None = None
    """`Search`, for the network and the file of a submission."""
    weights: str | None = None
    """File that the reference starts from: its factory may not do without."""
    by_shape: bool = False
    """Take the file's tensors by their shapes in the order of their names: that in which another
    network uses them."""

    def plain(self) -> dict[str, Any]:
        """Return JSON types."""
        return asdict(self)
