"""What a good assistant would see in a trained network: told to the student, no ground for a grade.

Nothing of the model changes: neither its numbers, gradients and running statistics nor its mode.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from assessment.boundary.layers import (
    ACTIVATIONS,
    LONGEST_NAME,
    MOST_LAYERS,
    SHAPELESS,
    SOFTMAX,
    Layer,
)
from assessment.submissions.inside.adaptation import Adapted, Plan
from assessment.submissions.inside.linearity import unbroken_pairs
from assessment.submissions.inside.outputs import follow
from assessment.submissions.inside.randomness import Generators
from assessment.submissions.inside.reasons import one_line
from assessment.submissions.inside.tracing import Tracer, evaluating, layout
from assessment.training.parameters import trainable_parameters

__all__ = ["DeadUnits", "Diagnosis", "diagnose", "layout"]

RECTIFIERS = ("ReLU", "ReLU6")
FOR_GRADIENTS = 32
"""Images whose gradients are looked at."""


@dataclass(frozen=True)
class DeadUnits:
    """Units of one rectifier that give 0 for every image."""

    layer: str
    """Its name, or that of the layer before it."""
    units: int
    """Channels of images, or neurons."""
    dead: int


@dataclass(frozen=True)
class Diagnosis:
    """What was seen; names are cut at 80 characters, lists at 200 items."""

    parameters: int
    """Trainable ones."""
    layers: list[Layer]
    """As executed in eval mode."""
    without_gradient: list[str]
    """Trainable parameters on which the outputs do not depend."""
    zero_gradient: list[str]
    """Trainable parameters whose gradient is 0 everywhere: behind dead units, or before them."""
    unknown_layers: list[str]
    """Layers with weights that the model does not know, so that these are never trained."""
    dead: list[DeadUnits]
    """One entry a rectifier."""
    unbroken: list[tuple[str, str]]
    """Pairs of layers with weights and no activation between them, which together do no more than
    one. A reference may have some too."""
    ends_in: str | None
    """The softmax or activation behind the last layer."""

    @property
    def dead_share(self) -> float:
        """Share of all rectifiers' units that are dead, 0 to 1."""
        units = sum(layer.units for layer in self.dead)
        return sum(layer.dead for layer in self.dead) / units if units else 0.0

    def plain(self) -> dict[str, Any]:
        """Return JSON types."""
        plain = asdict(self)
        plain["layers"] = [layer.plain() for layer in self.layers]
        plain["unbroken"] = [list(pair) for pair in self.unbroken]
        return {**plain, "dead_share": self.dead_share}


def diagnose(model: nn.Module, images: Tensor) -> Diagnosis:
    """Look at a model, best after training.

    Args:
        model: as `fit` returned it, or any that takes the images.
        images: (N, C, H, W) after all transforms, on the model's device; some hundred are enough.

    Raises:
        Exception: what forward raises.
    """
    student, plan = (model.student, model.plan) if isinstance(model, Adapted) else (model, Plan())
    if plan.batch is not None:
        images = images[torch.arange(plan.batch, device=images.device) % len(images)]
    generators = Generators.now()
    try:
        with evaluating(student):
            seen = _Seen(student, plan, images)
            gradients = _gradients(student, plan, images)
            few = images if plan.batch is not None else images[:4]
            pairs = unbroken_pairs(student, plan.feed(few), seen.layers)
    finally:
        generators.restore()
    names = [_label(seen.layers, index) for index in range(len(seen.layers))]
    strange = [layer for layer in seen.layers if not layer.registered]
    return Diagnosis(
        parameters=trainable_parameters(student),
        layers=seen.layers,
        without_gradient=_cut(name for name, size in gradients.items() if size is None),
        zero_gradient=_cut(name for name, size in gradients.items() if size == 0),
        unknown_layers=_cut(f"{layer.kind} {layer.parameters[0]}" for layer in strange),
        dead=[
            DeadUnits(names[index], len(alive), alive.count(False)) for index, alive in seen.alive
        ],
        unbroken=[(names[first], names[second]) for first, second in pairs],
        ends_in=seen.ends_in,
    )


class _Seen:
    """One forward pass over the images."""

    def __init__(self, student: nn.Module, plan: Plan, images: Tensor) -> None:
        self.alive: list[tuple[int, list[bool]]] = []
        """Number of a rectifier, and which of its units gave more than 0 for some image."""
        self._last: list[tuple[Layer, Tensor]] = []
        tracer = Tracer(student, self._watch)
        with torch.no_grad():
            output = follow(tracer.run(plan.feed(images)), plan.in_evaluation.path)
        self.layers = tracer.layers
        self.ends_in = next(
            (layer.kind for layer, given in self._last if _ends(given, output)), None
        )
        if self.ends_in not in (*SOFTMAX, *ACTIVATIONS):
            self.ends_in = None

    def _watch(self, index: int, layer: Layer, _: Any, output: Tensor) -> None:
        if layer.kind in RECTIFIERS and output.dim() > 1:
            unit = 1 if output.dim() == 4 else output.dim() - 1
            others = [dimension for dimension in range(output.dim()) if dimension != unit]
            self.alive.append((index, (output > 0).any(others).tolist()))
        if layer.kind not in SHAPELESS:
            self._last = [(layer, output)]


def _ends(given: Tensor, output: Tensor) -> bool:
    return given.numel() == output.numel() and torch.equal(given.flatten(), output.flatten())


def _gradients(student: nn.Module, plan: Plan, images: Tensor) -> dict[str, float | None]:
    """Return the size of each trainable parameter's gradient; None: outputs do not depend on it."""
    trained = {name: p for name, p in student.named_parameters() if p.requires_grad}
    if plan.batch is None:
        images = images[:FOR_GRADIENTS]
    # cuDNN's recurrent layers refuse gradients in eval mode.
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
        output = follow(student(plan.feed(images)), plan.in_evaluation.path)
        if not output.requires_grad:
            return dict.fromkeys(trained)
        # Some weighted sum: a plain one is constant where a softmax ends the model.
        weights = torch.linspace(-1, 1, output.numel(), device=output.device).view_as(output)
        found = torch.autograd.grad(
            (output * weights).sum(), list(trained.values()), allow_unused=True
        )
    return {
        name: None if gradient is None else float(gradient.abs().max())
        for name, gradient in zip(trained, found, strict=True)
    }


def _label(layers: Sequence[Layer], index: int) -> str:
    """Name a layer; with the layer before it where it has no name, or is executed repeatedly."""
    layer = layers[index]
    if layer.name and sum(other.name == layer.name for other in layers) == 1:
        return layer.name
    others = (other.name for other in reversed(layers[:index]) if other.name != layer.name)
    before, own = next(filter(None, others), ""), layer.name or layer.kind
    return one_line(f"{own} behind {before}" if before else own, LONGEST_NAME)


def _cut(names: Any) -> list[str]:
    return [
        one_line(name, LONGEST_NAME) for name, _ in zip(names, range(MOST_LAYERS), strict=False)
    ]
