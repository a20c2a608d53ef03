"""The training recipe: all that decides what a run computes, and nothing else.

Points, bands and texts are not in here, so that changing a rubric never asks
for a second training (`assessment.results.keys` hashes exactly this model).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue, NonNegativeFloat, PositiveFloat, PositiveInt, model_validator

from assessment.spec.base import SpecModel
from assessment.spec.percent import Percent

Fraction = Annotated[float, Field(ge=0, lt=1)]
NonEmpty = Annotated[str, Field(min_length=1)]


# --- data ------------------------------------------------------------------------------------


class Resize(SpecModel):
    """Scale images of whatever size to a square: bilinear, antialiased, on 8-bit pixels."""

    kind: Literal["resize"]
    size: PositiveInt
    """Side of the square, pixels."""


class GrayToRgb(SpecModel):
    """Copy the one channel three times."""

    kind: Literal["gray_to_rgb"]


class RgbToGray(SpecModel):
    """0.2989 R + 0.587 G + 0.114 B (ITU-R BT.601 luma), one channel."""

    kind: Literal["rgb_to_gray"]


class Normalize(SpecModel):
    """Subtract the mean and divide by the standard deviation, channel by channel."""

    kind: Literal["normalize"]
    mean: list[float] = Field(min_length=1)
    """Mean of each channel, in [0, 1]; one number serves all channels."""
    std: list[PositiveFloat] = Field(min_length=1)
    """Standard deviation of each channel; one number serves all channels."""


Transform = Annotated[Resize | GrayToRgb | RgbToGray | Normalize, Field(discriminator="kind")]


class Split(SpecModel):
    """A validation set taken out of the training images."""

    validation: Annotated[float, Field(gt=0, lt=1)]
    """Share of the training images that validate."""
    stratified: bool = False
    """Take the same share of every class."""


class Dataset(SpecModel):
    """Images and what is done to them before the model sees them."""

    name: str
    """A known data set (`digits`, `mnist`, `fashion_mnist`, `cifar10`, ...), or `<name>.npz`,
    `<name>.zip` or a folder `<name>` in the data directory."""
    transforms: list[Transform] = []
    """Applied in this order to pixels in [0, 1]; `resize` comes first."""
    split: Split | None = None
    """Validation images taken from the training set; none by default."""

    @model_validator(mode="after")
    def _resize_comes_first(self) -> Dataset:
        kinds = [transform.kind for transform in self.transforms]
        if "resize" in kinds[1:]:
            raise ValueError("`resize` works on 8-bit pixels and must be the first transform")
        return self


# --- model -----------------------------------------------------------------------------------


class ModelReference(SpecModel):
    """The reference solution's network."""

    name: str
    """A registered name (`co543/model-a`) or an importable `module:name`."""
    arguments: dict[str, JsonValue] = {}
    """Keyword arguments of the class or factory."""
    weights: str | None = None
    """File of pretrained weights, looked for in torch's hub cache and the data directory."""


# --- optimisation ----------------------------------------------------------------------------


class Sgd(SpecModel):
    """Stochastic gradient descent."""

    name: Literal["sgd"]
    learning_rate: PositiveFloat
    """Step size."""
    momentum: Fraction = 0.0
    """Share of the previous step that is kept."""
    weight_decay: NonNegativeFloat = 0.0
    """L2 penalty."""
    nesterov: bool = False
    """Look ahead along the momentum."""

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> Sgd:
        if self.nesterov and self.momentum == 0:
            raise ValueError("`nesterov: true` needs a `momentum` above 0")
        return self


class Adam(SpecModel):
    """Adam (arXiv 1412.6980)."""

    name: Literal["adam"]
    learning_rate: PositiveFloat = 1e-3
    """Step size."""
    betas: Annotated[list[Fraction], Field(min_length=2, max_length=2)] = [0.9, 0.999]
    """Decay of the first and second moment."""
    weight_decay: NonNegativeFloat = 0.0
    """L2 penalty."""


class AdamW(SpecModel):
    """Adam with decoupled weight decay (arXiv 1711.05101)."""

    name: Literal["adamw"]
    learning_rate: PositiveFloat = 1e-3
    """Step size."""
    betas: Annotated[list[Fraction], Field(min_length=2, max_length=2)] = [0.9, 0.999]
    """Decay of the first and second moment."""
    weight_decay: NonNegativeFloat = 0.01
    """Decoupled weight decay."""


class RmsProp(SpecModel):
    """RMSprop as in PyTorch."""

    name: Literal["rmsprop"]
    learning_rate: PositiveFloat = 1e-2
    """Step size."""
    smoothing: Fraction = 0.99
    """Decay of the squared-gradient average (PyTorch's `alpha`)."""
    momentum: Fraction = 0.0
    """Share of the previous step that is kept."""
    weight_decay: NonNegativeFloat = 0.0
    """L2 penalty."""


Optimizer = Annotated[Sgd | Adam | AdamW | RmsProp, Field(discriminator="name")]


class Constant(SpecModel):
    """The learning rate stays as it is."""

    name: Literal["constant"]


class Milestones(SpecModel):
    """Multiply the learning rate by `factor` after each named epoch."""

    name: Literal["milestones"]
    epochs: list[PositiveInt] = Field(min_length=1)
    """After these epochs, counted from 1, rising."""
    factor: PositiveFloat = 0.1
    """What the learning rate is multiplied by."""

    @model_validator(mode="after")
    def _rising(self) -> Milestones:
        if sorted(set(self.epochs)) != self.epochs:
            raise ValueError(f"milestone epochs must rise, found {self.epochs}")
        return self


class Step(SpecModel):
    """Multiply the learning rate by `factor` after every `every` epochs."""

    name: Literal["step"]
    every: PositiveInt
    """Epochs between two changes."""
    factor: PositiveFloat = 0.1
    """What the learning rate is multiplied by."""


class Cosine(SpecModel):
    """Half a cosine from the learning rate down to `minimum` at the last epoch."""

    name: Literal["cosine"]
    minimum: NonNegativeFloat = 0.0
    """Learning rate at the end."""


class Plateau(SpecModel):
    """Multiply by `factor` when `monitor` has not fallen for more than `patience` epochs."""

    name: Literal["plateau"]
    monitor: Literal["train_loss", "validation_loss"] = "train_loss"
    """The loss watched; `validation_loss` needs a split."""
    factor: Annotated[float, Field(gt=0, lt=1)] = 0.1
    """What the learning rate is multiplied by."""
    patience: Annotated[int, Field(ge=0)] = 10
    """Epochs without improvement that are tolerated."""


Schedule = Annotated[Constant | Milestones | Step | Cosine | Plateau, Field(discriminator="name")]


class EarlyStopping(SpecModel):
    """Stop before the last epoch; the grader watches, the run only hears `stop`."""

    test_accuracy: Percent | None = None
    """Stop after the first epoch whose test accuracy reaches this, percent."""
    unchanged_epochs: PositiveInt | None = None
    """Stop when test accuracy exactly equalled the epoch before this many times running."""

    @model_validator(mode="after")
    def _some_rule(self) -> EarlyStopping:
        if self.test_accuracy is None and self.unchanged_epochs is None:
            raise ValueError("early stopping needs `test_accuracy` or `unchanged_epochs`")
        return self


# --- what is written down ----------------------------------------------------------------------


class Gradients(SpecModel):
    """Size of the gradient just before the optimiser's step."""

    of: Literal["all", "first_layer"] = "all"
    """All trainable parameters, or the weight (no bias) of the first layer that has one."""
    every: PositiveInt = 1
    """Steps between two records, counted from the start of each epoch."""
    first: PositiveInt | None = None
    """Only within this many steps from the start of the run."""


class Recording(SpecModel):
    """What a run keeps beside its epoch means."""

    evaluate: Literal["epoch", "end"] = "epoch"
    """Predict validation and test images after every epoch, or only after the last."""
    every: PositiveInt | None = None
    """Keep the batch loss at steps 0, k, 2k, ... of each epoch."""
    running_mean: bool = False
    """With `every`: keep the mean loss and accuracy since the epoch began, not the batch's own."""
    validate_every: PositiveInt | None = None
    """Predict the validation images also at steps 0, k, 2k, ... of each epoch."""
    gradients: Gradients | None = None
    """Keep L2 norm and mean of the gradient."""
    first_layer_weights: bool = False
    """Keep the first layer's weight after the last step."""


class Training(SpecModel):
    """One recipe: model, data, optimisation. With a seed it decides a run bit for bit."""

    model: ModelReference
    """The network trained."""
    trainable: Annotated[list[NonEmpty], Field(min_length=1)] | None = None
    """Train only parameters whose names begin with one of these, such as `fc`; the others stay as
    they are. All are trained by default."""
    dataset: Dataset
    """What it is trained on."""
    loss: Literal["cross_entropy", "nll"] = "cross_entropy"
    """`cross_entropy` takes logits, `nll` takes log-probabilities."""
    loss_mean: Literal["images", "batches"] = "images"
    """Validation and test loss: mean over images, or mean of the batches' means."""
    optimizer: Optimizer
    """How weights are changed."""
    schedule: Schedule = Constant(name="constant")
    """How the learning rate changes from epoch to epoch."""
    epochs: PositiveInt
    """Passes over the training images, at most."""
    max_steps: PositiveInt | None = None
    """End after this many optimiser steps, though epochs be left."""
    batch_size: PositiveInt
    """Images a step; the last, smaller batch of an epoch is kept."""
    evaluation_batch_size: PositiveInt = 1000
    """Images a forward pass when predicting."""
    shuffle: bool = True
    """Draw a new order of the training images every epoch."""
    early_stopping: EarlyStopping | None = None
    """When to end before the last epoch."""
    record: Recording = Recording()
    """What is kept of the run."""

    @model_validator(mode="after")
    def _parts_fit(self) -> Training:
        if (
            isinstance(self.schedule, Plateau)
            and self.schedule.monitor == "validation_loss"
            and self.dataset.split is None
        ):
            raise ValueError("`schedule.monitor: validation_loss` needs `dataset.split`")
        if self.record.validate_every is not None and self.dataset.split is None:
            raise ValueError("`record.validate_every` needs `dataset.split`")
        if self.record.evaluate == "end" and (
            self.early_stopping is not None
            or (isinstance(self.schedule, Plateau) and self.schedule.monitor == "validation_loss")
        ):
            raise ValueError(
                "early stopping and `validation_loss` schedules need `record.evaluate: epoch`"
            )
        return self
