"""Calls of a function question as pictures: arguments, what was expected, what was found."""

from __future__ import annotations

import base64
import binascii
import io
import math
from collections.abc import Sequence

from assessment.report.text import count_text, escape, shorten
from assessment.results.record import Case, Picture, Result
from assessment.results.totals import variant_title

MOST_CASES = 4
"""Calls that are shown; the table has all of them."""

MOST_BYTES = 10_000
"""Of one picture; a call has about four."""

NAME_LIMIT = 60

SHOWN_PIXELS = 230
"""Width to which a small picture is enlarged, by a whole number."""


def cases_block(results: Sequence[Result]) -> str:
    """Return the first calls, a row each; empty where there are none."""
    shown = [(result, case) for result in results for case in result.cases if case.pictures]
    if not shown:
        return ""
    rows = "".join(_row(result, case) for result, case in shown[:MOST_CASES])
    rest = len(shown) - MOST_CASES
    more = f"<p>{count_text(rest, 'more call')} in the table above.</p>" if rest > 0 else ""
    return f'<div class="as-cases">{rows}{more}</div>'


def _row(result: Result, case: Case) -> str:
    of = f"{escape(variant_title(result))}: " if result.variant else ""
    pictures = "".join(_figure(case, picture) for picture in case.pictures)
    name = escape(shorten(case.name, NAME_LIMIT))
    return (
        f'<section><p class="as-label">{of}Call <code>{name}</code></p>'
        f'<div class="as-strip">{pictures}</div></section>'
    )


def _figure(case: Case, picture: Picture) -> str:
    shape = "\u00d7".join(map(str, picture.shape)) or "one"
    title = shorten(picture.title, NAME_LIMIT)
    about = f"{shape} {shorten(picture.dtype, NAME_LIMIT)}, {_range(picture)}"
    words = f"{title} of call {shorten(case.name, NAME_LIMIT)}: {about}"
    return (
        f"<figure><figcaption>{escape(title[:1].upper() + title[1:])}</figcaption>"
        f"{_image(picture, words)}<small>{escape(about)}</small></figure>"
    )


def _range(picture: Picture) -> str:
    if picture.low is None or picture.high is None:
        return "no finite value"
    if picture.low == picture.high:
        everywhere = "" if math.prod(picture.shape) == 1 else " everywhere"
        return f"{picture.low:.5g}{everywhere}"
    return f"black {picture.low:.5g} to white {picture.high:.5g}"


def _image(picture: Picture, words: str) -> str:
    if not picture.pixels and math.prod(picture.shape) == 1:
        return ""  # its value stands below
    if not picture.pixels:
        return '<p class="as-blank">too large to show</p>'
    try:
        levels = base64.b64decode(picture.pixels, validate=True)
        png = _encode(levels, picture.width, picture.height)
    except (binascii.Error, ValueError):
        return '<p class="as-blank">no picture</p>'
    scale = max(1, SHOWN_PIXELS // max(picture.width, picture.height))
    uri = f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"
    return (
        f'<img class="as-pixels" width="{scale * picture.width}" src="{uri}" alt="{escape(words)}">'
    )


def _encode(levels: bytes, width: int, height: int) -> bytes:
    """Return a gray PNG; a picture that is too large gets fewer pixels."""
    from PIL import Image

    image = Image.frombytes("L", (width, height), levels)
    while True:
        buffer = io.BytesIO()
        image.save(buffer, "PNG", optimize=True)
        if buffer.tell() <= MOST_BYTES or min(image.size) < 2:
            return buffer.getvalue()
        image = image.reduce(2)
