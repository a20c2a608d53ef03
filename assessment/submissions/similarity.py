"""Which submissions of a class are much alike: pairs to be looked at, never points.

What a jail told of a submission's code are hashes, of statements and definitions. What many of a
class share - code that was given, or that every tutorial has - says nothing and is left out; of the
rest, two submissions that were written apart share little.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from itertools import combinations

from assessment.boundary.messages import HASH_DIGITS, MOST_HASHES
from assessment.results.classes import Pair

LEAST_SHARE = 0.6
"""Of what either of two says, both have."""
LEAST_HASHES = 5
"""That a submission has of its own; of fewer nothing can be said."""
COMMON_SHARE = 1 / 3
COMMON_STUDENTS = 5
"""What more than this share of a class has, and at least so many, was given to them."""
MOST_PAIRS = 200

BEYOND = "g"
"""Behind every hash."""

_HASH = re.compile(rf"[0-9a-f]{{{HASH_DIGITS}}}")


def checked(told: object) -> frozenset[str]:
    """Return the hashes among what a jail told; it may tell anything."""
    if not isinstance(told, list):
        return frozenset()
    words = (word for word in told[:MOST_HASHES] if isinstance(word, str))
    return frozenset(word for word in words if _HASH.fullmatch(word))


def similar_pairs(
    fingerprints: Mapping[str, Collection[str]],
    groups: Mapping[str, str] | None = None,
    given: Collection[str] = (),
) -> list[Pair]:
    """Return the pairs of submissions that share at least `LEAST_SHARE`, the most alike first.

    Args:
        fingerprints: hashes of each submission, by id.
        groups: what is equal for students who handed in together, by id; such pairs are left out.
        given: hashes of the course's own code.
    """
    groups = groups or {}
    authors: dict[str, list[str]] = {}
    for name in sorted(fingerprints):
        for each in set(fingerprints[name]):
            authors.setdefault(each, []).append(name)
    most = max(COMMON_SHARE * len(fingerprints), COMMON_STUDENTS - 1)
    common = {each for each, names in authors.items() if len(names) > most}.union(given)
    # Where a submission has more hashes than it tells, those above its largest are unknown.
    ends = {
        name: max(hashes) if len(hashes) >= MOST_HASHES else BEYOND
        for name, hashes in fingerprints.items()
    }
    own = {name: set(hashes) - common for name, hashes in fingerprints.items()}
    found = []
    # Of many thousands of pairs few have anything in common.
    shared = Counter(
        pair
        for each, names in authors.items()
        if each not in common
        for pair in combinations(names, 2)
    )
    for (first, second), count in shared.items():
        if count < LEAST_SHARE * min(len(own[first]), len(own[second])):
            continue
        if first in groups and groups[first] == groups.get(second):
            continue
        share = _shared(own[first], own[second], min(ends[first], ends[second]))
        if share >= LEAST_SHARE:
            found.append(Pair(first, second, round(share, 4)))
    return sorted(found, key=lambda pair: (-pair.share, pair.first, pair.second))[:MOST_PAIRS]


def _shared(first: set[str], second: set[str], end: str) -> float:
    """Return how much of what either has both have, as far as both are known."""
    both, either = first & second, first | second
    if end < BEYOND:
        both, either = ({each for each in part if each <= end} for part in (both, either))
    if min(len(first), len(second), len(either)) < LEAST_HASHES:
        return 0.0
    return len(both) / len(either)
