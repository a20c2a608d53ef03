"""Names by which parts of a lab refer to each other: `of`, sides, `requires`, `or_as`.

Works on plain data and passes over whatever does not have the expected form, so
that dangling names are found also in a lab that has other mistakes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from assessment.spec.base import Finding, Location
from assessment.spec.expectations import CONDITIONS
from assessment.spelling import did_you_mean, listed

SIDES = ("descending", "ascending", "among", "show")
"""Keys of a comparison's expectation that list what is compared."""


@dataclass(frozen=True)
class _Expected:
    """One expectation of one unit."""

    unit: str
    name: str
    place: Location
    requires: list[tuple[int, str]]
    or_as: list[tuple[int, str]]
    measure: object
    asks: bool
    """Whether it can be met: it has a condition, rather than showing a value only."""


@dataclass(frozen=True)
class _Outline:
    """The names of a lab."""

    kinds: dict[str, str] = field(default_factory=dict)
    variants: dict[str, list[str]] = field(default_factory=dict)
    """Of every training question, empty where it has none."""
    expected: dict[str, _Expected] = field(default_factory=dict)
    """By `unit.name`."""

    @property
    def trained(self) -> list[str]:
        """Ids of everything that is trained."""
        return [
            unit for question, names in self.variants.items() for unit in _unit_ids(question, names)
        ]


def reference_findings(questions: Mapping[str, Any]) -> Iterator[Finding]:
    """Find names that lead nowhere, circles of `requires`, and ids that `-k` cannot tell apart."""
    outline = _outline(questions)
    yield from _case_findings(questions, ("questions",))
    for question, names in outline.variants.items():
        yield from _case_findings(names, ("questions", question, "variants"))
    sides: set[tuple[Location, str]] = set()
    for place, name in _sides(questions):
        message = _side_problem(name, outline)
        if message:
            yield place, message
        elif isinstance(place[-1], int):
            if (place[:-1], name) in sides:
                yield place, f"{name} is named twice"
            sides.add((place[:-1], name))
    edges: dict[str, list[tuple[Location, str]]] = {}
    reported = set()
    for key, expected in outline.expected.items():
        edges[key] = []
        for position, name in expected.requires:
            place = (*expected.place, "requires", position)
            target = _resolve(name, expected.unit, outline)
            if target is not None:
                edges[key].append((place, target))
            message = _requires_problem(name, target, expected, outline)
            if message and place not in reported:
                reported.add(place)
                yield place, message
        for position, name in expected.or_as:
            place = (*expected.place, "or_as", position)
            message = _alternative_problem(name, expected, outline)
            if message and place not in reported:
                reported.add(place)
                yield place, message
    yield from _circles(edges, outline)


def _outline(questions: Mapping[str, Any]) -> _Outline:
    outline = _Outline()
    for question_id, question in questions.items():
        kind = _map(question).get("kind")
        if not isinstance(kind, str):
            continue
        outline.kinds[question_id] = kind
        place: Location = ("questions", question_id)
        expect = _expectations(_map(question).get("expect"), (*place, "expect"))
        if kind != "training":
            _add(outline, question_id, expect)
            continue
        variants = _map(_map(question).get("variants"))
        outline.variants[question_id] = list(variants)
        if not variants:
            _add(outline, question_id, expect)
        for name, variant in variants.items():
            own = _expectations(_map(variant).get("expect"), (*place, "variants", name, "expect"))
            _add(outline, f"{question_id}[{name}]", {**expect, **own})
    return outline


def _expectations(expect: Any, place: Location) -> dict[str, tuple[Location, dict[str, Any]]]:
    return {name: ((*place, name), _map(value)) for name, value in _map(expect).items()}


def _add(outline: _Outline, unit: str, expect: dict[str, tuple[Location, dict[str, Any]]]) -> None:
    for name, (place, value) in expect.items():
        asks = any(value.get(key) is not None for key in (*CONDITIONS, *SIDES[:2], "best"))
        outline.expected[f"{unit}.{name}"] = _Expected(
            unit,
            name,
            place,
            list(_texts(value.get("requires"))),
            list(_texts(value.get("or_as"))),
            value.get("measure"),
            asks,
        )


def _sides(questions: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
    """Yield every name of something trained, with its place."""
    for question_id, question in questions.items():
        place: Location = ("questions", question_id)
        kind, of = _map(question).get("kind"), _map(question).get("of")
        if kind == "checkpoint" and isinstance(of, str):
            yield (*place, "of"), of
        if kind != "comparison":
            continue
        for name, expectation in _map(_map(question).get("expect")).items():
            inner = (*place, "expect", name)
            best = _map(expectation).get("best")
            if isinstance(best, str):
                yield (*inner, "best"), best
            for key in SIDES:
                for position, side in _texts(_map(expectation).get(key)):
                    yield (*inner, key, position), side


def _side_problem(name: str, outline: _Outline) -> str | None:
    """Say why nothing trained has this name; None where something has."""
    trained = outline.trained
    if name in trained:
        return None
    question = name.partition("[")[0]
    if outline.variants.get(name):
        ids = _unit_ids(name, outline.variants[name])
        return f"{name} has variants, name one of them: {listed(ids)}"
    if question in outline.variants:
        if not outline.variants[question]:
            return f"{question} has no variants, name it without brackets"
        ids = _unit_ids(question, outline.variants[question])
        return f"no such variant{did_you_mean(name, ids)} ({question} has {listed(ids)})"
    if question in outline.kinds:
        return f"{question} is a {outline.kinds[question]} question and trains nothing"
    hint = did_you_mean(name, trained)
    return f"no training question {name}{hint} (there are: {listed(trained) or 'none'})"


def _resolve(name: str, unit: str, outline: _Outline) -> str | None:
    """Find the expectation meant by `name` within `unit`; names of the same unit come first."""
    return next((key for key in (f"{unit}.{name}", name) if key in outline.expected), None)


def _requires_problem(
    name: str, target: str | None, expected: _Expected, outline: _Outline
) -> str | None:
    if target is not None:
        if outline.expected[target].asks or target == f"{expected.unit}.{expected.name}":
            return None
        return f"{target} only shows a value, it has no condition that could be met"
    for question, variants in outline.variants.items():
        if variants and name.startswith(f"{question}."):
            first = f"{question}[{variants[0]}]{name[len(question) :]}"
            return f"{question} has variants, name one of them: {first}, ..."
    own = [key.name for key in outline.expected.values() if key.unit == expected.unit]
    hint = did_you_mean(name, [*own, *outline.expected])
    others = [key for key, other in outline.expected.items() if other.unit != expected.unit]
    return (
        f"no expectation {name}{hint} (here: {listed(own)}; elsewhere: {listed(others) or 'none'})"
    )


def _alternative_problem(name: str, expected: _Expected, outline: _Outline) -> str | None:
    """Say why an expectation cannot be met as the one of this name instead."""
    target = _resolve(name, expected.unit, outline)
    message = _requires_problem(name, target, expected, outline)
    if target is None or message:
        return message
    other = outline.expected[target]
    if other == expected:
        return f"{name} is this expectation itself"
    if other.unit not in outline.trained:
        return f"{name} is an order, which the runs of one unit do not meet"
    if other.unit != expected.unit and other.measure != expected.measure:
        return f"{name} is about `{other.measure}`, this one about `{expected.measure}`"
    return None


def _circles(
    edges: Mapping[str, list[tuple[Location, str]]], outline: _Outline
) -> Iterator[Finding]:
    """Find each circle of `requires` once, walking without recursion."""
    done: set[str] = set()
    found: set[frozenset[Location]] = set()
    for start in edges:
        way: list[str] = []
        stack = [(start, False)]
        while stack:
            key, leaving = stack.pop()
            if leaving:
                way.pop()
                done.add(key)
                continue
            if key in way:
                circle = way[way.index(key) :]
                places = frozenset(outline.expected[name].place for name in circle)
                if places not in found:
                    found.add(places)
                    yield _circle_finding(circle, edges, outline)
                continue
            if key in done:
                continue
            way.append(key)
            stack.append((key, True))
            stack.extend((target, False) for _, target in reversed(edges[key]))


def _circle_finding(
    circle: list[str], edges: Mapping[str, list[tuple[Location, str]]], outline: _Outline
) -> Finding:
    order = list(outline.expected)
    first = circle.index(min(circle, key=order.index))
    circle = [*circle[first:], *circle[:first]]
    place = next(p for p, target in edges[circle[0]] if target == circle[1 % len(circle)])
    one_unit = len({outline.expected[key].unit for key in circle}) == 1
    names = [outline.expected[key].name if one_unit else key for key in (*circle, circle[0])]
    return place, f"requires itself in a circle: {' -> '.join(names)}"


def _case_findings(ids: Any, place: Location) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for name in ids:
        first = seen.setdefault(str(name).lower(), name)
        if first != name:
            yield (
                (*place, name, "[key]"),
                f"differs from {first} in letter case only, which -k ignores",
            )


def _unit_ids(question: str, variants: list[str]) -> list[str]:
    return [f"{question}[{name}]" for name in variants] or [question]


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> Iterator[tuple[int, str]]:
    if isinstance(value, list):
        for position, item in enumerate(value):
            if isinstance(item, str):
                yield position, item
