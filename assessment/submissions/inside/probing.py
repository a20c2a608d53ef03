"""Making one candidate's model, in every way that agrees with the question, and looking at it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedParameter

from assessment.boundary.layers import (
    Layer,
    activations_within,
    compared,
    same_layout,
    same_types,
)
from assessment.submissions.inside.activations import activation_kind
from assessment.submissions.inside.arguments import Call, propose
from assessment.submissions.inside.candidates import Candidate, Wanted
from assessment.submissions.inside.meanings import meaning_of
from assessment.submissions.inside.misfits import ShapeError
from assessment.submissions.inside.randomness import Generators
from assessment.submissions.inside.reasons import one_line, reason
from assessment.submissions.inside.trial import try_model
from assessment.training.errors import SolutionError
from assessment.training.parameters import trainable_parameters

LARGEST = 2_000_000_000
"""Parameters of a model that is built."""
_FAILURES = (Exception, SystemExit)
"""What submitted code may raise while it is looked at; `exit()` ends no run there."""


@dataclass(frozen=True, eq=False)
class Fit:
    """A candidate made in one way: it takes the images and gives scores for the classes."""

    candidate: Candidate
    call: Call
    layers: tuple[Layer, ...]
    trainable: int
    """Parameters that an optimiser may change."""
    inner: frozenset[str]
    """Names of the student's own classes that the model is built of."""
    wanted: Wanted = field(repr=False)
    called: bool = True
    """It was made by a call; otherwise the candidate is the model."""

    @property
    def has_layout(self) -> bool:
        """Its layers are the reference's, as far as those are told."""
        return bool(self.wanted.layout) and same_layout(self.layers, self.wanted.layout)

    @property
    def has_parameters(self) -> bool:
        """It has as many parameters as the reference."""
        return self.trainable == self.wanted.parameters

    @property
    def has_types(self) -> bool:
        """Its layers are of the reference's types, in their order."""
        return bool(self.wanted.layout) and same_types(self.layers, self.wanted.layout)

    @property
    def activation(self) -> int:
        """How far its activations are the variant's: 3 all, 2 some, 1 none to be seen, 0 others."""
        wanted = wanted_activation(self.wanted)
        if wanted is None:
            return 3
        seen = set(activations_within(self.layers))
        return 3 if seen == {wanted} else 2 if wanted in seen else 0 if seen else 1

    @property
    def score(self) -> tuple[int, ...]:
        """The larger, the nearer to what is asked."""
        return (self.has_layout, self.activation, self.has_parameters, self.has_types)

    @property
    def perfect(self) -> bool:
        """No other way of making it could be nearer."""
        like_reference = self.has_parameters or self.wanted.parameters is None
        if self.wanted.layout:
            return self.has_layout
        return like_reference and self.activation >= 2

    @property
    def structure(self) -> tuple[Any, ...]:
        """What two fits share that are the same network."""
        return (self.trainable, *(layer.signature for layer in compared(self.layers)))

    @property
    def unplaced(self) -> list[str]:
        """The variant's arguments that the candidate does not take."""
        return [key for key in self.wanted.arguments if key not in self.call.placed]

    @property
    def text(self) -> str:
        """How it is made, as one would write it."""
        name = one_line(self.candidate.name, 80)
        return self.call.text(name) if self.called else name


class UnusableError(SolutionError):
    """A candidate that cannot be the model."""

    def __init__(self, told: str, inner: frozenset[str] = frozenset()) -> None:
        super().__init__(told)
        self.inner = inner
        """Names of the student's own classes that it is built of, as far as it could be made."""


def wanted_activation(wanted: Wanted) -> str | None:
    """Return the type of the activation that the variant asks for; None: it names none."""
    kinds = [
        activation_kind(value)
        for key, value in wanted.arguments.items()
        if meaning_of(key) == "activation"
    ]
    return kinds[0] if kinds else None


def probe(candidate: Candidate, wanted: Wanted, generators: Generators) -> Fit:
    """Return the best way of making a candidate's model, the first of equally good ones.

    Every attempt starts with the same random numbers; nothing that the code prints is shown.

    Raises:
        UnusableError: there is none; it tells of the attempt that came furthest.
    """
    inner: set[str] = set()
    with _quiet():
        try:
            generators.restore()
            if candidate.kind == "object":  # a model takes its memory as it is loaded
                _refuse_huge(candidate.load, candidate)
                generators.restore()
            target = candidate.load()
            _check(target, candidate)
            calls = [Call()]
            if not isinstance(target, nn.Module):
                calls = propose(target, candidate.name, wanted)
        except _FAILURES as error:
            raise UnusableError(reason(error)) from None
        best: Fit | None = None
        failures: list[tuple[int, str]] = []
        for call in calls:
            generators.restore()
            try:
                fit = _attempt(candidate, target, call, wanted, inner)
            except _FAILURES as error:
                rank = 2 if isinstance(error, ShapeError) else int(isinstance(error, SolutionError))
                failures.append((rank, reason(error)))
                continue
            if best is None or fit.score > best.score:
                best = fit
            if best.perfect:
                break
    if best is None:
        furthest = max(rank for rank, _ in failures)
        told = next(told for rank, told in failures if rank == furthest)
        raise UnusableError(told, frozenset(inner))
    return best


def make(candidate: Candidate, target: Any, call: Call) -> nn.Module:
    """Return the model that a loaded candidate is, or makes.

    Raises:
        SolutionError: what it makes is no module.
    """
    value = target if isinstance(target, nn.Module) else call.apply(target)
    if isinstance(value, tuple | list):  # `return model, optimizer`
        value = next((item for item in value if isinstance(item, nn.Module)), value)
    if not isinstance(value, nn.Module):
        raise SolutionError(_no_module(candidate, "makes", value))
    return value


@contextmanager
def usual_defaults() -> Iterator[None]:
    """Put torch's defaults back afterwards: the loop's own tensors must not follow a student's."""
    dtype, device, grad = (
        torch.get_default_dtype(),
        torch.get_default_device(),
        torch.is_grad_enabled(),
    )
    try:
        yield
    finally:
        torch.set_default_dtype(dtype)
        torch.set_grad_enabled(grad)
        if torch.get_default_device() != device:
            torch.set_default_device(device)


def _attempt(candidate: Candidate, target: Any, call: Call, wanted: Wanted, inner: set[str]) -> Fit:
    with usual_defaults():
        if candidate.kind != "object":
            _refuse_huge(lambda: make(candidate, target, call), candidate)
        model = make(candidate, target, call)
    inner |= {type(module).__name__ for module in model.modules() if module is not model}
    model = model.to(torch.device(wanted.device))
    trial = try_model(
        model, _sample(wanted), wanted.classes, batches=wanted.batch_sizes, loss=wanted.loss
    )
    return Fit(
        candidate,
        call,
        trial.layers,
        trainable_parameters(model),
        frozenset(inner),
        wanted,
        called=not isinstance(target, nn.Module),
    )


def _refuse_huge(build: Callable[[], Any], candidate: Candidate) -> None:
    """Count parameters where they take no memory; code that cannot be run so counts as small."""
    try:
        with torch.device("meta"):
            model = build()
        count = sum(
            p.numel() for p in model.parameters() if not isinstance(p, UninitializedParameter)
        )
    except _FAILURES:
        return
    if count > LARGEST:
        raise SolutionError(
            f"{one_line(candidate.name, 80)} has {count:,} parameters; more than {LARGEST:,} are "
            "not built"
        )


def _sample(wanted: Wanted) -> Tensor:
    """Return two images of noise, always the same."""
    generator = torch.Generator().manual_seed(0)
    return torch.randn((2, *wanted.shape), generator=generator).to(torch.device(wanted.device))


def _check(target: Any, candidate: Candidate) -> None:
    name = one_line(candidate.name, 80)
    if candidate.kind == "class" and not (
        isinstance(target, type) and issubclass(target, nn.Module)
    ):
        raise SolutionError(f"{name} is no torch.nn.Module: write `class {name}(nn.Module)`")
    if candidate.kind != "object" and not callable(target):
        raise SolutionError(f"{name} cannot be called")
    if candidate.kind == "object" and not callable(target):  # an alias or a lambda is called
        raise SolutionError(_no_module(candidate, "is", target))


def _no_module(candidate: Candidate, verb: str, value: object) -> str:
    return (
        f"{one_line(candidate.name, 80)} {verb} an object of type "
        f"{one_line(type(value).__name__, 80)}, a torch.nn.Module is wanted"
    )


@contextmanager
def _quiet() -> Iterator[None]:
    with (
        open(os.devnull, "w") as nowhere,  # noqa: PTH123 - no path of anybody's
        redirect_stdout(nowhere),
        redirect_stderr(nowhere),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield
