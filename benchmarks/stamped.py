"""A solution that writes down when it is first asked for an answer: its first training step."""

from __future__ import annotations

import os
import time
from pathlib import Path

from torch import Tensor

from assessment.models.digits import Mlp


class StampedMlp(Mlp):
    """The digits' network with a clock."""

    def __init__(self) -> None:
        super().__init__(hidden=32)
        self.stamped = False

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, 1, 8, 8) to logits (N, 10)."""
        if not self.stamped:
            Path(os.environ["STAMP_FILE"]).write_text(str(time.monotonic()))
            self.stamped = True
        return super().forward(images)
