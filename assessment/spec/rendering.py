"""Questions written back as YAML, as `assessment show` prints them."""

from __future__ import annotations

from typing import Any

import yaml

from assessment.spec.document import resolve
from assessment.spec.merge import plain
from assessment.spec.units import Unit


class _Dumper(yaml.SafeDumper):
    """Writes what YAML 1.2 reads back unchanged: block style, no aliases, quotes where needed."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: _Dumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    if style is None and not isinstance(resolve(text), str):
        style = "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _represent_list(dumper: _Dumper, items: list[Any]) -> yaml.Node:
    flow = not any(isinstance(item, dict | list) for item in items)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=flow)


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(list, _represent_list)


def render_question(question_id: str, question: Any) -> str:
    """Return a question with its defaults merged, as one entry of `questions:`."""
    return _dump({question_id: plain(question)})


def render_unit(unit: Unit) -> str:
    """Return a unit as one entry of `questions:`, a variant as a question without variants.

    The entry of a variant is called `question.variant`, because brackets cannot stand in an id.
    """
    if unit.variant is None:
        return render_question(unit.question_id, unit.question)
    merged = plain(unit.question)
    merged.pop("variants")
    merged["title"] = unit.title
    merged["training"] = plain(unit.training)
    merged["expect"] = plain(unit.expect)
    merged["reported"] = plain(unit.reported)
    kept = {key: value for key, value in merged.items() if value not in ({}, [])}
    return _dump({f"{unit.question_id}.{unit.variant}": kept})


def _dump(data: Any) -> str:
    text: str = yaml.dump(
        data,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=100,
        default_flow_style=False,
    )
    return text
