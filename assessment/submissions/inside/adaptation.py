"""How a student's model is called, where it does not take images and give logits by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor, nn

from assessment.submissions.inside.outputs import Path, follow

Form = Literal["images", "flat", "rows"]
"""What the model is given: (N, C, H, W), (N, C*H*W), or (N, H, W) for gray images."""
FORMS: tuple[Form, ...] = ("images", "flat", "rows")
Conversion = Literal["none", "log", "log_softmax"]


@dataclass(frozen=True)
class Reading:
    """How logits are made of what forward returned, in one mode."""

    path: Path = ()
    """Where the tensor is; empty: it was returned itself."""
    reshape: bool = False
    """Its shape has dimensions of size 1 more, or less, than (N, classes)."""
    move: bool = False
    """It lies on another device than the images."""
    widen: bool = False
    """It is not float32."""
    conversion: Conversion = "none"
    """`log` makes log-probabilities of probabilities, `log_softmax` of logits."""

    def read(self, output: Any, images: int) -> Tensor:
        """Return float32 (images, classes); `output` is what forward returned."""
        tensor: Tensor = follow(output, self.path)
        if self.reshape:
            tensor = tensor.reshape(images, -1)
        if self.widen:
            tensor = tensor.float()
        if self.conversion == "log":
            # Probabilities below the smallest number would have an infinite loss.
            tensor = tensor.clamp_min(torch.finfo(tensor.dtype).tiny).log()
        elif self.conversion == "log_softmax":
            tensor = tensor.log_softmax(1)
        return tensor


@dataclass(frozen=True)
class Plan:
    """All that is done around a model so that it can be trained as it is."""

    form: Form = "images"
    dtype: torch.dtype | None = None
    """What the images are cast to; None: float32 as they are."""
    batch: int | None = None
    """The one number of images that forward takes; None: any."""
    in_training: Reading = field(default_factory=Reading)
    in_evaluation: Reading = field(default_factory=Reading)

    @property
    def trivial(self) -> bool:
        """Nothing has to be done."""
        return self == Plan()

    def feed(self, images: Tensor) -> Tensor:
        """Return what the model takes of images (N, C, H, W)."""
        if self.form == "flat":
            images = images.flatten(1)
        elif self.form == "rows":
            images = images.squeeze(1)
        return images if self.dtype is None else images.to(self.dtype)

    def run(self, call: Callable[[Tensor], Any], reading: Reading, images: Tensor) -> Tensor:
        """Return logits (N, classes) of images (N, C, H, W), in batches that the model takes."""
        if self.batch is None:
            return self._one(call, reading, images)
        outputs = []
        for part in images.split(self.batch):
            count = len(part)
            if count < self.batch:
                again = torch.arange(self.batch, device=part.device) % count
                part = part.index_select(0, again)
            outputs.append(self._one(call, reading, part)[:count])
        return torch.cat(outputs)

    def _one(self, call: Callable[[Tensor], Any], reading: Reading, images: Tensor) -> Tensor:
        logits = reading.read(call(self.feed(images)), len(images))
        return logits.to(images.device) if reading.move else logits


class Adapted(nn.Module):
    """A student's model behind a plan: images in, logits out.

    It shares the model's own parameters, buffers and layers under their own names, so that
    optimisers, `trainable:` and the state dict see the student's model.
    """

    student: nn.Module
    plan: Plan

    def __init__(self, student: nn.Module, plan: Plan) -> None:
        super().__init__()
        self.__dict__["student"] = student  # not registered: names would begin with `student.`
        self.__dict__["plan"] = plan
        for shared in ("_parameters", "_buffers", "_modules", "_non_persistent_buffers_set"):
            self.__dict__[shared] = student.__dict__[shared]
        self.training = student.training

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, C, H, W) to logits (N, classes)."""
        reading = self.plan.in_training if self.training else self.plan.in_evaluation
        return self.plan.run(self.student, reading, images)

    def train(self, mode: bool = True) -> Adapted:
        """Set the mode, as the student's own `train` or `eval` does."""
        self.training = mode
        if mode:
            self.student.train()
        else:
            self.student.eval()
        return self

    def eval(self) -> Adapted:
        """Set evaluation mode."""
        return self.train(False)

    def to(self, *args: Any, **kwargs: Any) -> Adapted:
        """Move or cast the student's model, by its own `to`."""
        self.student.to(*args, **kwargs)
        return self

    def _apply(self, *args: Any, **kwargs: Any) -> Adapted:
        self.student._apply(*args, **kwargs)
        return self

    def state_dict(self, *args: Any, **kwargs: Any) -> Any:
        """Return the student's state dict."""
        return self.student.state_dict(*args, **kwargs)

    def load_state_dict(self, *args: Any, **kwargs: Any) -> Any:
        """Load a state dict into the student's model."""
        return self.student.load_state_dict(*args, **kwargs)
