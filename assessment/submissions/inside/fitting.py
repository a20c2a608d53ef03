"""A student's model taken as it is: whatever it needs stands around it, and is told."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from assessment.spec.recipe import Training
from assessment.submissions.inside.adaptation import Adapted, Plan
from assessment.submissions.inside.modes import mend_modes, note_on_modes
from assessment.submissions.inside.outputs import Scale
from assessment.submissions.inside.randomness import Generators
from assessment.submissions.inside.trial import Trial, try_model
from assessment.training.parameters import settle_lazy


@dataclass(frozen=True)
class Fitted:
    """A model that the loop can train."""

    model: nn.Module
    """The student's own where nothing was to be done."""
    notes: list[str]
    """A sentence for the student on each thing that was adapted or is wrong: what, and what it
    costs."""
    plan: Plan


def fit(model: nn.Module, sample: Tensor, classes: int, training: Training) -> Fitted:
    """Make a student's model one that maps images (N, C, H, W) to logits (N, classes).

    A copy of it is tried; the model itself is not called, but for lazy layers, which find their
    sizes from one image. Its modes are switched by `nn.Module`'s methods where its own are no
    such. Generators end where they began, but for what lazy layers draw.

    Args:
        model: on the device of the sample, untrained.
        sample: images after all transforms, at least two.
        classes: width of the logits.
        training: the recipe; its loss says what outputs must be.

    Raises:
        SolutionError: it cannot be trained on such images.
    """
    generators = Generators.now()
    batches = (training.batch_size, training.evaluation_batch_size)
    about_modes = note_on_modes(mend_modes(model))
    try:
        trial = _try_copy(model, sample, classes, batches, training.loss)
    finally:
        generators.restore()
    fitted = model if trial.plan.trivial else Adapted(model, trial.plan)
    settle_lazy(fitted, sample[:1])
    notes = [about_modes] if about_modes else []
    return Fitted(fitted, [*notes, *_notes(trial, classes, training)], trial.plan)


def _try_copy(
    model: nn.Module, sample: Tensor, classes: int, batches: tuple[int, ...], loss: str
) -> Trial:
    try:
        tried = copy.deepcopy(model)
    except Exception:  # it holds what cannot be copied: then its numbers are put back
        tried = model
    kept = {} if tried is not model else {k: v.clone() for k, v in _tensors(model).items()}
    try:
        return try_model(tried, sample.clone(), classes, batches=batches, loss=loss)
    finally:
        with torch.no_grad():
            for name, tensor in _tensors(model).items():
                if name in kept:
                    tensor.copy_(kept[name])


def _tensors(model: nn.Module) -> dict[str, Tensor]:
    return {**dict(model.named_parameters()), **dict(model.named_buffers())}


def _notes(trial: Trial, classes: int, training: Training) -> list[str]:
    """Return what to tell about a plan, in the order in which data flow."""
    plan = trial.plan
    told = [
        _about_form(plan),
        _about_batch(plan, training),
        _about_dtype(plan),
        _about_output(plan),
        _about_scale(trial.scale, classes, training.loss),
    ]
    other = plan.in_evaluation.conversion != plan.in_training.conversion
    if other:
        told.append(
            "Your model's outputs are of another kind in `eval()` than in training; each is "
            "turned into what the loss takes. Return the same in both modes."
        )
    return [sentence for sentence in told if sentence]


def _about_form(plan: Plan) -> str:
    if plan.form == "flat":
        return (
            "Your model takes images as rows of numbers, so they are flattened in front of it. It "
            "costs nothing; an `nn.Flatten()` as its first layer makes it take images itself."
        )
    if plan.form == "rows":
        return (
            "Your model takes images without the dimension of channels, (N, H, W), so it is "
            "removed in front of it. It costs nothing."
        )
    return ""


def _about_batch(plan: Plan, training: Training) -> str:
    if plan.batch is None:
        return ""
    told = (
        f"Your forward only takes batches of {plan.batch} images: a number is written down where "
        "`x.size(0)` belongs. Batches are given to it in such parts, and the last part is filled "
        "up by repeated images whose outputs are dropped."
    )
    if training.batch_size % plan.batch:
        told += (
            f" With batches of {training.batch_size}, that is computing wasted in each of them, "
            "and batch normalisation sees the repeated images."
        )
    return told


def _about_dtype(plan: Plan) -> str:
    if plan.dtype is None:
        return ""
    name = str(plan.dtype).removeprefix("torch.")
    cost = "training takes about twice the time and memory, for no gain in accuracy"
    if plan.dtype in (torch.float16, torch.bfloat16):
        cost = "small gradients and steps of the optimiser are rounded away; use float32 weights"
    return f"Your model's weights are {name}, so images are cast to it: {cost}."


def _about_output(plan: Plan) -> str:
    reading = plan.in_training if plan.in_training.path else plan.in_evaluation
    told = []
    if reading.path:
        steps = "".join(f"[{step!r}]" for step in reading.path)[:80]
        told.append(
            f"Your forward returns several things; `{steps}` of them was taken as the scores of "
            "the classes, the others are not used."
        )
    if reading.reshape or plan.in_evaluation.reshape:
        told.append(
            "The shape of your outputs was brought to (N, classes): dimensions of size 1 were "
            "removed, or put back where `squeeze()` takes too many."
        )
    if reading.move:
        told.append("Your outputs lie on another device than the images and were moved.")
    return " ".join(told)


def _about_scale(scale: Scale, classes: int, loss: str) -> str:
    takes = "log-probabilities" if loss == "nll" else "logits"
    called = "NLLLoss" if loss == "nll" else "CrossEntropyLoss"
    if scale == "probabilities" and loss == "nll":
        return (
            f"Your model ends in a softmax, and {called} takes {takes}: in your own code the loss "
            "is minus a probability, between -1 and 0, and its gradients fade where the model is "
            "wrong and sure. The logarithm was taken here; use log_softmax."
        )
    if scale == "probabilities":
        lowest = math.log1p((classes - 1) / math.e)
        return (
            f"Your model ends in a softmax, and {called} applies one itself: in your own code the "
            f"loss cannot fall below {lowest:.2f} for {classes} classes, and gradients flatten. "
            "The logarithm was taken here, so that the loss is right; return the logits."
        )
    if scale == "softmax_over_batch":
        return (
            "Your softmax goes over the images of a batch instead of the classes (`dim=0`): what "
            "one image scores depends on the others. It was left as it is; use `dim=1`, or "
            "return the logits."
        )
    if scale == "log_probabilities" and loss == "cross_entropy":
        return (
            f"Your model ends in a log-softmax, and {called} applies one itself. It is harmless, "
            "since a second one changes nothing, and does needless work."
        )
    if scale == "logits" and loss == "nll":
        return (
            f"Your model returns logits, and {called} takes {takes}: in your own code the loss has "
            "no lower bound and says nothing about the predictions. A log_softmax was put "
            "behind it here; make it the last layer."
        )
    return ""
