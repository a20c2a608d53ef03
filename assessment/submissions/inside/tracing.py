"""One forward pass watched: which layers were executed, in order, as modules and as functions."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from torch.overrides import TorchFunctionMode

from assessment.boundary.layers import (
    LONGEST_NAME,
    MOST_LAYERS,
    MOST_PARAMETERS,
    Layer,
)
from assessment.submissions.inside.reasons import one_line

Watch = Callable[[int, Layer, Any, Tensor], Tensor | None]
"""Called at every layer with its number, what it was given and what it gives; what it returns, if
anything, goes on in the place of the latter."""

_FUNCTIONS = frozenset([
    "linear", "conv1d", "conv2d", "conv3d", "bilinear", "dropout", "dropout1d", "dropout2d",
    "batch_norm", "layer_norm", "group_norm", "local_response_norm", "max_pool1d", "max_pool2d",
    "avg_pool1d", "avg_pool2d", "adaptive_avg_pool2d", "adaptive_max_pool2d", "softmax",
    "log_softmax", "relu", "sigmoid", "tanh", "leaky_relu", "elu", "gelu", "selu", "silu",
    "relu6", "prelu", "celu", "mish", "softplus", "softsign", "hardtanh", "hardswish",
    "hardsigmoid", "log_sigmoid", "rrelu", "glu", "threshold", "tanhshrink", "softshrink",
    "hardshrink",
])  # fmt: skip
"""Functions of torch that act like the layer of the same name."""
_PRODUCTS = frozenset(["matmul", "__matmul__", "mm", "addmm"])
"""Functions that act like a linear layer where one factor is a parameter."""
_KINDS = {name.lower(): name for name in vars(nn) if name[:1].isupper()}
_CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict, nn.DataParallel)


class Tracer(TorchFunctionMode):
    """Runs a model and writes down what it executes; the model itself stays as it is.

    Modules are seen by hooks that torch calls for every module, also for one that the model does
    not know (kept in a plain list, made within `forward`); functions such as `F.relu` by torch's
    own mode for watching functions. What neither shows - arithmetic such as `x * (x > 0)` - is
    no layer.
    """

    def __init__(self, model: nn.Module, watch: Watch | None = None) -> None:
        super().__init__()
        self.layers: list[Layer] = []
        self.culprit: tuple[str, nn.Module, Any] | None = None
        """Name, module and input of the innermost module that raised, the last time one did."""
        self._model = model
        self._watch = watch
        self._names = {id(module): name for name, module in model.named_modules()}
        self._open: list[tuple[nn.Module, Any, int]] = []
        self._leaf: nn.Module | None = None
        self._error: BaseException | None = None

    def run(self, inputs: Any) -> Any:
        """Return what the model makes of one input."""
        with ExitStack() as stack:
            for handle in (
                register_module_forward_pre_hook(self._enter),
                # Also where a module raises: its caller may catch that and go on.
                register_module_forward_hook(self._leave, always_call=True),
            ):
                stack.callback(handle.remove)
            stack.enter_context(self)
            return self._model(inputs)

    def _enter(self, module: nn.Module, given: tuple[Any, ...]) -> None:
        self._open.append((module, given[0] if given else None, len(self.layers)))
        if self._leaf is None and is_leaf(module):
            self._leaf = module

    def _leave(self, module: nn.Module, _: tuple[Any, ...], output: Any) -> Any:
        given, before = self._open.pop()[1:]
        if module is self._leaf:
            self._leaf = None
        if output is None and (error := sys.exc_info()[1]) is not None:
            if error is not self._error:
                self.culprit = (self._names.get(id(module), ""), module, given)
                self._error = error
            return None
        if self._leaf is not None or isinstance(module, _CONTAINERS):
            return None
        childless = next(module.children(), None) is None
        if not is_leaf(module) and not (childless and before == len(self.layers)):
            return None
        name, weights = self._names.get(id(module)), list(module.parameters())
        return self._note(
            type(module).__name__,
            weights,
            given,
            output,
            name=name or "",
            registered=name is not None or not weights,  # what has none may be made on the way
        )

    def __torch_function__(
        self,
        func: Any,
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Call one function of torch, and note it where it acts like a layer."""
        output = func(*args, **(kwargs or {}))
        if self._leaf is not None or not isinstance(output, Tensor):
            return output
        kind = _kind_of_call(func, args, kwargs or {})
        if kind is None:
            return output
        given = next((arg for arg in args if isinstance(arg, Tensor)), None)
        weights = [arg for arg in (*args, *(kwargs or {}).values()) if _is_weight(arg)]
        changed = self._note(kind, weights, given, output, functional=True)
        return output if changed is None else changed

    def _note(
        self, kind: str, parameters: Sequence[Tensor], given: Any, output: Any, **more: Any
    ) -> Tensor | None:
        if len(self.layers) >= MOST_LAYERS:
            return None
        main = next(tensors_in(output), None)
        more["name"] = one_line(more.get("name", ""), LONGEST_NAME)
        layer = Layer(
            kind=one_line(kind, LONGEST_NAME),
            parameters=tuple(tuple(p.shape) for p in parameters[:MOST_PARAMETERS]),
            output=tuple(main.shape[1:]) if main is not None else (),
            **more,
        )
        self.layers.append(layer)
        if self._watch is None or main is None:
            return None
        changed = self._watch(len(self.layers) - 1, layer, given, main)
        return changed if main is output else None


def layout(model: nn.Module, sample: Tensor) -> list[Layer]:
    """Return the layers that `model` executes for images (N, C, H, W), in eval mode, in order.

    At most 200, names cut at 80 characters. Nothing of the model changes but its mode, which is
    put back; layers of a lazy model find their sizes.
    """
    tracer = Tracer(model)
    with evaluating(model), torch.no_grad():
        tracer.run(sample)
    return tracer.layers


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Set eval mode, and put every module's own mode back afterwards."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


def is_leaf(module: nn.Module) -> bool:
    """Tell whether a module is torch's own, whose inside nobody looks at."""
    return type(module).__module__.startswith("torch.nn.") and not isinstance(module, _CONTAINERS)


def _is_weight(value: object) -> bool:
    return isinstance(value, nn.Parameter)


def _kind_of_call(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str | None:
    name: str = getattr(func, "__name__", "")
    if name in ("clamp", "clamp_", "clamp_min", "clip", "maximum"):
        return "ReLU" if _cuts_below_zero(args, kwargs) else None
    if name in _PRODUCTS:
        return "Linear" if any(map(_is_weight, args)) else None
    name = name.removesuffix("_")
    if name not in _FUNCTIONS:
        return None
    if name == "batch_norm":
        return "BatchNorm2d" if args and args[0].dim() == 4 else "BatchNorm1d"
    return _KINDS.get(name.replace("_", ""))


def _cuts_below_zero(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Tell whether `clamp(x, 0)`, `maximum(x, zeros)` and their like are a ReLU."""
    low = kwargs.get("min", kwargs.get("other", args[1] if len(args) > 1 else None))
    high = kwargs.get("max", args[2] if len(args) > 2 else None)
    if isinstance(low, Tensor):
        return high is None and not bool(low.count_nonzero())
    return high is None and low is not None and low == 0


def tensors_in(value: Any) -> Iterator[Tensor]:
    """Yield the tensors of an output, of a tuple or dict within it too."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from tensors_in(item)
    elif isinstance(value, dict):
        yield from tensors_in(tuple(value.values()))
