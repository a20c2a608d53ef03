"""Transfer learning: torchvision networks whose ends are replaced for gray images.

`weights` is the path of a state-dict file of the unmodified network, as torchvision publishes
them; without it every layer starts untrained. Nothing is frozen.
"""

from __future__ import annotations

import torch
from torch import nn
from torchvision.models import AlexNet, ResNet, alexnet, resnet18


def resnet18_gray(classes: int = 10, weights: str | None = None) -> ResNet:
    """Build ResNet-18 for images (N, 1, 224, 224): 11,175,370 parameters at ten classes."""
    network = resnet18()
    if weights is not None:
        network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    network.conv1 = nn.Conv2d(1, 64, kernel_size=7, stride=2, padding=3, bias=False)
    network.fc = nn.Linear(network.fc.in_features, classes)
    return network


def alexnet_gray(classes: int = 10, weights: str | None = None) -> AlexNet:
    """Build AlexNet for images (N, 1, 224, 224): 57,029,322 parameters at ten classes."""
    network = alexnet()
    if weights is not None:
        network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    network.features[0] = nn.Conv2d(1, 64, kernel_size=11, stride=4, padding=2)
    network.classifier[6] = nn.Linear(network.classifier[6].in_features, classes)
    return network
