"""A reference's network: built from its name and arguments, and described."""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from torch import nn

from assessment.boundary.messages import DescriptionJob
from assessment.sandbox.calls import imported
from assessment.spec.recipe import Training
from assessment.submissions.inside.diagnosis import layout
from assessment.submissions.inside.networks import looked_at
from assessment.training.data import load_images
from assessment.training.errors import SolutionError
from assessment.training.parameters import freeze_others, settle_lazy, trainable_parameters
from assessment.training.transforms import Pipeline

SAMPLE = 4
"""Images on which a network is tried before it is trained."""
TRANSFER = "assessment.models.transfer:network"
"""The factory of torchvision's networks."""


def build(name: str, arguments: dict[str, Any], weights: str | None) -> nn.Module:
    """Build a model; where pretrained weights are at fault, say so instead of what it raised."""
    try:
        return build_model(name, arguments, weights)
    except Exception:
        if weights is not None and name == TRANSFER:
            from assessment.sandbox.pretrained import check_weights

            with suppress(KeyError, ValueError):  # an architecture that torchvision does not know
                check_weights(Path(weights), arguments["architecture"])
        raise


def build_model(name: str, arguments: dict[str, Any], weights: str | None) -> nn.Module:
    """Import `module:qualname`, call it with the arguments and return the module it makes."""
    factory = imported(name)
    extra = {} if weights is None else {"weights": weights}
    model = factory(**arguments, **extra)
    if not isinstance(model, nn.Module):
        raise SolutionError(
            f"{name} returned an object of type {type(model).__name__}, a torch.nn.Module is wanted"
        )
    return model


def describe(job: DescriptionJob) -> dict[str, Any]:
    """Return a network's layers, what is usual in it, and what it takes by default.

    Raises:
        MisfitError: it has no layer of a name that is to be trained.
    """
    training = Training.model_validate_json(json.dumps(job.training))
    device = torch.device("cpu")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    arguments = training.model.arguments
    model = build(job.model, arguments, job.weights)
    pipeline = Pipeline(training.dataset.transforms, device)
    sample = pipeline(load_images(job.train_images, device)[:SAMPLE])
    settle_lazy(model, sample[:1])
    freeze_others(model, training.trainable)
    defaults = defaults_of(imported(job.model))
    return looked_at(model, sample) | {
        "layers": [layer.plain() for layer in layout(model, sample)],
        "parameters": trainable_parameters(model),
        "defaults": {name: value for name, value in defaults.items() if name not in arguments},
    }


def defaults_of(factory: Callable[..., Any]) -> dict[str, Any]:
    """Return the values that a class or factory takes by default, as far as JSON can hold them."""
    try:
        parameters = inspect.signature(factory).parameters
    except ValueError:  # built in
        return {}
    return {name: one.default for name, one in parameters.items() if _is_plain(one.default)}


def _is_plain(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))
