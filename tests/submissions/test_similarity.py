"""Which submissions of a class are told to be alike."""

from __future__ import annotations

import hashlib
import random
import time

import pytest

from assessment.boundary.messages import HASH_DIGITS, MOST_HASHES
from assessment.results.classes import Pair
from assessment.submissions.similarity import (
    LEAST_HASHES,
    checked,
    similar_pairs,
)


def hashed(*words: object) -> frozenset[str]:
    return frozenset(hashlib.sha256(str(word).encode()).hexdigest()[:HASH_DIGITS] for word in words)


def own(student: str, count: int = 20) -> frozenset[str]:
    return hashed(*(f"{student} {n}" for n in range(count)))


def test_a_copy_is_found_and_work_of_ones_own_is_not() -> None:
    found = similar_pairs({"c": own("a") | own("c", 2), "a": own("a"), "b": own("b")})
    assert found == [Pair("a", "c", round(20 / 22, 4))]


def test_the_most_alike_come_first() -> None:
    shared = own("x")
    found = similar_pairs(
        {"a": shared, "b": shared | own("b", 4), "c": shared | own("c", 2), "d": own("d")}
    )
    assert [(pair.first, pair.second) for pair in found] == [("a", "c"), ("a", "b"), ("b", "c")]
    assert [pair.share for pair in found] == [0.9091, 0.8333, 0.7692]


def test_a_group_is_no_pair() -> None:
    prints = {"a": own("x"), "b": own("x"), "c": own("x")}
    found = similar_pairs(prints, {"a": "/group1", "b": "/group1", "c": "/c"})
    assert [(pair.first, pair.second) for pair in found] == [("a", "c"), ("b", "c")]


def test_what_many_have_was_given_to_them() -> None:
    template = own("template", 50)
    many = {f"s{n:02}": template | own(str(n), 10) for n in range(15)}
    assert similar_pairs(many) == []
    assert similar_pairs(many | {"s99": template | own("3", 10)}) == [Pair("s03", "s99", 1.0)]


@pytest.mark.parametrize(("students", "copies", "pairs"), [(12, 4, 6), (12, 5, 0), (30, 10, 45)])
def test_many_are_more_than_a_third_and_at_least_five(
    students: int, copies: int, pairs: int
) -> None:
    prints = {f"s{n:02}": own("same" if n < copies else str(n)) for n in range(students)}
    assert len(similar_pairs(prints)) == pairs


def test_the_courses_own_code_does_not_count() -> None:
    prints = {"a": own("course") | own("a"), "b": own("course") | own("b", 3)}
    assert similar_pairs({**prints, "b": own("course")}, given=own("course")) == []
    assert similar_pairs({"a": own("course"), "b": own("course")})
    assert similar_pairs({"a": own("course"), "b": own("course")}, given=own("course")) == []


def test_of_too_little_nothing_is_said() -> None:
    few = own("x", LEAST_HASHES - 1)
    assert similar_pairs({"a": few, "b": few}) == []
    assert similar_pairs({"a": few | own("a", 1), "b": few | own("b", 1)})[0].share > 0.6


def smallest(hashes: frozenset[str]) -> frozenset[str]:
    return frozenset(sorted(hashes)[:MOST_HASHES])


@pytest.mark.parametrize("size", [500, 3000])
def test_large_submissions_are_compared_as_far_as_they_are_known(size: int) -> None:
    """A sample of the smallest hashes is one of both."""
    whole = own("x", size)
    nearly = own("x", round(0.9 * size)) | own("y", round(0.1 * size))
    (pair,) = similar_pairs({"a": smallest(whole), "b": smallest(nearly)})
    assert pair.share == pytest.approx(0.9 / 1.1, abs=0.06)
    part = own("x", 300)  # all that the other one is known to have would be too much to ask
    assert similar_pairs({"a": smallest(own("x", 400)), "b": part})[0].share == 0.75


@pytest.mark.parametrize(
    "told",
    [None, "a" * 10, {"a": 1}, [["0123456789"]], [1.5, None, "short", "0123456789A", "<script>xx"]],
)
def test_what_a_jail_tells_may_be_anything(told: object) -> None:
    assert checked(told) == frozenset()


def test_no_more_is_taken_than_was_agreed() -> None:
    told = sorted(own("x", 2000))
    assert len(checked(told)) == MOST_HASHES
    assert checked([*told[:3], 7, "x"]) == frozenset(told[:3])


def test_a_class_of_three_hundred_takes_a_moment() -> None:
    draw = random.Random(3)
    pool = sorted(own("tutorial", 2000))
    prints = {
        f"s{n:03}": smallest(own(str(n), 300) | frozenset(draw.sample(pool, 100)))
        for n in range(300)
    }
    start = time.process_time()
    assert similar_pairs(prints) == []
    assert time.process_time() - start < 3
