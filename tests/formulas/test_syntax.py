# ruff: noqa: E501 - one line a case
"""What may stand in a formula, and what is said of everything else."""

from __future__ import annotations

import subprocess
import sys

import pytest

from assessment.formulas import Unreadable, evaluate, parse
from assessment.formulas.characters import LIKE_ASCII
from assessment.formulas.syntax import LONGEST
from assessment.formulas.whitelist import DEEPEST

NAMES = ("N", "B", "H")
FUNCTIONS = "sum, len, min, max, abs, ceil, floor, round, sqrt, log, exp"


def refusal(text: str) -> str:
    with pytest.raises(Unreadable) as caught:
        parse(text, NAMES)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        # characters
        ("N ^ 2", "column 3: `^` cannot be read: write ** for a power"),
        ("N²", "column 2: `²` cannot be read: write **2 for a power"),
        ("Σ N", "column 1: `Σ` cannot be read: write a sum as sum(... for k in range(...))"),
        ("'N'", "column 1: `'` cannot be read: texts have no place in a formula"),
        ("\\frac{N}{B}", "column 1: `\\` cannot be read: write plain arithmetic, not LaTeX"),
        ("steps = N / B", "column 7: `=` cannot be read: write only what stands on its right-hand side"),
        ("(N := 3)", "column 5: `=` cannot be read: write only what stands on its right-hand side"),
        ("N * (B + 1", "column 5: `(` is never closed"),
        ("N * [B + 1)", "column 11: `)` closes nothing that was opened"),
        ("2N + 1", "column 2: write * between a number and a name"),
        ("1e3 + 2E", "column 8: write * between a number and a name"),
        # names and calls
        ("NN", "column 1: `NN` is an unknown name, did you mean N? (allowed: the names N, B, H and the functions FUNCTIONS)"),
        ("N + sqr(B)", "column 5: unknown function `sqr`, did you mean sqrt? (allowed: FUNCTIONS)"),
        ("eval(N)", "column 1: unknown function `eval` (allowed: FUNCTIONS)"),
        ("N(B + 1)", "column 1: `N` is no function: write * between factors"),
        ("(N + 1)(B + 1)", "column 1: only functions are called: write * between factors"),
        ("N + sum", "column 5: `sum` is a function: write what it is of in parentheses, `sum(...)`"),
        ("sum()", "column 1: sum(...) takes 1 argument, found 0"),
        ("len(H, H)", "column 1: len(...) takes 1 argument, found 2"),
        ("range(1, 2, 3, 4)[0]", "column 1: range(...) takes 1 to 3 arguments, found 4"),
        ("log(1, 2, 3)", "column 1: log(...) takes 1 to 2 arguments, found 3"),
        ("sum(H, **H)", "column 1: sum(...) takes its arguments without names"),
        ("zip(H, H)", "column 1: zip(...) stands only behind `in`, as in for a, b in zip(...)"),
        ("sum(*H)", "column 5: `*H` has a `*` in front, which stands only inside [ ]"),
        # shapes that are no arithmetic
        ("0,5 * N", "column 1: `0,5 * N` has a comma: write numbers with a point, such as 0.5, and vectors in [ ]"),
        ("N.real", "column 1: `N.real` has a dot: names have no parts"),
        ("N == B", "column 1: `N == B` is a condition, which stands only behind `if`"),
        ("not N", "column 1: `not N` is a condition, which stands only behind `if`"),
        ("N if B else 1", "column 6: a condition compares numbers: < <= > >= == !=, and, or, not"),
        ("N if N is B else 1", "column 6: a condition compares numbers: < <= > >= == !=, and, or, not"),
        ("H[0, 1]", "column 3: a vector has one index, counted from 0"),
        ("1e999", "column 1: `1e999` is too large: numbers go up to 1e308"),
        ("9" * 400, "column 1: `9999999999999999999999999999999999999...` is too large: numbers go up to 1e308"),
        # loops
        ("sum(1 for __k in H)", "column 11: `__k` cannot be the name of a loop; write k, say"),
        ("sum(1 for sum in H)", "column 11: `sum` cannot be the name of a loop; write k, say"),
        ("sum(1 for H[0] in H)", "column 11: a loop has names behind `for`, as in for k in range(...)"),
        ("sum(a for a, b in H)", "column 11: this loop has one name between `for` and `in`"),
        ("sum(a for a in zip(H, H))", "column 11: this loop has 2 names between `for` and `in`"),
        ("sum(1 for a in H for b in H for c in H)", "column 4: at most 2 loops stand in one"),
        ("sum(1 for k in H if k)", "column 21: a condition compares numbers: < <= > >= == !=, and, or, not"),
        ("sum(k for k in H) + k", "column 21: `k` is an unknown name (allowed: the names N, B, H and the functions FUNCTIONS)"),
    ],
)  # fmt: skip
def test_refusal(text: str, message: str) -> None:
    assert refusal(text) == message.replace("FUNCTIONS", FUNCTIONS)


@pytest.mark.parametrize(
    ("text", "column", "what"),
    [
        ("", 1, "nothing is written here"),
        (" \n\t", 1, "nothing is written here"),
        ("N +", 4, "something is missing here"),
        ("N B", 3, "this is not arithmetic"),
        ("N + * B", 5, "this is not arithmetic"),
        ("N; B", 2, "`;` cannot be read"),
        ("N # B", 3, "`#` cannot be read"),
        ("N @ B", 3, "`@` cannot be read"),
        ("\u202eN", 1, "`U+202E` cannot be read"),
        ("N\x00", 2, "`U+0000` cannot be read"),
        ("\udcff", 1, "`U+DCFF` cannot be read"),
        ("lambda: N", 1, "`lambda: N` is no arithmetic"),
        ("(yield N)", 2, "`yield N` is no arithmetic"),
        ("[k async for k in H]", 1, "`[k async for k in H]` is no arithmetic"),
        ("N << 2", 1, "`N << 2` is an operator of another kind"),
        ("True + N", 1, "`True` is no number"),
        ("None", 1, "`None` is no number"),
        ("...", 1, "`...` is no number"),
    ],
)
def test_what_is_allowed_is_said(text: str, column: int, what: str) -> None:
    message = refusal(text)
    assert message.startswith(f"column {column}: {what}")
    assert message.endswith("and sum(... for k in range(...)) and the like")


@pytest.mark.parametrize(
    "text",
    [
        "-" * 900 + "1",
        "(" * 450 + "1" + ")" * 450,
        "[" * 150 + "1" + "]" * 150,
        "abs(" * 150 + "1" + ")" * 150,
        "1**" * 300 + "1",
        "1 if 1 > 0 else " * 60 + "1",
        "N if " + "not " * 200 + "N > 0 else 1",
        "H[" * 300 + "0" + "]" * 300,
    ],
    ids=lambda text: text[:8],
)
def test_nesting_is_bounded(text: str) -> None:
    assert len(text) <= LONGEST
    assert "nested too deeply" in refusal(text)


def test_nesting_is_counted() -> None:
    def nested(levels: int) -> str:
        return "abs(" * (levels - 1) + "N" + ")" * (levels - 1)

    assert evaluate(parse(nested(DEEPEST), NAMES), {"N": -2, "B": 1, "H": [1]}) == 2
    assert refusal(nested(DEEPEST + 1)).endswith(f"at most {DEEPEST} levels are allowed")


def test_many_terms_are_no_depth() -> None:
    formula = parse("+".join(["1"] * 500), ())
    assert evaluate(formula, {}) == 500


def test_length_is_bounded() -> None:
    assert parse("1" + " " * (LONGEST - 1), ()).text.strip() == "1"
    message = refusal("(" * (LONGEST + 1))
    assert message == "column 1001: a formula has at most 1,000 characters, this one has 1,001"


@pytest.mark.parametrize("sign", LIKE_ASCII)
def test_signs_that_mean_one_thing_are_read(sign: str) -> None:
    point = {"N": 6, "B": 3, "H": [1]}
    found = evaluate(parse(f"N {sign} B", NAMES), point)
    assert found == evaluate(parse(f"N {LIKE_ASCII[sign]} B", NAMES), point)


def test_columns_count_characters_of_the_text_as_written() -> None:
    assert refusal("  2 \u00b7 N \u2212\n x").startswith("column 12: `x` is an unknown name")


def test_no_code_is_compiled_or_executed() -> None:
    """The package calls none of Python's ways to run a text."""
    code = (
        "import builtins, ast\n"
        "real = builtins.compile\n"
        "def only_parse(source, filename, mode, flags=0, *rest, **named):\n"
        "    assert flags & ast.PyCF_ONLY_AST, 'compiled'\n"
        "    return real(source, filename, mode, flags, *rest, **named)\n"
        "from assessment.formulas import Domain, compare, evaluate, parse\n"
        "def never(*_): raise AssertionError('executed')\n"
        "builtins.eval = builtins.exec = never\n"
        "builtins.compile = only_parse\n"
        "f = parse('sum(k * N for k in range(3)) + [1, *H][0]', ['N', 'H'])\n"
        "assert evaluate(f, {'N': 2, 'H': [5]}) == 7\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
