"""Records of what was measured and how it was graded: plain data that JSON can hold.

A `Run` is one training of one variant with one seed. A `Result` is one graded
item: its runs, its expectations and the points they earned.
"""

from __future__ import annotations

from typing import Any, Literal

from assessment.results.plain import Record
from assessment.results.solution import Evidence, HandedIn, Solution

SCHEMA_VERSION = 1
"""Raised when a field of the records below changes its meaning or goes away."""

RunOutcome = Literal["scored", "invalid", "timeout", "out_of_memory", "crashed", "not_gradable"]
"""How a run ended, decided from what the grader observed; `not_gradable` is not its fault."""

Status = Literal[
    "scored",
    "invalid",
    "timeout",
    "out_of_memory",
    "crashed",
    "not_gradable",
    "waiting",
    "skipped",
    "shortened",
    "smoke",
]
"""How an item ended. `waiting`: for a person. `skipped`: no hardware. `shortened`: trained
for fewer epochs than asked, measured and not graded. `smoke`: tried for one step, not graded."""

Series = dict[str, list[float | None]]
"""Named columns of one length; null where the value was not finite or not taken."""


class Environment(Record):
    """What, besides recipe and seed, a run's numbers depend on."""

    torch: str
    """Version of torch."""
    device: str
    """`cpu`, or the name of the accelerator."""
    capability: str
    """Instruction set of the CPU (`AVX512`) or compute capability of the GPU (`9.0`)."""
    threads: int
    """Threads of one run."""
    precision: str = "float32"
    """`float32`, or `tf32` where matrix products are rounded."""
    python: str
    """Version of Python."""
    platform: str
    """Operating system and machine, such as `Linux-x86_64`."""
    processor: str = ""
    """Of a run on the CPU its model: two of one capability round differently. Empty where a GPU
    computes, and in runs recorded before it was noted."""

    def law(self) -> Environment:
        """Return what decides how repeated runs scatter: everything but the processor.

        Which processor computes decides the last bits of a run, not the law of many runs.
        """
        return self.model_copy(update={"processor": ""})


class Mistake(Record):
    """A test image that was put into the wrong class."""

    index: int
    """Position in the test set's file order."""
    label: int
    """The right class."""
    predicted: int
    """The class with the largest logit."""
    pixels: str
    """The image as base64 of uint8, row by row, channels last."""
    shape: list[int]
    """Height, width, channels."""


class Run(Record):
    """One training of one variant with one seed."""

    key: str
    """Hash of the recipe, the solution's source and the data (`results.keys`), seed left out."""
    seed: int
    outcome: RunOutcome
    reason: str = ""
    """Why, when the outcome is not `scored`; one line."""
    output: str = ""
    """The end of what the run printed, where it failed."""
    started: str
    """UTC time, ISO 8601."""
    seconds: float
    """Wall-clock time of training and evaluation, seen by the grader."""
    peak_megabytes: float | None = None
    """Largest resident memory of the run, MB (10^6 bytes)."""
    parameters: int | None = None
    """Trainable parameters, reported by the run."""
    epochs: Series = {}
    """One value an epoch: train_loss, train_accuracy, learning_rate, seconds (reported);
    validation_loss, validation_accuracy, test_loss, test_accuracy (verified). Accuracies are
    percent, losses nats, seconds the time of the epoch's training part."""
    steps: Series = {}
    """Records within epochs: step (counted from 0 over the whole run), batch_loss,
    batch_accuracy, validation_loss, validation_accuracy."""
    gradients: Series = {}
    """Columns step, epoch (from 1), norm (L2) and mean of the gradient, before the optimiser's
    step."""
    first_layer: list[Any] | None = None
    """First layer's weight after the last step, nested lists in PyTorch's order."""
    confusion: list[list[int]] | None = None
    """Counts after the last epoch: row = right class, column = predicted class."""
    non_finite: int = 0
    """Test images whose logits were not finite after the last epoch."""
    mistakes: list[Mistake] = []
    """Some misclassified test images, in file order."""
    predictions_sha256: str = ""
    """Hash over the logits of the test images after the last epoch, float32 in file order; empty
    where there are none, and in runs recorded before it was noted."""
    environment: Environment | None = None
    """None where the run did not get as far as telling."""
    solution: Solution | None = None
    """Of a submission: what was found in it."""
    evidence: Evidence | None = None
    """Of a submission: what speaks for honest work."""
    dataset: str
    """Name of the data set."""
    dataset_sha256: str
    """Hash over its four arrays."""


class Picture(Record):
    """An array as a gray image, its tiles laid out in rows and columns."""

    title: str
    """What it is: `argument 1`, `expected`, `found`, `difference`."""
    dtype: str
    shape: list[int]
    """Of the array."""
    low: float | None
    """Value of black; null where no number is finite."""
    high: float | None
    """Value of white."""
    least: float | None = None
    """The smallest finite number, where black and white are not the array's own range."""
    most: float | None = None
    """The largest one."""
    pixels: str = ""
    """The image as base64 of uint8, row by row; empty where there is nothing to show."""
    height: int = 0
    width: int = 0
    shares: list[int] = []
    """Rows and columns of numbers that share a pixel; empty where each has its own."""


class Case(Record):
    """One call of a function question."""

    name: str
    """Key in the spec."""
    pictures: list[Picture] = []
    """Arguments, right output, found output and their difference."""


class BandSource(Record):
    """Where a band's numbers come from."""

    kind: Literal["calibrated", "given"]
    n: int | None = None
    """Calibration runs."""
    mean: float | None = None
    sd: float | None = None
    """Standard deviation of the calibration runs (ddof = 1), before the floor."""
    smallest: float | None = None
    """Smallest value among the calibration runs."""
    largest: float | None = None
    """Largest value among the calibration runs."""
    df: int | None = None
    """Degrees of freedom of the standard deviation that the band is made with."""
    pooled_sd: float | None = None
    """Standard deviation shared with like expectations, where the band is made with it."""
    alpha: float | None = None
    """Share of correct solutions that may fall outside the ends that cost points."""
    runs: int | None = None
    """Runs of the solution whose mean the band is for (M)."""
    false_fails: float | None = None
    """Share of correct solutions that fail, averaged over calibrations: at most alpha."""
    false_fails_upper: float | None = None
    """95 of 100 calibrations fail fewer correct solutions than this share."""
    at_once: tuple[float | None, float | None] | None = None
    """Ends between which a first run passes at once; null where one run decides alone."""
    environment: Environment | None = None
    """Where the calibration ran."""
    elsewhere: str = ""
    """`in another environment (...)`, where it did not run where the judged runs did."""
    text: str = ""
    """One line for the reader."""


class Graded(Record):
    """One expectation, measured and graded."""

    name: str
    """Key in the spec."""
    measure: str
    """Name of the measurement."""
    label: str
    """The measurement in words: `test accuracy, last epoch`."""
    unit: str = ""
    """`%`, `nats`, `epochs`, `s` or nothing."""
    value: float | None
    """Aggregated over seeds; null where it could not be measured."""
    runs: int = 0
    """Runs that the value is taken from: the first one where that was enough, else all."""
    sd: float | None = None
    """Standard deviation over these runs (ddof = 1), where there are several."""
    values: dict[str, float | None] = {}
    """Of a comparison: value of each side, in the order of the spec."""
    verified: bool
    """Computed by the grader, rather than told by the run."""
    condition: str
    """What was asked, in words: `97.61 to 98.83`."""
    low: float | None = None
    """Lower end, for shading."""
    high: float | None = None
    """Upper end, for shading."""
    modes: list[tuple[float, float]] = []
    """Ends of each outcome that correct work can have, where there are several."""
    source: BandSource | None = None
    reported: float | None = None
    """What somebody's report gave."""
    met: bool | None
    """None where nothing was asked or it could not be decided."""
    flagged: bool = False
    """Better than expected: looked at by a person, costs nothing."""
    earned: float
    points: float
    why: str = ""
    """One sentence: what was found against what was asked."""
    note: str = ""
    """The instructor's sentence."""


class Result(Record):
    """One graded item of a lab: a question, or one variant of it."""

    spec: str
    """Spec file, relative to where pytest ran."""
    line: int | None = None
    """Line of the question in it, counted from 1."""
    lab: str
    """Title of the lab."""
    lab_sha256: str
    """Hash of the spec file's content."""
    question: str
    variant: str | None = None
    kind: str
    title: str
    """Title of the question, and of the variant where there is one."""
    text: str = ""
    submission: HandedIn | None = None
    """Who handed in what was graded; None: the reference."""
    status: Status
    reason: str = ""
    """Why, when the status is not `scored`; one line."""
    earned: float
    points: float
    """What could be earned automatically; a written question's points wait in `waiting`."""
    waiting: float = 0.0
    """Points that a person still has to give."""
    rubric: list[str] = []
    """Of a written question: its criteria with their points."""
    answer: str = ""
    """What was answered to a written or answer question; the instructor's own answer where
    nothing was handed in."""
    reported_answer: str = ""
    """What somebody's report answered."""
    reported_right: bool | None = None
    """Whether that is right; None where a person would have to say."""
    cases: list[Case] = []
    """Calls of a function question."""
    expectations: list[Graded] = []
    runs: list[Run] = []
    findings: list[str] = []
    """What a good assistant would point out."""
    flags: list[str] = []
    """What a person has to look at before the points of a submission count."""
    classes: list[str] = []
    """Names of the data set's classes."""
    samples: list[Mistake] = []
    """Training images to show, `predicted` equal to `label`."""
    reported: dict[str, float | list[float] | dict[str, float | None]] = {}
    """Values of somebody's report."""
    seconds: float = 0.0
    """Training time of all its runs."""

    @property
    def unit(self) -> str:
        """Id within the lab: `question` or `question[variant]`."""
        return f"{self.question}[{self.variant}]" if self.variant else self.question
