"""Calling a function on given arrays, without modules that are forbidden to it."""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from operator import attrgetter
from types import ModuleType
from typing import Any

import numpy as np

from assessment.boundary.messages import LONGEST_REASON, NUMBER_KINDS, Arrays, CallJob, Channel
from assessment.boundary.sizes import LARGEST_OUTPUT
from assessment.training.errors import SolutionError


class Forbidden(MetaPathFinder):
    """Refuses to find certain modules."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Refuse a forbidden module; leave others to the usual finders."""
        for name in self._names:
            if within(fullname, name):
                raise SolutionError(f"uses {name}, which this question forbids")
        return None


def within(module: str, name: str) -> bool:
    """Tell whether a module is the named one or lies within it."""
    return module == name or module.startswith(f"{name}.")


def imported(function: str) -> Any:
    """Return what `module:qualname` names."""
    home, _, qualname = function.partition(":")
    return attrgetter(qualname)(importlib.import_module(home))


def answer_calls(
    job: CallJob, arrays: Arrays, channel: Channel, find: Callable[[str], Any] = imported
) -> None:
    """Make every call and send its output, or why there is none, one frame each.

    `find` returns the function by its name, when what is forbidden cannot be had any more.

    Raises:
        SolutionError: the function cannot be had, or its module wants what is forbidden.
    """
    if job.forbid:
        for module in list(sys.modules):
            if any(within(module, name) for name in job.forbid):
                del sys.modules[module]
        sys.meta_path.insert(0, Forbidden(job.forbid))
    function = find(job.function)
    if not callable(function):
        name = job.function.rpartition(":")[2]
        raise SolutionError(f"{name} is no function but of type {type(function).__name__}")
    for name, count in job.calls.items():
        arguments = [arrays[f"{name}.{position}"].copy() for position in range(count)]
        try:
            output = as_array(function(*arguments))
        except SolutionError as error:
            channel.send("case", {"name": name, "error": str(error)[:LONGEST_REASON]})
        except (Exception, SystemExit) as error:
            traceback.print_exc()
            line = (str(error).strip().splitlines() or [""])[0]
            text = f"{type(error).__name__}: {line[:LONGEST_REASON]}".removesuffix(": ")
            channel.send("case", {"name": name, "error": f"raised {text}"})
        else:
            channel.send("case", {"name": name, "error": None}, output=output)
    channel.send("done")


def as_array(output: Any) -> np.ndarray[Any, Any]:
    """Return what a function gave as an array of numbers: an array, a tensor, a list, a number.

    Raises:
        SolutionError: it is something else.
    """
    if hasattr(output, "detach"):
        output = output.detach().cpu().numpy()
    if isinstance(output, tuple):
        raise SolutionError(f"returned a tuple of {len(output)}, one array is wanted")
    if isinstance(output, np.ma.MaskedArray):
        raise SolutionError("returned a masked array, an array of numbers is wanted")
    try:
        array = np.asarray(output)
    except (ValueError, TypeError):
        what = "rows of different lengths" if isinstance(output, list) else type(output).__name__
        raise SolutionError(f"returned {what}, an array is wanted") from None
    if array.dtype == np.longdouble:
        array = array.astype(np.float64)
    if array.dtype.kind not in NUMBER_KINDS:
        kind = type(output).__name__
        what = f"{kind} of {array.dtype}" if kind == "ndarray" else kind
        raise SolutionError(f"returned {what}, an array of numbers is wanted")
    if array.nbytes > LARGEST_OUTPUT:
        size = f"{array.nbytes / 2**20:,.0f} MB"
        raise SolutionError(
            f"returned an array of {size} (shape {array.shape}), at most "
            f"{LARGEST_OUTPUT >> 20} MB are taken"
        )
    return array
