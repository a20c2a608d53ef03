"""Transfer learning: torchvision's networks with a new last layer, and a new first one on demand.

`weights` is the path of a state-dict file of the unmodified network, as torchvision publishes
them; without it every layer starts untrained. Which layers are trained is the recipe's to say.
"""

from __future__ import annotations

import pickle
from pathlib import Path

import torch
from torch import nn
from torchvision import models


def network(
    architecture: str,
    classes: int = 10,
    new_first_layer: bool = False,
    channels: int = 3,
    weights: str | None = None,
) -> nn.Module:
    """Build a torchvision classifier for `classes` classes.

    Args:
        architecture: its name in torchvision, such as `resnet18` or `alexnet`.
        classes: outputs of the new last linear layer.
        new_first_layer: put a new, untrained convolution in the place of the first one: the same
            kernels, stride, padding and bias, for images of `channels` channels.
        channels: of the images; other than 3 only with a new first layer.
        weights: state dict of the unmodified network.

    Raises:
        ValueError: unknown architecture, or one without a first convolution or last linear layer;
            weights that are those of another network, or none.
    """
    if channels != 3 and not new_first_layer:
        raise ValueError(f"images of {channels} channels need `new_first_layer: true`")
    model: nn.Module = models.get_model(architecture, weights=None)
    if weights is not None:
        _load(model, architecture, Path(weights))
    layers = list(model.named_modules())
    if new_first_layer:
        name, first = next((pair for pair in layers if isinstance(pair[1], nn.Conv2d)), ("", None))
        if not isinstance(first, nn.Conv2d):
            raise ValueError(f"{architecture} has no convolution that could be replaced")
        _replace(model, name, _new_convolution(first, channels))
    name, last = layers[-1]
    while isinstance(last, nn.Dropout | nn.Softmax | nn.Flatten | nn.ReLU | nn.AdaptiveAvgPool2d):
        layers.pop()
        name, last = layers[-1]
    if not isinstance(last, nn.Linear):
        raise ValueError(f"{architecture} does not end in a linear layer that could be replaced")
    _replace(model, name, nn.Linear(last.in_features, classes))
    return model


def _load(model: nn.Module, architecture: str, path: Path) -> None:
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError):
        raise ValueError(f"{path.name} cannot be read as a state dict: no tensors only") from None
    try:
        model.load_state_dict(state)
    except (RuntimeError, TypeError, AttributeError):
        raise ValueError(f"{path.name} does not hold the weights of {architecture}") from None


def _new_convolution(old: nn.Conv2d, channels: int) -> nn.Conv2d:
    return nn.Conv2d(
        channels,
        old.out_channels,
        kernel_size=old.kernel_size,  # type: ignore[arg-type]
        stride=old.stride,  # type: ignore[arg-type]
        padding=old.padding,  # type: ignore[arg-type]
        bias=old.bias is not None,
    )


def _replace(model: nn.Module, name: str, layer: nn.Module) -> None:
    owner, _, attribute = name.rpartition(".")
    setattr(model.get_submodule(owner), attribute, layer)
