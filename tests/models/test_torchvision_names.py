"""What is read from torchvision's source is what torchvision says once it is imported."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
import torchvision.models as models

from assessment.models.architectures import architectures, weight_files


def test_every_classifier_is_found() -> None:
    assert architectures() == set(models.list_models(module=models))


@pytest.mark.parametrize("name", models.list_models(module=models))
def test_every_file_of_weights_is_found(name: str) -> None:
    members = models.get_model_weights(name).__members__
    known = {n.rpartition(".")[2]: f for n, f in weight_files().items() if _of(n, name)}
    assert known == {n: Path(urlsplit(member.url).path).name for n, member in members.items()}


def _of(weights: str, architecture: str) -> bool:
    return weights.partition(".")[0] == models.get_model_weights(architecture).__name__


def test_weights_of_other_networks_are_known_too() -> None:
    assert "DeepLabV3_ResNet50_Weights.DEFAULT" in weight_files()
