"""`assessment export`: measured beside reported values, as Markdown."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from assessment.errors import AssessmentError

HELP = "Write measured beside reported values as a table."

HEAD = """\
# Measured beside reported

Written by `assessment export` from the results files of pytest runs; not edited by hand.
"""


def add_options(parser: ArgumentParser) -> None:
    """Add the file to write and those to read."""
    parser.add_argument("target", type=Path, metavar="FILE.md", help="the Markdown file to write")
    parser.add_argument(
        "results",
        nargs="+",
        type=Path,
        metavar="RESULTS.json",
        help="what pytest wrote into its reports directory; later files win",
    )


def run(options: Namespace) -> int:
    """Write the table.

    Raises:
        AssessmentError: a results file is none, or the table cannot be written.
    """
    from assessment.commands.output import write_output
    from assessment.report.markdown import results_table
    from assessment.report.text import count_text
    from assessment.results.document import read

    target: Path = options.target
    if target.suffix != ".md":
        raise AssessmentError(f"{target}: only Markdown can be written, name it FILE.md")
    text = results_table([read(path) for path in options.results])
    write_output(target, f"{HEAD}\n{text}")
    print(f"{target} written from {count_text(len(options.results), 'results file')}")
    return 0
