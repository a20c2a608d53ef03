"""Entries of a legend, drawn as the figures draw them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assessment.report.figures import Key

WIDTH, HEIGHT = 30, 14
MIDDLE = f"{WIDTH / 2:g} {HEIGHT / 2:g}"

DASHES = {"-": "", "--": ' stroke-dasharray="6 3"', ":": ' stroke-dasharray="2 3"'}

SHAPES = {
    "o": "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0z",
    "s": "M-3.6,-3.6h7.2v7.2h-7.2z",
    "^": "M0,-4.2l4.4,8h-8.8z",
    "v": "M0,4.2l4.4,-8h-8.8z",
    "<": "M-4.4,0l8,-4.2v8.4z",
    ">": "M4.4,0l-8,-4.2v8.4z",
    "D": "M0,-5l5,5l-5,5l-5,-5z",
    "P": "M-1.6,-4.6h3.2v3h3v3.2h-3v3h-3.2v-3h-3v-3.2h3z",
    "X": "M-4.4,-2.2l2.2,-2.2l2.2,2.2l2.2,-2.2l2.2,2.2l-2.2,2.2l2.2,2.2l-2.2,2.2l-2.2,-2.2"
    "l-2.2,2.2l-2.2,-2.2l2.2,-2.2z",
    "*": "M0,-5l1.2,3.4h3.6l-2.9,2.2l1,3.5l-2.9,-2.1l-2.9,2.1l1,-3.5l-2.9,-2.2h3.6z",
}
"""matplotlib's markers around the origin; none is told by its colour alone."""


def key_html(key: Key) -> str:
    """Return the picture of an entry; it says nothing that its label does not say."""
    if key.patch:
        edge = "" if key.color == "none" else f' stroke="{key.color}"'
        shapes = f'<rect x="3" y="2" width="24" height="10" fill="{key.face}"{edge}/>'
    else:
        shapes = ""
        if key.line:
            shapes = f'<path d="M1,7H29" stroke="{key.color}" stroke-width="2"{DASHES[key.line]}/>'
        if key.marker:
            shapes += (
                f'<path d="{SHAPES[key.marker]}" transform="translate({MIDDLE})" '
                f'fill="{key.face}" stroke="{key.color}" stroke-width="1.2"/>'
            )
    return (
        f'<svg width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'aria-hidden="true">{shapes}</svg>'
    )
