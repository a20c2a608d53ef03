"""From a submission to a network that can be trained, as in a jail: on what students hand in."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from assessment.boundary.messages import Search
from assessment.spec.recipe import Training
from assessment.submissions.inside.devices import redirected_devices
from assessment.submissions.inside.networks import Network, open_network
from assessment.submissions.inside.reading import read_submission
from assessment.training.errors import SolutionError
from tests.submissions.inside.imitations import EXPECTED, HANDED_IN, images_for

RECIPE = Training.model_validate(
    {
        "model": {"name": "linear"},
        "dataset": {"name": "digits"},
        "optimizer": {"name": "sgd", "learning_rate": 0.1},
        "epochs": 1,
        "batch_size": 4,
        "evaluation_batch_size": 4,
    }
)
TOLD = {
    "factories.py": "2 models fit q1 equally well. To say which one it is, name one of them Net",
    "from_scratch.ipynb": "NeuralNetwork is no torch.nn.Module: write `class NeuralNetwork(nn.Mod",
    "module_dict.py": "the question has no value for its argument `hparams`; give it a default",
    "percent_formatting.ipynb": "line 8), net (percent_formatting.ipynb, cell 2, line 15) cannot",
    "softmax_and_nll.ipynb": "or write `q1: SoftmaxNet` into a mapping file",
}
WITHOUT_NETWORKS = {"answers", "arithmetic_answers.ipynb", "numpy_function.ipynb"}


def opened(name: str, workspace: Path) -> Network:
    with redirected_devices(torch.device("cpu")):
        handed_in = read_submission(HANDED_IN / name, workspace)
        search = Search("", "q1", ["Net", "Model", "ModelA", "MLP", "CNN"], None)
        return open_network(handed_in, search, RECIPE, sample_for(name), 10)


def sample_for(name: str) -> torch.Tensor:
    return torch.rand(RECIPE.batch_size, *images_for(name))


@pytest.mark.parametrize("name", sorted(EXPECTED.keys() - TOLD.keys() - WITHOUT_NETWORKS))
def test_an_imitation_gives_a_network(name: str, tmp_path: Path) -> None:
    network = opened(name, tmp_path)
    with redirected_devices(torch.device("cpu")):
        assert network.model(sample_for(name)).shape == (RECIPE.batch_size, 10)
    # What fails only because nothing is computed while parameters are counted is nobody's fault.
    assert "meta" not in " ".join(network.told["notes"])


@pytest.mark.parametrize("name", TOLD)
def test_what_gives_none_is_told_in_one_line(name: str, tmp_path: Path) -> None:
    with pytest.raises(SolutionError) as caught:
        opened(name, tmp_path)
    assert "\n" not in str(caught.value)
    assert TOLD[name] in str(caught.value)
