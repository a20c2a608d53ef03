"""Why a model cannot be trained on a question's images, in words for its author."""

from __future__ import annotations

import re
from typing import Any

from torch import Tensor, nn

from assessment.submissions.inside.reasons import one_line, reason
from assessment.training.errors import SolutionError

Culprit = tuple[str, nn.Module, Any]
"""Name, module and input of the innermost module that was at work when forward raised."""
_VIEW = re.compile(r"shape '\[([-\d, ]+)\]' is invalid for input of size (\d+)")
_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)


class ShapeError(SolutionError):
    """The model runs, but not on these images, or not with these outputs."""


def explain_error(
    model: nn.Module, error: BaseException, culprit: Culprit | None, images: Tensor, given: Tensor
) -> SolutionError:
    """Return what to tell of an error in forward.

    Args:
        model: the student's.
        error: what forward raised.
        culprit: who was at work.
        images: (N, C, H, W) of the question.
        given: what the model was given of them.
    """
    name = one_line(type(model).__name__, 80)
    if isinstance(error, SolutionError):
        return SolutionError(f"{name}: {reason(error)}")
    misfit = _misfit(culprit) if culprit is not None else None
    misfit = misfit or _view(error, len(images))
    if misfit is None:
        return SolutionError(f"forward of {name} fails on images {_each(given)}: {reason(error)}")
    shape = f"the question's images are {_each(images)}"
    if given.dim() != images.dim():
        shape += f", given as {_each(given)}"
    return ShapeError(f"{name} does not fit: {misfit}; {shape}")


def explain_output(model: nn.Module, output: Any, images: int, classes: int) -> SolutionError:
    """Return what to tell of an output that holds no scores (images, classes)."""
    name, wanted = one_line(type(model).__name__, 80), f"({images}, {classes}) is wanted"
    if not isinstance(output, Tensor):
        kind = one_line(type(output).__name__, 80)
        if isinstance(output, tuple | list | dict):
            return ShapeError(f"forward of {name} returned a {kind} without scores, {wanted}")
        return ShapeError(f"forward of {name} returned {kind}, a tensor is wanted")
    shape = tuple(output.shape)
    told = f"forward of {name} returned shape {shape} for {images} images, {wanted}"
    if not output.is_floating_point():
        return ShapeError(
            f"forward of {name} returned whole numbers ({output.dtype}), a score for each class "
            "is wanted: do not take the argmax in forward"
        )
    if len(shape) == 2 and shape[0] == images:
        return ShapeError(f"{told}: the last layer needs {classes} outputs")
    if len(shape) == 2 and shape[1] == classes:
        return ShapeError(
            f"{told}: the images are mixed, as by `view(-1, n)` with an n that is not the number "
            "of values of one image"
        )
    return ShapeError(told)


def _misfit(culprit: Culprit) -> str | None:
    """Name the layer whose input has the wrong size; None where it is not that."""
    name, module, given = culprit
    if not isinstance(given, Tensor):
        return None
    place = f"`{one_line(name, 80)}`" if name else "a layer"
    if isinstance(module, _CONVOLUTIONS):
        dimensions = module.weight.dim()
        if given.dim() < dimensions - 1:
            return f"{place} is a convolution and was given shape {tuple(given.shape)}"
        channels = given.shape[1 - dimensions]
        if channels != module.in_channels:
            return _channels(place, module.in_channels, channels, given)
        return None
    if isinstance(module, nn.Linear) and given.dim() and given.shape[-1] != module.in_features:
        return (
            f"`in_features` of {place} is {module.in_features}, and what arrives there has shape "
            f"{tuple(given.shape)}"
        )
    if isinstance(module, nn.modules.batchnorm._BatchNorm) and given.dim() > 1:
        wrong = given.shape[1] != module.num_features
        return _channels(place, module.num_features, given.shape[1], given) if wrong else None
    return None


def _view(error: BaseException, images: int) -> str | None:
    """Say what a `view` with the wrong number of values was asked of; None where it is not that."""
    match = _VIEW.match(str(error))
    if match is None or int(match[2]) % images:
        return None
    return f"`view({match[1]})` does not fit {int(match[2]) // images} values an image"


def _channels(place: str, takes: int, gets: int, given: Tensor) -> str:
    rest = ", ".join(map(str, given.shape[2:]))
    return f"{place} takes (N, {takes}, {rest}), {takes} channels, and gets (N, {gets}, {rest})"


def _each(images: Tensor) -> str:
    return f"(N, {', '.join(map(str, images.shape[1:]))})"
