"""Those files of this package that a jail needs, in a folder of their own."""

from __future__ import annotations

import ast
import atexit
import functools
import py_compile
from pathlib import Path

from assessment.execution.isolation.staging import Staging
from assessment.parsing import parse_python

ROOT = Path(__file__).resolve().parents[2]
NAME = ROOT.name
NEEDED = (
    "__init__.py",
    "errors.py",
    "parsing.py",
    "spelling.py",
    "boundary/*.py",
    "formulas/*.py",
    "sandbox/*.py",
    "training/*.py",
    "spec/__init__.py",
    "submissions/__init__.py",
    "submissions/inside/**/*.py",
)
"""What a trainer imports, and what reads submissions. Everything else stays outside: reference
models, grading, results, calibrations, the store."""
RECIPE = "spec/recipe.py"
"""Needed with those modules beside it that it imports."""


def needed_files() -> list[str]:
    """Return the files' paths below the package's root, sorted."""
    found = {path for pattern in NEEDED for path in ROOT.glob(pattern)} | _with_imports()
    return sorted(str(path.relative_to(ROOT)) for path in found)


def _with_imports() -> set[Path]:
    """Return the recipe's file and the modules of its room that it imports, and they in turn."""
    room = (ROOT / RECIPE).parent
    waiting, found = [ROOT / RECIPE], set[Path]()
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found.add(file)
        for node in ast.walk(parse_python(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                path = ROOT.parent / Path(*node.module.split(".")).with_suffix(".py")
                if path.parent == room and path.is_file():
                    waiting.append(path)
    return found


@functools.cache
def prepared_package() -> Path:
    """Return a folder that holds these files as `assessment/`, compiled; made once a process."""
    staging = Staging.made()
    staging.admit_everybody()
    atexit.register(staging.remove)
    for name in needed_files():
        target = staging.copy(ROOT / name, f"package/{NAME}/{name}")
        compiled = py_compile.compile(
            str(target),
            dfile=f"{NAME}/{name}",
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
        for path in (Path(str(compiled)), Path(str(compiled)).parent):
            path.chmod(0o755)
    return staging.folder / "package"
