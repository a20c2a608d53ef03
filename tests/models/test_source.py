from __future__ import annotations

import sys
import textwrap
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from assessment.errors import ReferenceNotFound
from assessment.models.source import find_definition

SOLUTION = '''
    """A solution."""
    import math
    import os.path
    from torch import nn

    WIDTH = 16
    DEPTH: int = 2
    SIZES = [WIDTH * 2] * DEPTH

    def unrelated():
        return os.path.sep

    class Net(nn.Module):
        """A net."""

        def forward(self, x):
            return scaled(x) * SIZES[0]  # a comment

    def scaled(x):
        return x / math.sqrt(2)
'''

Write = Callable[[str], str]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a module that stops whoever executes it, and return its name."""
    monkeypatch.syspath_prepend(tmp_path)
    count = iter(range(100))

    def write_module(text: str) -> str:
        name = f"a_solution_{next(count)}"
        source = textwrap.dedent(text) + "\nraise RuntimeError('executed')\n"
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
        return name

    return write_module


def test_takes_the_definition_and_what_it_uses_in_file_order(write: Write) -> None:
    assert find_definition(f"{write(SOLUTION)}:Net") == textwrap.dedent(
        """\
        import math
        from torch import nn
        WIDTH = 16
        DEPTH: int = 2
        SIZES = [WIDTH * 2] * DEPTH
        class Net(nn.Module):

            def forward(self, x):
                return scaled(x) * SIZES[0]
        def scaled(x):
            return x / math.sqrt(2)
        """
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""A solution."""', '"""Another text."""'),
        ('"""A net."""', ""),
        ("# a comment", "# another one"),
        ("return x / math.sqrt(2)", 'r"""Scale."""; return (x\n            / math.sqrt(2))'),
        ("return os.path.sep", "return os.path.pathsep"),
        ("def unrelated():", "def renamed():"),
        ("import math\n", "import math\n    import json\n"),
    ],
)
def test_what_changes_nothing_is_left_out(write: Write, old: str, new: str) -> None:
    assert old in SOLUTION
    before, after = write(SOLUTION), write(SOLUTION.replace(old, new))
    assert find_definition(f"{after}:Net") == find_definition(f"{before}:Net")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("WIDTH = 16", "WIDTH = 17"),
        ("DEPTH: int = 2", "DEPTH: int = 3"),
        ("math.sqrt(2)", "math.sqrt(3)"),
        ("from torch import nn", "from other import nn"),
        ("SIZES[0]", "SIZES[1]"),
        ("def unrelated():", "Net.forward = scaled\n\n    def unrelated():"),
        ("def unrelated():", "SIZES[0] = 3\n\n    def unrelated():"),
        ("def unrelated():", "SIZES += [1]\n\n    def unrelated():"),
        ("def unrelated():", "if math.pi > 3:\n        WIDTH = 4\n\n    def unrelated():"),
        ("def unrelated():", "for DEPTH in (1, 2): pass\n\n    def unrelated():"),
        (
            "def unrelated():",
            "try:\n        import fast as math\n    finally: pass\n\n    def unrelated():",
        ),
    ],
)
def test_what_changes_the_solution_is_in_it(write: Write, old: str, new: str) -> None:
    assert old in SOLUTION
    before, after = write(SOLUTION), write(SOLUTION.replace(old, new))
    assert find_definition(f"{after}:Net") != find_definition(f"{before}:Net")


def test_a_definition_that_is_only_a_docstring_stays_valid(write: Write) -> None:
    source = find_definition(f"{write('class Net:' + chr(10) + '    ' + repr('Doc.'))}:Net")
    assert source == "class Net:\n    pass\n"


def test_names_that_refer_to_each_other_end(write: Write) -> None:
    module = write("def f(): return g()\ndef g(): return f()\ndef h(): return f()")
    assert find_definition(f"{module}:g") == find_definition(f"{module}:f")
    assert "def h" not in find_definition(f"{module}:g")


def test_an_imported_name_is_the_import(write: Write) -> None:
    module = write("from torchvision.models import resnet18 as net, alexnet")
    assert "resnet18 as net" in find_definition(f"{module}:net")


@pytest.mark.parametrize(
    "statement",
    [
        "from layers import Block",
        "import layers",
        "import layers as bricks",
        "from layers import *",
        "def build():\n    from layers import Block\n    return Block",
    ],
)
def test_a_module_of_ones_own_is_part_of_what_imports_it(tmp_path: Path, statement: str) -> None:
    uses = "x = layers, bricks, Block, build"  # whatever the statement binds
    (tmp_path / "solution.py").write_text(f"{statement}\n{uses}\n", encoding="utf-8")
    own = tmp_path / "layers.py"
    found = []
    for size in (3, 3, 5):
        own.write_text(f"from sizes import other\nBlock = {size}  # {len(found)}\n")
        (tmp_path / "sizes.py").write_text("other = 1")
        found.append(find_definition("solution:x", tmp_path))
    assert found[0] == found[1] != found[2]

    (tmp_path / "sizes.py").write_text("other = 2")
    assert find_definition("solution:x", tmp_path) != found[2], "what it imports in turn"


def test_modules_beside_it_in_a_package(tmp_path: Path) -> None:
    package = tmp_path / "own_lab"
    (package / "deep").mkdir(parents=True)
    for name in ("__init__.py", "deep/__init__.py"):
        (package / name).write_text("")
    (package / "nets.py").write_text(
        "from .deep import blocks\nfrom . import sizes\nNet = blocks, sizes\n"
    )
    (package / "deep" / "blocks.py").write_text(
        "from ..sizes import wide\nfrom .more import some\n"
    )
    (package / "deep" / "more.py").write_text("some = 1")
    (package / "sizes.py").write_text("wide = 2")
    text = find_definition("own_lab.nets:Net", tmp_path)
    assert "module own_lab.deep.more\nsome = 1" in text
    assert text.count("wide = 2") == 1


def test_what_is_installed_is_not_part_of_it(write: Write) -> None:
    source = "import json\nimport numpy\nfrom torch import nn\nNet = (json, numpy, nn)\n"
    assert find_definition(f"{write(source)}:Net") == source


def test_packages_are_not_executed_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    inner = tmp_path / "a_package" / "labs"
    inner.mkdir(parents=True)
    (tmp_path / "a_package" / "__init__.py").write_text("raise RuntimeError")
    (inner / "lab7.py").write_text("class Net: size = 3")  # `labs` is a namespace package
    assert "size = 3" in find_definition("a_package.labs.lab7:Net")
    assert "a_package" not in sys.modules
    with pytest.raises(ReferenceNotFound, match=r"labs has no Python source"):
        find_definition("a_package.labs:Net")


def test_modules_in_a_zip_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "labs.zip", "w") as archive:
        archive.writestr("a_zipped_lab.py", "class Net: size = 3")
    monkeypatch.syspath_prepend(tmp_path / "labs.zip")
    assert "size = 3" in find_definition("a_zipped_lab:Net")


def test_a_misspelt_name_suggests_the_right_one(write: Write) -> None:
    with pytest.raises(
        ReferenceNotFound, match=r"defines no `Nett` at its top level, did you mean `Net`\?$"
    ):
        find_definition(f"{write(SOLUTION)}:Nett")


def test_a_name_inside_a_function_is_not_at_the_top_level(write: Write) -> None:
    with pytest.raises(ReferenceNotFound, match=r"no `inner` at its top level$"):
        find_definition(f"{write('def outer():' + chr(10) + '    inner = 1')}:inner")


@pytest.mark.parametrize(
    "module",
    ["no_such_module", "no_such_package.lab", "json.no_such_module", "math.lab", "__main__"],
)
def test_a_module_that_is_not_there(module: str) -> None:
    with pytest.raises(ReferenceNotFound) as caught:
        find_definition(f"{module}:Net")
    assert module in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("module", ["sys", "_ctypes"])
def test_a_module_without_python_source(module: str) -> None:
    with pytest.raises(ReferenceNotFound, match=f"module {module} has no Python source"):
        find_definition(f"{module}:Net")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"class Net:\n    def (", r"broken\.py:2: syntax error: "),
        (b"class Net: pass\n\0", r"broken\.py.*null bytes"),
        (b"# \xff\nclass Net: pass", r"broken\.py.*"),
        (b"# coding: no-such-coding\nclass Net: pass", r"broken\.py.*"),
    ],
)
def test_a_file_that_cannot_be_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, message: str
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "broken.py").write_bytes(content)
    with pytest.raises(ReferenceNotFound, match=message) as caught:
        find_definition("broken:Net")
    assert "\n" not in str(caught.value)
