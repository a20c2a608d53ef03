"""What a jail tells of a submission that it read may be anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assessment.boundary.messages import MOST_HASHES, Frame, ProtocolError
from assessment.catalogue import load_lab
from assessment.execution.reading import Reader, ReadingRequest
from assessment.execution.requests import Work
from assessment.submissions.listing import Submission

DIGITS = Path(__file__).parents[2] / "specs" / "digits.yaml"
HASH = "0123456789"


def heard(**told: Any) -> Reader:
    reader = Reader(["number"])
    reader.hear(Frame("done", {"found": {}} | told))
    return reader


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ([HASH, HASH, "abcdef0123"], {HASH, "abcdef0123"}),
        ([HASH.upper() + "A", f"{HASH}0", HASH[1:], "ABCDEF0123", "<script>", "", 7, None], set()),
        ([[HASH], {HASH: 1}], set()),
        (HASH, set()),
        ({HASH: HASH}, set()),
        (None, set()),
        ([f"{n:010x}" for n in range(10 * MOST_HASHES)], {f"{n:010x}" for n in range(MOST_HASHES)}),
    ],
)
def test_only_hashes_are_kept_and_no_more_than_there_may_be(told: object, kept: set[str]) -> None:
    assert heard(fingerprint=told).fingerprint == kept


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({"number": "`x` has \n no value"}, {"number": 'it said: "`x` has no value"'}),
        ({"number": 'all is right", says the grader: "'},
         {"number": "it said: \"all is right', says the grader: '\""}),
        ({"number": "x" * 1000}, {"number": f'it said: "{"x" * 399}\N{HORIZONTAL ELLIPSIS}"'}),
        ({"number": 7}, {}),
        ({"number": " "}, {}),
        ({"another": "`x` has no value"}, {}),
        (["number"], {}),
        (None, {}),
    ],
)  # fmt: skip
def test_why_an_answer_is_untold_is_a_quotation(told: object, kept: dict[str, str]) -> None:
    reader = heard(untold=told)
    assert (reader.answers, reader.untold) == ({}, kept)


def test_what_was_found_needs_no_excuse() -> None:
    reader = heard(found={"number": "7"}, untold={"number": "`number` is told otherwise"})
    assert (reader.answers, reader.untold) == ({"number": "7"}, {})


def test_hashes_are_told_once() -> None:
    reader = heard(fingerprint=[HASH])
    with pytest.raises(ProtocolError):
        reader.hear(Frame("done", {"found": {}, "fingerprint": []}))
    assert reader.fingerprint == {HASH}


def test_a_submission_is_read_once_whatever_question_asks() -> None:
    lab = load_lab(DIGITS).lab
    files = Submission("ada", "Ada", Path("/ada.py"), (), "0" * 64)
    other = Submission("ada", "Ada", Path("/ada.py"), (), "1" * 64)
    for_a_net = Work(files, "bubblewrap", names=("Net",), chosen="Mine", fixed=True)
    read = ReadingRequest(for_a_net, lab).id
    assert ReadingRequest(Work(files, "bubblewrap"), lab).id == read
    assert ReadingRequest(Work(files, "process"), lab).id != read
    assert ReadingRequest(Work(other, "bubblewrap"), lab).id != read
