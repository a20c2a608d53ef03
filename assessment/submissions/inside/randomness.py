"""The state of every generator, so that looking at a model does not change how it is trained."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Generators:
    """What `random`, NumPy and torch would draw next."""

    python: tuple[Any, ...]
    numpy: dict[str, Any]
    torch: Tensor
    cuda: list[Tensor] | None
    """None before the process has touched a GPU."""

    @classmethod
    def now(cls) -> Generators:
        """Take the state as it is."""
        cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else None
        return cls(
            random.getstate(), np.random.get_state(legacy=False), torch.get_rng_state(), cuda
        )

    def restore(self) -> None:
        """Put the state back."""
        random.setstate(self.python)
        np.random.set_state(self.numpy)
        torch.set_rng_state(self.torch)
        if self.cuda is not None:
            torch.cuda.set_rng_state_all(self.cuda)
        elif torch.cuda.is_initialized():
            # It woke since: as it would have, had the seed been all that it ever heard.
            torch.cuda.manual_seed_all(torch.initial_seed())
