"""Which room imports which: `docs/architecture.md` says it, and the package's imports do it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "assessment"
TEXT = (ROOT / "docs/architecture.md").read_text(encoding="utf-8").partition("## Rooms")[2]
ROWS = [line.split("|")[1:-1] for line in TEXT.splitlines() if line.startswith("| `")]
MODULES = {
    path.relative_to(ROOT / PACKAGE).with_suffix("").as_posix().replace("/", "."): path
    for path in sorted((ROOT / PACKAGE).rglob("*.py"))
}
TOPS = {name.partition(".")[0] for name in MODULES}


def _words(cell: str) -> list[str]:
    """Return what stands between backticks, as dotted names: `spec`, `errors`, `spec.recipe`."""
    paths = re.findall(r"`([^`]+)`", cell)
    return [path.removesuffix(".py").rstrip("/").replace("/", ".") for path in paths]


PLACES = {part: row for row, (parts, _, _) in enumerate(ROWS) for part in _words(parts)}
"""Row of every folder and module that is a room or one of several in it."""
ARROWS = [_words(arrows) for _, _, arrows in ROWS]
AGAINST = set(re.findall(r"^- `([\w.]+)` to `([\w.]+)`: \w", TEXT, re.MULTILINE))
"""Arrows that lead down, each with a reason."""


def _below(name: str, folder: str) -> bool:
    return name == folder or name.startswith(f"{folder}.")


def part_of(name: str) -> str:
    """Return the innermost folder or module of the table that a name lies in; else nothing."""
    return max((part for part in PLACES if _below(name, part)), key=len, default="")


def may_import(module: str, other: str) -> bool:
    """Tell whether the table lets a module import another."""
    row = PLACES[part_of(module)]
    return row == PLACES[part_of(other)] or any(_meant(word, other) for word in ARROWS[row])


def _meant(word: str, other: str) -> bool:
    return _below(other, word) and part_of(word) == part_of(other)


def imported(source: str) -> Iterator[str]:
    """Yield the package's modules that a source imports, in functions and for types alike."""
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports are not looked at"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            inner = name.partition(".")[2]
            if name.partition(".")[0] == PACKAGE and inner.partition(".")[0] in TOPS:
                yield inner if inner in MODULES else _module(inner)


def _module(name: str) -> str:
    """Return the module that a name is of, or the package."""
    outer = name.rpartition(".")[0]
    return outer if outer in MODULES else f"{outer or name}.__init__"


IMPORTS = [(name, other) for name, path in MODULES.items() for other in imported(path.read_text())]


def test_every_module_has_a_room_and_every_room_is_there() -> None:
    assert [name for name in MODULES if not part_of(name)] == []
    assert set(PLACES) == {part_of(name) for name in MODULES}


def test_nothing_is_imported_but_along_the_tables_arrows() -> None:
    assert len(IMPORTS) > 1000
    assert [f"{name} -> {other}" for name, other in IMPORTS if not may_import(name, other)] == []


def test_every_arrow_of_the_table_is_used() -> None:
    used = {(PLACES[part_of(name)], other) for name, other in IMPORTS}
    assert [
        f"{ROWS[row][0].strip()} -> {word}"
        for row, words in enumerate(ARROWS)
        for word in words
        if not any(place == row and _meant(word, other) for place, other in used)
    ] == []


def test_arrows_lead_upwards_unless_a_reason_is_given() -> None:
    downward = {
        (part, word)
        for part, row in PLACES.items()
        for word in ARROWS[row]
        if PLACES[part_of(word)] >= row
    }
    assert downward == AGAINST


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("grading.score", "from assessment.submissions.inside import reading"),
        ("training.loop", "import assessment.spec.lab as lab"),
        ("results.keys", "def find():\n    from assessment.results.store.runs import RunStore"),
        ("errors", "if TYPE_CHECKING:\n    from assessment.spec import Lab"),
        ("report.table", "from assessment.grading import score, wording"),
    ],
)
def test_the_check_itself_would_notice(module: str, source: str) -> None:
    assert not all(may_import(module, other) for other in imported(source))
