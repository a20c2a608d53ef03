"""Reference solutions of CO543 Lab 07 (2025), task 2: 224x224 images of three channels."""

from __future__ import annotations

from torch import Tensor, nn

ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}


class ModelA(nn.Module):
    """One convolution with 8 filters, a pool, two linear layers: 6,423,466 parameters.

    `activation` stands behind the convolution and behind the first linear layer.
    """

    def __init__(self, activation: str = "relu") -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, kernel_size=3, padding=1),
            ACTIVATIONS[activation](),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(8 * 112 * 112, 64),
            ACTIVATIONS[activation](),
            nn.Linear(64, 10),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, 3, 224, 224) to logits (N, 10)."""
        logits: Tensor = self.classifier(self.features(images))
        return logits


class ModelB(nn.Module):
    """Two convolutions with 8 and 16 filters, each with a pool: 3,213,370 parameters.

    Half as many as Model A has, because the second pool quarters what the linear layer sees.
    """

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 16, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(), nn.Linear(16 * 56 * 56, 64), nn.ReLU(), nn.Linear(64, 10)
        )

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, 3, 224, 224) to logits (N, 10)."""
        logits: Tensor = self.classifier(self.features(images))
        return logits
