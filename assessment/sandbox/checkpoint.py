"""Loading saved weights into a model; only ever in a process of its own."""

from __future__ import annotations

import pickle
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from assessment.sandbox.messages import STATE_PREFIX, Arrays
from assessment.training.errors import SolutionError

NAMED = 3
"""Parameters named in a message before the rest is counted."""


def load_checkpoint(model: nn.Module, path: Path, name: str) -> None:
    """Load a state dict into a model, all of it.

    Args:
        model: as built, on the CPU.
        path: `.safetensors`, or what `torch.save(model.state_dict(), ...)` wrote.
        name: what messages call it.

    Raises:
        SolutionError: no state dict, or one of another model.
    """
    state = _read(path, name)
    expected = model.state_dict()
    problems = [
        _listed("lacks", [name for name in expected if name not in state]),
        _listed("has", [name for name in state if name not in expected], " that the model lacks"),
        *(
            f"{name} is {tuple(state[name].shape)}, the model's {tuple(value.shape)}"
            for name, value in expected.items()
            if name in state and state[name].shape != value.shape
        ),
    ]
    found = [problem for problem in problems if problem]
    if found:
        raise SolutionError(f"{name} is of another model: {'; '.join(found[:NAMED])}")
    model.load_state_dict(state)


def state_arrays(model: nn.Module) -> Arrays:
    """Return a model's state as arrays to send; half precision goes as float32, which holds it.

    Raises:
        SolutionError: it holds what is no array of real numbers.
    """
    arrays: Arrays = {}
    for name, value in model.state_dict().items():
        if not isinstance(value, Tensor) or value.is_complex() or value.is_sparse:
            kind = value.dtype if isinstance(value, Tensor) else type(value).__name__
            raise SolutionError(
                f"its state holds {name}, which is no array of real numbers ({kind})"
            )
        wide = value.float() if value.is_floating_point() and value.itemsize < 4 else value
        arrays[f"{STATE_PREFIX}{name}"] = wide.detach().cpu().numpy()
    return arrays


def _read(path: Path, name: str) -> dict[str, Tensor]:
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as error:
        line = str(error).strip().splitlines() or [type(error).__name__]
        if "weights_only" in str(error) or "Weights only" in str(error):
            line = ["it holds more than tensors: save `model.state_dict()`, not the model"]
        raise SolutionError(f"{name} cannot be read as saved weights: {line[0]}") from None
    if not isinstance(content, dict) or not all(
        isinstance(key, str) and isinstance(value, Tensor) for key, value in content.items()
    ):
        raise SolutionError(
            f"{name} holds no state dict (a map from names to tensors): save `model.state_dict()`"
        )
    return content


def _listed(verb: str, names: list[str], end: str = "") -> str:
    if not names:
        return ""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"it {verb} {', '.join(names[:NAMED])}{more}{end}"
