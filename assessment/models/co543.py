"""Reference solutions of CO543 Lab 7, task 2: 28x28 gray images, ten classes, logits out."""

from __future__ import annotations

from torch import Tensor, nn

ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}


class ModelA(nn.Module):
    """One convolution with 8 filters, a pool, two linear layers: 101,146 parameters.

    `activation` stands behind the convolution and behind the first linear layer.
    """

    def __init__(self, activation: str = "relu") -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, kernel_size=3, padding=1),
            ACTIVATIONS[activation](),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(8 * 14 * 14, 64),
            ACTIVATIONS[activation](),
            nn.Linear(64, 10),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, 1, 28, 28) to logits (N, 10)."""
        logits: Tensor = self.classifier(self.features(images))
        return logits


class ModelB(nn.Module):
    """Two convolutions with 8 and 16 filters, a pool, two linear layers: 202,666 parameters.

    `activation` stands behind both convolutions and behind the first linear layer.
    """

    def __init__(self, activation: str = "relu") -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, kernel_size=3, padding=1),
            ACTIVATIONS[activation](),
            nn.Conv2d(8, 16, kernel_size=3, padding=1),
            ACTIVATIONS[activation](),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(16 * 14 * 14, 64),
            ACTIVATIONS[activation](),
            nn.Linear(64, 10),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, 1, 28, 28) to logits (N, 10)."""
        logits: Tensor = self.classifier(self.features(images))
        return logits
