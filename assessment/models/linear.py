"""The weakest solution worth the name: one linear layer on the pixels."""

from __future__ import annotations

from torch import Tensor, nn


class Linear(nn.Module):
    """Softmax regression, for images of any size."""

    def __init__(self, classes: int = 10, *, log_softmax: bool = False) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.LazyLinear(classes))
        if log_softmax:  # for recipes whose loss takes log-probabilities
            self.layers.append(nn.LogSoftmax(dim=1))

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, channels, height, width) to logits (N, classes)."""
        logits: Tensor = self.layers(images)
        return logits
