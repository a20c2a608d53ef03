"""Reference solutions of Computer Vision 2024 (Adelaide), Assignment 3, question 1.

28x28 gray images, ten classes, logits out. `widths` are the sizes of the hidden layers.
"""

from __future__ import annotations

from torch import Tensor, nn


class BasicMlp(nn.Module):
    """Linear, ReLU in each hidden layer: 669,706 parameters at [512, 512]."""

    def __init__(self, widths: list[int]) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Flatten()]
        inputs = 28 * 28
        for width in widths:
            layers += [nn.Linear(inputs, width), nn.ReLU()]
            inputs = width
        self.layers = nn.Sequential(*layers, nn.Linear(inputs, 10))

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, 1, 28, 28) to logits (N, 10)."""
        logits: Tensor = self.layers(images)
        return logits


class ComplexMlp(nn.Module):
    """Linear, ReLU, batch norm in each hidden layer: 576,970 parameters at [512, 256, 128, 64]."""

    def __init__(self, widths: list[int]) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Flatten()]
        inputs = 28 * 28
        for width in widths:
            layers += [nn.Linear(inputs, width), nn.ReLU(), nn.BatchNorm1d(width)]
            inputs = width
        self.layers = nn.Sequential(*layers, nn.Linear(inputs, 10))

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, 1, 28, 28) to logits (N, 10)."""
        logits: Tensor = self.layers(images)
        return logits


class BasicCnn(nn.Module):
    """Two convolutions with 32 and 64 filters, two linear layers: 421,642 parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 32, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(32, 64, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(64 * 7 * 7, 128),
            nn.ReLU(),
            nn.Linear(128, 10),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, 1, 28, 28) to logits (N, 10)."""
        logits: Tensor = self.classifier(self.features(images))
        return logits


class ComplexCnn(nn.Module):
    """Three convolutions and five linear layers with batch norm: 858,506 parameters."""

    def __init__(self) -> None:
        super().__init__()
        features: list[nn.Module] = []
        channels = 1
        for filters in (32, 64, 128):
            features += [
                nn.Conv2d(channels, filters, kernel_size=3, padding=1),
                nn.ReLU(),
                nn.BatchNorm2d(filters),
                nn.MaxPool2d(2),
            ]
            channels = filters
        self.features = nn.Sequential(*features)
        classifier: list[nn.Module] = [nn.Flatten()]
        inputs = 128 * 3 * 3
        for width in (512, 256, 128, 64):
            classifier += [nn.Linear(inputs, width), nn.ReLU(), nn.BatchNorm1d(width)]
            inputs = width
        self.classifier = nn.Sequential(*classifier, nn.Linear(inputs, 10))

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, 1, 28, 28) to logits (N, 10)."""
        logits: Tensor = self.classifier(self.features(images))
        return logits
