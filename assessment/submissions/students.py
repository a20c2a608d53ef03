"""Whose each hand-in is: a place's accounts, and the students of a roster that they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from assessment.submissions.hand_ins import HandIn
from assessment.submissions.names import clean, distinct
from assessment.submissions.roster import Match, Roster, Student


@dataclass(frozen=True)
class Owner:
    """One student, and all that the student handed in."""

    id: str
    """Unique, also where letter case does not count."""
    name: str
    hand_ins: tuple[HandIn, ...]
    notes: tuple[str, ...] = ()


Accounts = Mapping[str, Sequence[HandIn]]


def owners(hand_ins: Iterable[HandIn], roster: Roster | None = None) -> list[Owner]:
    """Return the students who handed something in, with the roster's ids and names if there is one.

    Who is not in the roster keeps the place's id, which is then none of the roster's.
    """
    accounts: dict[str, list[HandIn]] = {}
    for one in hand_ins:
        accounts.setdefault(one.account, []).append(one)
    if roster is None:
        return _strangers(accounts, {}, ())
    matches = {account: _match(found, roster) for account, found in accounts.items()}
    known, doubts = _settle(accounts, {name: match for name, match in matches.items() if match})
    theirs = {account for names in known.values() for account in names}
    notes = {
        account: doubts.get(account, f"{clean(roster.path.name)} does not say who this is")
        for account in accounts
        if account not in theirs
    }
    strangers = {account: accounts[account] for account in notes}
    students = [
        Owner(
            id=student.key,
            name=student.name,
            hand_ins=tuple(one for name in names for one in accounts[name]),
            notes=tuple(
                f"taken for {student.name} by a part of the name {clean(one.path.name)}"
                for name in names
                if (match := matches[name]) and match.by == "part"
                for one in accounts[name][:1]
            ),
        )
        for student, names in known.items()
    ]
    return students + _strangers(strangers, notes, [student.key for student in roster.students])


def _match(found: Sequence[HandIn], roster: Roster) -> Match | None:
    first = found[0]
    keys = list(dict.fromkeys(key for one in found for key in one.keys))
    return roster.find(keys, first.number, first.name, first.id if first.loose else "")


def _settle(
    accounts: Accounts, matches: Mapping[str, Match]
) -> tuple[dict[Student, list[str]], dict[str, str]]:
    """Give the students their accounts; those that are in doubt come with the reason.

    Students can change what a place calls them. So a name counts only where no account with an id
    of that student is there, and no second account of that name.
    """
    claimed: dict[Student, list[str]] = {}
    for account, match in matches.items():
        claimed.setdefault(match.student, []).append(account)
    known: dict[Student, list[str]] = {}
    doubts: dict[str, str] = {}
    for student, names in claimed.items():
        loose = [name for name in names if accounts[name][0].loose]
        sure = [name for name in names if name not in loose and matches[name].by == "id"]
        called = [name for name in names if name not in loose and name not in sure]
        if sure or len(called) > 1:
            doubts |= dict.fromkeys(
                called, f"called like {student.name}, but of another account than others so called"
            )
        else:
            sure = called
        if sure or loose:
            known[student] = sure + loose
    return known, doubts


def _strangers(accounts: Accounts, notes: Mapping[str, str], taken: Iterable[str]) -> list[Owner]:
    ids = distinct([found[0].id for found in accounts.values()], taken)
    return [
        Owner(
            id=identifier,
            name=found[0].name or clean(found[0].id) or identifier,
            hand_ins=tuple(found),
            notes=(notes[account],) if account in notes else (),
        )
        for identifier, (account, found) in zip(ids, accounts.items(), strict=True)
    ]
