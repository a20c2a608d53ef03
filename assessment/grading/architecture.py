"""A submission's network beside the reference's: where it is another one, in sentences.

What another size of an earlier layer brings about is no difference of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from assessment.boundary.layers import ACTIVATIONS, Layer
from assessment.grading.matching import Step, equal, is_fed_otherwise, match, weight
from assessment.grading.wording import count, enumerate_words
from assessment.results.solution import Layer as RecordedLayer
from assessment.results.solution import Solution

MOST_CLAUSES = 4
"""Differences that are told beside the first one."""
MOST_PLACES = 3
"""Places or parameters that one clause names."""
LONGEST = 40
"""Characters of a layer's name or kind that are shown."""

Change = tuple[Layer | None, Layer | None, str]
"""A layer, the reference's that it stands for, and the place behind which that is or would be."""


@dataclass(frozen=True)
class Networks:
    """A submission's network and the reference's."""

    own: tuple[Layer, ...]
    """Under names that say to its author where they are."""
    reference: tuple[Layer, ...]
    own_parameters: int | None = None
    """Trainable ones."""
    reference_parameters: int | None = None

    @classmethod
    def of(cls, told: Solution, parameters: int | None) -> Networks | None:
        """Return the networks of a run; None where one of them is not known."""
        beside = told.reference
        if beside is None or not beside.layers or not told.layers:
            return None
        own, reference = placed(told.layers), placed(beside.layers)
        return cls(own, reference, parameters, beside.parameters)

    @property
    def sizes(self) -> str:
        """How many parameters there are and should be, where these are not as many."""
        own, reference = self.own_parameters, self.reference_parameters
        if own is None or reference is None or own == reference:
            return ""
        return f"{own:,} trainable parameters instead of {reference:,}"


def differences(
    networks: Networks, *, asked: bool, told: Collection[str] = (), end_told: bool = False
) -> list[str]:
    """Return where a network is not the reference's: one sentence, or two; none for equal ones.

    Args:
        networks: the two.
        asked: the reference's network is asked for; else it is one of many.
        told: own layers behind which a missing activation has been told of already.
        end_told: so has the activation behind its last layer.
    """
    changes = list(_changes(match(networks.own, networks.reference), told, end_told))
    sizes = networks.sizes
    if not changes:
        if not sizes or not asked:
            return []
        return [f"Your network executes the layers that are asked for, but has {sizes}."]
    clauses = list(_clauses(changes, asked=asked))
    if not asked:
        sizes = f" and has {sizes}" if sizes else ""
        return [f"For comparison: your network is not the reference's{sizes}; in it {clauses[0]}."]
    sizes = f" and has {sizes}" if sizes else ""
    found = [f"Your network is not the one that is asked for{sizes}: {clauses[0]}."]
    if others := clauses[1:]:
        more = len(others) - MOST_CLAUSES
        rest = [f"and {count(more, 'difference')} more"] if more > 0 else []
        found.append(f"Besides, {'; '.join([*others[:MOST_CLAUSES], *rest])}.")
    return found


def placed(layers: Sequence[RecordedLayer]) -> tuple[Layer, ...]:
    """Return layers to compare, named by their place: `conv1`, or the ReLU after `conv1`."""
    uses = Counter(layer.name for layer in layers)
    found, before = [], ""
    for told in layers:
        own = quoted(told.name) if told.name else f"the {told.kind[:LONGEST]}"
        place = own
        if not told.name or uses[told.name] > 1:
            place = f"{own} after {before}" if before else f"{own} at the start"
        if told.name and uses[told.name] == 1:
            before = own
        shapes = tuple(map(tuple, told.parameters))
        found.append(Layer(told.kind, place, shapes, tuple(told.output), told.functional))
    return tuple(found)


def quoted(name: str) -> str:
    """Return a name that a submission gave, marked as one and cut to what can be shown."""
    short = name.replace("`", "'")
    if len(short) > LONGEST:
        short = f"{short[: LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"
    return f"`{short}`"


def named(names: Sequence[str]) -> str:
    """Return names that a submission gave as a list of words, cut to what can be shown."""
    return _listed([quoted(name) for name in names])


def _listed(words: Sequence[str]) -> str:
    more = len(words) - MOST_PLACES
    return enumerate_words([*words[:MOST_PLACES], *([f"{more} more"] if more > 0 else [])])


def _changes(steps: Sequence[Step], told: Collection[str], end_told: bool) -> Iterator[Change]:
    last = max((number for number, step in enumerate(steps) if step[0] is not None), default=0)
    before, changed = "", False
    for number, (own, wanted) in enumerate(steps):
        if own is None:
            known = wanted is not None and wanted.kind in ACTIVATIONS and before in told
        else:
            known = end_told and number == last and wanted is None
        follows = changed and is_fed_otherwise(own, wanted)
        if not (known or follows or equal(own, wanted)):
            yield own, wanted, before
            changed = True
        before = before if own is None else own.name


def _clauses(changes: Sequence[Change], *, asked: bool) -> Iterator[str]:
    """Yield a clause for each kind of difference, the first one first."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for (before, is_missing), together in groupby(changes, lambda one: (one[2], one[0] is None)):
        if is_missing:
            lacks = [_described(wanted) for _, wanted, _ in together if wanted is not None]
            place = f"after {before}" if before else "at the start"
            groups.setdefault(("missing", *lacks), []).append(place)
            continue
        for own, wanted, _ in together:
            if own is not None and wanted is None:
                bare = own.name.startswith("`")
                shown = f"{own.name} ({_described(own)})" if bare else own.name
                groups.setdefault(("surplus",), []).append(shown)
            elif own is not None and wanted is not None:
                groups.setdefault(("other", *_contrast(own, wanted)), []).append(own.name)
    for (sort, *texts), places in groups.items():
        several, where = len(places) > 1, _listed(places)
        if sort == "missing":
            yield f"{_listed(texts)} {'is' if len(texts) == 1 else 'are'} missing {where}"
        elif sort == "surplus":
            yield f"{where} {'are' if several else 'is'} not " + (
                "asked for" if asked else "in the reference's"
            )
        else:
            verb = texts[0] if not several else {"is": "are", "gives": "give"}[texts[0]]
            wants = f"{texts[2]} is asked for" if asked else f"the reference's has {texts[2]}"
            yield f"{where} {verb} {texts[1]} where {wants}"


def _contrast(own: Layer, wanted: Layer) -> tuple[str, str, str]:
    """Return a verb, and what to say of two layers that differ."""
    mine, theirs = _described(own), _described(wanted)
    if mine != theirs:
        return "is", mine, theirs
    return "gives", _sizes(own.output), _sizes(wanted.output)


def _described(layer: Layer) -> str:
    """Write a layer with its sizes: `Conv2d 1->16 of 3x3`, `Linear 64->10 without bias`."""
    kind, shape = layer.kind[:LONGEST], weight(layer)
    if kind.startswith("Conv") and len(shape) > 2:
        bare = f"{kind} {shape[1]}->{shape[0]} of {_sizes(shape[2:])}"
    elif kind == "Linear" and len(shape) == 2:
        bare = f"{kind} {shape[1]}->{shape[0]}"
    elif "Norm" in kind and shape:
        return f"{kind} of {_sizes(shape)}"
    else:
        return kind
    return bare if len(layer.parameters) > 1 or layer.functional else f"{bare} without bias"


def _sizes(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape)) or "1"
