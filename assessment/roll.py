"""Who has handed in, as the command line says it: listed once, told to every worker."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from assessment.classroom import Classroom, Mapped
from assessment.collection import spec_files
from assessment.errors import AssessmentError, SpecError
from assessment.importing import refuse_imports_from


def open_classroom(config: pytest.Config) -> Classroom:
    """Return whose work the options name, and how its code is kept in.

    Raises:
        AssessmentError: they contradict each other, name what is not there, or ask for more
            isolation than this machine has.
    """
    one, many = config.getoption("assess_submission"), config.getoption("assess_submissions")
    if one is None and many is None:
        for option in ("student", "roster", "mapping", "control", "template"):
            if config.getoption(f"assess_{option}"):
                name = f"--{option}" if option in ("student", "roster") else f"--assess-{option}"
                raise AssessmentError(f"{name} goes with --submission or --submissions")
        return Classroom()
    if one is not None and many is not None:
        raise AssessmentError("--submission is one hand-in, --submissions a class: give one")
    from assessment.execution.isolation.levels import choose_level
    from assessment.mapping import students_known
    from assessment.results.classes import Absent
    from assessment.submissions.listing import list_submissions, single_submission
    from assessment.submissions.roster import read_roster

    place = Path(config.invocation_params.dir, Path(one or many).expanduser())
    _refuse_foreign_settings(config, place)
    if many is not None:  # workers of pytest-xdist look for modules in the current folder
        refuse_imports_from(place, () if sys.flags.safe_path else (Path.cwd(),))
    level = choose_level(config.getoption("assess_isolation"), practice=one is not None)
    if one is not None:
        for option, name in (("student", "--student"), ("template", "--assess-template")):
            if config.getoption(f"assess_{option}"):
                raise AssessmentError(f"{name} goes with --submissions")
        mapped = _read_mapping(config, None)
        return Classroom((single_submission(place),), isolation=level, mapped=mapped)
    given = config.getoption("assess_roster")
    path = Path(config.invocation_params.dir, Path(given).expanduser()) if given else None
    roster = read_roster(path) if path else None
    submissions = list_submissions(place, roster)
    mapped = _read_mapping(config, students_known(submissions, roster))
    absent: list[Absent] = []
    wanted = config.getoption("assess_student")
    if wanted:
        from assessment.spelling import did_you_mean

        known = [submission.id for submission in submissions]
        for name in wanted:
            if name not in known:
                hint = did_you_mean(name, known)
                raise AssessmentError(f"--student {name}: nobody of that id handed in{hint}")
        submissions = [submission for submission in submissions if submission.id in wanted]
    elif roster is not None:
        missing = roster.missing(submission.id for submission in submissions)
        absent = [Absent(student.key, student.name) for student in missing]
    return Classroom(tuple(submissions), True, level, mapped, absent)


def give_classroom(classroom: Classroom) -> dict[str, Any]:
    """Return a classroom in built-in types, which is what workers are told in."""
    submissions = [
        asdict(submission) | {"path": str(submission.path)} for submission in classroom.submissions
    ]
    return {
        "submissions": submissions,
        "is_class": classroom.is_class,
        "isolation": classroom.isolation,
        "mapped": {student: dict(names) for student, names in classroom.mapped.items()},
    }


def take_classroom(told: Mapping[str, Any]) -> Classroom:
    """Return the classroom that the controller gave."""
    from assessment.submissions.files import SubmittedFile
    from assessment.submissions.listing import Submission

    submissions = (
        Submission(
            **one
            | {
                "path": Path(one["path"]),
                "files": tuple(SubmittedFile(**file) for file in one["files"]),
                "notes": tuple(one["notes"]),
            }
        )
        for one in told["submissions"]
    )
    return Classroom(tuple(submissions), told["is_class"], told["isolation"], told["mapped"])


def _refuse_foreign_settings(config: pytest.Config, place: Path) -> None:
    """Stop where pytest took its settings from what was handed in.

    An option and its folder in two words join pytest's search for them, before any plugin loads.
    """
    place = place.resolve()
    for found in (config.inipath, config.rootpath / "conftest.py"):
        if found is not None and found.exists() and found.resolve().is_relative_to(place):
            raise AssessmentError(
                f"pytest took {found.name} from what was handed in; write the option and its path "
                f"as one word, --submission=PATH, or grade with `assessment grade`"
            )


def _read_mapping(config: pytest.Config, students: Mapping[str, str] | None) -> Mapped:
    """Return what the mapping file says; `students`: of a class, by what it may call them."""
    given = config.getoption("assess_mapping")
    if not given:
        return {}
    from assessment.mapping import networks_asked_for, read_mapping
    from assessment.spec.reader import read_lab

    questions = None
    with suppress(SpecError):  # whose items say so
        questions = networks_asked_for(read_lab(spec).lab for spec in spec_files(config))
    path = Path(config.invocation_params.dir, Path(given).expanduser())
    return read_mapping(path, practice=students is None, questions=questions, students=students)
