# ruff: noqa: E501 - one line a case
"""Running slices: placeholders, guesses, imports between files, tracebacks, surroundings."""

from __future__ import annotations

import inspect
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assessment.submissions.inside.library import Library
from assessment.submissions.inside.namespace import Loaded, load
from assessment.submissions.inside.notebooks import read_bytes, read_source
from assessment.training.errors import SolutionError

Loader = Callable[..., Loaded]


@pytest.fixture(autouse=True)
def _modules() -> Iterator[None]:
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith("submission"):
            del sys.modules[name]


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., Library]:
    """Give a library of files on disk: `files({"lab.py": "x = 1"})`."""

    def make(texts: dict[str, str]) -> Library:
        paths = {name: tmp_path / "handed_in" / name for name in texts}
        for name, path in paths.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(texts[name], encoding="utf-8")
        return Library([read_source(path, name) for name, path in paths.items()], paths)

    return make


def run(text: str, name: str = "X", **known: Any) -> Loaded:
    outline = Library([read_bytes(text.encode(), "lab.py")]).outline("lab.py")
    return load(outline, name, known=known)


def refusal(text: str, name: str = "X", **known: Any) -> str:
    with pytest.raises(SolutionError) as caught:
        run(text, name, **known)
    return str(caught.value)


def test_only_what_is_needed_runs(capsys: pytest.CaptureFixture[str]) -> None:
    loaded = run(
        "print('a')\ny = print('b')\nz = 3\nclass X:\n def f(self): return z\nprint(X().f())"
    )
    assert loaded.value().f() == 3
    assert capsys.readouterr().out == ""
    assert set(vars(loaded.module)) >= {"z", "X"}
    assert "y" not in vars(loaded.module)


@pytest.mark.parametrize(
    "step",
    [
        "X = X.to('unheard_of')",
        "if args.multi:\n X = [X]",
        "with unheard_of():\n X = [X]",
        "X += unheard_of",
    ],
)
def test_a_step_that_fails_leaves_the_value_before(step: str) -> None:
    loaded = run(f"args = input()\nX = 3\n{step}\n")
    assert loaded.value == 3
    assert len(loaded.notes) == 1
    assert loaded.notes[0].startswith("lab.py, line ")
    assert ": passed over: " in loaded.notes[0]


def test_every_load_is_fresh() -> None:
    outline = Library([read_bytes(b"l = []\nclass X:\n held = l\n", "lab.py")]).outline("lab.py")
    first, second = (load(outline, "X").value for _ in range(2))
    first.held.append(1)
    assert second.held == []
    assert first is not second


def test_a_module_is_not_main() -> None:
    loaded = run("X = [__name__, __file__]\nif __name__ == '__main__':\n Y = 1")
    assert loaded.value == ["submission.lab", "lab.py"]
    assert loaded.module.Y == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("X = 1 / 0", "`X` comes from lab.py, line 1, which cannot run here: ZeroDivisionError: division by zero"),
        ("y = 1 / 0\nX = y + 1", "`X` comes from lab.py, line 2, which cannot run here: `y` comes from lab.py, line 1, which cannot run here: ZeroDivisionError: division by zero"),
        ("y = input()\nz = y + 1\nX = z + 1", "`X` comes from lab.py, line 3, which cannot run here: `y` comes from lab.py, line 1, which is not run here: it waits for input"),
        ("def f():\n return 1 / 0\nX = f()", "`X` comes from lab.py, line 3, which cannot run here: ZeroDivisionError: division by zero (lab.py, line 2, in f)"),
        ("class X(y): pass", "lab.py, line 1: `X` cannot be defined here: NameError: name 'y' is not defined"),
        ("y = input()\nclass X(y): pass", "lab.py, line 2: `X` cannot be defined here: `y` comes from lab.py, line 1, which is not run here: it waits for input"),
        ("import unheard_of as y\nclass X(y.Z): pass", "lab.py, line 2: `X` cannot be defined here: needs the package unheard_of, which is not installed here"),
        ("import unheard_of as X", "lab.py, line 1: `X` needs the package unheard_of, which is not installed here"),
        ("from json.unheard import X", "lab.py, line 1: `X` needs json.unheard, which the installed json does not have"),
        ("X = g()\ndef g(): raise SystemExit(3)", "`X` comes from lab.py, line 1, which cannot run here: SystemExit: 3 (lab.py, line 2, in g)"),
        ("f = exit\nX = f()", "`X` comes from lab.py, line 2, which cannot run here: ends Python with exit() or quit()"),
        ("f = input\nX = f()", "`X` comes from lab.py, line 2, which cannot run here: waits for input, and nobody is there to type it"),
        ("if False or 0:\n X = 1", "`X` comes from lab.py, line 2, which did not bind it here"),
        ("try:\n X = 1 / 0\nexcept ValueError:\n X = 2", "`X` comes from lab.py, line 2, which cannot run here: ZeroDivisionError: division by zero"),
        ("X = f(*[f for f in [1]])\nf = (yield)", None),
        ("y = 1", "`X` is not defined by lab.py"),
        ("class E(Exception):\n def __str__(self): raise ValueError\ndef f(): raise E\nX = f()", "`X` comes from lab.py, line 4, which cannot run here: E (lab.py, line 3, in f)"),
        ("import sys\nX = sys.argv[1]", "`X` comes from lab.py, line 2, which cannot run here: IndexError: list index out of range"),
        ("import sys\nsys.setrecursionlimit(500)\ndef f(): return f()\nX = f()", "`X` comes from lab.py, line 4, which cannot run here: RecursionError: maximum recursion depth exceeded (lab.py, line 3, in f)"),
    ],
)  # fmt: skip
def test_why_there_is_no_value(text: str, message: str | None) -> None:
    told = refusal(text)
    assert "\n" not in told
    if message is not None:
        assert told == message


def test_what_is_known_takes_the_place_of_what_cannot_be_had() -> None:
    text = "n = len(input())\nclass X:\n def f(self): return n + m\nm = int(input()) + n\n"
    loaded = run(text, n=10, m=5)
    assert loaded.value().f() == 15
    assert loaded.guesses == [
        "`n` comes from lab.py, line 1, which is not run here: it waits for input; taken as 10",
        "`m` comes from lab.py, line 4, which is not run here: it waits for input; taken as 5",
    ]


def test_what_can_be_computed_is_not_guessed() -> None:
    loaded = run("n = 3\nclass X:\n def f(self): return n\n", n=10)
    assert loaded.value().f() == 3
    assert loaded.guesses == []


def test_a_change_that_fails_is_passed_over_with_a_note() -> None:
    """As in a notebook, where the cell fails and the object stays what it was."""
    loaded = run("class A: pass\nX = A()\nX.a = 1\nX.b = 1 / 0\nX.c = unheard_of\nX.d = 4\n")
    assert vars(loaded.value) == {"a": 1, "d": 4}
    assert loaded.notes == [
        "lab.py, line 4: passed over: ZeroDivisionError: division by zero",
        "lab.py, line 5: passed over: NameError: name 'unheard_of' is not defined",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "import unheard_of\nX = 3",
        "import unheard_of, json\nX = json and 3",
        "from unheard_of import *\nX = 3",
        "try:\n import unheard_of as X\nexcept ImportError:\n X = 3",
        "try:\n import unheard_of as X\nexcept ModuleNotFoundError as e:\n X = 3 if e.name else 4",
        "import unheard_of\nX = getattr(unheard_of, 'three', 3)",
        "def f():\n try:\n  import unheard_of\n except ImportError:\n  return 3\nX = f()",
        "import unheard_of\ndef f(x: unheard_of.Y) -> unheard_of.Z: return 3\nX = f(1)",
        "import unheard_of\nclass C:\n x: unheard_of.Y = 3\nX = C.x",
        "from __future__ import annotations\ndef f(x: unheard_of): return 3\nX = f(1)",
        "from math import *\nX = floor(3.5)",
        "from json import *\nfrom math import *\nX = floor(3.5)",
        "from collections import *\nX = len(OrderedDict(a=1, b=2, c=3))",
        "import os.path\nX = 3 if os.path.join('a') else 4",
        "import warnings\ndef f():\n warnings.warn('old')\n return 3\nX = f()",
        "X = '\\d' and 3",
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('--n', default=3)\na = p.parse_args()\nX = a.n",
        "with open(__file__ if 0 else '/dev/null') as f:\n y = f.read()\nX = 3 + len(y)",
        "X = Y\nY = 3",
        "class C:\n def f(self): return __class__ and 3\nX = C().f()",
        "X = eval('Y')()\ndef Y(): return 3",
        "if (n := 3) > 2:\n X = n",
    ],
)
def test_what_runs(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert run(text).value == 3


def test_an_absent_package_is_told_where_it_is_used() -> None:
    use = run("import unheard_of as u\ndef X(): return u.f()").value
    with pytest.raises(SolutionError) as caught:
        use()
    told = "lab.py, line 1: `u` needs the package unheard_of, which is not installed here"
    assert str(caught.value) == told
    inside = run("def X():\n import unheard_of.deeper").value
    with pytest.raises(SolutionError, match="needs the package unheard_of, which is not"):
        inside()


def test_what_is_wrong_inside_an_installed_package_is_not_an_absent_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "half_installed.py").write_text("import its_own_need\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    told = refusal("import half_installed as X")
    assert told == (
        "lab.py, line 1: `X` cannot be imported: ModuleNotFoundError: No module named "
        f"'its_own_need' ({'half_installed.py'}, line 1, in <module>)"
    )


def test_tracebacks_show_cell_line_and_text() -> None:
    cells = '{"cells": [{"cell_type": "code", "source": "x = 1"}, {"cell_type": "code", "source": "%%time\\ndef X():\\n    y = 2\\n    return y / 0"}]}'
    outline = Library([read_bytes(cells.encode(), "lab.ipynb")]).outline("lab.ipynb")
    function = load(outline, "X").value
    with pytest.raises(ZeroDivisionError) as caught:
        function()
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (last.filename, last.lineno, last.line) == ("lab.ipynb, cell 2", 4, "return y / 0")
    assert inspect.getsource(function) == "def X():\n    y = 2\n    return y / 0"


def test_lines_of_a_script_in_cells_are_those_of_its_file() -> None:
    function = run("x = (\n# %%\ny = 1\n# %%\n\ndef X():\n    return 1 / 0\n").value
    with pytest.raises(ZeroDivisionError) as caught:
        function()
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (last.filename, last.lineno, last.line) == ("lab.py", 7, "return 1 / 0")


TRAINING = "raise SystemExit('imported training ran')\nfor x in loader: x.backward()\n"


@pytest.mark.parametrize(
    ("texts", "place"),
    [
        ({"lab.py": "from net import X", "net.py": TRAINING + "X = 3"}, "submission.net"),
        ({"lab.py": "import net\nX = net.Y", "net.py": TRAINING + "Y = 3"}, "submission.net"),
        ({"lab.py": "import net as n\nX = n.Y", "net.py": TRAINING + "Y = 3"}, "submission.net"),
        ({"lab.py": "from net import *", "net.py": TRAINING + "X = 3"}, "submission.net"),
        ({"lab.py": "from a import *", "a.py": "from net import *", "net.py": "X = 3"}, "submission.net"),
        ({"lab.py": "from a import X", "a.py": "from net import X", "net.py": "X = 3"}, "submission.net"),
        ({"lab.py": "from net import *", "net.py": "__all__ = ['X']\nX = 3"}, "submission.net"),
        ({"lab.py": "import p.net\nX = p.net.Y", "p/net.py": "Y = 3"}, "submission.p.net"),
        ({"lab.py": "import p.q.net as n\nX = n.Y", "p/q/net.py": "Y = 3"}, "submission.p.q.net"),
        ({"lab.py": "from p import net\nX = net.Y", "p/net.py": "Y = 3"}, "submission.p.net"),
        ({"lab.py": "from p import X", "p/__init__.py": "from .net import X", "p/net.py": "X = 3"}, "submission.p"),
        ({"lab.py": "from p import X", "p/__init__.py": "from . import net\nX = net.Y", "p/net.py": "Y = 3"}, "submission.p"),
        ({"p/lab.py": "from ..net import X", "net.py": "X = 3"}, "submission.net"),
        ({"lab.py": "from net import X", "net.ipynb": '{"cells": [{"cell_type": "code", "source": "!ls\\nX = 3"}]}'}, "submission.net"),
        ({"lab.py": "%run net.py\n", "net.py": TRAINING + "X = 3"}, "submission.net"),
        ({"lab.py": "def f():\n from net import Y\n return Y\nX = f()", "net.py": TRAINING + "Y = 3"}, "submission.net"),
        ({"lab.py": "from a import X\ndef f(): return 3", "a.py": "import lab\nX = lab.f()"}, "submission.a"),
        ({"lab.py": "from a import X\nY = 3", "a.py": "from lab import Y\nX = Y"}, "submission.a"),
        ({"lab.py": "from random import X", "random.py": "X = 3"}, "submission.random"),
        ({"my lab-2.py": "from net import X", "net.py": "X = 3"}, "submission.net"),
    ],
)  # fmt: skip
def test_files_of_a_submission_import_each_other(
    texts: dict[str, str], place: str, files: Callable[..., Library]
) -> None:
    library = files(texts)
    loaded = load(library.outline(next(iter(texts))), "X", library)
    assert loaded.value == 3
    assert place in sys.modules
    assert "random" not in place or sys.modules["random"].__file__ != "random.py"


def test_a_cycle_that_python_could_not_import_either(files: Callable[..., Library]) -> None:
    library = files({"a.py": "from b import X", "b.py": "from a import X"})
    with pytest.raises(SolutionError, match="`X` cannot be imported"):
        load(library.outline("a.py"), "X", library)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"lab.py": "from net import X", "net.py": "y = 1"}, "lab.py, line 1: `X` cannot be imported: ImportError: cannot import name 'X' from 'submission.net'"),
        ({"lab.py": "from net import X", "net.py": "X = input()"}, "`X` comes from net.py, line 1, which is not run here: it waits for input"),
        ({"lab.py": "from .net import X"}, "lab.py, line 1: `X` cannot be imported: ImportError: there is no module `.net` beside lab.py"),
        ({"lab.py": "import net\nX = net.y"}, "`X` comes from lab.py, line 2, which cannot run here: needs the package net, which is not installed here"),
        ({"lab.py": "import net\nX = net.y", "net.py": "z = 1"}, "`X` comes from lab.py, line 2, which cannot run here: AttributeError: net.py does not define `y`"),
    ],
)  # fmt: skip
def test_imports_that_fail(
    texts: dict[str, str], message: str, files: Callable[..., Library]
) -> None:
    library = files(texts)
    with pytest.raises(SolutionError) as caught:
        load(library.outline("lab.py"), "X", library)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("lab", ["from net import X", "import net\nX = net.X"])
def test_an_import_of_what_could_not_be_read_says_so(
    lab: str, files: Callable[..., Library]
) -> None:
    library = files({"lab.py": lab, "net.py": "X = = 1"})
    with pytest.raises(SolutionError) as caught:
        load(library.outline("lab.py"), "X", library)
    assert str(caught.value).endswith(
        "; net.py, line 1: invalid syntax; this statement is passed over"
    )


def test_packages_keep_their_own_modules(files: Callable[..., Library]) -> None:
    """A `utils.py` handed in is no `utils` for anybody but the submission."""
    library = files({"lab.py": "import random, json\nX = [random.Y, json.dumps(1)]", "random.py": "Y = 3", "json.py": "def dumps(x): return 'own'"})  # fmt: skip
    assert load(library.outline("lab.py"), "X", library).value == [3, "own"]
    import json
    import random

    assert json.dumps(1) == "1"
    assert hasattr(random, "shuffle")


def test_files_are_read_from_the_folder_of_the_importing_file(
    files: Callable[..., Library], tmp_path: Path
) -> None:
    texts = {
        "src/lab.py": "import os\nwith open('n.txt') as f: n = int(f.read())\n"
        "X = [n, os.path.basename(os.path.dirname(__file__))]",
        "src/n.txt.py": "",
    }
    library = files({"src/lab.py": texts["src/lab.py"]})
    (tmp_path / "handed_in/src/n.txt").write_text("7")
    here = Path.cwd()
    assert load(library.outline("src/lab.py"), "X", library).value == [7, "src"]
    assert Path.cwd() == here


def test_arguments_of_the_trainer_are_not_the_submissions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["server", "--secret"])
    assert run("import sys\nX = sys.argv[1:]").value == []
    assert sys.argv == ["server", "--secret"]


def test_names_asked_for_later_run_later(capsys: pytest.CaptureFixture[str]) -> None:
    module = run("X = 1\ndef f():\n print('ran')\n return 2\nY = f()\n").module
    assert capsys.readouterr().out == ""
    assert module.Y == 2
    assert module.Y == 2
    assert capsys.readouterr().out == "ran\n"
    assert not hasattr(module, "Z")
    assert not hasattr(module, "__wrapped__")


def test_a_version_of_its_own() -> None:
    outline = Library([read_bytes(b"class X: n = 1\nclass X: n = 2\n", "lab.py")]).outline("lab.py")
    first, second = outline.definitions
    assert load(outline, first).value.n == 1
    assert load(outline, second).value.n == 2
