"""The figures of a question: a legend, and panels that the page puts side by side as they fit."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from assessment.report.html.keys import key_html
from assessment.report.text import escape, shorten
from assessment.results.record import Result

if TYPE_CHECKING:
    from assessment.report.figures import Picture

LEGEND_LIMIT = 40
TITLE_LIMIT = 90
"""Characters of a name in the legend, and of a panel's title."""


Further = Callable[[Sequence[Result]], "Sequence[Picture]"]
"""Draws figures of its own for the items of one question."""


def nothing_further(results: Sequence[Result]) -> Sequence[Picture]:
    """Draw no further figure."""
    return ()


def figures_block(results: Sequence[Result], further: Further = nothing_further) -> str:
    """Return the figures of a question; empty where there is nothing to draw."""
    if all(result.status == "smoke" for result in results):
        return ""  # the curves of a single step say nothing
    try:
        return _figures(results, further)
    except Exception as error:  # a picture that fails must not take the whole report with it
        return f"<p>No figure: {escape(type(error).__name__)}: {escape(str(error))}</p>"


def _figures(results: Sequence[Result], further: Further) -> str:
    # matplotlib takes a second to import, which a run without a report does not pay.
    from assessment.report.figures import Drawing, draw, encode

    drawing, own = draw(results), tuple(further(results))
    if drawing is None and not own:
        return ""
    drawing = drawing or Drawing((), ())
    if own:
        drawing = Drawing(drawing.keys, (*drawing.sheets, own))
    keys = "".join(
        f"<li>{key_html(key)}{escape(shorten(key.label, LEGEND_LIMIT))}</li>"
        for key in drawing.keys
    )
    legend = f'<ul class="as-keys" aria-label="Legend">{keys}</ul>' if keys else ""
    panels = "".join(
        _panel(picture, png)
        for sheet in drawing.sheets
        for picture, png in zip(sheet, encode([picture.source for picture in sheet]), strict=True)
    )
    # Four stand better two by two than three and one.
    style = " as-pairs" if len(drawing.pictures) in (2, 4) else ""
    return f'<div class="as-figures">{legend}<div class="as-panels{style}">{panels}</div></div>'


def _panel(picture: Picture, png: bytes) -> str:
    note = f"<small>{escape(picture.note)}</small>" if picture.note else ""
    size = style = ""
    if picture.scale:
        size = f' width="{picture.scale * picture.source.width}"'  # type: ignore[union-attr]
        style = ' class="as-pixels"'
    uri = f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"
    return (
        f"<figure><figcaption>{escape(shorten(picture.title, TITLE_LIMIT))}</figcaption>"
        f'<img{style}{size} src="{uri}" alt="{escape(picture.words)}">{note}</figure>'
    )
