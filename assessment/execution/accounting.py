"""The account of a lab's bands, with the run keys that it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assessment.errors import AssessmentError
from assessment.execution.preparation import Preparation
from assessment.grading.accounts import Entry, account
from assessment.grading.setting import Setting
from assessment.results.calibration import CalibrationRun
from assessment.results.record import Environment
from assessment.spec.reader import LabFile
from assessment.spec.units import Unit, units, weaker_units


def lab_account(
    lab_file: LabFile,
    preparation: Preparation,
    lines: Sequence[CalibrationRun],
    here: Environment | None = None,
) -> list[Entry]:
    """Return what the reference runs make of a lab; units without data or model are left out.

    Args:
        lab_file: the lab.
        preparation: has the data sets and models.
        lines: every line of its calibration file.
        here: the environment at hand, where it is known.
    """
    keys: dict[str, str] = {}
    weaker: dict[str, str] = {}
    test_images: dict[str, int] = {}
    for unit in units(lab_file.lab).values():
        if (key := _key(unit, lab_file, preparation)) is None:
            continue
        keys[unit.id] = key
        assert unit.training is not None
        test_images[unit.id] = preparation.images(unit.training.dataset).test_size
        for other in weaker_units(unit).values():
            if (key := _key(other, lab_file, preparation)) is not None:
                weaker[other.id] = key
    return account(Setting(lab_file, lines, keys, test_images=test_images), weaker, here)


def tell_account(entries: Sequence[Entry], before: Sequence[Entry]) -> Iterator[str]:
    """Write an account line by line, with what changed.

    Args:
        entries: the account as it is.
        before: as it was without the runs just made.
    """
    earlier = {entry.place: entry for entry in before}
    for entry in entries:
        yield f"{entry.place}: {entry.text}"
        was = earlier.get(entry.place)
        if was is not None and was.text != entry.text:
            yield f"    was: {was.text}"
        if entry.complaint:
            yield f"    ! {entry.complaint}"


def _key(unit: Unit, lab_file: LabFile, preparation: Preparation) -> str | None:
    if unit.training is None:
        return None
    try:
        return preparation.key(unit.training, lab_file.path.resolve().parent)
    except AssessmentError:
        return None
