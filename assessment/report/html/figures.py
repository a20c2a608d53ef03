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
    from assessment.report.figures.layout import Panel

LEGEND_LIMIT = 40
TITLE_LIMIT = 90
"""Characters of a name in the legend, and of a panel's title."""


Further = Callable[[Sequence[Result]], "Sequence[Picture]"]
"""Draws figures of its own for the items of one question."""


def nothing_further(results: Sequence[Result]) -> Sequence[Picture]:
    """Draw no further figure."""
    return ()


def figures_block(
    results: Sequence[Result], further: Further = nothing_further, *, quick: bool = False
) -> str:
    """Return the figures of a question; empty where there is nothing to draw.

    Args:
        results: its items.
        further: draws figures beside the usual ones.
        quick: draw panels as SVG, for pages of which there are hundreds.
    """
    if all(result.status == "smoke" for result in results):
        return ""  # the curves of a single step say nothing
    return _or_why_not(lambda: _figures(results, further, quick))


def panel_html(make: Callable[[], Panel | None]) -> str:
    """Return a panel without a legend, drawn as SVG; empty where there is nothing to draw."""

    def write() -> str:
        from assessment.report.figures import Picture, draw_quickly

        panel = make()
        if panel is None:
            return ""
        picture = Picture(panel.title, panel.words, panel.note, draw_quickly(panel))
        return f'<div class="as-figures"><div class="as-panels">{_sheet([picture])}</div></div>'

    return _or_why_not(write)


def _or_why_not(write: Callable[[], str]) -> str:
    """Return a drawing; a picture that fails must not take the whole report with it."""
    try:
        return write()
    except Exception as error:
        return f"<p>No figure: {escape(type(error).__name__)}: {escape(str(error))}</p>"


def _figures(results: Sequence[Result], further: Further, quick: bool) -> str:
    # matplotlib takes a second to import, which a run without a report does not pay.
    from assessment.report.figures import Drawing, draw, draw_panel, draw_quickly

    drawing = draw(results, draw_quickly if quick else draw_panel)
    own = tuple(further(results))
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
    panels = "".join(map(_sheet, drawing.sheets))
    # Four stand better two by two than three and one.
    style = " as-pairs" if len(drawing.pictures) in (2, 4) else ""
    return f'<div class="as-figures">{legend}<div class="as-panels{style}">{panels}</div></div>'


def _sheet(pictures: Sequence[Picture]) -> str:
    """Return pictures that share the bytes of one figure; SVG takes what it takes."""
    from assessment.report.figures import Vector, encode

    raster = {
        place: picture.source
        for place, picture in enumerate(pictures)
        if not isinstance(picture.source, Vector)
    }
    pngs = dict(zip(raster, encode(list(raster.values())) if raster else (), strict=True))
    return "".join(
        _panel(picture, _image(picture, pngs[place]) if place in pngs else _markup(picture))
        for place, picture in enumerate(pictures)
    )


def _panel(picture: Picture, shown: str) -> str:
    note = f"<small>{escape(picture.note)}</small>" if picture.note else ""
    title = escape(shorten(picture.title, TITLE_LIMIT))
    return f"<figure><figcaption>{title}</figcaption>{shown}{note}</figure>"


def _markup(picture: Picture) -> str:
    return picture.source.markup  # type: ignore[union-attr]


def _image(picture: Picture, png: bytes) -> str:
    size = style = ""
    if picture.scale:
        size = f' width="{picture.scale * picture.source.width}"'  # type: ignore[union-attr]
        style = ' class="as-pixels"'
    uri = f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"
    return f'<img{style}{size} src="{uri}" alt="{escape(picture.words)}">'
