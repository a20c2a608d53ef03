# ruff: noqa: E501 - one line a case
"""Values of formulas, against Python's own where Python has the same meaning."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest

from assessment.formulas import NoValue, TooLong, WrongKind, evaluate, parse

POINT: dict[str, Any] = {"N": 7.0, "B": 2.0, "x": -0.5, "H": [3.0, 1.0, 4.0], "W": [2.0, 5.0, 1.0]}


ALLOWED = {
    function.__name__: function
    for function in (abs, round, min, max, sum, len, range, zip, enumerate)
}


def value(text: str) -> float:
    return evaluate(parse(text, POINT), POINT)


@pytest.mark.parametrize(
    "text",
    [
        "N + B - 3 * x / 4",
        "-N ** B",
        "(-N) ** B",
        "2 ** 3 ** 2",
        "(2 ** 3) ** 2",
        "N - (B - 3)",
        "(N - B) * (N + B) / (N * B)",
        "N // B + N % B",
        "-N // B + -N % B",
        "+N - -B",
        ".5 + 1_000 + 1e-3",
        "abs(x) + round(2.5) + round(3.5)",
        "min(N, B, 1) + max(H) + len(H)",
        "sum(H) + sum([N, B]) + sum([])",
        "H[0] + H[-1] + H[int_one]",
        "sum(H[1:]) + sum(H[:-1]) + sum(H[::2]) + sum(H[::-1])",
        "sum(H[k] * W[k] for k in range(len(H)))",
        "sum(h * w for h, w in zip(H, W))",
        "sum(k * h for k, h in enumerate(H, 1))",
        "sum(h * w for h in H for w in W)",
        "sum(h for h in H if h > 1 and not h == 4 or h < 0)",
        "sum([h if h > 2 else -h for h in H])",
        "sum(k for k in range(10, 0, -3))",
        "sum(a - b for a, b in zip([N, *H], [*H, B]))",
        "max(h for h in [B, *H[1:]])",
        "1 if 1 < B <= 2 != 3 else 0",
        "sum(N for N in H) + N",
    ],
)
def test_equals_python(text: str) -> None:
    point = POINT | {"int_one": 1}
    expected = eval(text, {"__builtins__": {}, **point, **ALLOWED})
    assert evaluate(parse(text, point), point) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ceil(N / B)", 4.0),
        ("floor(-N / B)", -4.0),
        ("sqrt(B * 2)", 2.0),
        ("log(exp(3))", 3.0),
        ("log(8, B)", 3.0),
        ("ceil(49 * (1 / 49))", 1.0),
        ("ceil(4.35 * 100)", 435.0),  # the product is 434.99999999999994
        ("floor(4.35 * 100)", 435.0),
        ("ceil(1e-15)", 1.0),
    ],
)
def test_functions(text: str, expected: float) -> None:
    assert value(text) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sum(H * W)", 15.0),
        ("sum(H - W)", 0.0),
        ("sum(H * N)", 56.0),
        ("sum(1 / H)", 1 / 3 + 1 + 1 / 4),
        ("sum(-H)", -8.0),
        ("sum(H ** 2)", 26.0),
        ("sum(sqrt(H * H))", 8.0),
        ("sum(ceil(H / 2))", 5.0),
        ("sum(H + range(3))", 11.0),
        ("(H + W)[1]", 6.0),
        ("sum([C for C in H * W])", 15.0),
    ],
)
def test_vectors_go_element_by_element(text: str, expected: float) -> None:
    assert value(text) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("N / (B - 2)", "column 1: `N / (B - 2)` divides by zero"),
        ("1 + N % 0 + 2", "column 5: `N % 0` divides by zero"),
        ("log(0)", "column 1: `log(0)` has no value among the real numbers"),
        ("sqrt(x)", "column 1: `sqrt(x)` has no value among the real numbers"),
        ("x ** 0.5", "column 1: `x ** 0.5` has no value among the real numbers"),
        ("0 ** -1", "column 1: `0 ** -1` has no value among the real numbers"),
        ("10 ** 400", "column 1: `10 ** 400` is too large"),
        ("1e200 * 1e200", "column 1: `1e200 * 1e200` is too large"),
        ("exp(1000)", "column 1: `exp(1000)` is too large"),
        ("sum([1e308, 1e308])", "column 1: `sum([1e308, 1e308])` is too large"),
        ("H[3]", "column 1: `H[3]` has the index 3, and the vector's are 0 to 2"),
        ("H[-4]", "column 1: `H[-4]` has the index -4, and the vector's are 0 to 2"),
        ("H[3:][0]", "column 1: `H[3:][0]` has the index 0, and the vector's are none: it is empty"),
        ("H[x]", "column 3: `x` is -0.5, and an index is whole"),
        ("sum(range(N / B))", "column 11: `N / B` is 3.5, and an end of a range is whole"),
        ("sum(H[::0])", "column 5: `H[::0]` counts in steps of zero"),
        ("sum(range(1, 2, 0))", "column 5: `range(1, 2, 0)` counts in steps of zero"),
        ("min(H[3:])", "column 1: `min(H[3:])` is of an empty vector"),
        ("sum(H + H[1:])", "column 5: `H + H[1:]` puts vectors of 3 and 2 together element by element; join with [*a, *b]"),
    ],
)  # fmt: skip
def test_no_value(text: str, message: str) -> None:
    with pytest.raises(NoValue) as caught:
        value(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("H", "column 1: the formula gives a vector of 3; a number is asked, such as its sum"),
        ("[k for k in H]", "column 1: the formula gives a vector of 3; a number is asked, such as its sum"),
        ("sum(N)", "column 5: `N` is a number where a vector is due"),
        ("N[0]", "column 1: `N` is a number where a vector is due"),
        ("H[W]", "column 3: `W` is a vector of 3 where a number is due"),
        ("sum(range(H))", "column 11: `H` is a vector of 3 where a number is due"),
        ("sum(H for k in W)", "column 5: `H` is a vector of 3 where a number is due"),
        ("sum(k for k in N)", "column 16: `N` is a number where a vector is due"),
        ("sum(a * b for a, b in zip(N, H))", "column 27: `N` is a number where a vector is due"),
        ("min(H, N)", "column 5: `H` is a vector of 3 where a number is due"),
        ("1 if H > 2 else 0", "column 6: `H` is a vector of 3 where a number is due"),
        ("[H, 1][0]", "column 2: `H` is a vector of 3 where a number is due"),
        ("[*N][0]", "column 3: `N` is a number where a vector is due"),
        ("sum([N] + H[:1])", "column 5: `[N] + H[:1]` adds vectors element by element; join them with [*a, *b]"),
        ("sum([N] + H)", "column 5: `[N] + H` adds vectors element by element; join them with [*a, *b]"),
        ("sum(H + [1, 2, 3])", "column 5: `H + [1, 2, 3]` adds vectors element by element; join them with [*a, *b]"),
        ("sum(0 + [N] * 3 + H)", "column 5: `0 + [N] * 3 + H` adds vectors element by element; join them with [*a, *b]"),
        ("sum([h for h in H] + W)", "column 5: `[h for h in H] + W` adds vectors element by element; join them with [*a, *b]"),
        ("sum(H + ([1, 2, 3] if N > 0 else H))", "column 5: `H + ([1, 2, 3] if N > 0 else H)` adds vectors element by element; join them with [*a, *b]"),
    ],
)  # fmt: skip
def test_wrong_kind(text: str, message: str) -> None:
    with pytest.raises(WrongKind) as caught:
        value(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "text",
    [
        "sum(range(10 ** 9))",
        "sum(range(0, 1e300))",
        "sum(range(0, -1e300, -1))",
        "sum(1 for a in range(1000) for b in range(1000))",
        "sum(sum(range(1000)) for a in range(1000))",
        "sum([*range(40000), *range(40000)])",
        "sum(range(40000) * range(40000))",
        "sum(1 for a in range(40000) if a > 0 if a > 1)",
    ],
)
def test_steps_are_bounded(text: str) -> None:
    started = time.process_time()
    with pytest.raises(TooLong, match="more than 50,000 steps"):
        value(text)
    assert time.process_time() - started < 1


@pytest.mark.parametrize("text", ["9 ** 9 ** 9", "2 ** 1023 * 2", "((10 ** 100) ** 100) % 7"])
def test_numbers_do_not_grow(text: str) -> None:
    with pytest.raises(NoValue, match="is too large"):
        value(text)


def test_only_the_branch_that_is_taken_is_evaluated() -> None:
    assert value("1 / 0 if N < 0 else N") == 7
    assert value("sum(H[k - 1] if k > 0 else N for k in range(len(H)))") == 11
    assert math.isfinite(value("1 if N > 0 or 1 / 0 > 0 else 2"))
