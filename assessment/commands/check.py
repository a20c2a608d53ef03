"""`assessment check`: every problem of some spec files."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from assessment.commands.specs import SPECS, add_data_option
from assessment.errors import DataError, SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assessment.execution.preparation import Preparation
    from assessment.spec.reader import LabFile
    from assessment.spec.recipe import Dataset

HELP = "Check spec files and list every problem in them."


def add_options(parser: ArgumentParser) -> None:
    """Add files and `--data`."""
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="spec files (default: specs/*.yaml)"
    )
    add_data_option(parser)


def run(options: Namespace) -> int:
    """Print the problems of each file; 1 where there are some, 2 where there is no file.

    What the reference runs make of a lab is warned of, and no problem of the file.
    """
    from assessment.catalogue import load_lab
    from assessment.report.text import count_text

    files: list[Path] = options.files or sorted(SPECS.glob("*.yaml"))
    if not files:
        print(f"assessment check: no file {SPECS}/*.yaml here, name one", file=sys.stderr)
        return 2
    found = warned = 0
    for file in files:
        try:
            lab_file = load_lab(file, options.data)
        except SpecError as error:
            print(error)
            found += len(error.problems)
            continue
        for warning in _warnings(lab_file, options.data):
            print(warning)
            warned += 1
    warnings = f", {count_text(warned, 'warning')}" if warned else ""
    print(f"{count_text(len(files), 'file')}, {count_text(found, 'problem')}{warnings}")
    return 1 if found else 0


def _warnings(lab_file: LabFile, data: Path | None) -> Iterator[str]:
    """Yield what looks like a slip, and what is wrong with the bands where the data are here."""
    from assessment.results import calibration
    from assessment.spec.doubts import lab_doubts
    from assessment.spec.units import units

    file = lab_file.path
    for unit, doubt in (*lab_doubts(lab_file.lab), *_dataset_warnings(lab_file, data)):
        yield f"{file}:{lab_file.lines.get(unit, 1)}: warning: {doubt}"
    lines = calibration.read(calibration.path_for(file))
    if not lines:
        expectations = (e for unit in units(lab_file.lab).values() for e in unit.expect.values())
        if any(getattr(expectation, "band", None) == "calibrated" for expectation in expectations):
            yield f"{file}:1: warning: no band is calibrated yet: assessment calibrate {file}"
        return
    # Only here, so that checking a lab without reference runs stays a matter of milliseconds.
    from assessment.execution.accounting import lab_account
    from assessment.execution.preparation import Preparation

    preparation = Preparation(data, download=False)
    for unit, warning in _image_warnings(lab_file, preparation):
        yield f"{file}:{lab_file.lines.get(unit, 1)}: warning: {warning}"
    for entry in lab_account(lab_file, preparation, lines):
        if entry.complaint:
            line = lab_file.lines.get(entry.unit, 1)
            yield f"{file}:{line}: warning: {entry.place}: {entry.complaint}"


def _dataset_warnings(lab_file: LabFile, data: Path | None) -> Iterator[tuple[str, str]]:
    """Yield what is odd about data sets of one's own, each with the first unit that uses it."""
    from assessment.datasets.balance import class_warnings
    from assessment.datasets.places import data_directory
    from assessment.spec.units import units

    first: dict[str, str] = {}
    for unit in units(lab_file.lab).values():
        if unit.training is not None:
            first.setdefault(unit.training.dataset.name, unit.id)
    for name, unit_id in first.items():
        try:
            for warning in class_warnings(name, data_directory(data)):
                yield unit_id, warning
        except DataError as error:
            yield unit_id, " ".join(str(error).split())


def _image_warnings(lab_file: LabFile, preparation: Preparation) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the images at hand, each with the first unit that uses them."""
    from assessment.report.text import count_text
    from assessment.spec.units import units

    found: dict[str, list[str]] = {}
    users: dict[str, list[str]] = {}
    for unit in units(lab_file.lab).values():
        if unit.training is None:
            continue
        name = unit.training.dataset.name
        if name not in found:
            found[name] = list(_odd_images(unit.training.dataset, preparation))
        users.setdefault(name, []).append(unit.id)
    for name, texts in found.items():
        first, *others = users[name]
        more = f" and {count_text(len(others), 'other')}" if others else ""
        yield from ((first, f"{first}{more}: {text}") for text in texts)


def _odd_images(dataset: Dataset, preparation: Preparation) -> Iterator[str]:
    """Say that images are not here, so that no band of theirs is checked, or not as published."""
    from assessment.datasets.published import other_files, other_images

    try:
        images = preparation.images(dataset)
        yield from filter(None, [other_images(dataset.name, images.sha256)])
        yield from other_files(dataset.name, preparation.data_dir)
    except DataError as error:
        yield f"bands are not checked here, {' '.join(str(error).split())}"
