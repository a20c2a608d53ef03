"""Pieces of HTML, read back for tests."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser
from typing import Any

from assessment.report import html
from assessment.results import document
from assessment.results.record import Result

VOID = {"meta", "img", "br", "input"}


class Page(HTMLParser):
    """Reads a piece of HTML, fails where tags do not match, and keeps what tests ask for."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.text += f"{data} "

    def values(self, name: str) -> list[str]:
        return [value for _, attribute, value in self.attributes if attribute == name]


def build(results: list[Result], **options: Any) -> document.Document:
    settings: dict[str, Any] = {
        "started": "2025-03-01T09:00:00+00:00",
        "finished": "2025-03-01T10:00:00+00:00",
        **options,
    }
    return document.build(results, {"cpu": "Test CPU", "gpu": [], "cores": 2}, **settings)


def summary(results: list[Result], **options: Any) -> Page:
    return Page(html.summary_html(results, build(results, **options)))
