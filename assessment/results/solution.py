"""Records of what was handed in: whose it is, what was found in it, what speaks for honest work."""

from __future__ import annotations

from assessment.results.isolation import Isolation, LimitsBy
from assessment.results.plain import Record


class HandedIn(Record):
    """Whose work was graded, and how it was kept in."""

    id: str
    """The student's id, as in item names."""
    name: str
    """The student's name, or the id."""
    sha256: str
    """Over the names and contents of its files."""
    files: int
    """How many there are."""
    practice: bool
    """A student's own run: its points say how it would go, and are no grade."""
    isolation: Isolation | None = None
    """None where nothing of it was opened."""
    limits_by: LimitsBy | None = None
    notes: list[str] = []
    """What a person should know: attempts that do not count, files that were left out."""


def owner_of(submission: HandedIn | None) -> str:
    """Return whose a result is where results are kept: nothing stands for the reference.

    No id has blanks, so that practice never takes the place of a class's grade.
    """
    if submission is None:
        return ""
    return f"{submission.id} (practice)" if submission.practice else submission.id


class Layer(Record):
    """One layer of a network, in the order in which images pass."""

    kind: str
    """Its class, such as `Conv2d`."""
    name: str = ""
    """Its place in the network, `features.0`; empty for a function."""
    parameters: list[list[int]] = []
    """Shapes of its own parameters."""
    output: list[int] = []
    """Shape of what it gives for one image, without the batch."""
    functional: bool = False
    """It was called as a function, `F.relu(x)`."""
    registered: bool = True
    """The network knows it; weights of others are not trained."""


class Evidence(Record):
    """What speaks for honest work, found out by the grader itself."""

    limits_by: LimitsBy | None = None
    """Who watched the memory and the processes of its jail."""
    before: float | None = None
    """Test accuracy before the first step, percent: near guessing, unless labels were known."""
    knew: bool = False
    """At most 1 of 100,000 untrained networks of its kind is right before that so often."""
    replayed: float | None = None
    """Test accuracy of the returned weights in the reference's network, percent."""
    unplayed: str = ""
    """Why they could not be tried there."""
    control: float | None = None
    """Test accuracy after training on permuted labels, percent: near guessing."""
    uncontrolled: str = ""
    """Why training on permuted labels failed, though training on the right ones did not."""


class ReferenceNetwork(Record):
    """The network that a submission's is compared with, untrained, told by a trusted trainer."""

    parameters: int | None = None
    """Trainable ones."""
    layers: list[Layer] = []
    without_gradient: list[str] = []
    unbroken: list[list[str]] = []
    """Pairs of layers with weights and no activation between them: here they are meant."""
    ends_in: str = ""
    """The softmax or activation behind the last layer."""


class Solution(Record):
    """What was found in a submission and how it was trained.

    All of it but `reference` is told by the process that ran the submission: it is shown, and never
    believed where points depend on it.
    """

    place: str = ""
    """Where the definition stands: `lab7.ipynb, cell 3, line 12`."""
    call: str = ""
    """How the network was made: `ModelA(activation=nn.ReLU)`."""
    guesses: list[str] = []
    """What was decided that neither the spec nor the student had said."""
    notes: list[str] = []
    """What the student should know: what was adapted, and what it costs."""
    layers: list[Layer] = []
    without_gradient: list[str] = []
    """Trainable parameters that no gradient reached."""
    zero_gradient: list[str] = []
    """Those whose gradient is 0 everywhere after training."""
    unknown_layers: list[str] = []
    """Layers with weights that the network does not know, so that these are never trained."""
    unbroken: list[list[str]] = []
    """Pairs of layers with weights and no activation between them."""
    ends_in: str = ""
    """The softmax or activation behind the last layer."""
    dead: dict[str, float] = {}
    """Share of units that are never active after training, by layer."""
    reference: ReferenceNetwork | None = None
    """The reference's network as it was when this one was trained, where it could be described."""
