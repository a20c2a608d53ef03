# ruff: noqa: E501 - one line a case
"""Magics, shell commands and questions for help, taken out without breaking what is around."""

from __future__ import annotations

import ast

import pytest

from assessment.submissions.inside.magics import strip_magics


@pytest.mark.parametrize(
    ("text", "stripped"),
    [
        # line magics and shell commands
        ("%matplotlib inline\nimport torch", "pass\nimport torch"),
        ("  %matplotlib inline", "  pass"),
        ("!pip install 'torch>=2' \"x\nx = 1", "pass\nx = 1"),
        ("!!ls\n%cd /content\n%%", "pass\npass\npass"),
        ("if x:\n    !ls\nelse:\n    %time y = f(x)", "if x:\n    pass\nelse:\n    y = f(x)"),
        ("!unzip a.zip \\\n    -d data \\\n    -q\nx = 1", "pass\n\n\nx = 1"),
        ("%timeit f(x)\n%time\n%env A=(", "pass\npass\npass"),
        ("%run ./lib/utils.ipynb\n%run -i model.py", "from lib.utils import *\nfrom model import *"),
        ("%run my-file.py --epochs 3\n%run $name", "pass\npass"),
        # values
        ("x = !ls *.py\ny = 1", "x = get_ipython().getoutput('ls *.py')\ny = 1"),
        ("a, b = %who_ls", "a, b = get_ipython().getoutput('who_ls')"),
        ("d['x'] = !nvidia-smi \\\n -L", "d['x'] = get_ipython().getoutput('nvidia-smi \\\\')\n"),
        # help
        ("?nn.Linear\nnn.Conv2d??\n%time?\nx = 1", "pass\npass\npass\nx = 1"),
        ("model.fc?", "pass"),
        # what belongs to Python
        ("print('%d'\n      % 3)\n!ls", "print('%d'\n      % 3)\npass"),
        ("s = '%d' \\\n    % 3\n!ls", "s = '%d' \\\n    % 3\npass"),
        ("s = '''\n!ls\n%cd\n'''\n!ls", "s = '''\n!ls\n%cd\n'''\npass"),
        ('s = "it\'s \\" # ("\n%cd', 's = "it\'s \\" # ("\npass'),
        ("x = [  # don't (\n  1,\n]\n!ls", "x = [  # don't (\n  1,\n]\npass"),
        ("a = b != c\nx %= 2\n!ls", "a = b != c\nx %= 2\npass"),
        ("# what?\nprint('what?')\n!ls", "# what?\nprint('what?')\npass"),
        ("s = 'never closed\n!ls", "s = 'never closed\npass"),
        # cell magics
        ("%%time\nx = 1", "\nx = 1"),
        ("\n# a comment\n\n%%capture out --no-stderr\nx = 1\n!ls", "\n\n\n\nx = 1\npass"),
        ("%%capture\n%%time\nx = 1", "\n\nx = 1"),
        ("%%bash\nfor i in 1; do ls; done", ""),
        ("%%html", ""),
        ("%%R -o x\nx <- 1", ""),
        ("%%unheard_of\nx = 1", "\nx = 1"),
        # exported scripts
        ("get_ipython().run_cell_magic('time', '', 'x = 1\\n%cd a')", "\nx = 1\npass"),
        ("get_ipython().run_cell_magic('bash', '', 'ls')", ""),
        (
            "a = 1\nget_ipython().run_cell_magic('time', '', 'x = 1\\ny = 2\\n')\nb = 2",
            "a = 1\nx = 1\ny = 2\nb = 2",
        ),
        ("a = 1\nget_ipython().run_cell_magic('html', '', '<b>')\nb = 2", "a = 1\npass\nb = 2"),
    ],
)  # fmt: skip
def test_what_is_left(text: str, stripped: str) -> None:
    found = strip_magics(text)
    assert found.text == stripped
    assert found.written is None


@pytest.mark.parametrize(
    ("text", "written", "appended"),
    [
        ("%%writefile net.py\nimport torch\n%cd\n", ("net.py", "import torch\n%cd\n"), False),
        ("%%writefile -a src/net.py\nx = 1", ("src/net.py", "x = 1"), True),
        ("%%file --append 'a.txt'\nx", ("a.txt", "x"), True),
        ("%%writefile\nx", None, False),
        (
            "get_ipython().run_cell_magic('writefile', 'net.py', 'x = 1\\n')",
            ("net.py", "x = 1\n"),
            False,
        ),
    ],
)
def test_files_that_a_cell_writes(
    text: str, written: tuple[str, str] | None, appended: bool
) -> None:
    found = strip_magics(text)
    assert (found.text, found.written, found.appended) == ("", written, appended)


@pytest.mark.parametrize(
    "text",
    [
        "x = 1\n",
        "x = (5\n  % 3)\ny = not x\n",
        "s = f'{x!r}'\nt = '''\n%matplotlib\n!ls\n?x\nx?\n'''\n",
        "print('a %s'\n  % b, c != d)",
        "x = a \\\n  % b",
    ],
)
def test_python_is_left_alone(text: str) -> None:
    assert strip_magics(text).text == text


def test_what_is_left_can_be_read() -> None:
    text = "%%time\n!ls\nfor i in x:\n    !echo $i (\n    y = !cat 'a\n    i?\nelse:\n    %cd ..\n"
    ast.parse(strip_magics(text).text)


def test_an_endless_pile_of_cell_magics_is_given_up() -> None:
    assert "%%time" in strip_magics("%%time\n" * 50_000).text
