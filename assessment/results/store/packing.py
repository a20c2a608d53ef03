"""Records as they lie in a store's columns: JSON in ASCII, compressed, with a digest."""

from __future__ import annotations

import gc
import hashlib
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from assessment.results.plain import Record
from assessment.results.record import Run

if TYPE_CHECKING:
    import numpy as np

BULK = frozenset({"steps", "gradients", "first_layer", "confusion", "mistakes", "output"})
"""Fields of a run that are kept compressed; the others are few and can be read with any tool."""

LEVEL = 1
"""Of zlib: a tenth larger than its best and ten times as fast."""


Kind = TypeVar("Kind", bound=Record)


class DamagedError(Exception):
    """What a row holds is not what was put there."""


class Packed(NamedTuple):
    """A run in columns."""

    record: str
    bulk: bytes
    digest: bytes
    """Over the other two, before compression."""


def pack_run(run: Run) -> Packed:
    """Return the columns of a run."""
    record = dump(run, exclude=set(BULK))
    bulk = dump(run, include=set(BULK))
    return Packed(record, _deflate(bulk), _digest(record, bulk))


def unpack_run(packed: Packed, *, bulk: bool = True) -> Run:
    """Return the run; without `bulk` its `BULK` fields are empty and the digest is not checked.

    Raises:
        DamagedError: it is not what `pack_run` made.
    """
    if not bulk:
        return _parse(Run, packed.record)
    text = _inflate(packed.bulk)
    if _digest(packed.record, text) != packed.digest:
        raise DamagedError("its digest does not fit")
    return _parse(Run, f"{packed.record[:-1]},{text[1:]}")  # two JSON objects made one


@contextmanager
def uncollected() -> Iterator[None]:
    """Unpack many records without a search for garbage among them again and again.

    They are all kept, so that it would find none, in more time than unpacking takes.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def pack_record(record: Record, exclude: set[str] | None = None) -> bytes:
    """Return a record compressed, without some of its fields."""
    return _deflate(dump(record, exclude=exclude))


def unpack_record(kind: type[Kind], content: bytes) -> Kind:
    """Return the record that `pack_record` made.

    Raises:
        DamagedError: it is none.
    """
    return _parse(kind, _inflate(content))


def dump(
    record: Record, *, include: set[str] | None = None, exclude: set[str] | None = None
) -> str:
    """Return a record as JSON; lone surrogates are escaped, non-finite numbers are null."""
    try:
        return record.model_dump_json(include=include, exclude=exclude, ensure_ascii=True)
    except (PydanticSerializationError, UnicodeEncodeError):  # lone surrogates
        plain = record.plain()
        names = [name for name in plain if name in (include or plain)]
        chosen = {name: plain[name] for name in names if name not in (exclude or ())}
        return json.dumps(chosen, separators=(",", ":"))


def pack_predictions(predicted: np.ndarray[Any, Any]) -> bytes:
    """Return predicted classes, (N,) integers from -1 (no class) to 65534, compressed.

    Raises:
        ValueError: they are of another form.
    """
    import numpy as np

    if predicted.ndim != 1 or predicted.dtype.kind not in "iu":
        raise ValueError(f"predictions of shape {predicted.shape} and type {predicted.dtype}")
    # One more than the class, so that 0 says that there is none.
    shifted = predicted.astype(np.int64) + 1
    low, high = (int(shifted.min()), int(shifted.max())) if len(shifted) else (0, 0)
    if low < 0 or high > 65535:
        raise ValueError(f"predicted classes from {low - 1} to {high - 1}")
    kind = "u1" if high < 256 else "u2"
    return kind.encode() + zlib.compress(shifted.astype(f"<{kind}").tobytes(), 6)


def unpack_predictions(content: bytes) -> np.ndarray[Any, Any]:
    """Return predicted classes (N,) as int64, -1 where there is none.

    Raises:
        DamagedError: they are not what `pack_predictions` made.
    """
    import numpy as np

    try:
        kind = {b"u1": "<u1", b"u2": "<u2"}[content[:2]]
        return np.frombuffer(zlib.decompress(content[2:]), kind).astype(np.int64) - 1
    except (KeyError, TypeError, ValueError, zlib.error) as error:
        raise DamagedError(error) from error


def written(text: str) -> str:
    """Return a text for a column: SQLite's are UTF-8, so lone surrogates are escaped.

    Records keep them as they are; columns are there to be looked for and read.
    """
    return text.encode("utf-8", "backslashreplace").decode()


def _parse(kind: type[Kind], text: str) -> Kind:
    with suppress(ValidationError):  # it is damaged, or has lone surrogates, which this refuses
        return kind.model_validate_json(text)  # twice as fast as what follows
    try:
        return kind.model_validate(_load(text))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise DamagedError(f"{place}: {first['msg']}") from error


def _load(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise DamagedError(error) from error
    if not isinstance(found, dict):
        raise DamagedError("no JSON object")
    return found


def _deflate(text: str) -> bytes:
    return zlib.compress(text.encode("ascii"), LEVEL)


def _inflate(content: bytes) -> str:
    try:
        return zlib.decompress(content).decode("ascii")
    except (TypeError, ValueError, zlib.error) as error:
        raise DamagedError(error) from error


def _digest(record: str, bulk: str) -> bytes:
    try:
        return hashlib.sha256(f"{record}\n{bulk}".encode("ascii")).digest()
    except (AttributeError, UnicodeEncodeError) as error:
        raise DamagedError(error) from error
