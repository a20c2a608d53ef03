"""Finished runs: put once, found again by recipe, seed, environment and what was recorded."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from assessment.results.record import Run
from assessment.results.store.connection import Store
from assessment.results.store.packing import (
    DamagedError,
    Packed,
    pack_predictions,
    pack_run,
    unpack_predictions,
    unpack_run,
    written,
)
from assessment.results.store.recording import covers, narrow
from assessment.results.store.surroundings import Expected
from assessment.spec.kinds.base import Limits
from assessment.spec.recipe import Recording

if TYPE_CHECKING:
    import numpy as np

LARGEST_WEIGHTS = 900_000_000
"""Bytes of a final state that is kept; SQLite takes 10^9 in a row unless built otherwise."""

_PLACE = [field.name for field in fields(Expected)]
_CANDIDATES = f"""
    SELECT runs.id, record, bulk, digest, recorded, limits, may_diverge, outcome, places.capability,
        weights.run IS NOT NULL
    FROM runs JOIN places ON places.id = place LEFT JOIN weights ON weights.run = runs.id
    WHERE runs.id > ? AND key = ? AND seed = ?
        AND {" AND ".join(f"places.{name} = ?" for name in _PLACE[:-1])}
    ORDER BY runs.id DESC"""


@dataclass(frozen=True)
class Terms:
    """Beside recipe and seed, what decides whether a stored run can be used."""

    recording: Recording
    """What was recorded, or has to be."""
    limits: Limits
    """Under which it was made, or would be."""
    expected: Expected
    """Where."""
    may_diverge: bool = False
    """Logits that are not finite are no fault."""


@dataclass(frozen=True)
class FoundRun:
    """A run of the store."""

    number: int
    """Of its row."""
    run: Run
    weights: bytes | None = None
    """Its final state as a safetensors file, where it was asked for."""
    unkept: str = ""
    """Why there is none, in the run's words."""


@dataclass(frozen=True)
class _Candidate:
    number: int
    packed: Packed
    recording: Recording
    outcome: str


def put_run(
    store: Store,
    run: Run,
    terms: Terms,
    *,
    predicted: np.ndarray[Any, Any] | None = None,
    weights: bytes | None = None,
    unkept: str = "",
) -> int | None:
    """Keep a finished run durably; the same one put again is kept once.

    Args:
        store: where.
        run: what came of it.
        terms: under which it was made.
        predicted: classes of the test images after the last epoch, (N,) integers in file order,
            -1 where the logits were not finite.
        weights: its final state as a safetensors file; left out above `LARGEST_WEIGHTS`, so that
            whoever needs it trains again.
        unkept: why there is no final state though one was asked for.

    Returns:
        The number of its row; None for `not_gradable`, which is never kept.

    Raises:
        AssessmentError: the store cannot be written; what was there is unharmed.
    """
    if run.outcome == "not_gradable":
        return None
    packed = pack_run(run)
    classes = None if predicted is None else pack_predictions(predicted)
    settings = (
        terms.recording.model_dump_json(),
        terms.limits.model_dump_json(),
        int(terms.may_diverge),
    )
    with store.writing() as connection:
        place = _place(connection, terms.expected)
        same = (written(run.key), run.seed, packed.digest, place, *settings)
        row = connection.execute(
            """SELECT id FROM runs WHERE key = ? AND seed = ? AND digest = ? AND place = ?
            AND recorded = ? AND limits = ? AND may_diverge = ?""",
            same,
        ).fetchone()
        if row is not None:
            number: int = row[0]
        else:
            cursor = connection.execute(
                """INSERT INTO runs (key, seed, digest, place, recorded, limits, may_diverge,
                outcome, started, seconds, record, bulk, predictions)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                (
                    *same,
                    run.outcome,
                    written(run.started),
                    run.seconds,
                    packed.record,
                    packed.bulk,
                    classes,
                ),
            )
            number = int(cursor.lastrowid or 0)
        if unkept or (weights is not None and len(weights) <= LARGEST_WEIGHTS):
            checksum = None if weights is None else zlib.crc32(weights)
            connection.execute(
                "INSERT OR REPLACE INTO weights VALUES (?, ?, ?, ?)",
                (number, written(unkept), checksum, weights),
            )
    return number


def find_run(
    store: Store, key: str, seed: int, terms: Terms, *, weights: bool = False, since: int = 0
) -> FoundRun | None:
    """Return a stored run that is what training now would give, or None.

    A run that ended well serves when all that is wanted was recorded, whatever its limits; it
    is cut down to what is wanted (`recording.narrow`). One that failed serves only under equal
    limits and recordings, since another might not have. Runs that ended well come first, then
    those recorded as wanted, then the latest. A damaged row is left out and noted.

    Args:
        store: where to look.
        key: of the recipe (`results.keys.run_key`).
        seed: of the run.
        terms: what is wanted, and the environment at hand.
        weights: its final state is needed, or the reason why there is none.
        since: only rows put after the one of this number (`latest_run`).

    Raises:
        AssessmentError: the store cannot be read.
    """
    place = [getattr(terms.expected, name) for name in _PLACE[:-1]]
    with store.reading() as connection:
        rows = connection.execute(_CANDIDATES, (since, written(key), seed, *place)).fetchall()
        candidates = list(_usable(store, rows, terms, weights))
        for best in sorted(
            candidates, key=lambda c: (c.outcome != "scored", c.recording != terms.recording)
        ):
            try:
                run = unpack_run(best.packed)
                state = _state(connection, best.number) if weights else (None, "")
            except DamagedError as error:
                store.leave_out(f"run {best.number}", error)
                continue
            if run.outcome == "scored":
                if run.non_finite and not terms.may_diverge:
                    continue
                run = narrow(run, best.recording, terms.recording)
            return FoundRun(best.number, run, *state)
    return None


def load_predictions(store: Store, number: int) -> np.ndarray[Any, Any] | None:
    """Return the predicted classes of a stored run, (N,) int64, -1 where there is none.

    None where none were kept, or what was kept is damaged.
    """
    with store.reading() as connection:
        row = connection.execute("SELECT predictions FROM runs WHERE id = ?", (number,)).fetchone()
    if row is None or row[0] is None:
        return None
    try:
        return unpack_predictions(row[0])
    except DamagedError as error:
        store.leave_out(f"predictions of run {number}", error)
        return None


def latest_run(store: Store) -> int:
    """Return the number of the run that was put last; 0 where there is none."""
    with store.reading() as connection:
        number: int = connection.execute("SELECT coalesce(max(id), 0) FROM runs").fetchone()[0]
    return number


def count_runs(store: Store) -> int:
    """Return how many runs the store holds."""
    with store.reading() as connection:
        count: int = connection.execute("SELECT count(*) FROM runs").fetchone()[0]
    return count


def _usable(
    store: Store, rows: Iterable[tuple[Any, ...]], terms: Terms, weights: bool
) -> Iterator[_Candidate]:
    for number, record, bulk, digest, recorded, limits, may_diverge, outcome, forced, kept in rows:
        try:
            recording, made_under = _parse_terms(recorded, limits)
            packed = Packed(record, bulk, digest)
            # Parsed only where what the run told decides.
            chosen = bool(terms.expected.capability)
            environment = unpack_run(packed, bulk=False).environment if chosen else None
        except (DamagedError, ValidationError) as error:
            store.leave_out(f"run {number}", error)
            continue
        if not terms.expected.admits(environment, forced):
            continue
        if outcome == "scored":
            fits = covers(recording, terms.recording) and (kept or not weights)
        else:
            fits = (recording, made_under, bool(may_diverge)) == (
                terms.recording,
                terms.limits,
                terms.may_diverge,
            )
        if fits:
            yield _Candidate(number, packed, recording, outcome)


@lru_cache(maxsize=256)
def _parse_terms(recorded: str, limits: str) -> tuple[Recording, Limits]:
    return Recording.model_validate_json(recorded), Limits.model_validate_json(limits)


def _state(connection: sqlite3.Connection, number: int) -> tuple[bytes | None, str]:
    row = connection.execute(
        "SELECT content, reason, checksum FROM weights WHERE run = ?", (number,)
    ).fetchone()
    if row is None:
        return None, ""
    content, reason, checksum = row
    if content is not None and zlib.crc32(content) != checksum:
        raise DamagedError("the checksum of its weights does not fit")
    return content, reason


def _place(connection: sqlite3.Connection, expected: Expected) -> int:
    stated = (getattr(expected, name) for name in _PLACE)
    values = [written(value) if isinstance(value, str) else value for value in stated]
    connection.execute(
        f"INSERT OR IGNORE INTO places ({', '.join(_PLACE)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        values,
    )
    wanted = " AND ".join(f"{name} = ?" for name in _PLACE)
    number: int = connection.execute(f"SELECT id FROM places WHERE {wanted}", values).fetchone()[0]
    return number
