"""What an item is graded with: reference runs, run keys, names and pictures of its data set."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from assessment.datasets.samples import first_of_different_classes
from assessment.errors import AssessmentError
from assessment.execution.plan import Planned
from assessment.execution.predictions import picture
from assessment.execution.preparation import Preparation
from assessment.grading.recipes import recipe_keys
from assessment.grading.setting import Setting
from assessment.results.calibration import CalibrationRun
from assessment.results.record import Mistake
from assessment.spec.units import units


def setting_of(
    item: Planned,
    preparation: Preparation,
    calibrations: Sequence[CalibrationRun],
    *,
    strict: bool = False,
) -> Setting:
    """Return what an item is graded with; without data sets, models or weights, no keys.

    Args:
        item: what is graded.
        preparation: has the data sets and models.
        calibrations: every line of the lab's calibration file.
        strict: take bands of the environment at hand only.
    """
    lab_file, unit = item.lab_file, item.unit
    folder = lab_file.path.resolve().parent
    keys: dict[str, str] = {}
    classes: tuple[str, ...] = ()
    samples: list[Mistake] = []
    test_images: dict[str, int] = {}
    with suppress(AssessmentError):  # the runs say what is missing
        if unit.training is not None:
            images = preparation.images(unit.training.dataset)
            classes = images.classes
            count = getattr(unit.question, "sample_images", 0)
            for index in first_of_different_classes(images.train_labels, count):
                label = int(images.train_labels[index])
                samples.append(picture(images.train_images, index, label, label))
        keys = recipe_keys(item.needed, lambda training: preparation.key(training, folder))
        for other in units(lab_file.lab).values():
            if other.id in keys and other.training is not None:
                test_images[other.id] = preparation.images(other.training.dataset).test_size
    return Setting(
        lab_file=lab_file,
        calibrations=calibrations,
        keys=keys,
        classes=classes,
        test_images=test_images,
        strict=strict,
        samples=samples,
    )
