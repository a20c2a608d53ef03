"""What images are on their way through the transforms of a recipe: channels, range of pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assessment.spec.base import Finding
from assessment.spec.recipe import GrayToRgb, Normalize, RgbToGray, Transform

GRAY, COLOUR = 1, 3


def channel_problem(transforms: Sequence[Transform], channels: int | None) -> tuple[int, str]:
    """Return the position of the first transform that does not fit the images, and why.

    Args:
        transforms: of a recipe, in order.
        channels: of the images, 1 or 3; None where that is not known, then only what fits neither
            is a problem.

    Returns:
        The reason is empty where all of them fit.
    """
    if channels is None:
        gray, colour = channel_problem(transforms, GRAY), channel_problem(transforms, COLOUR)
        return max(gray, colour) if gray[1] and colour[1] else (0, "")
    for position, transform in enumerate(transforms):
        match transform:
            case GrayToRgb():
                if channels != GRAY:
                    return position, f"`gray_to_rgb` takes gray images, {_these(channels)}"
                channels = COLOUR
            case RgbToGray():
                if channels != COLOUR:
                    return position, f"`rgb_to_gray` takes colour images, {_these(channels)}"
                channels = GRAY
            case Normalize():
                for name in ("mean", "std"):
                    count = len(getattr(transform, name))
                    if count not in (1, channels):
                        has = f"`normalize` has a `{name}` for {count} channels"
                        return position, f"{has}, {_these(channels)}"
    return 0, ""


def _these(channels: int) -> str:
    return f"these have {channels} channel{'s' * (channels > 1)}"


def pixel_findings(transforms: Sequence[Transform]) -> Iterator[Finding]:
    """Find what cannot be mean or deviation of pixels in [0, 1], in the first `normalize`."""
    for position, transform in enumerate(transforms):
        if not isinstance(transform, Normalize):
            continue
        for name, values in (("mean", transform.mean), ("std", transform.std)):
            for channel, value in enumerate(values):
                if not 0 <= value <= 1:
                    yield (position, name, channel), _pixel_problem(name, value)
        return  # what comes out of it is in no such range


def _pixel_problem(name: str, value: float) -> str:
    hint = f": of 0 to 255, {value:g} is {value / 255:.4g}" if 1 < value <= 255 else ""
    return f"pixels are in [0, 1] here, and so is their `{name}`, found {value:g}{hint}"
