"""What finding a model starts from: what the submission defines, and what the question asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from assessment.boundary.layers import Layer
from assessment.submissions.inside.reasons import one_line

Kind = Literal["class", "factory", "object"]


@dataclass(frozen=True)
class Candidate:
    """One definition of a submission that may be, or make, the model asked for."""

    name: str
    """As the student wrote it: `ModelA`, `make_net`, `model`."""
    kind: Kind
    place: str
    """`lab7.ipynb, cell 3, line 12`."""
    version: int
    """Of several definitions with one name, later ones have higher numbers."""
    load: Callable[[], Any]
    """Executes what it needs and returns the class, function or module; afresh at each call."""

    def __str__(self) -> str:
        return f"{one_line(self.name, 80)} ({one_line(self.place, 120)})"


@dataclass(frozen=True)
class Wanted:
    """The model that a question, or one variant of it, asks for."""

    question: str
    """Key of the mapping: `task2-1-model-a`; of a variant `task2-4-activation[tanh]`."""
    shape: tuple[int, int, int]
    """Channels, height and width of the images that the model is given, after all transforms."""
    classes: int
    """Width of the outputs."""
    names: tuple[str, ...] = ()
    """What the spec calls it, compared without case, underscores and hyphens."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """The variant's, by the reference's names: {"activation": "tanh"}, {"hidden": [512, 256]}."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """What the reference takes for arguments that the question leaves out: {"hidden": 128}."""
    layout: tuple[Layer, ...] = ()
    """Layers of the reference with these arguments; empty: anything goes."""
    parameters: int | None = None
    """Trainable parameters of the reference; None: any number goes."""
    mapping: Mapping[str, str] = field(default_factory=dict)
    """Question to name, chosen by a person: `Net2`, or `model.py:Net2` for one of several."""
    known: Mapping[str, Any] = field(default_factory=dict)
    """Values by which other arguments are filled: {"learning_rate": 0.001, "dropout": 0.5}."""
    batch_sizes: tuple[int, ...] = ()
    """Images a batch in training and evaluation."""
    loss: Literal["cross_entropy", "nll"] = "cross_entropy"
    device: str = "cpu"
    """Where the run takes place."""


def plain_name(name: str) -> str:
    """Return a name without case, underscores, hyphens and whatever else is no letter or digit."""
    return "".join(filter(str.isalnum, name)).lower()
