"""Layers with weights and nothing between them that bends: shown on numbers, not guessed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from assessment.boundary.layers import ACTIVATIONS, SOFTMAX, Layer
from assessment.submissions.inside.tracing import Tracer

MOST_PAIRS = 20
"""Pairs that are tested; each costs a forward pass of a few images."""
CLOSE = 1e-4
"""How far from linear counts as linear, beside the largest number."""
_BENDING = (*ACTIVATIONS, *SOFTMAX, "MaxPool1d", "MaxPool2d", "MaxPool3d", "AdaptiveMaxPool2d")
_WEIGHTED = ("Linear", "Conv1d", "Conv2d", "Conv3d")


def unbroken_pairs(
    model: nn.Module, inputs: Tensor, layers: Sequence[Layer]
) -> list[tuple[int, int]]:
    """Return the numbers of consecutive weighted layers with an affine map from one to the next.

    What the first one gives is replaced by two points and the one half-way between them: where
    what reaches the second one is half-way too, nothing between them is an activation.

    Args:
        model: in eval mode; it is called.
        inputs: what the model takes, at least three rows to say anything.
        layers: as traced with such inputs.
    """
    weighted = [index for index, layer in enumerate(layers) if layer.kind in _WEIGHTED]
    pairs = [
        (first, second)
        for first, second in pairwise(weighted)
        if not any(layer.kind in _BENDING for layer in layers[first + 1 : second])
    ]
    return [pair for pair in pairs[:MOST_PAIRS] if _is_affine(model, inputs, *pair)]


def _is_affine(model: nn.Module, inputs: Tensor, first: int, second: int) -> bool:
    reached: list[Tensor] = []
    generator = torch.Generator().manual_seed(0)

    def watch(index: int, layer: Layer, given: Any, output: Tensor) -> Tensor | None:
        if index == first and len(output) == len(inputs) >= 3 and output.is_floating_point():
            points = torch.randn(output.shape, generator=generator).to(output)
            # Wide enough to reach where a bend may be, around where the real numbers are.
            points = output.mean() + 3 * output.std() * points
            points[2] = (points[0] + points[1]) / 2
            return points
        if index == second and isinstance(given, Tensor) and len(given) == len(inputs):
            reached.append(given[:3].double())
        return None

    with torch.no_grad():
        Tracer(model, watch).run(inputs)
    if len(reached) != 1 or not bool(reached[0].isfinite().all()):
        return False
    one, other, half = reached[0]
    size = float(torch.maximum(one.abs().max(), other.abs().max()))
    moved = float((one - other).abs().max())
    return moved > CLOSE * size and float((half - (one + other) / 2).abs().max()) <= CLOSE * size
