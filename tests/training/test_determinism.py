"""One seed decides everything: a run repeats bit for bit, alone or beside others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from assessment.results.record import Run
from assessment.spec.recipe import Training
from tests.execution.pool import Pool, recipe

HERE = Path(__file__).parent

NOISE = """
import random
import numpy as np
import torch
from torch import nn

DRAWN = torch.rand(10, 64)
SCALE = random.random() + np.random.rand()

class DrawsAtImport(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(64, 10)
        self.layer.weight.data.copy_(DRAWN * SCALE)

    def forward(self, x):
        return self.layer(x.flatten(1))

class DrawsInForward(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(64, 10)
        self.words = {hash(word): word for word in ("one", "two", "three", "four")}

    def forward(self, x):
        x = x.flatten(1)
        noise = torch.randn_like(x) * random.random() + float(np.random.rand())
        order = sum(len(word) * (i + 1) for i, word in enumerate(set(self.words.values())))
        return self.layer(x + 0.1 * noise) + 1e-3 * order

KEPT = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))

def kept_at_module_level():
    return KEPT
"""


@pytest.fixture(scope="module")
def alone() -> Iterator[Pool]:
    """Give a second server with one slot: nothing runs beside."""
    started = Pool(slots=1)
    yield started
    started.trainers.close()


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("noisy")
    (folder / "noisy_models.py").write_text(NOISE)
    return folder


def plain(run: Run) -> dict[str, Any]:
    """Return what has to repeat: everything but clocks and memory."""
    kept = run.plain()
    for name in ("started", "seconds", "peak_megabytes"):
        del kept[name]
    del kept["epochs"]["seconds"]
    return kept


def bits(pool: Pool, training: Training, seed: int, beside: Path = HERE) -> np.ndarray[Any, Any]:
    run = pool.train(training, seed, beside=beside)
    assert run.outcome == "scored", run.reason
    return pool.predictions(training, seed, beside=beside).view(np.uint32)


CNN = recipe(model={"name": "digits/cnn"}, optimizer={"name": "adam"}, record={"every": 5})


def test_a_run_repeats_bit_for_bit_on_another_server_and_beside_others(
    pool: Pool, alone: Pool
) -> None:
    beside = [pool.submit(CNN, seed) for seed in (12, 13, 14)]
    first, second = pool.train(CNN, 11), alone.train(CNN, 11)
    np.testing.assert_array_equal(bits(pool, CNN, 11), bits(alone, CNN, 11))
    assert plain(first) == plain(second)
    assert all(future.result(120).outcome == "scored" for future in beside)


def test_other_seeds_give_other_runs(pool: Pool) -> None:
    first, second = pool.train(CNN, 11), pool.train(CNN, 12)
    assert (bits(pool, CNN, 11) != bits(pool, CNN, 12)).mean() > 0.9
    assert first.epochs["train_loss"] != second.epochs["train_loss"]
    assert first.key == second.key


def test_watching_a_run_does_not_change_it(pool: Pool) -> None:
    watched = CNN.model_copy(
        update={
            "record": CNN.record.model_validate(
                {
                    "every": 1,
                    "running_mean": True,
                    "gradients": {"of": "all"},
                    "first_layer_weights": True,
                }
            )
        }
    )
    np.testing.assert_array_equal(bits(pool, CNN, 11), bits(pool, watched, 11))
    assert len(pool.train(watched, 11).steps["step"]) == 30


@pytest.mark.parametrize("name", ["DrawsAtImport", "DrawsInForward"])
def test_random_models_repeat_too(name: str, pool: Pool, alone: Pool, noisy: Path) -> None:
    training = recipe(model={"name": f"noisy_models:{name}"})
    np.testing.assert_array_equal(bits(pool, training, 3, noisy), bits(alone, training, 3, noisy))
    assert (bits(pool, training, 3, noisy) != bits(pool, training, 4, noisy)).any()


def test_seeds_are_set_before_the_solution_is_imported(pool: Pool, noisy: Path) -> None:
    training = recipe(
        model={"name": "noisy_models:DrawsAtImport"},
        optimizer={"name": "sgd", "learning_rate": 1e-12},
        record={"first_layer_weights": True},
    )
    run = pool.train(training, 21, beside=noisy)
    import random

    random.seed(21)
    numpy_state = np.random.RandomState(21)
    scale = random.random() + numpy_state.rand()
    drawn = torch.rand(10, 64, generator=torch.Generator().manual_seed(21)) * scale
    np.testing.assert_allclose(np.array(run.first_layer), drawn.numpy(), atol=1e-5)


def test_nothing_of_a_run_survives_into_the_next(pool: Pool, alone: Pool, noisy: Path) -> None:
    """A network kept at module level would enter its second run already trained."""
    training = recipe(model={"name": "noisy_models:kept_at_module_level"})
    before = bits(alone, training, 3, noisy)
    bits(alone, training, 4, noisy)
    again = training.model_copy(update={"record": training.record.model_copy(update={"every": 9})})
    np.testing.assert_array_equal(bits(alone, again, 3, noisy), before)
    np.testing.assert_array_equal(bits(pool, training, 3, noisy), before)


def test_the_environment_says_what_the_numbers_depend_on(pool: Pool) -> None:
    environment = pool.train(CNN, 11).environment
    assert environment is not None
    assert environment.torch == torch.__version__
    assert (environment.device, environment.threads) == ("cpu", 1)
    assert environment.precision == "float32"
