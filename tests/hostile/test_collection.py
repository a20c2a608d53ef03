"""Every hostile submission beside an honest one: what becomes of it, and of everything else."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from assessment.execution.isolation.levels import bubblewrap_fault
from tests.hostile.course import HONEST, Graded, graded_class
from tests.hostile.labs import LABS
from tests.hostile.table import CONFIGURATIONS, GROUPS, Attack, Group

if (fault := bubblewrap_fault()) is not None:
    pytest.skip(f"bubblewrap does not work here: {fault}", allow_module_level=True)

pytestmark = pytest.mark.hostile

ATTACKS = [
    pytest.param(name, attack, id=f"{name}:{attack.name}")
    for name, group in GROUPS.items()
    for attack in group.attacks
]
TAKES_TIME = re.compile(r"^(seconds|started|peak_megabytes)$")
"""What of a result differs from run to run of the same work."""

Classes = Callable[[str], Graded]


@pytest.fixture(scope="session")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Classes:
    """Grade a group, once."""
    known: dict[str, Graded] = {}

    def grade(name: str) -> Graded:
        if name not in known:
            group = GROUPS[name]
            folder = tmp_path_factory.mktemp(name.replace(" ", "-")) / "class"
            known[name] = graded_class(folder, group.lab, group.attacks, *group.options)
        return known[name]

    return grade


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Group], Graded]:
    """Grade the honest submission with nobody beside it, once for each lab and its options."""
    known: dict[tuple[str, ...], Graded] = {}

    def grade(group: Group) -> Graded:
        key = (group.lab, *group.options)
        if key not in known:
            folder = tmp_path_factory.mktemp("alone") / "class"
            known[key] = graded_class(folder, group.lab, [], *group.options)
        return known[key]

    return grade


@pytest.mark.parametrize(("name", "attack"), ATTACKS)
def test_what_becomes_of_it(
    name: str, attack: Attack, graded: Classes, request: pytest.FixtureRequest
) -> None:
    if attack.gap:
        request.applymarker(pytest.mark.xfail(reason=attack.gap, strict=True))
    found = graded(name)
    question = attack.question or list(LABS[GROUPS[name].lab])[-1]
    records = [r for (who, _), r in found.records.items() if who == attack.id]
    assert len(records) == len(LABS[GROUPS[name].lab]), found.words[-3000:]
    record = found.records[attack.id, question]
    assert record["status"] in attack.status.split(" or "), record["reason"]
    told = [record["reason"], *(one["why"] for one in record["expectations"]), *record["findings"]]
    assert any(re.search(attack.says, one) for one in told), told
    assert sum(one["earned"] for one in records) == attack.earned
    flags = " ".join(flag for one in records for flag in one["flags"])
    assert attack.flagged in flags
    assert bool(flags) == bool(attack.flagged), flags
    for words in (json.dumps(records), found.words):
        assert "STOLEN" not in words
    assert [one for text in texts(records) if (one := steering(text))] == []


@pytest.mark.parametrize("name", GROUPS)
def test_the_honest_one_is_graded_as_alone(
    name: str, graded: Classes, alone: Callable[[Group], Graded]
) -> None:
    found, own = graded(name), alone(GROUPS[name])
    for question in LABS[GROUPS[name].lab]:
        record = found.records[HONEST, question]
        assert record["status"] == "scored"
        assert record["earned"] == record["points"]
        assert record["flags"] == []
        assert list(differences(record, own.records[HONEST, question])) == []


@pytest.mark.parametrize("name", GROUPS)
def test_nothing_is_left_and_nothing_was_written(name: str, graded: Classes) -> None:
    found = graded(name)
    assert found.status == 0, found.words[-3000:]
    assert found.changed == []


@pytest.mark.parametrize("name", GROUPS)
def test_what_is_shown_neither_steers_nor_runs(name: str, graded: Classes) -> None:
    found = graded(name)
    assert steering(found.words) == ""
    assert "<script>alert" not in found.page
    assert not re.search(r"<(img|b)[^>]*\son(error|click)=", found.page)


def test_the_collection_is_large_and_each_attack_has_one_name() -> None:
    names = [attack.name for group in GROUPS.values() for attack in group.attacks]
    assert len(names) + len(CONFIGURATIONS) >= 60
    assert len(set(names)) == len(names)


def test_each_attack_has_words_or_earns_everything() -> None:
    silent = [
        attack.name
        for group in GROUPS.values()
        for attack in group.attacks
        if not attack.says and not attack.flagged and attack.earned < points_of(group.lab)
    ]
    assert silent == []


def points_of(lab: str) -> float:
    """Return what all questions of a lab are worth."""
    questions = LABS[lab].values()
    return sum(
        one["points"]
        for question in questions
        for one in question.get("expect", {"": question}).values()
    )


def differences(one: Any, other: Any, place: str = "") -> Iterator[str]:
    """Yield where two results differ, but in what takes time."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted({*one, *other}):
            if not TAKES_TIME.search(name):
                yield from differences(one.get(name), other.get(name), f"{place}.{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (first, second) in enumerate(zip(one, other, strict=True)):
            yield from differences(first, second, f"{place}[{number}]")
    elif one != other:
        yield f"{place}: {one!r}, alone {other!r}"


def texts(told: Any) -> Iterator[str]:
    """Yield all texts of a record."""
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict | list):
        for one in told.values() if isinstance(told, dict) else told:
            yield from texts(one)


def steering(text: str) -> str:
    """Return the characters of a text that steer a terminal or the direction of reading."""
    return "".join(
        character
        for character in sorted(set(text) - {"\n", "\t"})
        if unicodedata.category(character) in ("Cc", "Cf", "Cs")
    )
