"""Why torchvision's network does not take a file of pretrained weights."""

from __future__ import annotations

from pathlib import Path

from torchvision import models

from assessment.sandbox.checkpoint import misfit, read_state
from assessment.training.errors import MisfitError, SolutionError


def check_weights(path: Path, architecture: str) -> None:
    """Look at a file that is given to `models.transfer.network`.

    Args:
        path: of the weights.
        architecture: its name in torchvision.

    Raises:
        MisfitError: it holds no weights, or not those of the unmodified network.
        ValueError: torchvision knows no such network.
    """
    original = models.get_model(architecture, weights=None).state_dict()
    try:
        state = read_state(path, path.name)
    except SolutionError as error:
        raise MisfitError(str(error)) from None
    different = misfit(path.name, state, original, f"torchvision's {architecture}")
    if different:
        raise MisfitError(different)
