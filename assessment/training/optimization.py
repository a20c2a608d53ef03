"""The spec's optimisers and learning-rate schedules, as PyTorch has them."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn
from torch.optim import lr_scheduler

from assessment.spec import recipe
from assessment.spec.recipe import Cosine, Milestones, Plateau, RmsProp, Sgd, Step


def build_optimizer(
    optimizer: recipe.Optimizer, parameters: Iterable[nn.Parameter]
) -> torch.optim.Optimizer:
    """Return the optimiser over the parameters that need a gradient.

    Fused kernels do one pass over each tensor; they give the same steps up to rounding.
    """
    trainable = [parameter for parameter in parameters if parameter.requires_grad]
    match optimizer:
        case Sgd():
            return torch.optim.SGD(
                trainable,
                lr=optimizer.learning_rate,
                momentum=optimizer.momentum,
                weight_decay=optimizer.weight_decay,
                nesterov=optimizer.nesterov,
                fused=True,
            )
        case RmsProp():
            return torch.optim.RMSprop(
                trainable,
                lr=optimizer.learning_rate,
                alpha=optimizer.smoothing,
                momentum=optimizer.momentum,
                weight_decay=optimizer.weight_decay,
            )
        case _:
            kind = torch.optim.AdamW if optimizer.name == "adamw" else torch.optim.Adam
            return kind(
                trainable,
                lr=optimizer.learning_rate,
                betas=(optimizer.betas[0], optimizer.betas[1]),
                weight_decay=optimizer.weight_decay,
                fused=True,
            )


class Schedule:
    """The learning rate from epoch to epoch."""

    def __init__(
        self, schedule: recipe.Schedule, optimizer: torch.optim.Optimizer, epochs: int
    ) -> None:
        self._optimizer = optimizer
        self._plateau: lr_scheduler.ReduceLROnPlateau | None = None
        self._by_epoch: lr_scheduler.LRScheduler | None = None
        match schedule:
            case Milestones():
                self._by_epoch = lr_scheduler.MultiStepLR(
                    optimizer, schedule.epochs, gamma=schedule.factor
                )
            case Step():
                self._by_epoch = lr_scheduler.StepLR(
                    optimizer, schedule.every, gamma=schedule.factor
                )
            case Cosine():
                self._by_epoch = lr_scheduler.CosineAnnealingLR(
                    optimizer, epochs, eta_min=schedule.minimum
                )
            case Plateau():
                self._plateau = lr_scheduler.ReduceLROnPlateau(
                    optimizer, factor=schedule.factor, patience=schedule.patience
                )
            case _:
                pass

    @property
    def learning_rate(self) -> float:
        """The learning rate in force."""
        return float(self._optimizer.param_groups[0]["lr"])

    def end_epoch(self, monitored_loss: float) -> None:
        """Move on to the next epoch's learning rate."""
        if self._by_epoch is not None:
            self._by_epoch.step()
        elif self._plateau is not None:
            self._plateau.step(monitored_loss)
