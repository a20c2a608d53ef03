"""Models taken as they are, and trained: the numbers say whether it was done right."""

from __future__ import annotations

import copy
import math
import threading
import warnings
from collections import namedtuple
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from assessment.submissions.inside.adaptation import Adapted
from assessment.submissions.inside.fitting import Fitted, fit
from assessment.training.errors import SolutionError
from assessment.training.parameters import freeze_others, settle_lazy, trainable_parameters
from tests.submissions.inside.questions import Mlp, digits, recipe, same_state, seeded, trained

SAMPLE = torch.randn(4, 1, 8, 8, generator=torch.Generator().manual_seed(2))
NLL = {"loss": "nll"}
Pair = namedtuple("Pair", "logits features")


class Flat(Mlp):
    """Wants (N, 64)."""

    def forward(self, x: Tensor) -> Tensor:
        if x.dim() != 2:
            raise ValueError("give me rows")
        return super().forward(x)


class Rows(nn.Module):
    """Reads an image row by row; the last state gives the logits."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(8, 12, batch_first=True)
        self.fc = nn.Linear(12, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.rnn(x)[0][:, -1])


class Ended(Mlp):
    """Gives something else than logits."""

    def __init__(self, end: Any) -> None:
        super().__init__()
        self.end = end

    def forward(self, x: Tensor) -> Any:
        return self.end(super().forward(x))


class HardCoded(Mlp):
    """Takes batches of `size` images and no others."""

    def __init__(self, size: int = 20) -> None:
        super().__init__()
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.reshape(self.size, 64))


class Convolutional(nn.Module):
    """Batch norm, dropout, `.view(-1, n)` and a gray input."""

    def __init__(self, channels: int = 1, last: int = 4 * 4 * 4, classes: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.last = last
        self.fc = nn.Linear(last, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.norm(self.conv(x))), 2)
        x = F.dropout(x, 0.2, self.training)
        return self.fc(x.view(-1, self.last))


def fitted(model: nn.Module, **more: Any) -> Fitted:
    return fit(model, SAMPLE, 10, recipe(**more))


def logits_of(model: nn.Module, images: Tensor = SAMPLE) -> Tensor:
    model.eval()
    with torch.no_grad():
        return model(images)


# --- nothing to adapt ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Mlp, Convolutional])
def test_what_fits_is_passed_through_and_trains_bit_for_bit_alike(kind: Any) -> None:
    seeded()
    plain = kind()
    expected = trained(plain, recipe())
    seeded()
    model = kind()
    state = torch.get_rng_state()
    found = fitted(model)
    assert found.model is model
    assert found.notes == []
    assert torch.equal(torch.get_rng_state(), state)
    got = trained(found.model, recipe())
    assert got.losses == expected.losses
    np.testing.assert_array_equal(got.logits, expected.logits)
    assert same_state(model, plain)


def test_a_model_that_cannot_be_copied_is_left_as_it_was() -> None:
    model = Convolutional()
    model.lock = threading.Lock()  # type: ignore[assignment]
    with pytest.raises(TypeError):
        copy.deepcopy(model)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found = fitted(model)
    assert found.model is model
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_a_scripted_network_trains_as_it_would_unscripted() -> None:
    seeded()
    plain = nn.Sequential(Mlp(), nn.Softmax(dim=1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # newer versions of torch would rather see it compiled
        scripted = torch.jit.script(copy.deepcopy(plain))
    expected, got = fitted(plain), fitted(scripted)
    assert got.notes == expected.notes
    assert trained(got.model, recipe()).losses == trained(expected.model, recipe()).losses
    assert same_state(scripted, plain)


def test_lazy_layers_find_their_sizes_as_they_do_without_fitting() -> None:
    def lazy() -> nn.Module:
        return nn.Sequential(nn.Flatten(), nn.LazyLinear(16), nn.ReLU(), nn.LazyLinear(10))

    seeded()
    plain = lazy()
    settle_lazy(plain, SAMPLE[:1])
    seeded()
    found = fitted(lazy())
    assert same_state(found.model, plain)
    assert trainable_parameters(found.model) == 64 * 16 + 16 + 170


# --- inputs ------------------------------------------------------------------------------------


def test_flattened_inputs_train_as_with_a_layer_that_flattens() -> None:
    seeded()
    expected = trained(Mlp(), recipe())
    seeded()
    found = fitted(Flat())
    assert isinstance(found.model, Adapted)
    assert [note.partition(",")[0] for note in found.notes] == [
        "Your model takes images as rows of numbers"
    ]
    got = trained(found.model, recipe())
    assert got.losses == expected.losses
    np.testing.assert_array_equal(got.logits, expected.logits)


def test_a_linear_layer_in_front_takes_flattened_images() -> None:
    found = fitted(nn.Sequential(nn.Linear(64, 10)))
    assert found.plan.form == "flat"
    assert logits_of(found.model).shape == (4, 10)


def test_rows_of_a_gray_image() -> None:
    found = fitted(Rows())
    assert found.plan.form == "rows"
    assert "dimension of channels" in found.notes[0]
    assert len(trained(found.model, recipe()).losses) == 2


@pytest.mark.parametrize(("cast", "name"), [("double", "float64"), ("bfloat16", "bfloat16")])
def test_weights_of_another_precision(cast: str, name: str) -> None:
    found = fitted(getattr(Mlp(), cast)())
    assert f"weights are {name}" in found.notes[0]
    assert logits_of(found.model).dtype == torch.float32
    assert trained(found.model, recipe()).losses[-1] < 2.4
    assert str(next(found.model.parameters()).dtype) == f"torch.{name}"


# --- batches -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 20, 32, 37])
def test_a_batch_size_within_forward(size: int) -> None:
    """37 is nobody's usual size: it is read from the error."""
    seeded()
    model = HardCoded(size)
    found = fitted(model)
    assert found.plan.batch == size
    assert f"only takes batches of {size} images" in found.notes[0]
    plain = Mlp()
    plain.load_state_dict(model.state_dict())
    images = torch.randn(45, 1, 8, 8)
    torch.testing.assert_close(logits_of(found.model, images), logits_of(plain, images))


def test_a_batch_size_within_forward_trains_as_without() -> None:
    """The rows that fill up a batch have no part in the loss."""
    seeded()
    expected = trained(Mlp(), recipe())
    seeded()
    got = trained(fitted(HardCoded(20)).model, recipe())
    np.testing.assert_allclose(got.losses, expected.losses, rtol=1e-5)
    np.testing.assert_allclose(got.logits, expected.logits, atol=1e-4)


def test_what_filling_up_costs_is_told_where_it_does() -> None:
    (cheap,) = fitted(HardCoded(16)).notes
    (dear,) = fitted(HardCoded(20)).notes
    assert "wasted" not in cheap
    assert "computing wasted" in dear


# --- outputs -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (lambda x: (x, x.softmax(1)), "`[0]` of them"),
        (lambda x: (x.softmax(1), x), "`[1]` of them"),
        (lambda x: [x, None], "`[0]` of them"),
        (lambda x: {"loss": None, "logits": x}, "`['logits']` of them"),
        (lambda x: Pair(x, x[:, :3]), "`[0]` of them"),
        (lambda x: ((x,), x.sum()), "`[0][0]` of them"),
        (lambda x: x[:, :, None, None], "(N, classes)"),
        (lambda x: x[:, :, None, None].squeeze(), "`squeeze()` takes too many"),
    ],
)
def test_outputs_that_hold_logits(end: Any, told: str) -> None:
    model = Ended(end)
    found = fitted(model)
    assert len(found.notes) == 1
    assert told in found.notes[0]
    for images in (SAMPLE, SAMPLE[:1]):
        expected = Mlp.forward(model, images)
        torch.testing.assert_close(logits_of(found.model, images), expected)
        assert found.model.train()(images).shape == (len(images), 10)


def test_outputs_that_differ_between_training_and_evaluation() -> None:
    class Auxiliary(Mlp):
        def forward(self, x: Tensor) -> Any:
            logits = super().forward(x)
            return (logits, logits + 1) if self.training else logits

    found = fitted(Auxiliary())
    assert (found.plan.in_training.path, found.plan.in_evaluation.path) == ((0,), ())
    assert trained(found.model, recipe()).losses[-1] < 2.4


def test_a_softmax_trains_as_its_logits_would() -> None:
    seeded()
    expected = trained(Mlp(), recipe(epochs=4))
    seeded()
    found = fitted(Ended(nn.Softmax(dim=1)))
    (note,) = found.notes
    assert "cannot fall below 1.46 for 10 classes" in note
    got = trained(found.model, recipe(epochs=4))
    np.testing.assert_allclose(got.losses, expected.losses, rtol=1e-4)


def test_what_a_softmax_before_cross_entropy_costs() -> None:
    faster = recipe(epochs=20, optimizer={"name": "adam", "learning_rate": 0.02})
    seeded()
    treated = trained(fitted(Ended(nn.Softmax(dim=1))).model, faster)
    seeded()
    untreated = trained(Ended(nn.Softmax(dim=1)), faster)
    assert treated.losses[-1] < 1.0
    assert untreated.losses[-1] > 1.46


def test_the_bound_that_is_told_is_the_bound() -> None:
    perfect = torch.eye(10)
    lowest = F.cross_entropy(perfect, torch.arange(10))
    assert f"{lowest:.2f}" == "1.46"
    assert math.isclose(lowest, -math.log(math.e / (math.e + 9)), rel_tol=1e-6)


def test_a_sure_softmax_has_a_finite_loss() -> None:
    found = fitted(Ended(lambda x: (1e6 * x).softmax(1)))
    loss = F.cross_entropy(found.model.train()(SAMPLE), torch.arange(4))
    loss.backward()
    assert bool(loss.isfinite())
    assert all(bool(p.grad.isfinite().all()) for p in found.model.parameters())


@pytest.mark.parametrize(
    ("end", "loss", "told", "adapted"),
    [
        (nn.LogSoftmax(dim=1), "cross_entropy", "harmless", False),
        (nn.LogSoftmax(dim=1), "nll", "", False),
        (nn.Softmax(dim=1), "nll", "minus a probability", True),
        (nn.Identity(), "nll", "no lower bound", True),
        (nn.Softmax(dim=0), "cross_entropy", "(`dim=0`)", False),
        (nn.LogSoftmax(dim=0), "nll", "(`dim=0`)", False),
    ],
    ids=str,
)
def test_kinds_of_outputs(end: nn.Module, loss: str, told: str, adapted: bool) -> None:
    found = fitted(Ended(end), loss=loss)
    assert isinstance(found.model, Adapted) == adapted
    assert (told in found.notes[0]) if told else (found.notes == [])
    if "dim=0" not in told:
        rows = logits_of(found.model).logsumexp(1)
        torch.testing.assert_close(rows, torch.zeros(4), atol=1e-5, rtol=0)


@pytest.mark.parametrize("end", [nn.Softmax(dim=1), nn.Identity()], ids=["softmax", "logits"])
def test_nll_of_what_is_no_logarithm_trains_like_its_logarithm(end: nn.Module) -> None:
    seeded()
    expected = trained(Ended(nn.LogSoftmax(dim=1)), recipe(**NLL))
    seeded()
    got = trained(fitted(Ended(end), **NLL).model, recipe(**NLL))
    np.testing.assert_allclose(got.losses, expected.losses, rtol=1e-4)


def test_a_softmax_only_in_evaluation() -> None:
    class Polite(Mlp):
        def forward(self, x: Tensor) -> Tensor:
            logits = super().forward(x)
            return logits if self.training else logits.softmax(1)

    model = Polite()
    found = fitted(model)
    assert "another kind in `eval()`" in found.notes[-1]
    torch.testing.assert_close(
        logits_of(found.model), Mlp.forward(model, SAMPLE).log_softmax(1), atol=1e-5, rtol=1e-5
    )


# --- the model behind a plan ---------------------------------------------------------------------


def test_names_and_numbers_stay_the_students() -> None:
    model = Flat()
    found = fitted(model)
    assert same_state(found.model, model)
    assert [name for name, _ in found.model.named_parameters()] == [
        *("fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"),
    ]
    trained(found.model, recipe())
    assert same_state(found.model, model)
    fresh = fitted(Flat()).model
    fresh.load_state_dict(found.model.state_dict())
    assert same_state(fresh, model)


def test_what_is_done_to_it_is_done_to_the_model() -> None:
    class Own(Flat):
        def train(self, mode: bool = True) -> Own:
            super().train(mode)
            self.fc1.eval()  # as one freezes batch norm
            return self

    model = Own()
    adapted = fitted(model).model
    freeze_others(adapted, ["fc2"])
    assert not model.fc1.weight.requires_grad
    assert trainable_parameters(adapted) == 170
    assert adapted.train().training
    assert (model.training, model.fc1.training, model.fc2.training) == (True, False, True)
    assert not adapted.eval().training
    assert not model.training
    adapted.to(torch.float64)
    assert model.fc1.weight.dtype == torch.float64
    adapted.float()
    assert adapted.state_dict()["fc1.weight"].dtype == torch.float32


# --- what cannot be trained ----------------------------------------------------------------------


class TwoInputs(Mlp):
    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:  # type: ignore[override]
        return super().forward(x)


class NoForward(nn.Module):
    def forwad(self, x: Tensor) -> Tensor:
        return x


class NoInput(nn.Module):
    def forward(self) -> None: ...


class Raises(Mlp):
    def forward(self, x: Tensor) -> Tensor:
        raise KeyError("nothing\nin\x1b[31m two lines")


class Leaves(Mlp):
    def forward(self, x: Tensor) -> Tensor:
        raise SystemExit(0)


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (TwoInputs(), "forward of TwoInputs needs 2 inputs (x, lengths)"),
        (NoForward(), "NoForward defines no `forward`"),
        (NoInput(), "takes no input"),
        (Raises(), "forward of Raises fails on images (N, 1, 8, 8): KeyError:"),
        (Leaves(), "SystemExit"),
        (
            Convolutional(channels=3),
            "Convolutional does not fit: `conv` takes (N, 3, 8, 8), 3 channels, and gets "
            "(N, 1, 8, 8); the question's images are (N, 1, 8, 8)",
        ),
        (
            nn.Sequential(nn.Flatten(), nn.Linear(784, 10)),
            "`in_features` of `1` is 784, and what arrives there has shape (2, 64)",
        ),
        (
            nn.Sequential(nn.Linear(784, 10)),
            "what arrives there has shape (2, 64); the question's images are (N, 1, 8, 8), given "
            "as (N, 64)",
        ),
        (Convolutional(last=32), "the images are mixed, as by `view(-1, n)`"),
        (Convolutional(classes=7), "returned shape (2, 7) for 2 images, (2, 10) is wanted: the"),
        (Ended(lambda x: x.argmax(1)), "do not take the argmax"),
        (Ended(lambda x: None), "returned NoneType, a tensor is wanted"),
        (Ended(lambda x: (x[:, :3],)), "returned a tuple without scores"),
    ],
)
def test_messages(model: nn.Module, told: str) -> None:
    with pytest.raises(SolutionError) as caught:
        fitted(model)
    message = str(caught.value)
    assert told in message
    assert message.isprintable()
    assert len(message) < 500


def test_generators_are_restored_after_a_failure() -> None:
    model = Convolutional(last=32)
    state = torch.get_rng_state()
    with pytest.raises(SolutionError):
        fitted(model)
    assert torch.equal(torch.get_rng_state(), state)


def test_images_of_the_sample_are_not_changed() -> None:
    class InPlace(Mlp):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x.mul_(0))

    before = SAMPLE.clone()
    fitted(InPlace())
    assert torch.equal(SAMPLE, before)


def test_an_adapted_model_trains_on_real_images_shapes() -> None:
    """Colour, with a linear layer in front."""
    images = digits(shape=(3, 8, 8))
    found = fit(
        nn.Sequential(nn.Linear(192, 10), nn.Softmax(dim=1)), torch.randn(2, 3, 8, 8), 10, recipe()
    )
    assert found.plan.form == "flat"
    assert len(found.notes) == 2
    assert trained(found.model, recipe(), images).losses[-1] < 2.4
