"""How a submission's network learnt, beside the reference's runs of the same recipe."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assessment.grading.architecture import named, quoted
from assessment.grading.suspicion import guessing
from assessment.grading.wording import count, enumerate_words, write, write_pair, write_share
from assessment.results.record import Graded, Run

GAP = 5.0
"""Percentage points between train and test accuracy beyond the reference's that are told."""
GAP_ALONE = 20.0
"""The same where nothing is known of the reference."""
SPREADS = 4.0
"""Standard deviations of the reference's runs that are chance."""
EXCESS = 10.0
"""Percentage points above an equal share of all classes that guessing may reach."""
DEAD = 0.5
"""Share of a layer's units that never give anything from which it is told."""
FAINT = 0.01
"""Share of the reference's gradient below which a gradient has vanished."""
UNLEARNT = 0.5
"""Share of the first epoch's train loss above which gradients are not small because all is
learnt."""
SLOW = 4.0
"""Times as long as the reference's runs that are told."""
NOTICED = 20.0
"""Seconds below which nobody minds."""
MOST_NAMED = 3
"""Layers that one sentence names."""


@dataclass(frozen=True)
class Learning:
    """Scored runs of a submission's network, and of the reference's."""

    runs: Sequence[Run]
    reference: Sequence[Run] = ()

    @property
    def fails_by_design(self) -> bool:
        """Tell whether most runs of the reference guess as well."""
        bounds = [bound for run in self.runs if (bound := _most_by_guessing(run)) is not None]
        reached = last(self.reference, "test_accuracy")
        if not bounds or not reached:
            return False
        return 2 * sum(accuracy <= max(bounds) for accuracy in reached) >= len(reached)

    def starvation(self) -> Iterator[str]:
        """Yield why weights hardly change: dead units, no gradient, gradients that vanish."""
        dead = self._dead()
        if dead:
            layers = [
                f"{write_share(share)} of the units of {quoted(name)}"
                for name, share in sorted(dead.items(), key=lambda one: -one[1])[:MOST_NAMED]
            ]
            more = len(dead) - MOST_NAMED
            layers += [f"at least half of {count(more, 'other layer')}"] if more > 0 else []
            yield (
                f"After training {enumerate_words(layers)} gave 0 for every training image "
                "that was tried: dead units, which no gradient wakes up; look at how weights and "
                "biases begin, or take LeakyReLU."
            )
        faint = self._faint_gradient()
        if faint:
            yield faint
        elif not dead and self._unlearnt() and (names := self._without_any()):
            yield (
                f"After training the gradient of {names} is exactly 0, so that nothing moves them "
                "any more: what follows is saturated or always off."
            )

    def generalisation(self, graded: Sequence[Graded], *, explained: bool) -> Iterator[str]:
        """Yield how far test accuracy falls behind, and what that comes from.

        Args:
            graded: expectations, which say what is too little.
            explained: something was found that it can come from.
        """
        train, test = (mean(last(self.runs, f"{part}_accuracy")) for part in ("train", "test"))
        if train is None or test is None:
            return
        known = [
            (one, other)
            for run in self.reference
            for one in last([run], "train_accuracy")
            for other in last([run], "test_accuracy")
        ]
        if over := _over_fitting(train, test, known):
            yield over
            return
        missed = next((one for one in graded if _is_below(one)), None)
        if missed is None or missed.value is None or missed.low is None:
            return
        value, bound = write_pair(missed.value, missed.low, "percent")
        usual = [one for one, _ in known]
        if not usual:
            return
        least = statistics.mean(usual) - _chance(usual)
        if train < least:
            yield (
                f"Your network learns too little: train accuracy ends at {write(train, 'percent')}"
                f", the reference's at {write(statistics.mean(usual), 'percent')}; so it is the "
                f"training that falls short, and test accuracy {value} with it."
            )
        elif not explained:
            yield (
                f"Test accuracy {value} is below {bound} although training looks right (train "
                f"accuracy {write(train, 'percent')}, the reference's "
                f"{write(statistics.mean(usual), 'percent')}): look for what acts in `eval()` as "
                "it does in training, such as `F.dropout` without `training=self.training`."
            )

    def slowness(self) -> Iterator[str]:
        """Yield how much longer runs take than the reference's on such a machine."""
        places = {_place(run) for run in self.runs}
        usual = [run.seconds for run in self.reference if {_place(run)} == places]
        own = [run.seconds for run in self.runs]
        if not usual or not own:
            return
        seconds, reference = statistics.median(own), statistics.median(usual)
        if seconds > SLOW * reference and seconds - reference > NOTICED:
            yield (
                f"A run of your network takes {seconds:,.0f} s, about {seconds / reference:.0f} "
                f"times as long as the reference's {reference:,.0f} s: look for loops over images "
                "or pixels in forward, and for layers larger than they need be."
            )

    def _dead(self) -> dict[str, float]:
        shares: dict[str, list[float]] = {}
        for run in self.runs:
            for name, share in (run.solution.dead if run.solution else {}).items():
                shares.setdefault(name, []).append(share)
        means = {name: statistics.mean(found) for name, found in shares.items()}
        return {name: share for name, share in means.items() if share >= DEAD}

    def _faint_gradient(self) -> str:
        own = [norm for run in self.runs if (norm := _gradient(run)) is not None]
        usual = [norm for run in self.reference if (norm := _gradient(run)) is not None]
        if not own or not usual or not self._unlearnt():
            return ""
        norm, reference = statistics.median(own), statistics.median(usual)
        if norm >= FAINT * reference:
            return ""
        return (
            f"Your gradients vanish: their norm is {write(norm, 'significant')}, the reference's "
            f"{write(reference, 'significant')} (medians of what was recorded); look at saturating "
            "activations, at missing normalisation, and at how weights begin."
        )

    def _unlearnt(self) -> bool:
        """Tell whether there is still much to learn, so that gradients should not be small."""
        ends = [
            (first, end)
            for run in self.runs
            for first in finite(run.epochs.get("train_loss", [])[:1])
            for end in last([run], "train_loss")
        ]
        return bool(ends) and all(end > UNLEARNT * first for first, end in ends)

    def _without_any(self) -> str:
        names = [run.solution.zero_gradient for run in self.runs if run.solution is not None]
        every = [name for name in (names or [[]])[0] if all(name in other for other in names)]
        return named(every) if every else ""


def last(runs: Sequence[Run], column: str) -> list[float]:
    """Return what runs ended with, as far as it is a finite number."""
    return [end for run in runs for end in finite(run.epochs.get(column, [])[-1:])]


def mean(values: Sequence[float]) -> float | None:
    """Return the mean; None of nothing."""
    return statistics.mean(values) if values else None


def finite(values: Sequence[float | None]) -> list[float]:
    """Return the values that are finite numbers."""
    return [value for value in values if value is not None and math.isfinite(value)]


def _over_fitting(train: float, test: float, known: Sequence[tuple[float, float]]) -> str:
    gap = train - test
    ends = (
        f"train accuracy {write(train, 'percent')}, test accuracy {write(test, 'percent')}, "
        f"{gap:.1f} points apart"
    )
    cure = "dropout in front of large layers, or fewer parameters, brings them together"
    if not known:
        return f"Your network over-fits: {ends}; {cure}." if gap >= GAP_ALONE else ""
    gaps = [one - other for one, other in known]
    usual = statistics.mean(gaps)
    least = usual + _chance(gaps)
    if gap < max(least, GAP) or test >= statistics.mean(other for _, other in known):
        return ""
    return (
        f"Your network over-fits: {ends}, where the reference's are {usual:.1f} points apart; "
        f"{cure}."
    )


def _chance(values: Sequence[float]) -> float:
    """Return how far from the reference's mean a number has to be before it is told."""
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    return max(GAP, SPREADS * spread)


def _is_below(graded: Graded) -> bool:
    low, value = graded.low, graded.value
    asked = graded.measure == "test_accuracy" and graded.met is False
    return asked and low is not None and value is not None and value < low


def _most_by_guessing(run: Run) -> float | None:
    """Return the accuracy, percent, below which a network guesses; None where nothing is known."""
    known = guessing(run)
    if known is None and run.confusion:  # no output was finite: then the classes count alike
        return 100 / len(run.confusion) + EXCESS
    return known


def _gradient(run: Run) -> float | None:
    """Return the median norm of a run's recorded gradients."""
    norms = finite(run.gradients.get("norm", []))
    return statistics.median(norms) if norms else None


def _place(run: Run) -> tuple[str, int] | None:
    return None if run.environment is None else (run.environment.device, run.environment.threads)
