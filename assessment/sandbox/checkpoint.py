"""Loading saved weights into a model; only ever in a process of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeGuard

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from assessment.boundary.messages import STATE_PREFIX, Arrays
from assessment.training.errors import SolutionError

NAMED = 3
"""Parameters named in a message before the rest is counted."""
NAME_LIMIT = 40
"""Characters of a name that a message shows."""
PARALLEL = "module."
"""What DataParallel puts in front of every name."""
_PLACE_IN_TORCH = re.compile(r"^\[enforce fail at [^\]]*\][ .]*")
"""What torch puts in front of some errors: where in its own source they were raised."""


def load_checkpoint(model: nn.Module, path: Path, name: str) -> None:
    """Load a state dict into a model, all of it.

    Args:
        model: as built, on the CPU.
        path: `.safetensors`, or what `torch.save(model.state_dict(), ...)` wrote.
        name: what messages call it.

    Raises:
        SolutionError: no state dict, or one of another model.
    """
    state = read_state(path, name)
    different = misfit(name, state, model.state_dict())
    if different:
        raise SolutionError(different)
    model.load_state_dict(state)


def load_by_shape(model: nn.Module, path: Path, name: str, order: Sequence[str]) -> None:
    """Load tensors that another network's state consists of, matched by shape in order of use.

    Args:
        model: as built.
        path: `.safetensors`, whose names are in the order in which the other network uses them.
        name: what messages call it.
        order: names of the model's own state, as it uses them (`order_of_use`).

    Raises:
        SolutionError: they are not as many of each shape as the model's.
    """
    given = read_state(path, name)
    left: dict[tuple[int, ...], list[Tensor]] = {}
    for key in sorted(given):
        left.setdefault(tuple(given[key].shape), []).append(given[key])
    state = model.state_dict()
    expected = {key: state[key] for key in order}
    found = {
        key: left[shape].pop(0)
        for key, value in expected.items()
        if left.get(shape := tuple(value.shape))
    }
    if len(found) < len(expected) or any(left.values()):
        shapes = sorted(shape for shape, tensors in left.items() if tensors)
        lacking = [tuple(value.shape) for key, value in expected.items() if key not in found]
        raise SolutionError(
            f"{name} are of another network: there are {shapes[:NAMED]} that it has not, and it "
            f"wants {lacking[:NAMED]}"
        )
    model.load_state_dict(found)


def misfit(
    name: str, state: Mapping[str, Tensor], expected: Mapping[str, Tensor], than: str = ""
) -> str:
    """Say how saved weights differ from a model's in names and shapes; nothing where they fit.

    Args:
        name: what the sentence calls their file.
        state: the saved weights.
        expected: the model's.
        than: what the sentence calls the model, where there is more than one.
    """
    problems = [
        _listed("lacks", [key for key in expected if key not in state]),
        _listed("has", [key for key in state if key not in expected], " that the model lacks"),
        *(
            f"{key} is {tuple(state[key].shape)}, the model's {tuple(value.shape)}"
            for key, value in expected.items()
            if key in state and state[key].shape != value.shape
        ),
    ]
    found = "; ".join([problem for problem in problems if problem][:NAMED])
    if found and state and all(key.startswith(PARALLEL) for key in state):
        return (
            f"{name} was saved through DataParallel, its names begin with `{PARALLEL}`: "
            "save `model.module.state_dict()`"
        )
    return f"{name} is of another model{f' than {than}' if than else ''}: {found}" if found else ""


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


def read_state(path: Path, name: str) -> dict[str, Tensor]:
    """Return the state dict in a file.

    Raises:
        SolutionError: there is none in it.
    """
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # of a damaged file: whatever the readers raise
        line = str(error).strip().splitlines() or [type(error).__name__]
        if "weights_only" in str(error) or "Weights only" in str(error):
            whole = "GLOBAL" in str(error)  # the name of a class or function is in it
            line = [
                "it holds more than tensors: save `model.state_dict()`, not the model"
                if whole
                else "it is no file of `torch.save`"
            ]
        told = _PLACE_IN_TORCH.sub("", line[0])
        raise SolutionError(f"{name} cannot be read as saved weights: {told}") from None
    if not _is_state(content):
        within = _found_within(content)
        raise SolutionError(
            f"{name} holds no state dict (a map from names to tensors)"
            f"{f' but one under `{within}`' if within else ''}: save `model.state_dict()`"
            f"{' alone' if within else ''}"
        )
    return content


def _found_within(content: object) -> str:
    """Return under which name a map holds a state dict, as training scripts save them."""
    named = content.items() if isinstance(content, dict) else ()
    return next((str(name)[:NAME_LIMIT] for name, part in named if part and _is_state(part)), "")


def _is_state(content: object) -> TypeGuard[dict[str, Tensor]]:
    return isinstance(content, dict) and all(
        isinstance(name, str) and isinstance(value, Tensor) for name, value in content.items()
    )


def _listed(verb: str, names: list[str], end: str = "") -> str:
    if not names:
        return ""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"it {verb} {', '.join(names[:NAMED])}{more}{end}"
