"""Reference solutions of 539 Homework 4, part 2: 28x28 gray images, ten classes.

All end in log-softmax, so their loss is the negative log-likelihood.
"""

from __future__ import annotations

from torch import Tensor, nn


class Mlp(nn.Module):
    """784 -> 128 -> 10 with ReLU: 101,770 parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(),
            nn.Linear(28 * 28, 128),
            nn.ReLU(),
            nn.Linear(128, 10),
            nn.LogSoftmax(dim=1),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, 1, 28, 28) to log-probabilities (N, 10)."""
        log_probabilities: Tensor = self.layers(images)
        return log_probabilities


class SheetCnn(nn.Module):
    """One convolution and one pool in front of two linear layers: 592,074 parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 32, kernel_size=5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(32 * 12 * 12, 128),
            nn.ReLU(),
            nn.Linear(128, 10),
            nn.LogSoftmax(dim=1),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, 1, 28, 28) to log-probabilities (N, 10)."""
        log_probabilities: Tensor = self.layers(images)
        return log_probabilities


class ReportCnn(nn.Module):
    """One convolution and one pool in front of three linear layers: 2,427,594 parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 32, kernel_size=5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(32 * 12 * 12, 512),
            nn.ReLU(),
            nn.Linear(512, 128),
            nn.ReLU(),
            nn.Linear(128, 10),
            nn.LogSoftmax(dim=1),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, 1, 28, 28) to log-probabilities (N, 10)."""
        log_probabilities: Tensor = self.layers(images)
        return log_probabilities


class TopologyCnn(nn.Module):
    """Two convolutions, a pool after each, two linear layers: 317,066 parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 32, kernel_size=5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(32, 64, kernel_size=5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(64 * 4 * 4, 256),
            nn.ReLU(),
            nn.Linear(256, 10),
            nn.LogSoftmax(dim=1),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, 1, 28, 28) to log-probabilities (N, 10)."""
        log_probabilities: Tensor = self.layers(images)
        return log_probabilities
