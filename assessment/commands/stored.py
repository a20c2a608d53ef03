"""The store as the command line names it, and what commands take from it."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from assessment.commands.specs import spellings
from assessment.errors import AssessmentError, SpecError

if TYPE_CHECKING:
    from assessment.results.store.connection import Store
    from assessment.results.store.numbers import Place

OPTIONS = {"--assess-store": "--store", "--assess-compare-fail": "--fail"}
"""What pytest calls an option, and what the command does."""


def add_store_option(parser: ArgumentParser) -> None:
    """Add `--store FILE`."""
    parser.add_argument(
        "--store",
        type=Path,
        metavar="FILE",
        help="the store that pytest fills (default: reports/assessment.sqlite)",
    )


@contextmanager
def opened(path: Path | None, *, write: bool = False) -> Iterator[Store]:
    """Open the store, the default one where none is named, until the block ends.

    Raises:
        AssessmentError: it cannot be opened, read or written.
    """
    from assessment.results.store.files import DEFAULT, open_store

    path = path or DEFAULT
    if write and not path.exists():
        write = False  # there is nothing to read either: say so, and make nothing
    with in_own_words(), open_store(path, read_only=not write, note=_tell) as store:
        yield store


@contextmanager
def in_own_words() -> Iterator[None]:
    """Let messages that name an option of pytest name the command's instead."""
    try:
        yield
    except SpecError:
        raise
    except AssessmentError as error:
        raise AssessmentError(own_words(str(error))) from error


def own_words(text: str) -> str:
    """Return a message with the command's options in place of pytest's."""
    for theirs, ours in OPTIONS.items():
        text = text.replace(theirs, ours)
    return text


def choose_spec(store: Store, places: Iterable[Place], given: str) -> str:
    """Return the spec file as the store names it, `specs/` and `.yaml` left out or not.

    Raises:
        AssessmentError: the store has no result of it.
    """
    from assessment.problems import shown_path
    from assessment.spelling import did_you_mean, listed

    known = list(dict.fromkeys(place.spec for place in places))
    for path in spellings(given):
        for name in (path.as_posix(), shown_path(path)):
            if name in known:
                return name
    if not known:
        raise AssessmentError(f"{store.path}: there is no result yet")
    raise AssessmentError(
        f"{store.path}: there is no result of {given}{did_you_mean(given, known)} "
        f"(there are: {listed(known)})"
    )


def tell_left_out(submissions: Sequence[str]) -> None:
    """Say that what was written or shown is the reference's, where a store has more."""
    from assessment.report.text import count_text

    if submissions:
        count = count_text(len(submissions), "submission")
        print(f"the reference's results; those of {count} are left out")


def _tell(text: str) -> None:
    print(f"assessment: {text}", file=sys.stderr)
