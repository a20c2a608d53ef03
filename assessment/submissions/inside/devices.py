"""Requests for a device, brought to the one that the run has.

Submissions say `.cuda()`, `device="cuda:1"` or `torch.set_default_device("mps")`, at import, in
constructors and within `forward`, whatever machine grades them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import torch
from torch import Tensor
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter
from torch.utils import _device

_LIKE = ("zeros_like", "ones_like", "empty_like", "full_like", "rand_like", "randn_like",
         "randint_like")  # fmt: skip
_NEW = ("new_zeros", "new_ones", "new_empty", "new_full", "new_tensor", "new_empty_strided")
_STAYING = ("cpu", "meta")
"""Devices that every machine has."""


class Redirection:
    """Where requests land, and which were made."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.asked: dict[str, int] = {}
        """Device asked for to the number of times; only those that the run does not have."""

    def land(self, requested: Any) -> Any:
        """Return the run's device for a request of another accelerator, else the request."""
        if isinstance(requested, bool) or not isinstance(requested, str | int | torch.device):
            return requested
        try:
            device = torch.device("cuda", requested) if isinstance(requested, int) else requested
            device = torch.device(device)
        except RuntimeError:
            return requested  # no device's name: torch says so itself
        if device.type in _STAYING or device == self.device:
            return requested
        if device.type != self.device.type or device.index is not None:
            name = str(device)
            self.asked[name] = self.asked.get(name, 0) + 1
        return self.device

    def notes(self) -> list[str]:
        """Return the sentence for the student, if there is something to say."""
        if not self.asked:
            return []
        names = ", ".join(f"`{name}`" for name in sorted(self.asked)[:5])
        return [
            f"Your code asks for {names}, and the run is on `{self.device}`: everything was put "
            "there. It costs nothing here; elsewhere it fails, so take the device from "
            "`torch.cuda.is_available()`, or from the input: `x.device`."
        ]


@contextmanager
def redirected_devices(device: torch.device) -> Iterator[Redirection]:
    """Let every device that code asks for within be the run's; what torch had is put back.

    Covers tensors and modules (`to`, `cuda`, `type`), functions that make tensors, `with
    torch.device(...)` and `torch.set_default_device`; not `torch.Generator`. The CPU and the meta
    device stay what they are. Within each other they do no harm: the inner one decides.
    """
    redirection = Redirection(device)
    # It is made at its first use and must know torch's own functions, not ours.
    _device._device_constructors()
    patches = _patches(redirection)
    kept = [(owner, name, vars(owner).get(name)) for owner, name, _ in patches]
    default = _device.CURRENT_DEVICE
    try:
        for owner, name, value in patches:
            setattr(owner, name, value)
        yield redirection
    finally:
        for owner, name, original in kept:
            if original is None:  # inherited
                delattr(owner, name)
            else:
                setattr(owner, name, original)
        if default != _device.CURRENT_DEVICE:
            torch.set_default_device(default)


def _patches(redirection: Redirection) -> list[tuple[Any, str, Any]]:
    """Return what is replaced: the owner, the attribute, the new value."""
    land, target = redirection.land, redirection.device
    found: list[tuple[Any, str, Any]] = []

    makers = {function.__name__ for function in _device._device_constructors()}
    for owner, names in ((torch, sorted(makers) + list(_LIKE)), (Tensor, list(_NEW))):
        for name in names:
            if (function := getattr(owner, name, None)) is not None:
                found.append((owner, name, _with_device(function, land)))

    tensor_to, tensor_type = Tensor.to, Tensor.type

    @wraps(tensor_to)
    def to(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if args:
            args = (land(args[0]), *args[1:])
        if "device" in kwargs:
            kwargs["device"] = land(kwargs["device"])
        return tensor_to(self, *args, **kwargs)

    @wraps(Tensor.cuda)
    def cuda(self: Tensor, device: Any = None, *args: Any, **kwargs: Any) -> Tensor:
        return tensor_to(self, land("cuda" if device is None else device))

    @wraps(tensor_type)
    def as_type(self: Tensor, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
        if isinstance(dtype, type) and dtype.__module__ == "torch.cuda":
            dtype = f"torch.cuda.{dtype.__name__}"
        if isinstance(dtype, str) and dtype.startswith("torch.cuda."):
            landed = land("cuda")
            moved = tensor_type(self, dtype.replace("torch.cuda.", "torch."))
            return tensor_to(moved, landed)
        return tensor_type(self, dtype, *args, **kwargs)

    found += [(Tensor, "to", to), (Tensor, "cuda", cuda), (Tensor, "type", as_type)]
    # Lazy parameters can be moved by the functions of this list, and by no others.
    lazies: tuple[Any, ...] = (UninitializedParameter, UninitializedBuffer)
    for lazy in lazies:
        found.append((lazy, "_allowed_methods", [*lazy._allowed_methods, to]))

    context = _device.DeviceContext.__init__

    @wraps(context)
    def enter(self: Any, device: Any) -> None:
        context(self, land(device))

    found.append((_device.DeviceContext, "__init__", enter))

    set_default = torch.set_default_device

    @wraps(set_default)
    def set_default_device(device: Any) -> None:
        landed = land(device)
        # On the CPU it is the default anyway, and torch would go through Python at every call.
        set_default(None if landed != device and target.type == "cpu" else landed)

    found.append((torch, "set_default_device", set_default_device))
    if target.type != "cuda":
        for name in ("set_device", "synchronize"):
            found.append((torch.cuda, name, _idle(land)))
    return found


def _with_device(function: Callable[..., Any], land: Callable[[Any], Any]) -> Callable[..., Any]:
    @wraps(function)
    def make(*args: Any, **kwargs: Any) -> Any:
        if kwargs.get("device") is not None:
            kwargs["device"] = land(kwargs["device"])
        return function(*args, **kwargs)

    return make


def _idle(land: Callable[[Any], Any]) -> Callable[..., None]:
    def nothing(device: Any = None) -> None:
        land("cuda" if device is None else device)

    return nothing
