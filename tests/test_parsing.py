"""Python's parser is asked by one thread at a time."""

from __future__ import annotations

import ast
import threading

import pytest

from assessment import parsing
from assessment.parsing import TRIES, parse_python


def test_it_parses_as_python_does() -> None:
    assert ast.unparse(parse_python("x  =  1")) == "x = 1"
    assert isinstance(parse_python("1 + 1", mode="eval"), ast.Expression)
    with pytest.raises(SyntaxError):
        parse_python("x =")


def test_two_threads_never_parse_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    inside = threading.Semaphore(1)
    met = []

    def slow(text: str, mode: str) -> ast.AST:
        if not inside.acquire(blocking=False):
            met.append(text)
        threading.Event().wait(0.02)
        inside.release()
        return ast.Module([], [])

    monkeypatch.setattr(parsing.ast, "parse", slow)
    threads = [threading.Thread(target=parse_python, args=("x",)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert met == []


@pytest.mark.parametrize(("spoilt", "works"), [(1, True), (TRIES - 1, True), (TRIES, False)])
def test_what_another_thread_spoils_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, spoilt: int, works: bool
) -> None:
    left = [SystemError("AST constructor recursion depth mismatch")] * spoilt
    real = ast.parse

    def spoiling(text: str, mode: str) -> ast.AST:
        if left:
            raise left.pop()
        return real(text, mode=mode)

    monkeypatch.setattr(parsing.ast, "parse", spoiling)
    if works:
        assert isinstance(parse_python("x = 1"), ast.Module)
        return
    with pytest.raises(SystemError, match="depth mismatch"):
        parse_python("x = 1")
