"""Which of a model's parameters are trained, counted and watched."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedParameter

from assessment.training.errors import MisfitError


def settle_lazy(model: nn.Module, batch: Tensor) -> None:
    """Let lazy layers find their sizes from one batch, without training anything."""
    if any(isinstance(parameter, UninitializedParameter) for parameter in model.parameters()):
        model.eval()
        with torch.no_grad():
            model(batch)


def freeze_others(model: nn.Module, trainable: Sequence[str] | None) -> None:
    """Leave only parameters trainable whose names begin with one of these; None: as they are.

    Layers that keep running statistics, such as batch norm, go on keeping them, as they do in
    PyTorch's own example of feature extraction.

    Raises:
        MisfitError: a name fits no parameter.
    """
    if trainable is None:
        return
    names = [name for name, _ in model.named_parameters()]
    for beginning in trainable:
        if not any(_begins(name, beginning) for name in names):
            layers = dict.fromkeys(name.partition(".")[0] for name in names)
            raise MisfitError(
                f"`trainable` names {beginning}, but no parameter of the model begins so "
                f"(there are: {', '.join(layers)})"
            )
    for name, parameter in model.named_parameters():
        parameter.requires_grad = any(_begins(name, beginning) for beginning in trainable)


def first_layer_weight(model: nn.Module) -> nn.Parameter | None:
    """Return the weight of the first layer that has one with at least two dimensions."""
    return next((p for p in model.parameters() if p.dim() >= 2), None)


def trainable_parameters(model: nn.Module) -> int:
    """Count the parameters that an optimiser may change."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def _begins(name: str, beginning: str) -> bool:
    return name == beginning or name.startswith(f"{beginning}.")
