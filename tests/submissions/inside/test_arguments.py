"""What the question knows, matched to constructors as students write them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from assessment.boundary.layers import Layer
from assessment.submissions.inside.activations import (
    activation_kind,
    activation_options,
    kinds_in_name,
)
from assessment.submissions.inside.arguments import MOST_CALLS, Call, propose
from assessment.training.errors import SolutionError
from tests.submissions.inside.questions import MNIST, question


def texts(target: Callable[..., Any], **wanted: Any) -> list[str]:
    calls = propose(target, "Net", question(MNIST, **wanted))
    return [call.text("Net") for call in calls]


def nothing() -> None: ...
def classes(num_classes: Any) -> None: ...
def usual(in_channels: Any = 1, n_classes: Any = 10) -> None: ...
def imagenet(in_channels: Any = 3, num_classes: Any = 1000) -> None: ...
def mlp(input_size: Any, hidden_size: Any, output_size: Any) -> None: ...
def side(img_size: Any = 32) -> None: ...
def placed(x: Any, y: Any, z: Any) -> None: ...
def two(hidden1: Any = 9, hidden2: Any = 9) -> None: ...
def listed(hidden_sizes: Any = (128,), depth: Any = 2) -> None: ...
def uniform(hidden_dim: Any = 64, num_layers: Any = 1) -> None: ...
def whole(layer_sizes: Any) -> None: ...
def starred(*sizes: Any) -> None: ...
def keyed(**config: Any) -> None: ...
def on_device(device: Any) -> None: ...
def vague(channels: Any = 8) -> None: ...
def shaped(input_shape: Any = (3, 32, 32)) -> None: ...
def by_place(classes: Any, /, units: Any = 3) -> None: ...
def needs_three(hidden: Any, act: Any, dropout: Any) -> None: ...
def own_default(hidden: Any = 64, dropout: Any = 0.5) -> None: ...
def one_size(size: Any) -> None: ...
def one_side(width: Any) -> None: ...
def strange(hidden: Any, dataset: Any) -> None: ...
def tuned(lr: Any, dropout: Any) -> None: ...


DEFAULTS = {"hidden": 128, "activation": "tanh", "dropout": 0.3, "size": 5, "width": 12}


@pytest.mark.parametrize(
    ("target", "wanted", "first"),
    [
        (nothing, {}, "Net()"),
        (nothing, {"architecture": "resnet18"}, "Net()"),
        (classes, {}, "Net(num_classes=10)"),
        (usual, {}, "Net()"),  # its defaults are right
        (imagenet, {}, "Net(in_channels=1, num_classes=10)"),
        (mlp, {"hidden": 32}, "Net(input_size=784, hidden_size=32, output_size=10)"),
        (side, {}, "Net(img_size=28)"),
        (placed, {"hidden": 32}, "Net(x=784, y=32, z=10)"),
        (two, {"widths": [512, 256]}, "Net(hidden1=512, hidden2=256)"),
        (listed, {"widths": [512, 256]}, "Net(hidden_sizes=[512, 256])"),
        (listed, {"hidden": 32}, "Net(hidden_sizes=[32], depth=1)"),
        (uniform, {"widths": [512, 512]}, "Net(hidden_dim=512, num_layers=2)"),
        (whole, {"widths": [512, 256]}, "Net(layer_sizes=[784, 512, 256, 10])"),
        (starred, {"widths": [512]}, "Net(784, 512, 10)"),
        (starred, {}, "Net()"),
        (keyed, {"hidden": 32}, "Net(hidden=32)"),
        (on_device, {}, 'Net(device=torch.device("cpu"))'),
        (vague, {}, "Net()"),  # as likely the filters of a layer
        (vague, {"channels": 16}, "Net(channels=16)"),
        (shaped, {}, "Net(input_shape=(1, 28, 28))"),
        (by_place, {"hidden": 32}, "Net(10, units=32)"),
        (nn.Linear, {}, "Net(in_features=784, out_features=10)"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_the_likeliest_call(target: Any, wanted: dict[str, Any], first: str) -> None:
    assert texts(target, arguments=wanted)[0] == first


@pytest.mark.parametrize(
    ("target", "wanted", "calls"),
    [
        (mlp, {}, "Net(input_size=784, hidden_size=128, output_size=10)"),
        (mlp, {"hidden": 32}, "Net(input_size=784, hidden_size=32, output_size=10)"),
        (needs_three, {}, 'Net(hidden=128, act="tanh", dropout=0.3)'),
        (needs_three, {"dropout": 0.1}, 'Net(hidden=128, act="tanh", dropout=0.1)'),
        (one_size, {}, "Net(size=5)"),
        (one_side, {}, "Net(width=12)"),
        (one_side, {}, "Net(width=28)"),
        (own_default, {}, "Net()"),
        (nothing, {}, "Net()"),
        (keyed, {}, "Net()"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_the_question_leaves_out_is_the_reference_s_default(
    target: Any, wanted: dict[str, Any], calls: str
) -> None:
    """Only where the student has none: a default that was handed in is meant."""
    assert calls in texts(target, arguments=wanted, defaults=DEFAULTS)


def test_a_default_of_the_reference_is_told_as_a_guess() -> None:
    call = propose(mlp, "Net", question(MNIST, defaults=DEFAULTS))[0]
    assert "`hidden_size` was given as 128, which the question does not name: the reference's " in (
        " ".join(call.guesses)
    )
    assert call.invented
    assert call.placed == frozenset()


def test_what_even_the_reference_does_not_take_is_still_missing() -> None:
    with pytest.raises(SolutionError, match="no value for its argument `dataset`"):
        propose(strange, "Net", question(MNIST, defaults=DEFAULTS))


def test_what_else_is_known_fills_arguments() -> None:
    known = {"learning_rate": 0.01, "dropout": 0.5}
    assert texts(tuned, known=known)[0] == "Net(lr=0.01, dropout=0.5)"


@pytest.mark.parametrize(
    ("default", "annotation", "first"),
    [
        (inspect.Parameter.empty, "", '"tanh"'),
        ("relu", "", '"tanh"'),
        ("ReLU", "", '"Tanh"'),
        ("RELU", "", '"TANH"'),
        (nn.ReLU, "", "nn.Tanh"),
        (nn.ReLU(), "", "nn.Tanh()"),
        (F.relu, "", "torch.tanh"),
        (torch.relu, "", "torch.tanh"),
        (lambda x: x, "", "torch.tanh"),
        (None, "type[nn.Module]", "nn.Tanh"),
        (None, "nn.Module", "nn.Tanh()"),
        (None, "Callable[[Tensor], Tensor]", "torch.tanh"),
        (None, "str | None", '"tanh"'),
    ],
)
def test_an_activation_as_the_default_or_the_annotation_says(
    default: object, annotation: str, first: str
) -> None:
    options = activation_options("Tanh", default, annotation)
    assert options[0].text == first
    assert {'"tanh"', "nn.Tanh", "nn.Tanh()", "torch.tanh"} <= {option.text for option in options}


def test_options_are_what_they_say() -> None:
    made = {option.text: option.make() for option in activation_options("ReLU", None, "")}
    assert made['"relu"'] == "relu"
    assert made["torch.relu"] is torch.relu
    assert made["nn.ReLU"] is nn.ReLU
    assert isinstance(made["nn.ReLU()"], nn.ReLU)


@pytest.mark.parametrize("name", ["activation", "act", "act_fn", "activation_fn", "nonlinearity"])
def test_synonyms_of_an_activation(name: str) -> None:
    parameter = inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=nn.ReLU)

    def target(**_: Any) -> None: ...

    target.__signature__ = inspect.Signature([parameter])  # type: ignore[attr-defined]
    assert texts(target, arguments={"activation": "tanh"})[0] == f"Net({name}=nn.Tanh)"


def test_an_activation_by_position() -> None:
    def target(f: Any) -> None: ...

    calls = propose(target, "Net", question(arguments={"activation": "tanh"}))
    assert [call.text("Net") for call in calls][:2] == ['Net(f="tanh")', 'Net(f="Tanh")']
    assert calls[0].placed == {"activation"}
    assert calls[0].guesses == ('`f` was given as "tanh", for the question\'s `activation`',)


def test_an_activation_that_only_the_reference_names() -> None:
    def target(activation: Any) -> None: ...

    layers = (Layer("Linear"), Layer("Sigmoid"), Layer("Linear"))
    assert texts(target, layout=layers)[0] == 'Net(activation="sigmoid")'
    with pytest.raises(SolutionError, match="no value for its argument `activation`"):
        texts(target)


def test_arguments_without_value_are_listed() -> None:
    def target(dataset: Any, loader: Any, hidden: int = 3) -> None: ...

    with pytest.raises(SolutionError) as caught:
        texts(target, arguments={"activation": "tanh"})
    assert str(caught.value) == (
        "Net cannot be made: the question has no value for its arguments `dataset`, `loader`; "
        "give them defaults"
    )


def test_every_combination_comes_once_and_their_number_is_bounded() -> None:
    def target(input_size: Any, image_size: Any, activation: Any, hidden: Any) -> None: ...

    found = texts(target, arguments={"activation": "tanh", "hidden": [3, 3]})
    assert len(found) == len(set(found)) == MOST_CALLS
    assert found == texts(target, arguments={"activation": "tanh", "hidden": [3, 3]})


def test_only_what_was_guessed_is_told() -> None:
    def target(hidden: Any, num_classes: Any) -> None: ...

    (call,) = propose(target, "Net", question(arguments={"hidden": 32}))[:1]
    assert call.guesses == ("`num_classes` was given as 10, which the question does not name",)


def test_a_list_is_made_anew_for_each_model() -> None:
    taken: list[list[int]] = []

    def target(hidden: list[int]) -> None:
        taken.append(hidden)
        hidden.append(10)

    call: Call = propose(target, "Net", question(arguments={"hidden": [3, 4]}))[0]
    call.apply(target)
    call.apply(target)
    assert taken == [[3, 4, 10], [3, 4, 10]]


def test_a_module_without_constructor_takes_nothing() -> None:
    class Plain(nn.Module):
        pass

    assert texts(Plain, arguments={"hidden": 3}) == ["Net()"]


def test_a_signature_that_raises_counts_as_none() -> None:
    class Odd:
        @property
        def __signature__(self) -> Any:
            raise RuntimeError("no")

        def __call__(self) -> None: ...

    assert texts(Odd(), arguments={"hidden": 3}) == ["Net()"]


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("ModelA_Sigmoid", {"Sigmoid"}),
        ("CNNTanh", {"Tanh"}),
        ("cnn_relu", {"ReLU"}),
        ("NetLeakyReLU", {"LeakyReLU"}),
        ("CNN_ELU", {"ELU"}),
        ("Modelo", set()),
        ("LinearModel", set()),
        ("LogisticRegression", set()),
    ],
)
def test_names_that_speak_of_an_activation(name: str, kinds: set[str]) -> None:
    assert kinds_in_name(name) == kinds


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("relu", "ReLU"),
        ("leaky_relu", "LeakyReLU"),
        ("logistic", "Sigmoid"),
        ("sin", None),
        (3, None),
    ],
)
def test_activations_that_a_spec_may_name(value: object, kind: str | None) -> None:
    assert activation_kind(value) == kind
