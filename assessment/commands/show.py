"""`assessment show`: one question, or one unit, with its defaults merged."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from assessment.commands.specs import add_data_option, find_spec
from assessment.errors import AssessmentError

HELP = "Show a question with its defaults merged, as YAML."


def add_options(parser: ArgumentParser) -> None:
    """Add the question and `--data`."""
    parser.add_argument(
        "question",
        metavar="LAB::QUESTION",
        help="a spec file and a question of it, such as "
        "co543_lab7::task2-5-learning-rate or ...::task2-5-learning-rate[lr-0.1]; "
        "`specs/` and `.yaml` may be left out",
    )
    add_data_option(parser)


def run(options: Namespace) -> int:
    """Print the question.

    Raises:
        AssessmentError: there is no such question, or its lab has problems.
    """
    from assessment.catalogue import load_lab
    from assessment.spec.rendering import render_question, render_unit
    from assessment.spec.units import units
    from assessment.spelling import did_you_mean, listed

    name, _, wanted = options.question.partition("::")
    lab_file = load_lab(find_spec(name), options.data)
    lab, known = lab_file.lab, units(lab_file.lab)
    if wanted in known:
        print(render_unit(known[wanted]), end="")
        return 0
    if wanted in lab.questions:
        print(render_question(wanted, lab.questions[wanted]), end="")
        return 0
    names = list(dict.fromkeys([*lab.questions, *known]))
    if wanted:
        message = f"{name} has no question {wanted}{did_you_mean(wanted, names)}"
    else:
        message = f"say which question of {name}, as in {name}::{names[0]}"
    raise AssessmentError(f"{message} (there are: {listed(names)})")
