"""The network of a submission, ready for the loop: read, found, built, fitted; then looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from assessment.boundary.layers import Layer
from assessment.boundary.messages import MOST_NOTES, Search
from assessment.spec.recipe import Training
from assessment.submissions.inside.candidates import Candidate, Kind, Wanted
from assessment.submissions.inside.definitions import Definition
from assessment.submissions.inside.diagnosis import diagnose
from assessment.submissions.inside.finding import find_model
from assessment.submissions.inside.fitting import fit
from assessment.submissions.inside.namespace import load
from assessment.submissions.inside.reading import HandedIn
from assessment.submissions.inside.reasons import reason
from assessment.submissions.inside.slicing import Outline
from assessment.training.errors import SolutionError

KINDS: dict[str, Kind] = {"class": "class", "function": "factory", "object": "object"}
NAMES_OF_CLASSES = ("num_classes", "n_classes", "nb_classes", "NUM_CLASSES", "N_CLASSES")
NAMES_OF_BATCH_SIZE = ("batch_size", "BATCH_SIZE", "batchsize", "bs")
LOOKED_AT = 256
"""Images with which a trained network is diagnosed."""


@dataclass(frozen=True)
class Network:
    """What the loop trains, and what is told about it."""

    model: nn.Module
    told: dict[str, Any]
    """`results.solution.Solution` as plain data."""


def open_network(
    handed_in: HandedIn,
    search: Search,
    training: Training,
    sample: Tensor,
    classes: int,
) -> Network:
    """Return a submission's network on the device of the sample, untrained.

    Generators have been seeded; the network is what its construction right behind that gives.

    Args:
        handed_in: the submission.
        search: what the network is looked for by.
        training: the recipe; its model's arguments are the variant's.
        sample: images after all transforms, at least two.
        classes: width of the logits.

    Raises:
        SolutionError: it cannot be found, built or trained on such images.
    """
    notes: dict[str, None] = dict.fromkeys(handed_in.notes)
    guesses: dict[str, None] = {}
    known: dict[str, Any] = dict.fromkeys(NAMES_OF_CLASSES, classes)
    known |= dict.fromkeys(NAMES_OF_BATCH_SIZE, training.batch_size)

    def loaded(outline: Outline, definition: Definition) -> Callable[[], Any]:
        def run() -> Any:
            found = load(outline, definition, handed_in.library, known=known)
            # Where parameters are only counted, much fails that is nobody's fault.
            if torch.get_default_device().type != "meta":
                notes.update(dict.fromkeys(found.notes))
                guesses.update(dict.fromkeys(found.guesses))
            return found.value

        return run

    layout = tuple(map(Layer.of_plain, search.layers))
    wanted = Wanted(
        question=search.question,
        shape=(sample.shape[1], sample.shape[2], sample.shape[3]),
        classes=classes,
        names=tuple(search.names),
        arguments=training.model.arguments,
        defaults=search.defaults,
        layout=layout,
        parameters=_count(layout),
        mapping={} if search.chosen is None else {search.question: search.chosen},
        known={"learning_rate": training.optimizer.learning_rate},
        batch_sizes=(training.batch_size, training.evaluation_batch_size),
        loss=training.loss,
        device=str(sample.device),
    )
    candidates = [
        Candidate(one.name, KINDS[one.kind], one.place, one.version, loaded(outline, one))
        for outline, one in _models(handed_in)
    ]
    if not candidates and (unread := handed_in.unread()):
        raise SolutionError(f"no model was found in the submission{unread}")
    found = find_model(candidates, wanted)
    model = found.build().to(sample.device)
    fitted = fit(model, sample, classes, training)
    outlines = (note for outline in handed_in.library.outlines() for note in outline.notes)
    told = {
        "place": found.candidate.place,
        "call": found.call,
        "guesses": [*found.guesses, *guesses],
        "notes": [*fitted.notes, *notes, *outlines][:MOST_NOTES],
        "layers": [layer.plain() for layer in found.layers],
    }
    return Network(fitted.model.to(sample.device), told)


def looked_at(model: nn.Module, images: Tensor) -> dict[str, Any]:
    """Return what a good assistant would see in a trained network, as plain data.

    Args:
        model: as `open_network` gave it, trained.
        images: after all transforms, some hundred.
    """
    try:
        found = diagnose(model, images[:LOOKED_AT])
    except Exception as error:  # it has trained: that nothing can be told costs nothing
        return {"notes": [f"Nothing more can be told about the network: {reason(error)}"]}
    return {
        "without_gradient": found.without_gradient,
        "zero_gradient": found.zero_gradient,
        "unknown_layers": found.unknown_layers,
        "unbroken": [list(pair) for pair in found.unbroken],
        "ends_in": found.ends_in,
        "dead": {one.layer: one.dead / one.units for one in found.dead if one.units},
    }


def _models(handed_in: HandedIn) -> Iterator[tuple[Outline, Definition]]:
    """Yield what may be a network: by its text a model, or a function that makes one."""
    for outline in handed_in.library.outlines():
        for one in outline.definitions:
            if one.looks_like in ("module", "factory"):
                yield outline, one


def _count(layers: tuple[Layer, ...]) -> int | None:
    """Return how many numbers the parameters of layers hold; None where nothing is known."""
    if not layers:
        return None
    return sum(torch.Size(shape).numel() for layer in layers for shape in layer.parameters)
