"""Of several models that fit, the one that a question means, as far as they can be told apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assessment.boundary.layers import contains, kinds_with_weights
from assessment.submissions.inside.candidates import Wanted, plain_name
from assessment.submissions.inside.probing import Fit, wanted_activation

KINDS = ("class", "factory", "object")
"""Of definitions that are one network, which is taken first."""


def narrow(fits: Sequence[Fit], wanted: Wanted) -> tuple[list[Fit], str]:
    """Return those that are nearest to what is wanted, and why, as the end of "because ...".

    Equal layers go before an equal number of parameters, before equal types of layers, before
    the same kinds of layers with weights, before the activation. The reason is empty where
    different models are left.
    """
    stages: list[tuple[str, list[Fit]]] = [
        ("its layers are the reference's", [fit for fit in fits if fit.has_layout]),
        (
            f"it has {wanted.parameters or 0:,} parameters as the reference",
            [fit for fit in fits if fit.has_parameters],
        ),
        ("its layers are of the reference's types", [fit for fit in fits if fit.has_types]),
    ]
    kinds = kinds_with_weights(wanted.layout)
    if kinds:
        alike = [fit for fit in fits if kinds_with_weights(fit.layers) == kinds]
        stages.append((f"it alone consists of {' and '.join(sorted(kinds))} as asked", alike))
    activation = wanted_activation(wanted)
    if activation is not None:
        most = max(fit.activation for fit in fits)
        nearest = [fit for fit in fits if fit.activation == most]
        stages.append((f"its activation is {activation}", nearest))
    if _names(fits) == 1:
        stages.append(("it is the only model that fits", list(fits)))
    else:
        stages.append(("all models that fit are the same network", list(fits)))
    left = list(fits)
    for because, found in stages:
        narrowed = [fit for fit in left if fit in found]
        left = narrowed or left
        if narrowed and (_names(left) == 1 or len({fit.structure for fit in left}) == 1):
            return left, because
    return left, ""


def first_of(fits: Iterable[Fit]) -> Fit:
    """Return the one to take of several with one name or one structure: the best, the latest."""

    def order(fit: Fit) -> tuple[list[int], bool, int, int]:
        kind = KINDS.index(fit.candidate.kind)
        nearest = [-part for part in fit.score]
        return nearest, fit.call.invented, kind, -fit.candidate.version

    return min(fits, key=order)


def is_block(fit: Fit, other: Fit) -> bool:
    """Tell whether one model is only a part of another."""
    if fit is other:
        return False
    if fit.candidate.kind == "class" and fit.candidate.name in other.inner:
        return True
    return contains(other.layers, fit.layers)


def _names(fits: Iterable[Fit]) -> int:
    return len({plain_name(fit.candidate.name) for fit in fits})
