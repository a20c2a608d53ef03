"""Predictions are float32, whatever a solution makes the default."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from assessment.training.loop import predict
from assessment.training.transforms import Pipeline


class Double(nn.Module):
    """Computes in double precision, as after `torch.set_default_dtype(torch.float64)`."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(16, 3, dtype=torch.float64)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.layer(images.flatten(1).double())
        return logits


@pytest.fixture(params=[torch.float32, torch.float64], ids=str)
def default(request: pytest.FixtureRequest) -> Iterator[torch.dtype]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(request.param)
    yield request.param
    torch.set_default_dtype(before)


def test_predictions_do_not_follow_the_default_type(default: torch.dtype) -> None:
    assert torch.get_default_dtype() == default
    torch.manual_seed(1)
    model, device = Double(), torch.device("cpu")
    images = torch.randint(0, 256, (7, 1, 4, 4), dtype=torch.uint8)
    found = predict(model, images, Pipeline([], device), batch_size=3, classes=3)
    assert found.dtype == torch.float32
    inputs = images.flatten(1).to(torch.float32).div(255).double()
    assert torch.equal(found, model.layer(inputs).detach().float())
