"""The model that a question asks for, among what a submission defines.

By the mapping, by the names of the spec, then by what fits. What the spec did not decide is
written down as a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from torch import nn

from assessment.boundary.layers import Layer, activations_within
from assessment.submissions.inside.activations import kinds_in_name
from assessment.submissions.inside.candidates import Candidate, Wanted, plain_name
from assessment.submissions.inside.meanings import meaning_of
from assessment.submissions.inside.narrowing import KINDS, first_of, is_block, narrow
from assessment.submissions.inside.probing import (
    Fit,
    UnusableError,
    make,
    probe,
    usual_defaults,
    wanted_activation,
)
from assessment.submissions.inside.randomness import Generators
from assessment.submissions.inside.reasons import one_line
from assessment.training.errors import SolutionError

MOST_CANDIDATES = 100
"""Definitions that are looked at where no name decides."""
LISTED = 5
"""Candidates named in one message."""

How = Literal["mapping", "name", "fit"]


@dataclass(frozen=True)
class Found:
    """The model to train."""

    candidate: Candidate
    call: str
    """How it is made, as text: `ModelA(activation=nn.ReLU)`."""
    guesses: list[str]
    """Each decision that the spec did not make, one sentence each."""
    layers: tuple[Layer, ...]
    """What it executes for an image."""
    build: Callable[[], nn.Module] = field(repr=False)
    """Makes the model afresh, on the CPU or where its code puts it. Generators are first put to
    where they stood before the search, so that it is what `seed; Model()` would have made."""


def find_model(candidates: Sequence[Candidate], wanted: Wanted) -> Found:
    """Return the model that `wanted` asks for.

    Candidates are loaded, made and called on two images, one after the other, in this process,
    on `wanted.device`, whose generators have been seeded and are as before afterwards. Where code
    may ask for other devices, `devices.redirected_devices` should be in force.

    Raises:
        SolutionError: there is none, it cannot be used, or several fit equally well.
    """
    generators = Generators.now()
    search = _Search(candidates, wanted, generators)
    try:
        fit, guesses = search.run()
    finally:
        generators.restore()

    def build() -> nn.Module:
        generators.restore()
        with usual_defaults():
            return make(fit.candidate, fit.candidate.load(), fit.call)

    return Found(fit.candidate, fit.text, guesses, fit.layers, build)


class _Search:
    """One search; each candidate is looked at once."""

    def __init__(
        self, candidates: Sequence[Candidate], wanted: Wanted, generators: Generators
    ) -> None:
        self._candidates = candidates
        self._wanted = wanted
        self._generators = generators
        self._activation = wanted_activation(wanted)
        self._seen: dict[int, Fit | UnusableError] = {}

    def run(self) -> tuple[Fit, list[str]]:
        """Return the model and the guesses that led to it."""
        if not self._candidates:
            raise SolutionError(
                "no model was found in the submission: no class of torch.nn.Module, no function "
                "that makes one, no such object"
            )
        chosen = self._chosen()
        if chosen:
            return self._finish(self._best(chosen), "mapping")
        named = self._named()
        if named:
            return self._by_name(named)
        return self._by_fit()

    # --- where to look -----------------------------------------------------------------------

    def _chosen(self) -> list[Candidate]:
        """Return what the mapping names for this question; a variant may have its own entry."""
        question = self._wanted.question
        mapping = self._wanted.mapping
        entry = mapping.get(question) or mapping.get(question.partition("[")[0])
        if not entry:
            return []
        file, _, name = entry.rpartition(":")
        found = [c for c in self._candidates if c.place.startswith(file)]
        exact = [c for c in found if c.name == name]
        close = [c for c in found if plain_name(c.name) == plain_name(name)]
        if not exact and not close:
            there = ", ".join(dict.fromkeys(one_line(c.name, 80) for c in self._candidates[:20]))
            raise SolutionError(
                f"the mapping names {one_line(entry, 80)} for {question}, and the submission "
                f"defines no such model (there are: {there})"
            )
        return exact or close

    def _named(self) -> list[Candidate]:
        """Return the candidates with one of the spec's names, or with the activation added."""
        plain = [plain_name(name) for name in self._wanted.names]
        found = [c for c in self._candidates if plain_name(c.name) in plain]
        if self._activation is not None:
            word = plain_name(self._activation)
            both = {*(name + word for name in plain), *(word + name for name in plain)}
            found += [c for c in self._candidates if plain_name(c.name) in both]
        return found

    # --- what to take ------------------------------------------------------------------------

    def _by_name(self, named: list[Candidate]) -> tuple[Fit, list[str]]:
        fit = self._best(named)
        if self._realises(fit):
            return self._finish(fit, "name")
        # The variant's network may be a class of its own, whatever its name.
        others = [c for c in self._candidates[:MOST_CANDIDATES] if c not in named]
        speaking = [c for c in others if self._activation in kinds_in_name(c.name)]
        fits = self._fits(speaking)
        if not fits and self._wanted.layout:
            fits = [found for found in self._fits(others) if found.has_layout]
        if not fits:
            raise SolutionError(self._refusal(fit))
        return self._narrow(fits)

    def _by_fit(self) -> tuple[Fit, list[str]]:
        fits = self._fits(self._candidates[:MOST_CANDIDATES])
        if not fits:
            raise SolutionError(self._failure(self._candidates))
        whole = [fit for fit in fits if not any(is_block(fit, other) for other in fits)]
        broken = {
            name
            for candidate in self._candidates
            if isinstance(failed := self._seen.get(id(candidate)), UnusableError)
            for name in failed.inner - {candidate.name}
        }
        models = [fit for fit in whole or fits if fit.candidate.name not in broken]
        if not models:  # all that fits are parts of what does not
            raise SolutionError(self._failure(self._candidates))
        fit, guesses = self._narrow(models)
        if not self._realises(fit):
            raise SolutionError(self._refusal(fit))
        return fit, guesses

    def _narrow(self, fits: list[Fit]) -> tuple[Fit, list[str]]:
        left, because = narrow(fits, self._wanted)
        if not because:
            raise SolutionError(self._ambiguity(left))
        return self._finish(first_of(left), "fit", because)

    def _fits(self, candidates: Iterable[Candidate]) -> list[Fit]:
        return [found for found in map(self._look, candidates) if isinstance(found, Fit)]

    def _best(self, candidates: Sequence[Candidate]) -> Fit:
        """Return the best fit of some; of equally good ones the first in the order of the spec."""
        plain = [plain_name(name) for name in self._wanted.names]

        def order(candidate: Candidate) -> tuple[int, bool, int, int]:
            name = plain_name(candidate.name)
            return (
                plain.index(name) if name in plain else len(plain),
                candidate.name not in self._wanted.names,
                KINDS.index(candidate.kind),
                -candidate.version,
            )

        fits: list[Fit] = []
        for candidate in sorted(candidates, key=order):
            found = self._look(candidate)
            if isinstance(found, Fit):
                fits.append(found)
                decided = found.perfect and (bool(self._wanted.layout) or self._realises(found))
                if decided and not found.call.invented:
                    break
        if not fits:
            raise SolutionError(self._failure(candidates))
        # Of equal ones the first, but for a name that speaks of the variant, and for a model that
        # the student has made, with the arguments that only the student knows.
        return max(fits, key=lambda fit: (fit.score, self._realises(fit), not fit.call.invented))

    def _look(self, candidate: Candidate) -> Fit | UnusableError:
        """Return how a candidate fits, or why it does not."""
        key = id(candidate)
        if key not in self._seen:
            try:
                self._seen[key] = probe(candidate, self._wanted, self._generators)
            except UnusableError as error:
                self._seen[key] = error
        return self._seen[key]

    def _realises(self, fit: Fit) -> bool:
        """Tell whether a fit is the network of the variant's activation, and not of another."""
        if fit.has_layout or not any(meaning_of(key) == "activation" for key in fit.unplaced):
            return True
        return fit.activation >= 2 or self._activation in kinds_in_name(fit.candidate.name)

    # --- what to say -------------------------------------------------------------------------

    def _finish(self, fit: Fit, how: How, because: str = "") -> tuple[Fit, list[str]]:
        chosen, name = fit.candidate, one_line(fit.candidate.name, 80)
        guesses = []
        if how == "fit":
            guesses.append(f"{chosen} was taken because {because}.")
        elif how == "name" and plain_name(name) not in map(plain_name, self._wanted.names):
            guesses.append(f"{chosen} was taken for this variant by its name.")
        twins = [c for c in self._candidates if (c.name, c.kind) == (chosen.name, chosen.kind)]
        if len(twins) > 1:
            place = one_line(chosen.place, 120)
            guesses.append(f"{name} is defined {len(twins)} times; the one in {place} was taken.")
        guesses += [f"{guess}." for guess in fit.call.guesses]
        if fit.unplaced and not fit.has_layout and not fit.has_parameters:
            keys = ", ".join(f"`{key}`" for key in fit.unplaced)
            guesses.append(f"{name} takes no argument for {keys}; it was taken as it is.")
        return fit, guesses

    def _refusal(self, fit: Fit) -> str:
        name, wanted = one_line(fit.candidate.name, 80), self._activation
        seen = ", ".join(dict.fromkeys(activations_within(fit.layers))) or "no activation"
        return (
            f"{fit.candidate} has {seen} where this variant asks for {wanted}, and takes no "
            f"argument for it: give it an argument `activation`, or hand in a class of its own, "
            f"such as {name}_{wanted}"
        )

    def _failure(self, candidates: Sequence[Candidate]) -> str:
        """Say why none can be used; a class and its objects, which fail alike, in one sentence."""
        alike: dict[str, list[str]] = {}
        for candidate, why in self._unusable(sorted(candidates, key=lambda c: KINDS.index(c.kind))):
            alike.setdefault(why, []).append(str(candidate))
        told = [f"{_some(those)} cannot be used: {why}" for why, those in alike.items()]
        more = f" and {len(told) - LISTED} more" if len(told) > LISTED else ""
        return "; ".join(told[:LISTED]) + more

    def _unusable(self, candidates: Iterable[Candidate]) -> list[tuple[Candidate, str]]:
        reasons = [(c, self._seen.get(id(c))) for c in candidates]
        return [(c, str(why)) for c, why in reasons if isinstance(why, UnusableError)]

    def _ambiguity(self, fits: Sequence[Fit]) -> str:
        listed = "; ".join(
            f"{fit.candidate}, {fit.trainable:,} parameters" for fit in fits[:LISTED]
        )
        more = f"; and {len(fits) - LISTED} more" if len(fits) > LISTED else ""
        question, name = self._wanted.question, one_line(fits[0].candidate.name, 80)
        rename = f"name one of them {self._wanted.names[0]}, or " if self._wanted.names else ""
        return (
            f"{len(fits)} models fit {question} equally well. To say which one it is, {rename}"
            f"write `{question}: {name}` into a mapping file. They are {listed}{more}"
        )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more
