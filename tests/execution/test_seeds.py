"""Families of seeds never meet."""

from __future__ import annotations

from pathlib import Path

import pytest

from assessment.errors import AssessmentError
from assessment.execution.seeds import (
    FAMILY_SIZE,
    calibration_seed,
    fingerprint,
    fresh_seed,
    grading_seeds,
    practice_seed,
    read_secret,
)


def test_families_are_disjoint_and_their_members_distinct() -> None:
    indices = [0, 1, 2, 99, FAMILY_SIZE // 2, FAMILY_SIZE - 1]
    calibration = {calibration_seed(index) for index in indices}
    practice = {practice_seed(index) for index in indices}
    assert len(calibration) == len(practice) == len(indices)
    assert not calibration & practice
    families = (calibration_seed, practice_seed, fresh_seed)
    ends = [f(i) for f in families for i in (0, FAMILY_SIZE - 1)]
    assert ends == sorted(ends), "one family ends before the next begins"


def test_a_seed_stays_what_it_is() -> None:
    """Calibration files hold runs by their seeds."""
    assert [calibration_seed(index) for index in range(3)] == [1_000_000, 1_000_001, 1_000_002]
    assert practice_seed(0) == 2_000_000


@pytest.mark.parametrize("index", [-1, FAMILY_SIZE])
def test_an_index_outside_the_family(index: int) -> None:
    with pytest.raises(ValueError, match="is outside 0 to 999999"):
        practice_seed(index)


def test_every_generator_takes_every_seed() -> None:
    assert 0 <= practice_seed(FAMILY_SIZE - 1) < 2**32


def test_grading_seeds_come_from_the_secret_alone() -> None:
    one, same, other = (grading_seeds(text) for text in (b"a" * 16, b"a" * 16, b"b" * 16))
    members = [one(index) for index in range(200)]
    assert members == [same(index) for index in range(200)]
    assert not set(members) & {other(index) for index in range(200)}
    assert len(set(members)) == 200
    assert min(members) > fresh_seed(FAMILY_SIZE - 1)
    assert max(members) < 2**32
    assert fingerprint(b"a" * 16) != fingerprint(b"b" * 16)
    with pytest.raises(ValueError, match="is outside"):
        one(-1)


def test_a_secret_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("0123456789abcdef\n")
    assert read_secret(path) == b"0123456789abcdef"
    path.write_text("guess me")
    with pytest.raises(AssessmentError, match="a secret of 8 bytes, at least 16 are wanted"):
        read_secret(path)
    with pytest.raises(AssessmentError, match="nowhere: cannot be read: No such file"):
        read_secret(tmp_path / "nowhere")
