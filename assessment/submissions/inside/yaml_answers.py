"""YAML from somebody unknown: scalars as they are written, and nothing that grows.

Loaded only where there is such a file: PyYAML is no part of what every run imports.
"""

from __future__ import annotations

from collections.abc import Iterator

import yaml


def read_yaml(text: str, deepest: int, most: int) -> Iterator[tuple[tuple[str, ...], str, int]]:
    """Yield every value with the keys that lead to it and its line, counted from 1.

    Values are texts as they stand there, so that `no` stays a word and 1.10 is not 1.1; a list
    becomes `[a, b]`. Aliases are refused: a few of them can stand for gigabytes.

    Args:
        text: the file.
        deepest: maps and lists within each other.
        most: values.

    Raises:
        ValueError: it is no YAML, or breaks a limit; the text begins with the line.
    """
    try:
        _check(text, deepest, most)
        root = yaml.compose(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise ValueError(f"{line}: is no YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise ValueError(f": is no YAML: {error}") from None
    if root is not None:
        yield from _values(root, ())


def _check(text: str, deepest: int, most: int) -> None:
    """Look at the file piece by piece, before anything is built of it."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, yaml.SafeLoader)):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise ValueError(f", line {line}: aliases such as *{event.anchor} are not read")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > deepest:
            raise ValueError(f", line {line}: is nested too deeply")
        if count > most:
            raise ValueError(f", line {line}: holds more than {most:,} values")


def _values(node: yaml.Node, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _values(value, (*keys, _written(key)))
    elif not (isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"):
        yield keys, _written(node), node.start_mark.line + 1 if node.start_mark else 1


def _written(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return f"[{', '.join(map(_written, node.value))}]"
    pairs = (f"{_written(key)}: {_written(value)}" for key, value in node.value)
    return f"{{{', '.join(pairs)}}}"
