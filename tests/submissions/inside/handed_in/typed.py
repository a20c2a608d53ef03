from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

import torch
from torch import Tensor, nn

from mypackage_that_is_absent.types import Batch, Logger

logging.basicConfig(level=logging.INFO)
log = logging.getLogger(__name__)
HERE = Path(__file__).parent


@dataclass
class Config:
    hidden: int = 24
    classes: int = 10
    activation: Callable[[Tensor], Tensor] = field(default=torch.tanh)


cfg = Config(hidden=36)


class Net(nn.Module):
    def __init__(self, config: Config = cfg, logger: Logger | None = None) -> None:
        super().__init__()
        self.config = config
        self.fc1 = nn.Linear(64, config.hidden)
        self.fc2 = nn.Linear(config.hidden, config.classes)

    def forward(self, batch: Batch) -> Tensor:
        log.debug("forward")
        return self.fc2(self.config.activation(self.fc1(batch.flatten(1))))


if __name__ == "__main__":
    log.info("from %s", HERE)
    net = Net(Config())
