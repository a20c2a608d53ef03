"""In which order a network uses what its state consists of, whatever the order of its declaration.

Two networks that compute the same may declare their layers in any order; by the order of use one's
weights find their places in the other's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_pre_hook
from torch.overrides import TorchFunctionMode

from assessment.submissions.inside.tracing import is_leaf, tensors_in


def order_of_use(model: nn.Module, images: Tensor) -> list[str]:
    """Return the names of a model's state in the order in which `images` first use them.

    What a layer of torch has stays together, in its own order. What is not used, or not seen to
    be, comes last, in the order of declaration. The model is left in eval mode.

    Args:
        model: takes images (N, C, H, W) after all transforms.
        images: a few, on its device.

    Raises:
        Exception: what forward raises.
    """
    state = model.state_dict(keep_vars=True)
    uses = _Uses(state)
    model.eval()
    hook = register_module_forward_pre_hook(uses.enter)
    try:
        with torch.no_grad(), uses:
            model(images)
    finally:
        hook.remove()
    return list(dict.fromkeys([*uses.names, *state]))


class _Uses(TorchFunctionMode):
    """Sees which tensors of a state the layers and functions of torch are given."""

    def __init__(self, state: dict[str, Any]) -> None:
        super().__init__()
        self.names: list[str] = []
        self._left: dict[int, list[str]] = {}
        for name, value in state.items():  # tied weights have several names
            self._left.setdefault(id(value), []).append(name)

    def enter(self, module: nn.Module, _: tuple[Any, ...]) -> None:
        if is_leaf(module):
            self._note(module.state_dict(keep_vars=True).values())

    def __torch_function__(
        self,
        func: Any,
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        output = func(*args, **(kwargs or {}))
        if next(tensors_in(output), None) is not None:  # not where it is asked for its device
            self._note(tensors_in((args, kwargs)))
        return output

    def _note(self, values: Iterable[Any]) -> None:
        for value in values:
            self.names += self._left.pop(id(value), ())
