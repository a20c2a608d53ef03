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
    shape = _by(picture.shape) or "one"
    title = shorten(picture.title, NAME_LIMIT)
    about = f"{shape} {shorten(picture.dtype, NAME_LIMIT)}, {_range(picture)}"
    image, fewer = _draw(picture)
    shares = [share * fewer for share in picture.shares or (1, 1)]
    if image and max(shares) > 1:
        about = f"{about}; shrunk, a pixel for {_by(shares)} numbers"
    if image:
        words = f"{title} of call {shorten(case.name, NAME_LIMIT)}: {about}"
        shown = _image(picture, image, words)
    elif math.prod(picture.shape) == 1:
        shown = ""  # its value stands below
    else:
        shown = '<p class="as-blank">no picture</p>'
    return (
        f"<figure><figcaption>{escape(title[:1].upper() + title[1:])}</figcaption>"
        f"{shown}<small>{escape(about)}</small></figure>"
    )


def _by(sides: Sequence[int]) -> str:
    return "\u00d7".join(map(str, sides))


def _range(picture: Picture) -> str:
    if picture.low is None or picture.high is None:
        return "no finite value"
    scale = f"black {picture.low:.5g} to white {picture.high:.5g}"
    least = picture.low if picture.least is None else picture.least
    most = picture.high if picture.most is None else picture.most
    if least == most:
        everywhere = "" if math.prod(picture.shape) == 1 else " everywhere"
        return f"{least:.5g}{everywhere}"
    if least < picture.low or most > picture.high:
        return f"{least:.5g} to {most:.5g}, {scale}"
    return scale


def _draw(picture: Picture) -> tuple[bytes, int]:
    """Return a gray PNG, and how many pixels along a side of the picture one of its has.

    There is none of a picture that is damaged, or that never was.
    """
    if not picture.pixels:
        return b"", 1
    try:
        levels = base64.b64decode(picture.pixels, validate=True)
        return _encode(levels, picture.width, picture.height)
    except (binascii.Error, ValueError):
        return b"", 1


def _image(picture: Picture, png: bytes, words: str) -> str:
    scale = max(1, SHOWN_PIXELS // max(picture.width, picture.height))
    uri = f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"
    return (
        f'<img class="as-pixels" width="{scale * picture.width}" src="{uri}" alt="{escape(words)}">'
    )


def _encode(levels: bytes, width: int, height: int) -> tuple[bytes, int]:
    """Return a gray PNG of few bytes, and how many pixels along a side were made one."""
    from PIL import Image

    image, fewer = Image.frombytes("L", (width, height), levels), 1
    while True:
        buffer = io.BytesIO()
        image.save(buffer, "PNG", optimize=True)
        if buffer.tell() <= MOST_BYTES or min(image.size) < 2:
            return buffer.getvalue(), fewer
        image, fewer = image.reduce(2), 2 * fewer
