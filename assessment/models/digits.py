"""Reference solutions of the digits lab: 8x8 gray images, ten classes, logits out."""

from __future__ import annotations

from torch import Tensor, nn


class Mlp(nn.Module):
    """64 -> `hidden` -> 10 with ReLU: 75 * `hidden` + 10 parameters."""

    def __init__(self, hidden: int = 32) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(),
            nn.Linear(8 * 8, hidden),
            nn.ReLU(),
            nn.Linear(hidden, 10),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, 1, 8, 8) to logits (N, 10)."""
        logits: Tensor = self.layers(images)
        return logits


class Cnn(nn.Module):
    """Two 3x3 convolutions with 16 and 32 filters, a pool, dropout, one linear layer: 9,930."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.Conv2d(16, 32, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Dropout(0.5),
            nn.Linear(32 * 4 * 4, 10),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, 1, 8, 8) to logits (N, 10)."""
        logits: Tensor = self.classifier(self.features(images))
        return logits
