"""`assessment grade`: the reference on the grading seeds, then a class.

pytest runs with a configuration of its own: what lies beside or among hand-ins - a `pytest.ini`, a
`conftest.py`, a `sitecustomize.py` - is neither looked for nor imported.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from importlib.resources import as_file, files
from pathlib import Path

from assessment.commands.specs import add_data_option
from assessment.errors import AssessmentError
from assessment.importing import refuse_imports_from
from assessment.mapping import networks_asked_for, read_mapping
from assessment.results.isolation import ASKED_ISOLATIONS
from assessment.spec.reader import read_lab
from assessment.template import read_template

HELP = "Grade a class: a folder of hand-ins, each in its jail."

SECRET = "assessment.secret"
"""File of the course's secret, made where none is named."""
STEERING = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")
"""Variables that change what pytest does."""


def add_options(parser: ArgumentParser) -> None:
    """Add the lab, the class, and how it is run."""
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="spec files")
    parser.add_argument(
        "--submissions", type=Path, required=True, metavar="DIR", help="the folder of hand-ins"
    )
    parser.add_argument("--roster", type=Path, metavar="CSV", help="ids and names of the class")
    parser.add_argument(
        "--student", action="append", default=[], metavar="ID", help="only this one; repeatable"
    )
    parser.add_argument("-k", metavar="TEXT", help="only questions whose id contains this")
    parser.add_argument(
        "--secret",
        type=Path,
        metavar="FILE",
        help=f"the course's secret (default: ASSESSMENT_SECRET, else {SECRET}, made if absent)",
    )
    parser.add_argument(
        "--isolation",
        choices=ASKED_ISOLATIONS,
        default="auto",
        help="how submitted code is kept in (default: auto, which is bubblewrap)",
    )
    parser.add_argument("--mapping", type=Path, metavar="FILE", help="which name answers what")
    parser.add_argument(
        "--template",
        type=Path,
        metavar="PATH",
        help="notebook, script, folder or zip that the course handed out: what hand-ins have from "
        "it makes no two of them alike",
    )
    parser.add_argument(
        "--control",
        action="store_true",
        help="also train on permuted labels, to see that it learns",
    )
    parser.add_argument(
        "--fail-under", type=float, metavar="PERCENT", help="end with 1 where items earn less"
    )
    parser.add_argument("-n", metavar="N", help="pytest-xdist workers, a number or auto")
    add_data_option(parser)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--reports", type=Path, default=Path("reports"), metavar="DIR")
    parser.add_argument("--store", type=Path, metavar="FILE", help="file of finished runs")
    parser.add_argument("--fresh", action="store_true", help="take no finished runs")
    parser.add_argument(
        "--anyway",
        action="store_true",
        help="grade though the reference does not earn full marks, and run what lacks its hardware",
    )


def run(options: Namespace) -> int:
    """Grade the reference, then the class; 0 where everything could be graded.

    Raises:
        AssessmentError: something named is not there, or the reference does not earn full marks.
    """
    place = options.submissions.resolve()
    if not place.is_dir():
        raise AssessmentError(f"{options.submissions}: there is no such folder of submissions")
    refuse_imports_from(place)
    for file in options.files:
        if not file.is_file():
            raise AssessmentError(f"{file}: there is no such spec file")
        if file.resolve().is_relative_to(place):
            raise AssessmentError(f"{file}: a spec file does not lie among the submissions")
    if options.template is not None:  # both before the reference is trained
        read_template(options.template)
    if options.mapping is not None:
        asked = networks_asked_for(read_lab(file).lab for file in options.files)
        read_mapping(options.mapping, questions=asked)
    secret = _secret(options)
    shared = [*_shared(options), f"--assess-secret={secret}"]
    reports = Path(options.reports).absolute()
    print("assessment: the reference first, on the grading seeds", flush=True)
    status = _pytest(options, place, [*shared, f"--assess-reports={reports / 'reference'}"])
    if status == 2:
        return 130
    if status != 0 and (status != 1 or not options.anyway):
        raise AssessmentError(
            "the reference does not earn full marks on the grading seeds, or could not be graded: "
            "no submission was looked at (see above; --anyway grades all the same)"
        )
    print("\nassessment: now the class", flush=True)
    status = _pytest(options, place, [*shared, *_class(options), f"--assess-reports={reports}"])
    return 130 if status == 2 else status


def _shared(options: Namespace) -> Iterator[str]:
    store = options.store or Path(options.reports) / "assessment.sqlite"
    yield f"--assess-store={Path(store).absolute()}"
    yield f"--assess-device={options.device}"
    yield "--assess-threads=1"  # the class's, where a single run of the reference would take all
    if options.data is not None:
        yield f"--assess-data={Path(options.data).absolute()}"
    if options.fresh:
        yield "--assess-fresh"
    if options.anyway:
        yield "--assess-anyway"
    if options.n is not None:
        yield f"-n{options.n}"
    if options.k is not None:
        yield f"-k{options.k}"


def _class(options: Namespace) -> Iterator[str]:
    yield f"--submissions={options.submissions.absolute()}"
    yield f"--assess-isolation={options.isolation}"
    if options.roster is not None:
        yield f"--roster={options.roster.absolute()}"
    if options.mapping is not None:
        yield f"--assess-mapping={options.mapping.absolute()}"
    if options.template is not None:
        yield f"--assess-template={options.template.absolute()}"
    if options.control:
        yield "--assess-control"
    if options.fail_under is not None:
        yield f"--assess-fail-under={options.fail_under}"
    yield from (f"--student={name}" for name in options.student)


def _pytest(options: Namespace, place: Path, arguments: Sequence[str]) -> int:
    """Run pytest with a configuration of its own and return its exit status."""
    root = _root(options.files, place)
    environment = {name: value for name, value in os.environ.items() if name not in STEERING}
    environment["PYTHONSAFEPATH"] = "1"  # -P, for workers of pytest-xdist, too
    with as_file(files("assessment.commands").joinpath("grade.ini")) as configuration:
        command = [
            sys.executable,
            "-P",  # nothing is imported from the folder that this is called in
            "-m",
            "pytest",
            f"-c{configuration}",
            f"--rootdir={root}",
            f"--confcutdir={root}",
            "-pno:cacheprovider",
            *arguments,
            *(str(file.resolve()) for file in options.files),
        ]
        try:
            return subprocess.run(command, env=environment, check=False).returncode
        except KeyboardInterrupt:
            return 2


def _root(specs: Sequence[Path], place: Path) -> Path:
    """Return the folder that item names are relative to: it is not among the submissions."""
    here = Path.cwd().resolve()
    folders = [spec.resolve().parent for spec in specs]
    if not here.is_relative_to(place) and all(one.is_relative_to(here) for one in folders):
        return here
    return Path(os.path.commonpath(folders))


def _secret(options: Namespace) -> Path:
    """Return the file of the course's secret; made where nobody names one and there is none."""
    named = options.secret or os.environ.get("ASSESSMENT_SECRET")
    if named:
        return Path(named).absolute()
    path = Path(SECRET).absolute()
    if not path.exists():
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise AssessmentError(f"{path}: cannot be made: {error.strerror}") from None
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex() + "\n")
        print(
            f"assessment: {SECRET} was made: the grading seeds of this course come from it, so "
            "keep it, and keep it from students"
        )
    return path
