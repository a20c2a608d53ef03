"""Families of seeds never meet."""

from __future__ import annotations

import pytest

from assessment.execution.seeds import FAMILY_SIZE, calibration_seed, practice_seed


def test_families_are_disjoint_and_their_members_distinct() -> None:
    indices = [0, 1, 2, 99, FAMILY_SIZE // 2, FAMILY_SIZE - 1]
    calibration = {calibration_seed(index) for index in indices}
    practice = {practice_seed(index) for index in indices}
    assert len(calibration) == len(practice) == len(indices)
    assert not calibration & practice
    ends = [f(i) for f in (calibration_seed, practice_seed) for i in (0, FAMILY_SIZE - 1)]
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
