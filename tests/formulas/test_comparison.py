"""Which formulas count as equal, and which point shows that they are not."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

import pytest

from assessment.formulas import (
    Counterexample,
    Domain,
    FormulaError,
    TooLong,
    WrongKind,
    compare,
    parse,
)
from assessment.formulas.comparison import RANDOM_POINTS, defined_points
from assessment.formulas.points import Point, random_points, simple_points, simpler


@dataclass(frozen=True)
class Name:
    kind: Literal["scalar", "vector"] = "scalar"
    low: float = 1
    high: float = 50
    whole: bool = True


CNN = Domain(
    {
        "c": Name(),
        "height": Name(high=64),
        "width": Name(high=64),
        "H": Name("vector", high=11),
        "W": Name("vector", high=11),
        "C": Name("vector", high=64),
    },
    examples=[{"c": 1, "height": 28, "width": 28, "H": [5, 3], "W": [5, 3], "C": [32, 64]}],
)
RIGHT = "(H[0]*W[0]*c + 1)*C[0] + sum((H[k]*W[k]*C[k-1] + 1)*C[k] for k in range(1, len(C)))"


def against(given: str, right: str, domain: Domain, **options: Any) -> Counterexample | None:
    names = domain.variables
    return compare(parse(given, names), parse(right, names), domain, **options)


def numbers(**names: Name) -> Domain:
    return Domain(names)


@pytest.mark.parametrize(
    "given",
    [
        RIGHT,
        "sum((h * w * b + 1) * n for h, w, b, n in zip(H, W, [c, *C], C))",
        "sum((H[k]*W[k]*(C[k-1] if k > 0 else c) + 1) * C[k] for k in range(len(C)))",
        "sum(C) + sum(H * W * C * [c, *C[:-1]])",
        "sum(C * (1 + H * W * [c, *C][:-1]))",
    ],
)
def test_another_way_to_write_it_is_right(given: str) -> None:
    assert against(given, RIGHT, CNN) is None


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("c*height*width*C[0] + sum(C[k]*C[k+1]*H[k]*W[k] for k in range(len(C)-1))+sum(C)", 76384),
        ("sum(H * W * C * [c, *C[:-1]])", 19_232),  # no biases
        ("sum((H[k]*W[k]*C[k-1] + 1)*C[k] for k in range(len(C)))", 69_728),  # C[-1] for c
    ],
)  # fmt: skip
def test_an_example_of_the_spec_is_named_as_it_stands(given: str, value: float) -> None:
    found = against(given, RIGHT, CNN)
    assert found == Counterexample(CNN.examples[0], 19_328, value)


@pytest.mark.parametrize(
    ("given", "right", "point"),
    [
        ("N * B", "N + B", {"N": 1, "B": 1}),
        ("N * B", "N ** B", {"N": 1, "B": 2}),
        ("N", "min(N, 40)", {"N": 41}),
        ("N", "N + max(N - 20, 0) * max(B - 30, 0)", {"N": 21, "B": 31}),
        ("sum(H)", "sum(H) + len(H) - 1", {"H": [1, 1]}),
        ("H[0]", "H[-1]", {"H": [1, 2]}),
        ("sum(H) - H[0]", "sum(H[1:]) * (2 if len(H) > 3 else 1)", {"H": [1, 1, 1, 1]}),
    ],
)
def test_otherwise_the_counterexample_is_small(given: str, right: str, point: Point) -> None:
    names = {"N": Name(), "B": Name(), "H": Name("vector")}
    used = {name: variable for name, variable in names.items() if name in given + right}
    found = against(given, right, Domain(used))
    assert found is not None
    assert found.point == point


def test_numbers_of_a_counterexample_are_no_smaller_than_allowed() -> None:
    domain = numbers(N=Name(low=10, high=20), x=Name(low=0.01, high=0.5, whole=False))
    found = against("N * x", "N / x", domain)
    assert found is not None
    assert found.point == {"N": 10, "x": 0.5}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("N / (N - N)", "`N / (N - N)` divides by zero"),
        ("H[1]", "`H[1]` has the index 1, and the vector's are 0 to 0"),
    ],
)
def test_no_value_where_the_right_formula_has_one(given: str, reason: str) -> None:
    found = against(given, "N", numbers(N=Name(), H=Name("vector")))
    assert found == Counterexample({"N": 1, "H": [1]}, 1, None, reason)


def test_points_where_the_right_formula_has_no_value_do_not_count() -> None:
    domain = numbers(N=Name(low=-3, high=3))
    assert against("1 / N", "N / N ** 2", domain) is None
    assert against("N / N ** 2 if N > 0 else 1 / N", "1 / N", domain) is None
    parsed = parse("sqrt(N) / N", domain.variables)
    points = list(defined_points(parsed, domain))
    assert {point["N"] for point in points} == {1, 2, 3}
    assert len(points) >= RANDOM_POINTS  # those without a value were replaced


@pytest.mark.parametrize(
    ("given", "right"),
    [
        ("w / g - v / g", "(w - v) / g"),
        ("(1 / g) * w - (1 / g) * v", "(w - v) / g"),
        ("w / g - v * (1 / g)", "(w - v) / g"),
        ("-(v - w) * g ** -1", "(w - v) / g"),
        ("exp(log(g) + log(g))", "g * g"),
    ],
)
def test_rounding_is_no_difference(given: str, right: str) -> None:
    domain = numbers(
        w=Name(low=-5, high=5, whole=False),
        v=Name(low=-5, high=5, whole=False),
        g=Name(low=0.001, high=2, whole=False),
    )
    for seed in range(5):
        assert against(given, right, domain, seed=seed) is None


def test_a_small_difference_is_one() -> None:
    domain = numbers(N=Name())
    assert against("N * 1.000001", "N", domain) is not None
    assert against("N + 0.000001", "N", domain) is not None
    assert against("1e-9 * N", "2e-9 * N", domain) is not None


def test_large_terms_in_an_answer_buy_no_tolerance() -> None:
    assert against("N + 1e300 - 1e300", "N", numbers(N=Name())) is not None


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ("H", WrongKind),
        ("sum(N)", WrongKind),
        ("N if N < 3 else sum(N)", WrongKind),
        ("sum(range(10 ** 8))", TooLong),
    ],
)
def test_errors_that_are_not_a_matter_of_the_point(given: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        against(given, "N", numbers(N=Name(), H=Name("vector")))


def test_points_are_the_same_every_time_and_within_bounds() -> None:
    names = {
        "n": Name(low=2, high=9),
        "x": Name(low=-0.5, high=0.25, whole=False),
        "fixed": Name(low=0.3, high=0.3, whole=False),
        "H": Name("vector", low=3, high=5),
        "x2": Name("vector", low=0, high=1, whole=False),
    }
    domain = Domain(names, lengths=[1, 4])

    def drawn(seed: int) -> list[Point]:
        return [*simple_points(domain), *islice(random_points(domain, seed), 200)]

    assert drawn(3) == drawn(3) != drawn(4)
    for point in drawn(3):
        assert list(point) == list(names)
        lengths = set()
        for name, value in point.items():
            assert isinstance(value, Sequence) == (names[name].kind == "vector")
            each = value if isinstance(value, Sequence) else [value]
            lengths |= {len(value)} if isinstance(value, Sequence) else set()
            for number in each:
                assert names[name].low <= number <= names[name].high
                assert float(number).is_integer() or not names[name].whole
        assert lengths in ({1}, {4})
    assert len({point["x"] for point in drawn(3)}) > 100
    assert {len(point["H"]) for point in drawn(3)} == {1, 4}  # type: ignore[arg-type]


def test_simpler_points_end() -> None:
    domain = Domain({"N": Name(high=1000), "H": Name("vector", low=-4, high=4)}, lengths=[1, 3])
    point: Point = {"N": 997.0, "H": [4.0, -4.0, 0.0]}
    for _ in range(10_000):
        nearer = next(iter(simpler(point, domain)), None)
        if nearer is None:
            break
        point = nearer
    assert point == {"N": 1.0, "H": [1.0]}


PIECES = [
    "N",
    "H",
    "x",
    "k",
    "(",
    ")",
    "[",
    "]",
    "+",
    "-",
    "*",
    "/",
    "//",
    "%",
    "**",
    "1",
    "2",
    "0",
    "0.5",
    "1e308",
    "sum(",
    "len(",
    "range(",
    "zip(",
    "log(",
    "[",
    ",",
    ":",
    "<",
    "==",
    "*H",
]
WORDS = [" if ", " else ", " for ", " in ", " and ", " not ", " lambda ", " yield "]


def test_any_text_ends_in_a_value_or_in_a_sentence() -> None:
    domain = numbers(N=Name(), x=Name(low=-1, high=1, whole=False), H=Name("vector"))
    right = parse("N * sum(H) + x", domain.variables)
    draw = random.Random(7)
    read = 0
    for _ in range(3000):
        text = "".join(draw.choice(PIECES + WORDS) for _ in range(draw.randint(1, 9)))
        try:
            compare(parse(text, domain.variables), right, domain)
            read += 1
        except FormulaError as error:
            assert re.match(r"column \d+: .", str(error))  # noqa: PT017 - of those that are refused
    assert read > 50
