"""Names of strangers: shown, compared, and made ids of."""

from __future__ import annotations

import re

import pytest

from assessment.submissions.names import (
    LONGEST_ID,
    clean,
    distinct,
    fold,
    is_archive,
    quoted,
    stem,
    to_id,
    words,
)

HOSTILE = [
    "",
    "   ",
    "..",
    ".",
    "::",
    "-rf",
    "\x1b[31mred\x1b[0m",
    "a\nb\rc\td",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "x" * 255,
    "é" * 127,
    "王伟",
    "\u202efdp.exe",
    "b\udcffad",
    "nul\x00",
    "a::b[c]",
    "\U0001f600",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_an_id_of_anything_fits_into_an_item_id(text: str) -> None:
    found = to_id(text)
    assert re.fullmatch(r"[A-Za-z0-9_.+:-]+", found)
    assert len(found) <= LONGEST_ID
    assert "::" not in found
    assert found[0].isalnum()


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_shown_of_anything_steers_nothing(text: str) -> None:
    shown = clean(text)
    assert shown.encode().decode() == shown
    assert len(shown) <= 100
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("e19310", "e19310"),
        ("E/19/310", "E-19-310"),
        ("Jane Doe", "Jane-Doe"),
        ("José Müller", "Jose-Muller"),
        ("jane@uni.edu", "jane-uni.edu"),
        ("a + b", "a-+-b"),
        ("--x--", "x"),
        ("a:b", "a:b"),
    ],
)
def test_ids_stay_readable(text: str, expected: str) -> None:
    assert to_id(text) == expected


def test_texts_that_lose_letters_keep_ids_of_their_own() -> None:
    names = ["王伟", "王芳", "lab 王伟", "lab 王芳", "x" * 60, "x" * 61]
    assert len({to_id(name) for name in names}) == len(names)
    assert to_id("lab 王伟").startswith("lab-")


def test_distinct_ids_do_not_depend_on_the_order() -> None:
    texts = ["Alice", "alice", "ALICE", "bob", "bob "]
    found = dict(zip(texts, distinct(texts), strict=True))
    again = dict(zip(texts[::-1], distinct(texts[::-1]), strict=True))
    assert found == again
    assert len({identifier.casefold() for identifier in found.values()}) == len(texts)
    assert found["bob"] == "bob"


def test_equal_texts_get_distinct_ids_that_are_not_taken() -> None:
    found = distinct(["a", "a", "a"], taken=["A"])
    assert len({*found, "a"}) == 4
    assert distinct([]) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("E/19/310", "e19310"),
        ("Müller, Anna", "MULLER anna"),
        ("O'Brien", "obrien"),
        ("Straße", "STRASSE"),
        ("Zoe\u0301", "zoé"),
    ],
)
def test_folding_forgets_case_accents_and_signs(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_folding_keeps_the_vowel_signs_of_other_scripts() -> None:
    assert fold("कि") != fold("का")
    assert fold("王") != fold("玉")


def test_words() -> None:
    assert words("Doe_Jane (2)-lab7.ipynb") == ["doe", "jane", "2", "lab7", "ipynb"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("e19310.ipynb", "e19310"),
        ("e19310.tar.gz", "e19310"),
        ("jane.doe", "jane.doe"),
        ("jane.doe.PY", "jane.doe"),
        (".ipynb", ".ipynb"),
        ("x", "x"),
    ],
)
def test_the_stem_loses_only_endings_of_files(name: str, expected: str) -> None:
    assert stem(name) == expected


def test_archives() -> None:
    assert is_archive("a.ZIP")
    assert is_archive("a.tar.gz")
    assert not is_archive("zip")
    assert not is_archive("a.ipynb")


def test_long_lists_are_counted() -> None:
    assert quoted(["a", "b\n"]) == "a, b"
    assert quoted(map(str, range(1200))) == "0, 1, 2, 3, 4 and 1,195 more"
