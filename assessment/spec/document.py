"""YAML 1.2 text to plain data and the place of every key and value in it.

PyYAML scans and parses (in C where it can); the composing is done here, because
PyYAML's own knows YAML 1.1 (`no` is false, `1e-3` a text), takes the last of two
equal keys, and builds a document of any size and depth.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from assessment.spec.base import Location
from assessment.spec.positions import Place, Span

MOST_VALUES = 100_000
"""Values of one document with its aliases expanded."""
DEEPEST = 40
"""Maps and lists inside each other."""
EMPTY = "the file is empty"

_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_LONGEST_INTEGER = 300
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class NotYaml(Exception):
    """The text cannot be read at all."""

    def __init__(self, span: Span, message: str) -> None:
        self.span, self.message = span, message
        super().__init__(message)


@dataclass
class Document:
    """One YAML document."""

    data: Any
    """Maps with text keys, lists, texts, numbers, booleans and None."""
    root: Place
    lines: list[str]
    findings: list[tuple[Location, Span, str]]
    """Mistakes that do not keep the rest from being read: where, and what."""


@dataclass
class _Built:
    """A value under construction, or known by its anchor."""

    data: Any
    place: Place
    size: int = 1
    """Values in it, aliases expanded."""
    height: int = 0
    """Maps and lists inside each other."""


def parse_document(text: str, *, texts: bool = False) -> Document:
    """Parse one YAML 1.2 document.

    Args:
        text: of the file.
        texts: take every scalar as the text that it is written as.

    Raises:
        NotYaml: the text breaks YAML's grammar, is empty, or is too large or too deep.
    """
    meaning = str if texts else resolve
    try:
        return _Composer(text, _Loader, meaning).document()
    except yaml.YAMLError:
        pass
    try:
        return _Composer(text, yaml.SafeLoader, meaning).document()
    except yaml.reader.ReaderError as error:
        raise NotYaml(*_unreadable(text, error)) from None
    except yaml.MarkedYAMLError as error:
        raise NotYaml(*_explain(text, error)) from None


def split_lines(text: str) -> list[str]:
    """Return the lines as PyYAML counts them."""
    return _BREAK.split(text)


def resolve(text: str) -> Any:
    """Return the value of a plain scalar by YAML 1.2's core schema.

    Numbers that no float or sensible integer can hold come back as infinity.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        if len(text) > _LONGEST_INTEGER:
            return math.inf
        base = {"0o": 8, "0x": 16}.get(text[:2], 10)
        return int(text, base) if base == 10 else int(text[2:], base)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _INFINITE.fullmatch(text):
        return float(text.replace(".", "").lower())
    return text


@dataclass
class _Composer:
    """Builds data and places from the parser's events."""

    text: str
    loader: Any
    resolve: Callable[[str], Any]
    findings: list[tuple[Location, Span, str]] = field(default_factory=list)
    anchors: dict[str, _Built | None] = field(default_factory=dict)
    """None while the anchored value is still being built."""
    values: int = 0

    def document(self) -> Document:
        self.lines = split_lines(self.text)
        self.events: Iterator[Any] = yaml.parse(self.text, Loader=self.loader)
        next(self.events)
        start = next(self.events)
        if isinstance(start, yaml.StreamEndEvent):
            raise NotYaml(Span(1, 1), EMPTY)
        built = self.value(next(self.events), ())
        next(self.events)
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise NotYaml(self.span(after), "a second document begins here: a file has one")
        return Document(built.data, built.place, self.lines, self.findings)

    def value(self, event: Any, location: Location) -> _Built:
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, location)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        if event.tag is not None:
            message = f"tags are not used here, found {_short_tag(event.tag)}"
            self.findings.append((location, self.span(event), message))
        self.count(event, 1)
        if len(location) > DEEPEST:
            raise NotYaml(self.span(event), f"more than {DEEPEST} maps and lists in each other")
        match event:
            case yaml.ScalarEvent():
                built = self.scalar(event, location)
            case yaml.SequenceStartEvent():
                built = self.sequence(event, location)
            case _:
                built = self.mapping(event, location)
        if event.anchor is not None:
            self.anchors[event.anchor] = built
        return built

    def alias(self, event: Any, location: Location) -> _Built:
        span = self.span(event)
        if event.anchor not in self.anchors:
            known = ", ".join(self.anchors) or "none"
            raise NotYaml(span, f"no anchor &{event.anchor} above this alias (there are: {known})")
        target = self.anchors[event.anchor]
        if target is None:
            raise NotYaml(span, f"the alias *{event.anchor} stands inside its own anchor")
        self.count(event, target.size)
        if len(location) + target.height > DEEPEST:
            raise NotYaml(span, f"more than {DEEPEST} maps and lists in each other")
        place = Place(span, children=target.place.children)
        return _Built(target.data, place, target.size, target.height)

    def scalar(self, event: Any, location: Location) -> _Built:
        span, data = self.span(event), event.value
        if event.implicit[0] and event.tag is None:
            data = self.resolve(event.value)
            if isinstance(data, float) and not math.isfinite(data):
                what = "must be finite" if _INFINITE.fullmatch(event.value) else "is too large"
                self.findings.append((location, span, f"the number {event.value[:20]} {what}"))
        # Nothing is written where a value is left out: the key is the better mark.
        return _Built(data, Place(span, is_block=event.value == "" and event.implicit[0]))

    def sequence(self, event: Any, location: Location) -> _Built:
        built = _Built([], Place(self.span(event), is_block=not event.flow_style), height=1)
        while not isinstance(item := next(self.events), yaml.SequenceEndEvent):
            position = len(built.data)
            child = self.value(item, (*location, position))
            built.data.append(child.data)
            built.place.children[position] = child.place
            self.grow(built, child)
        built.place.value = self.span(event, item)
        return built

    def mapping(self, event: Any, location: Location) -> _Built:
        built = _Built({}, Place(self.span(event), is_block=not event.flow_style), height=1)
        while not isinstance(item := next(self.events), yaml.MappingEndEvent):
            span = self.span(item)
            key, message = self.key(item)
            child = self.value(next(self.events), (*location, key))
            self.grow(built, child)
            if message is None and key in built.data:
                first = built.place.children[key].key
                assert first is not None
                message = f"duplicate key, first at {first.line}:{first.column}"
            if message:
                self.findings.append(((*location, key), span, message))
            if key == "<<" or key in built.data:
                continue
            child.place.key = span
            built.data[key] = child.data
            built.place.children[key] = child.place
        built.place.value = self.span(event, item)
        return built

    def key(self, event: Any) -> tuple[str, str | None]:
        """Return a map's key as text, and what is wrong with it."""
        if not isinstance(event, yaml.ScalarEvent):
            raise NotYaml(self.span(event), "a key must be a word")
        if event.value == "<<":
            return "<<", "merge keys are not YAML 1.2; what questions share goes into `defaults`"
        plain = event.implicit[0] and event.tag is None
        data = self.resolve(event.value) if plain else event.value
        if isinstance(data, str):
            return data, None
        return event.value, f'this key is not a text: put it in quotes, "{event.value}"'

    def grow(self, built: _Built, child: _Built) -> None:
        built.size += child.size
        built.height = max(built.height, child.height + 1)

    def count(self, event: Any, values: int) -> None:
        self.values += values
        if self.values > MOST_VALUES:
            message = f"more than {MOST_VALUES:,} values, aliases expanded"
            raise NotYaml(self.span(event), message)

    def span(self, event: Any, closing: Any = None) -> Span:
        """Return where a value stands on its first line; block maps and lists fill the line."""
        start, end = event.start_mark, (closing or event).end_mark
        line = self.lines[start.line] if start.line < len(self.lines) else ""
        is_block = isinstance(event, yaml.CollectionStartEvent) and not event.flow_style
        last = len(line.rstrip()) if is_block or end.line > start.line else end.column
        return Span(start.line + 1, start.column + 1, max(1, last - start.column))


def _short_tag(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


def _unreadable(text: str, error: yaml.reader.ReaderError) -> tuple[Span, str]:
    before = split_lines(text[: error.position])
    return (
        Span(len(before), len(before[-1]) + 1),
        f"not YAML: the character U+{ord(text[error.position]):04X} is not allowed",
    )


def _explain(text: str, error: yaml.MarkedYAMLError) -> tuple[Span, str]:
    """Say in plain words what PyYAML's parser stumbled over."""
    mark, problem = error.problem_mark or error.context_mark, error.problem or ""
    assert mark is not None
    opened = error.context_mark or mark
    begun = f"line {opened.line + 1}"
    lines = split_lines(text)
    indent = re.match(r"[ \t]*", lines[mark.line] if mark.line < len(lines) else "")
    character = re.search(r"found character '(.)' that cannot start", problem)
    if "'\\t'" in problem or (indent and "\t" in indent[0]):
        message = "a tab cannot indent, use spaces"
    elif problem.startswith("mapping values are not allowed"):
        message = "a `:` where none can be: put the text in quotes, or mend the indentation"
    elif "expected <block end>" in problem:
        message = f"the indentation does not fit the block that begins at {begun}"
    elif "expected ',' or" in problem:
        mark, message = opened, f"what is opened here is not closed with {problem[17]}"
    elif "unexpected end of stream" in problem:
        mark, message = opened, "the quote opened here is not closed"
    elif "could not find expected ':'" in problem:
        mark, message = opened, "expected `key: value`"
    elif character:
        message = f"a value cannot begin with {character[1]}, put it in quotes"
    else:
        message = problem
    return Span(mark.line + 1, mark.column + 1), f"not YAML: {message}"
