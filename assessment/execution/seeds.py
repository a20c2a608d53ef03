"""Disjoint families of seeds, so that no run is both yardstick and measured.

Calibration and practice seeds are counted through; anybody can repeat those runs. Grading seeds
come from a secret of the course: the same for a whole class, unknown while it works. All are
below 2**32, which is what NumPy's generator takes.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from pathlib import Path

from assessment.errors import AssessmentError

FAMILY_SIZE = 1_000_000
GRADING_FROM, GRADING_UNTIL = 1_000_000_000, 4_000_000_000
SHORTEST_SECRET = 16

SeedFamily = Callable[[int], int]
"""The seed of the `index`-th repeat, from 0."""


def calibration_seed(index: int) -> int:
    """Return the seed of the reference's `index`-th repeat, from 0, for its bands."""
    return _member(1, index)


def practice_seed(index: int) -> int:
    """Return the seed of the `index`-th repeat, from 0, of an ordinary run."""
    return _member(2, index)


def fresh_seed(index: int) -> int:
    """Return the seed of the `index`-th run, from 0, with which the bands are tried out."""
    return _member(3, index)


def grading_seeds(secret: bytes) -> SeedFamily:
    """Return the family that a course secret gives.

    One seed for an index, whatever the question: repeats of two questions are compared in pairs.
    """

    def grading_seed(index: int) -> int:
        _check(index)
        digest = hmac.digest(secret, f"grading seed {index}".encode(), hashlib.sha256)
        return GRADING_FROM + int.from_bytes(digest[:16]) % (GRADING_UNTIL - GRADING_FROM)

    return grading_seed


def fingerprint(secret: bytes) -> str:
    """Return what tells one secret from another and gives neither away: 12 hexadecimal digits."""
    return hmac.new(secret, b"fingerprint", hashlib.sha256).hexdigest()[:12]


def read_secret(path: Path) -> bytes:
    """Return the course secret that a file holds, white space around it left out.

    Raises:
        AssessmentError: the file cannot be read, or is too short to be hard to guess.
    """
    try:
        secret = path.read_bytes().strip()
    except OSError as error:
        raise AssessmentError(f"{path}: cannot be read: {error.strerror}") from None
    if len(secret) < SHORTEST_SECRET:
        raise AssessmentError(
            f"{path}: a secret of {len(secret)} bytes, at least {SHORTEST_SECRET} are wanted; "
            "python -c 'import secrets; print(secrets.token_hex())' makes one"
        )
    return secret


def _member(family: int, index: int) -> int:
    _check(index)
    return family * FAMILY_SIZE + index


def _check(index: int) -> None:
    if not 0 <= index < FAMILY_SIZE:
        raise ValueError(f"seed index {index} is outside 0 to {FAMILY_SIZE - 1}")
