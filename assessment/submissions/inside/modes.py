"""Methods called `train` or `eval` that are no modes: a student's own training, or testing.

Whatever trains or looks at a model calls `model.train()` and `model.eval()`, and torch calls the
same methods of every module within it. So what a student calls so is set aside where it cannot be
meant, once for each module, before anything calls it.
"""

from __future__ import annotations

import inspect
from types import CodeType, FunctionType, MethodType

from torch import nn

from assessment.submissions.inside.reasons import one_line
from assessment.training.errors import SolutionError

MODES = ("train", "eval")
MOST_NAMED = 3
_NAMES = ("mode", "training", "is_training", "train")
"""What the argument of a `train` that sets modes is called."""
_SETTING = {"train", "eval", "training"}
"""One of these is mentioned wherever a mode is set."""
_WORKING = {"backward", "zero_grad", "no_grad", "inference_mode", "enable_grad", "argmax", "item"}
"""What only training or testing mentions."""


def mend_modes(model: nn.Module) -> list[str]:
    """Let every module within a model set its mode as `nn.Module` does, unless its own way does.

    A way of its own is kept where it can be called as torch calls it and does nothing but set
    modes, such as one that keeps batch normalisation in eval mode.

    Returns:
        Names of what was set aside, now or before, `Net.train`, each once.

    Raises:
        SolutionError: a module keeps a value under one of these names.
    """
    found: dict[str, None] = {}
    for module in model.modules():
        for name in MODES:
            shown = one_line(f"{type(module).__name__}.{name}", 80)
            if name in vars(module) and not callable(vars(module)[name]):
                raise SolutionError(
                    f"{shown} is a value, and PyTorch calls it to switch the mode of the network: "
                    "give it another name"
                )
            if not _sets_mode(module, name):
                object.__setattr__(module, name, MethodType(getattr(nn.Module, name), module))
                found[shown] = None
    return list(found)


def note_on_modes(set_aside: list[str]) -> str:
    """Return the sentence for the student; nothing where nothing was set aside."""
    if not set_aside:
        return ""
    names = ", ".join(f"`{name}`" for name in set_aside[:MOST_NAMED])
    return (
        "PyTorch switches dropout and batch normalisation by `model.train()` and `model.eval()`, "
        f"which your network has for something else. Set aside was {names}, and modes are "
        "switched as nn.Module does it; say `fit` or `test`, so that your own code can switch "
        "them too."
    )


def _sets_mode(module: nn.Module, name: str) -> bool:
    """Tell whether what a module's class has under a name can be what torch takes it for."""
    method = inspect.getattr_static(type(module), name, None)
    if method is getattr(nn.Module, name):
        return True
    if not isinstance(method, FunctionType):
        return False
    if method.__module__.partition(".")[0] == "torch":
        return True
    try:
        whole = inspect.unwrap(method)
        signature = inspect.signature(MethodType(method, module))
        signature.bind()
        if name == "train":
            signature.bind(True)
    except (TypeError, ValueError):  # it cannot be called so, or tells nothing of itself
        return False
    mentioned = _mentioned(getattr(whole, "__code__", None))
    first = next(iter(signature.parameters.values()), None)
    if first is not None and first.kind not in (first.VAR_POSITIONAL, first.VAR_KEYWORD):
        switch = isinstance(first.default, bool) or first.name in _NAMES
        if name == "eval" or not switch:
            return False
    return bool(mentioned & _SETTING) and not mentioned & _WORKING


def _mentioned(code: object) -> set[str]:
    """Return the names of attributes and globals in a function, and in functions within it."""
    if not isinstance(code, CodeType):
        return set()
    return {*code.co_names}.union(*map(_mentioned, code.co_consts))
