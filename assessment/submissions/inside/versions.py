"""The states of an object that a file builds in several steps, such as a model and its surgery."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from assessment.submissions.inside.flow import DEFINITIONS, Leaf
from assessment.submissions.inside.refusals import LOOPS, TRAINS
from assessment.submissions.inside.scopes import Scope


@dataclass(frozen=True)
class Span:
    """One version of an object."""

    start: Leaf
    """The statement that binds it first."""
    end: int
    """Place in the file after the last statement that builds on it."""


def object_spans(scope: Scope, name: str) -> list[Span]:
    """Return the versions of what a name is bound to by assignment, in their order.

    A new version begins where the name is bound afresh, and where somebody builds on after
    training: `model.fc = ...` behind the first training makes a second model of the first.
    """
    spans: list[Span] = []
    start: Leaf | None = None
    end = 0
    trained = False

    def close() -> None:
        if start is not None:
            spans.append(Span(start, end))

    for leaf in _events(scope, name):
        binds = name in leaf.names.binds
        again = name in leaf.names.now
        if leaf.reason or (binds and _defines(leaf)):
            if binds and not again:
                close()
                start = None
            else:
                trained = trained or leaf.reason in (TRAINS, LOOPS)
        elif binds and (start is None or (not again and _afresh(leaf))):
            close()
            start, end, trained = leaf, leaf.index + 1, False
        elif start is not None:
            if trained:
                close()
            end, trained = leaf.index + 1, False
    close()
    return spans


def _events(scope: Scope, name: str) -> list[Leaf]:
    """Return the statements that bind an object, build on it, or train with it."""
    training = (leaf for leaf in scope.leaves if leaf.reason in (TRAINS, LOOPS))
    events = {leaf.index: leaf for leaf in training if name in leaf.needs}
    for leaf in (*scope.binders.get(name, ()), *scope.changers.get(name, ())):
        events[leaf.index] = leaf
    return [events[index] for index in sorted(events)]


def _afresh(leaf: Leaf) -> bool:
    """Tell a binding that nothing of the value before outlives, the first turn of a loop's too."""
    return leaf.certain or isinstance(leaf.node, ast.For)


def _defines(leaf: Leaf) -> bool:
    return isinstance(leaf.node, (*DEFINITIONS, ast.Import, ast.ImportFrom))
