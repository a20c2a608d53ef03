"""Reference solutions of METU EE449 (2023), Homework 1: gray 32x32 images, logits out.

Convolutions have stride 1 and no padding. `activation` stands wherever the handout says ReLU,
so that part 4 can put the logistic sigmoid there.
"""

from __future__ import annotations

from torch import Tensor, nn

ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid}


class Network(nn.Module):
    """A stack of layers."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, 1, 32, 32) to logits (N, 10)."""
        logits: Tensor = self.layers(images)
        return logits


def mlp_1(activation: str = "relu") -> Network:
    """Linear 1024->32, activation, linear: 33,130 parameters."""
    return Network(nn.Flatten(), nn.Linear(1024, 32), ACTIVATIONS[activation](), nn.Linear(32, 10))


def mlp_2(activation: str = "relu") -> Network:
    """Linear 1024->32, activation, linear 32->64 without bias, linear: 35,498 parameters."""
    return Network(
        nn.Flatten(),
        nn.Linear(1024, 32),
        ACTIVATIONS[activation](),
        nn.Linear(32, 64, bias=False),
        nn.Linear(64, 10),
    )


def cnn_3(activation: str = "relu") -> Network:
    """Convolutions 3x3 x16, 5x5 x8, pool, 7x7 x16, pool: 11,106 parameters."""
    return Network(
        nn.Conv2d(1, 16, 3),
        ACTIVATIONS[activation](),
        nn.Conv2d(16, 8, 5),
        ACTIVATIONS[activation](),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 7),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 3 * 3, 10),
    )


def cnn_4(activation: str = "relu") -> Network:
    """Convolutions 3x3 x16, 3x3 x8, 5x5 x16, pool, 5x5 x16, pool: 13,522 parameters."""
    return Network(
        nn.Conv2d(1, 16, 3),
        ACTIVATIONS[activation](),
        nn.Conv2d(16, 8, 3),
        ACTIVATIONS[activation](),
        nn.Conv2d(8, 16, 5),
        ACTIVATIONS[activation](),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 16, 5),
        ACTIVATIONS[activation](),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 4 * 4, 10),
    )


def cnn_5(activation: str = "relu") -> Network:
    """Six convolutions 3x3 with 8, 16, 8, 16, pool, 16, 8 filters, pool: 8,346 parameters."""
    return Network(
        nn.Conv2d(1, 8, 3),
        ACTIVATIONS[activation](),
        nn.Conv2d(8, 16, 3),
        ACTIVATIONS[activation](),
        nn.Conv2d(16, 8, 3),
        ACTIVATIONS[activation](),
        nn.Conv2d(8, 16, 3),
        ACTIVATIONS[activation](),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 16, 3),
        ACTIVATIONS[activation](),
        nn.Conv2d(16, 8, 3),
        ACTIVATIONS[activation](),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(8 * 4 * 4, 10),
    )
