"""`assessment calibrate`: the reference runs that bands are made of."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from assessment.commands.specs import add_data_option
from assessment.errors import AssessmentError

HELP = "Train the reference runs that the bands of a lab lack."


def add_options(parser: ArgumentParser) -> None:
    """Add the spec file, how many runs of what, and where they are made."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a spec file")
    parser.add_argument(
        "--seeds", type=int, default=5, metavar="N", help="runs of each recipe (default: 5)"
    )
    parser.add_argument(
        "-k", metavar="TEXT", default="", help="only questions whose id contains this text"
    )
    add_data_option(parser)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument(
        "--trainers", type=int, metavar="N", help="runs at once (default: one a core)"
    )


def run(options: Namespace) -> int:
    """Train what is missing and account for it; 1 where a run failed or an expectation is refused.

    Raises:
        AssessmentError: no training question is chosen, or the lab has problems.
    """
    from assessment.catalogue import load_lab
    from assessment.execution.accounting import lab_account, tell_account
    from assessment.execution.calibrating import calibrate
    from assessment.execution.preparation import Preparation
    from assessment.results import calibration
    from assessment.spec.units import units

    lab_file = load_lab(options.file, options.data)
    chosen = [
        unit
        for unit in units(lab_file.lab).values()
        if unit.training is not None and options.k.lower() in unit.id.lower()
    ]
    if not chosen:
        raise AssessmentError(f"{options.file}: no training question contains {options.k!r}")
    path = calibration.path_for(options.file)
    known = calibration.read(path)
    made = calibrate(
        chosen,
        options.file,
        options.seeds,
        data_dir=options.data,
        device=options.device,
        trainers=options.trainers,
        say=lambda text: print(text, flush=True),
    )
    preparation = Preparation(options.data)
    before = lab_account(lab_file, preparation, known, made.environment)
    entries = [
        entry
        for entry in lab_account(lab_file, preparation, calibration.read(path), made.environment)
        if options.k.lower() in entry.place.lower()
    ]
    print()
    for line in tell_account(entries, before):
        print(line)
    return 1 if made.failed or any(entry.refused for entry in entries) else 0
