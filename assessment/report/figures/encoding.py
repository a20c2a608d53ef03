"""Panels as the bytes of pictures, small enough to be embedded in a page."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from assessment.report.figures.style import RC, list_palette

MOST_BYTES = 40_000
"""Of one figure: a page holds a few for each question, and has to open in any browser."""

MOST_DOTS = 125
FEWEST_DOTS = 30
"""Dots an inch: as many as the size allows."""

PHOTOGRAPH_COLORS = 96


Source = Figure | Image.Image
"""A panel, or an image whose pixels mean something each."""


def encode(sources: Sequence[Source], most_bytes: int = MOST_BYTES) -> list[bytes]:
    """Return panels as PNGs of at most `most_bytes` together, where that is possible at all.

    The largest are drawn again with fewer dots, the others stay as sharp as they can be.
    """
    encoded = [_to_png(source, most_bytes) for source in sources]
    while sum(map(len, encoded)) > most_bytes:
        share = _fair_share([len(png) for png in encoded], most_bytes)
        again = [
            _to_png(source, share, share / len(png)) if len(png) > share else png
            for source, png in zip(sources, encoded, strict=True)
        ]
        if again == encoded:
            break  # the coarsest ones are too large
        encoded = again
    return encoded


def to_png(figure: Figure, most_bytes: int = MOST_BYTES, dots: int = MOST_DOTS) -> bytes:
    """Return a PNG of at most `most_bytes`, unless even the coarsest one is larger.

    `dots` an inch are tried first.
    """
    palette = _build_palette(figure)
    while True:
        encoded = _encode(_rasterise(figure, dots), palette)
        if len(encoded) <= most_bytes or dots <= FEWEST_DOTS:
            return encoded
        dots = _fitting(dots, most_bytes / len(encoded))


def _fitting(dots: int, ratio: float) -> int:
    """Return how many dots an inch should bring the size down to a ratio of what it is."""
    # Size grows a little faster than the number of dots, more slowly than the area.
    return max(FEWEST_DOTS, min(int(dots * ratio**0.78), dots - 4))


def _to_png(source: Source, most_bytes: int, ratio: float = 1.0) -> bytes:
    if isinstance(source, Figure):
        dots = MOST_DOTS if ratio >= 1 else _fitting(MOST_DOTS, ratio)
        return to_png(source, most_bytes, dots)
    while True:
        buffer = io.BytesIO()
        source.save(buffer, "PNG", optimize=True)
        if buffer.tell() <= most_bytes or min(source.size) < 2 * FEWEST_DOTS:
            return buffer.getvalue()
        source = source.convert("RGB").reduce(2)


def _fair_share(sizes: Sequence[int], most_bytes: int) -> int:
    """Return the size to which the largest must come down so that all fit together."""
    left = most_bytes
    for place, size in enumerate(sorted(sizes)):
        share = left // (len(sizes) - place)
        if size > share:
            return share
        left -= size
    return max(sizes)


def _rasterise(figure: Figure, dots: int) -> Image.Image:
    with mpl.rc_context(RC), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name may hold a letter that the font lacks
        figure.set_dpi(dots)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()  # type: ignore[no-untyped-call]
        pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    return Image.fromarray(pixels).convert("RGB")


def _build_palette(figure: Figure) -> Image.Image:
    """Return the colours of all figures, and of this one's photographs where it shows some.

    Colours chosen anew from each whole figure would turn a thin line into its neighbour's colour.
    """
    channels = [channel for color in list_palette() for channel in color]
    pictures = [np.asarray(image.get_array()) for axes in figure.axes for image in axes.images]
    photographs = [picture.astype(np.uint8) for picture in pictures if picture.ndim == 3]
    if photographs:
        pixels = np.concatenate([photograph.reshape(-1, 3) for photograph in photographs])
        own = Image.fromarray(pixels[None]).quantize(PHOTOGRAPH_COLORS).getpalette() or []
        channels += own[: 3 * PHOTOGRAPH_COLORS]
    palette = Image.new("P", (1, 1))
    palette.putpalette(channels)
    return palette


def _encode(image: Image.Image, palette: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.quantize(palette=palette, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
