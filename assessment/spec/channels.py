"""How many channels images have on their way through the transforms of a recipe."""

from __future__ import annotations

from collections.abc import Sequence

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
