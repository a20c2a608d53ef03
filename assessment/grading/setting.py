"""What an item is graded with, besides its runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assessment.results.calibration import CalibrationRun
from assessment.results.record import Mistake
from assessment.spec.reader import LabFile


@dataclass(frozen=True)
class Setting:
    """What an item is graded with, besides its runs."""

    lab_file: LabFile
    calibrations: Sequence[CalibrationRun] = ()
    """Every line of the lab's calibration file."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Run key of each training unit concerned, and of those that its bands are made of besides, by
    unit id; else that of its runs is taken."""
    classes: Sequence[str] = ()
    """Names of the data set's classes."""
    test_images: Mapping[str, int] = field(default_factory=dict)
    """Sizes of test sets by unit id, for units whose runs do not tell."""
    datasets: Mapping[str, str] = field(default_factory=dict)
    """Hashes of the images by unit id, for units whose runs do not tell."""
    strict: bool = False
    """Take bands of the environment at hand only."""
    samples: Sequence[Mistake] = ()
    """Training images to show."""
    answers: Mapping[str, str] | None = None
    """What was handed in to answer and written questions, by question id; None where nothing is
    handed in, so that the instructor's own answers are graded."""
    untold: Mapping[str, str] = field(default_factory=dict)
    """By question id: why an answer that is there could not be told."""
