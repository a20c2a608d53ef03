"""What is noted while training: tensors stay on the device until the epoch ends."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from assessment.spec.recipe import Gradients, Recording
from assessment.training.parameters import first_layer_weight


class EpochMeans:
    """Running loss and accuracy over the batches of one epoch, in train mode.

    The loss is the mean of the batches' means, as a lab's `running_loss /
    len(loader)`; the accuracy counts images, percent.
    """

    def __init__(self, device: torch.device) -> None:
        self._loss_sum = torch.zeros((), device=device, dtype=torch.float64)
        self._correct = torch.zeros((), device=device, dtype=torch.int64)
        self._images = 0
        self._batches = 0
        self._pending: list[tuple[Tensor, Tensor, Tensor]] = []

    def add(self, loss: Tensor, predicted: Tensor, labels: Tensor) -> None:
        """Add one batch: its mean loss (), predicted classes and labels (B,), none with a graph.

        It is only kept: adding up at once costs more than the rest of the record.
        """
        self._pending.append((loss, predicted, labels))

    @property
    def loss(self) -> Tensor:
        """Mean loss so far, on the device."""
        self._settle()
        return self._loss_sum / self._batches

    @property
    def accuracy(self) -> Tensor:
        """Accuracy so far, percent, on the device."""
        self._settle()
        return self._correct.double() * 100 / self._images

    def _settle(self) -> None:
        if not self._pending:
            return
        losses, predicted, labels = zip(*self._pending, strict=True)
        self._pending.clear()
        for loss in losses:  # in this order: the sum's last bits depend on it
            self._loss_sum += loss
        right = torch.cat(predicted) == torch.cat(labels)
        self._correct += right.sum()
        self._images += len(right)
        self._batches += len(losses)


class StepLog:
    """Losses, accuracies and gradients within an epoch, at the steps that the spec names."""

    def __init__(self, recording: Recording, model: nn.Module) -> None:
        self._recording = recording
        self._gradients = recording.gradients
        self._watched = _watched(recording.gradients, model)
        self._steps: list[int] = []
        self._losses: list[Tensor] = []
        self._accuracies: list[Tensor] = []
        self._gradient_steps: list[int] = []
        self._norms: list[Tensor] = []
        self._means: list[Tensor] = []
        self._validated: list[int] = []
        self._validation: list[Tensor] = []

    def validates(self, step_of_epoch: int) -> bool:
        """Tell whether the validation images are to be predicted after this step."""
        every = self._recording.validate_every
        return every is not None and step_of_epoch % every == 0

    def note_validation(self, step: int, outputs: Tensor) -> None:
        """Note outputs (V, K) for the validation images."""
        self._validated.append(step)
        self._validation.append(outputs)

    def take_validation(self) -> tuple[list[int], Tensor | None]:
        """Return the steps noted since the last call, and their outputs (records, V, K)."""
        if not self._validated:
            return [], None
        taken = self._validated, torch.stack(self._validation)
        self._validated, self._validation = [], []
        return taken

    def note_gradient(self, step: int, step_of_epoch: int) -> None:
        """Note norm and mean of the gradient, between backward pass and optimiser's step."""
        wanted = self._gradients
        if wanted is None or step_of_epoch % wanted.every:
            return
        if wanted.first is not None and step >= wanted.first:
            return
        gradients = [p.grad.detach().flatten() for p in self._watched if p.grad is not None]
        if not gradients:
            return
        flat = torch.cat(gradients)
        self._gradient_steps.append(step)
        self._norms.append(flat.norm())
        self._means.append(flat.mean())

    def note_batch(
        self,
        step: int,
        step_of_epoch: int,
        loss: Tensor,
        predicted: Tensor,
        labels: Tensor,
        means: EpochMeans,
    ) -> None:
        """Note a batch's loss and accuracy, or the means since the epoch began."""
        every = self._recording.every
        if every is None or step_of_epoch % every:
            return
        self._steps.append(step)
        if self._recording.running_mean:
            self._losses.append(means.loss)
            self._accuracies.append(means.accuracy)
        else:
            self._losses.append(loss.double())
            self._accuracies.append((predicted == labels).double().mean() * 100)

    def take(self) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
        """Return the columns noted since the last call: of steps and of gradients."""
        steps: dict[str, list[float]] = {}
        if self._steps:
            steps = {
                "step": list(map(float, self._steps)),
                "batch_loss": _numbers(self._losses),
                "batch_accuracy": _numbers(self._accuracies),
            }
        gradients: dict[str, list[float]] = {}
        if self._gradient_steps:
            gradients = {
                "step": list(map(float, self._gradient_steps)),
                "norm": _numbers(self._norms),
                "mean": _numbers(self._means),
            }
        for column in (
            self._steps,
            self._losses,
            self._accuracies,
            self._gradient_steps,
            self._norms,
            self._means,
        ):
            column.clear()
        return steps, gradients


def _watched(gradients: Gradients | None, model: nn.Module) -> list[nn.Parameter]:
    if gradients is None:
        return []
    if gradients.of == "all":
        return [p for p in model.parameters() if p.requires_grad]
    first = first_layer_weight(model)
    return [] if first is None else [first]


def _numbers(values: Iterable[Tensor]) -> list[float]:
    return [float(x) for x in torch.stack(list(values)).tolist()]
