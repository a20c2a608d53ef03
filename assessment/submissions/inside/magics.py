"""What Jupyter adds to Python, taken out of a cell line by line.

Every other line keeps its place, so that line numbers stay those of the student. An escape only
counts where a statement may begin: inside brackets, strings and behind a backslash, `%` and `!`
belong to Python.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from assessment.parsing import parse_python
from assessment.submissions.inside.syntax import parses

_FOREIGN = {
    *("R", "bash", "bigquery", "cmd", "css", "cython", "html", "javascript", "js", "julia"),
    *("latex", "markdown", "perl", "powershell", "pypy", "python2", "ruby", "script", "sh"),
    *("shell", "sql", "svg", "sx", "system"),
}
"""Cell magics whose body is no Python."""
_WRITES = ("writefile", "file")
_STACKED = 5
"""Cell magics on top of each other."""
_COMMANDS = re.compile(r"^[ \t]*[%!?]|\?[ \t]*$|=[ \t]*[%!]|run_cell_magic", re.MULTILINE)
_CELL = re.compile(r"\s*(?:#[^\n]*\n\s*)*%%(?P<name>\w+)(?P<rest>[^\n]*)\n?(?P<body>.*)", re.DOTALL)
_ASSIGNED = re.compile(r"(?P<target>[ \t]*[A-Za-z_][\w.,\[\]'\" \t]*=[ \t]*)[!%](?P<what>.*)")
_HELP = re.compile(r"[ \t]*[%\w.*\[\]()'\"]+\?{1,2}[ \t]*")
_RUN = re.compile(r"%run\s+(?:-\w+\s+)*['\"]?(?:\./)?(?P<file>[\w/\\-]+)\.(?:py|ipynb)\b")
_CODE = re.compile(r"\'\'\'|\"\"\"|['\"]|#[^\n]*|\\\n|[()\[\]{}]|\n")
_STRING = {quote: re.compile(rf"\\.|\n|{quote}", re.DOTALL) for quote in ("'", '"', "'''", '"""')}


@dataclass(frozen=True)
class Stripped:
    """A cell without what only Jupyter understands."""

    text: str
    """Python, on the lines on which it stood."""
    written: tuple[str, str] | None = None
    """Name and content of the file that `%%writefile` makes of the cell."""
    appended: bool = False
    """Whether that content goes to the end of the file (`-a`)."""


def strip_magics(text: str) -> Stripped:
    """Take magics, shell commands and questions for help out of a cell."""
    above = ""
    for _ in range(_STACKED):
        if not _COMMANDS.search(text):
            break
        if parses(text):
            if (body := _exported_body(text)) is None:
                break
            text = body
        elif cell := _CELL.fullmatch(text):
            name, rest, body = cell["name"], cell["rest"], cell["body"]
            if name in _WRITES:
                return _file_of(rest.split(), body)
            if name in _FOREIGN:
                return Stripped("")
            above += "\n" * (text.count("\n") - body.count("\n"))
            text = body
        else:
            text = _strip_lines(text)
            break
    return Stripped(above + text)


def _file_of(words: list[str], body: str) -> Stripped:
    files = [word.strip("'\"") for word in words if not word.startswith("-")]
    append = "-a" in words or "--append" in words
    return Stripped("", (files[0], body) if files else None, append)


def _exported_body(text: str) -> str | None:
    """Return a cell with the body out of `get_ipython().run_cell_magic(...)`, as scripts have it.

    The body takes more lines than the call did: what follows it in its cell moves down.
    """
    if "run_cell_magic" not in text:
        return None
    tree = parse_python(text)
    assert isinstance(tree, ast.Module)
    for node in tree.body:
        match node:
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(attr="run_cell_magic"),
                    args=[
                        ast.Constant(value=str(name)),
                        ast.Constant(value=str(rest)),
                        ast.Constant(value=str(body)),
                    ],
                )
            ):
                if len(tree.body) == 1:
                    return f"%%{name} {rest}\n{body}"
                kept = strip_magics(body).text if name not in (*_FOREIGN, *_WRITES) else "pass"
                lines = text.split("\n")
                lines[node.lineno - 1 : node.end_lineno] = kept.rstrip("\n").split("\n")
                return "\n".join(lines)
    return None


def _strip_lines(text: str) -> str:
    lines = text.split("\n")
    for first, last in _logical_lines(text):
        lines[first : last + 1] = _strip_line(lines[first : last + 1])
    return "\n".join(lines)


def _strip_line(lines: list[str]) -> list[str]:
    """Take the escape out of one logical line; what it went over becomes empty."""
    line = lines[0]
    code = line.strip()
    indent = line[: len(line) - len(line.lstrip())]
    if code[:1] in ("%", "!", "?"):
        ran = _RUN.match(code)
        if ran and not code.startswith("%%"):
            module = re.sub(r"[/\\]", ".", ran["file"])
            kept = f"{indent}from {module} import *" if _is_name(module) else f"{indent}pass"
        elif code.startswith("%time "):
            return [indent + code.removeprefix("%time ").lstrip(), *lines[1:]]
        else:
            kept = f"{indent}pass"
    elif _HELP.fullmatch(line):
        kept = f"{indent}pass"
    elif assigned := _ASSIGNED.fullmatch(line):
        # What IPython makes of it: whoever needs the value learns where it comes from.
        kept = f"{assigned['target']}get_ipython().getoutput({assigned['what']!r})"
    else:
        return lines
    continued = 1
    while continued < len(lines) and lines[continued - 1].endswith("\\"):
        continued += 1
    return [kept, *[""] * (continued - 1), *lines[continued:]]


def _logical_lines(text: str) -> Iterator[tuple[int, int]]:
    """Yield first and last line of every statement's line, counted from 0.

    What is in an escape is no Python: its line ends where it ends, quotes and brackets or not.
    """
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    first = 0
    while first < len(lines):
        if _begins_escape(lines[first]):
            last = first
            while last + 1 < len(lines) and lines[last].endswith("\\"):
                last += 1
        else:
            last = _end_of_line(text, starts, first)
        yield first, last
        first = last + 1


def _begins_escape(line: str) -> bool:
    code = line.lstrip()
    return code[:1] in ("%", "!", "?") or bool(_ASSIGNED.fullmatch(line) or _HELP.fullmatch(line))


def _end_of_line(text: str, starts: list[int], first: int) -> int:
    """Return the line on which a statement's line ends that begins at the start of `first`."""
    line, depth, quote, position = first, 0, "", starts[first]
    while found := (_STRING[quote] if quote else _CODE).search(text, position):
        token, position = found[0], found.end()
        if token == "\n":
            if len(quote) < 3 and not depth:
                return line
            quote = quote if len(quote) == 3 else ""
        elif quote:
            quote = "" if token == quote else quote
        elif token[0] in "'\"":
            quote = token
        elif token in "([{":
            depth += 1
        elif token in ")]}":
            depth = max(0, depth - 1)
        line += token.count("\n")
    return len(starts) - 2


def _is_name(module: str) -> bool:
    return all(part.isidentifier() for part in module.split("."))
