"""Trying how a model can be called, on a few images: what it takes, and what it gives."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from assessment.boundary.layers import Layer
from assessment.submissions.inside.adaptation import FORMS, Conversion, Form, Plan, Reading
from assessment.submissions.inside.misfits import ShapeError, explain_error, explain_output
from assessment.submissions.inside.modes import mend_modes
from assessment.submissions.inside.outputs import Scale, find_scores, follow
from assessment.submissions.inside.tracing import Tracer
from assessment.training.errors import SolutionError

USUAL_BATCHES = (64, 32, 128, 100, 1, 16, 256, 50, 10, 8, 20, 200, 500, 512, 1000, 4, 5, 25)
"""Batch sizes that one finds written into a forward."""
MOST_NUMBERS = 2**26
"""Numbers in all batches that are tried: large images in large batches take too long."""
_ABOUT_SHAPES = (RuntimeError, ValueError, IndexError, AssertionError)


@dataclass(frozen=True)
class Trial:
    """How a model can be called, and what was seen of it."""

    plan: Plan
    scale: Scale
    """What its outputs are in training; those of evaluation are read after their own kind."""
    layers: tuple[Layer, ...]
    """As executed in eval mode."""


def try_model(
    model: nn.Module,
    sample: Tensor,
    classes: int,
    *,
    batches: Iterable[int] = (),
    loss: str = "cross_entropy",
) -> Trial:
    """Find out how `model` can be called.

    It is executed in both modes: running statistics and generators go on, lazy layers find their
    sizes. So it should be a copy.

    Args:
        model: on the device of the sample.
        sample: images (N, C, H, W) after all transforms, at least two.
        classes: width of the logits.
        batches: numbers of images that are tried first where two images do not pass.
        loss: of the recipe; `nll` takes log-probabilities.

    Raises:
        SolutionError: it takes other images, gives other outputs, or raises.
    """
    check_forward(model)
    mend_modes(model)
    dtype = _dtype(model, sample)
    misfits: list[_Misfit] = []
    forms: Sequence[Form] = FORMS if sample.shape[1] == 1 else FORMS[:2]
    for form in forms:
        try:
            return _Probe(model, classes, Plan(form, dtype), loss).run(sample)
        except _Misfit as misfit:
            misfits.append(misfit)
    open_forms = [form for form, m in zip(forms, misfits, strict=True) if m.about_batch]
    named = [number for misfit in misfits for number in misfit.numbers]
    for size in _sizes([*named, *batches, *USUAL_BATCHES], sample):
        for form in open_forms:
            try:
                return _Probe(model, classes, Plan(form, dtype, size), loss).run(sample)
            except _Misfit:
                continue
    raise _telling(misfits).told


def check_forward(model: nn.Module) -> None:
    """Refuse a model that cannot be given images and nothing else.

    Raises:
        SolutionError: no forward, or one that wants other inputs.
    """
    name = type(model).__name__
    # A scripted network's class cannot be asked for its forward.
    found = inspect.getattr_static(type(model), "forward", None)
    if found is nn.Module.forward and "forward" not in vars(model):
        raise SolutionError(f"{name} defines no `forward` (look at its spelling and indentation)")
    try:
        parameters = inspect.signature(model.forward).parameters.values()
    except Exception:  # built in, or a signature of the student's own making
        return
    places = [p for p in parameters if p.kind not in (p.KEYWORD_ONLY, p.VAR_KEYWORD)]
    loose = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    needed = [p.name for p in parameters if p.default is p.empty and p.kind not in loose]
    if not places:
        raise SolutionError(f"forward of {name} takes no input; it is given the images")
    if len(needed) > 1:
        raise SolutionError(
            f"forward of {name} needs {len(needed)} inputs ({', '.join(needed[:10])}); it is given "
            "the images and nothing else"
        )


class _Misfit(Exception):
    """A way of calling that does not work."""

    def __init__(
        self,
        told: SolutionError,
        reached: object,
        images: int,
        error: BaseException | None = None,
        layer: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.told = told
        """For the author of the model."""
        self.numbers = [int(digits) for digits in re.findall(r"\d+", str(error))[:20]]
        """Those of the error: a batch size that is written down somewhere is often among them."""
        whole = isinstance(reached, Tensor) and len(reached.shape) > 0 and len(reached) == images
        layers = layer is None or type(layer).__module__.startswith("torch.nn.")
        each = isinstance(told, ShapeError) and whole and layers
        about_shapes = error is None or isinstance(error, _ABOUT_SHAPES)
        self.about_batch = about_shapes and not each and "shape '[-1," not in str(error)
        """Another number of images may pass: what failed was not one row for each of them."""
        self.layer = layer
        """Who was at work when forward raised."""


class _Probe:
    """One way of calling one model."""

    def __init__(self, model: nn.Module, classes: int, plan: Plan, loss: str) -> None:
        self._model = model
        self._classes = classes
        self._plan = plan
        self._loss = loss

    def run(self, images: Tensor) -> Trial:
        """Call the model in both modes, and with a single image; return what was seen.

        Unless the batch is given these are 2 and 3 images: forward may be written for just 2.
        """
        batch = self._plan.batch
        evaluation, _, layers = self._read(_rows(images, batch or 2), training=False)
        training, scale, _ = self._read(_rows(images, batch or 3), training=True)
        if batch is None and self._squeezes(evaluation, images[:1]):
            evaluation = replace(evaluation, reshape=True)
            training = replace(training, reshape=True)
        plan = replace(self._plan, in_training=training, in_evaluation=evaluation)
        return Trial(plan, scale, tuple(layers))

    def _read(self, images: Tensor, *, training: bool) -> tuple[Reading, Scale, list[Layer]]:
        """Call the model in one mode; return how its output is read."""
        self._model.train(training)
        tracer = Tracer(self._model)
        given = self._plan.feed(images)
        try:
            with torch.no_grad():
                output = tracer.run(given)
        except (Exception, SystemExit) as error:
            told = explain_error(self._model, error, tracer.culprit, images, given)
            _, layer, reached = tracer.culprit or ("", None, None)
            raise _Misfit(told, reached, len(images), error, layer) from None
        found = find_scores(output, len(images), self._classes)
        if not found:
            told = explain_output(self._model, output, len(images), self._classes)
            raise _Misfit(told, output, len(images))
        path, scores, scale = found[0]
        reading = Reading(
            path=path,
            reshape=tuple(scores.shape) != (len(images), self._classes),
            move=scores.device != images.device,
            widen=scores.dtype != torch.float32,
            conversion=_conversion(scale, self._loss),
        )
        return reading, scale, tracer.layers

    def _squeezes(self, reading: Reading, image: Tensor) -> bool:
        """Tell whether a single image loses its dimension, as by `squeeze()`."""
        self._model.eval()
        try:
            with torch.no_grad():
                scores = follow(self._model(self._plan.feed(image)), reading.path)
            return tuple(scores.shape) == (self._classes,)
        except (Exception, SystemExit):
            return False  # should a batch ever have one image, its run will tell


def _conversion(scale: Scale, loss: str) -> Conversion:
    if scale == "probabilities":
        return "log"
    return "log_softmax" if loss == "nll" and scale == "logits" else "none"


def _dtype(model: nn.Module, sample: Tensor) -> torch.dtype | None:
    """Return what the images must be cast to; None: nothing."""
    numbers = (p.dtype for p in model.parameters() if p.is_floating_point())
    dtype = next(numbers, sample.dtype)
    return None if dtype == sample.dtype else dtype


def _rows(sample: Tensor, count: int) -> Tensor:
    """Return so many images, the sample's again and again."""
    return sample[torch.arange(count, device=sample.device) % len(sample)]


def _sizes(numbers: Iterable[int], sample: Tensor) -> Iterator[int]:
    """Yield the batch sizes worth a try, each once, as long as they take no long time."""
    numbers_left = MOST_NUMBERS
    for number in dict.fromkeys(numbers):
        numbers_left -= number * sample[0].numel()
        if number >= 1 and numbers_left >= 0:
            yield number


def _telling(misfits: Sequence[_Misfit]) -> _Misfit:
    """Return the misfit that says most: of a linear layer in front, the one with flat images."""
    if len(misfits) > 1 and all(isinstance(m.layer, nn.Linear) for m in misfits[:2]):
        return misfits[1]
    return misfits[0]
