"""A figure as the bytes of a picture, small enough to be embedded in a page."""

from __future__ import annotations

import io
import warnings

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from PIL import Image

from assessment.report.figures.style import RC, list_palette

MOST_BYTES = 40_000
"""A page holds one picture a question, and has to open in any browser."""

MOST_DOTS = 125
FEWEST_DOTS = 30
"""Dots an inch: as many as the size allows."""

PHOTOGRAPH_COLORS = 96


def to_png(figure: Figure, most_bytes: int = MOST_BYTES, dots: int = MOST_DOTS) -> bytes:
    """Return a PNG of at most `most_bytes`, unless even the coarsest one is larger.

    `dots` an inch are tried first.
    """
    palette = _build_palette(figure)
    while True:
        encoded = _encode(_rasterise(figure, dots), palette)
        if len(encoded) <= most_bytes or dots <= FEWEST_DOTS:
            return encoded
        # Size grows a little faster than the number of dots, more slowly than the area.
        fitting = int(dots * (most_bytes / len(encoded)) ** 0.78)
        dots = max(FEWEST_DOTS, min(fitting, dots - 4))


def to_svg(figure: Figure) -> bytes:
    """Return an SVG whose text stays text; its size grows with what is drawn."""
    buffer = io.BytesIO()
    with mpl.rc_context(RC), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name may hold a letter that the font lacks
        FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None})  # type: ignore[no-untyped-call]
    return buffer.getvalue()


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
