# ruff: noqa: E501 - one line a case
"""Names that statements bind, need at once, and need when they are called."""

from __future__ import annotations

import ast

import pytest

from assessment.submissions.inside.names import names_of, root


@pytest.mark.parametrize(
    ("text", "binds", "now", "later"),
    [
        ("x = a + b.c[d]", "x", "a b d", ""),
        ("x += 1", "x", "x", ""),
        ("x: int = a", "x", "a int", ""),
        ("x, (y, *z) = a", "x y z", "a", ""),
        ("m.fc = a", "", "m a", ""),
        ("m[i] = a", "", "m i a", ""),
        ("del x", "", "x", ""),
        ("import a.b, c as d", "a d", "", ""),
        ("from a import b, c as d", "b d", "", ""),
        ("from a import *", "", "", ""),
        ("print(y := f(x))", "y", "print f x", ""),
        # functions
        ("def f(a, b=c, *d, e=g, **h) -> i:\n x = a + b + d + e + h + y\n return x", "f", "c g i", "y"),
        ("@dec(1)\ndef f(a: b):\n return z", "f", "dec b", "z"),
        ("def f():\n global x\n x = 1\n return x", "f", "", "x"),
        ("def f():\n import q\n from r import s\n for t in u: pass\n return q, s, t", "f", "", "u"),
        ("def f():\n def g(): return a, h\n h = 1\n return g", "f", "", "a"),
        ("def f():\n try: pass\n except E as e: print(e)\n with a as b: b", "f", "", "E print a"),
        ("def f():\n return [x for x in y if (z := x)], z", "f", "", "y"),
        ("f = lambda a, b=c: a + b + d", "f", "c", "d"),
        # classes
        ("class A(B, metaclass=M):\n x = y\n def f(self): return z + self.x", "A", "B M y", "z"),
        ("class A:\n x = 1\n y = x\n def f(self): return x", "A", "", "x"),
        ("class A:\n device = device", "A", "device", ""),
        ("class A:\n @property\n def x(self): return 1\n @x.setter\n def x(self, v): pass", "A", "property", ""),
        ("class A:\n class B:\n  x = y\n def f(self): return A", "A", "y", "A"),
        # comprehensions
        ("x = [a for a in b for c in a if c]", "x", "b", ""),
        ("x = {k: v for k, v in d.items()}", "x", "d", ""),
        ("x = [f(a) for a in a]", "x", "f a", ""),
        # blocks
        ("for p in m.parameters():\n p.requires_grad = False", "p", "m", ""),
        ("for i in r:\n l = g(i)\n l.x = 1\n n += 1", "i l n", "r g n", ""),
        ("while c:\n x = 1\n y = x", "x y", "c", ""),
        ("match a:\n case {'k': v, **rest}: b = v\n case [c, *d]: pass\n case e: pass", "v rest b c d e", "a", ""),
        ("async def f():\n await g()", "f", "", "g"),
    ],
)  # fmt: skip
def test_names(text: str, binds: str, now: str, later: str) -> None:
    names = names_of(ast.parse(text).body[0])
    assert names.binds == set(binds.split())
    assert names.now - {"v"} == set(now.split())
    assert names.later == set(later.split())


def test_sums_of_thousands_of_terms_take_no_recursion() -> None:
    tree: ast.expr = ast.Name("x", ast.Load())
    for number in range(20_000):
        tree = ast.BinOp(tree, ast.Add(), ast.Name(f"x{number}", ast.Load()))
    assert len(names_of(ast.Expr(tree)).now) == 20_001


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("m", "m"),
        ("m.a.b[0].c", "m"),
        ("m.features[0](x).y", "m"),
        ("(a + b).c", ""),
        ("'text'.join", ""),
    ],
)
def test_root(text: str, name: str) -> None:
    assert root(ast.parse(text, mode="eval").body) == name
