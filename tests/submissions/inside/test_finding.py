"""The model of a question among what a submission defines."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from assessment.models import adelaide, co543
from assessment.submissions.inside.candidates import Candidate
from assessment.submissions.inside.finding import find_model
from assessment.submissions.inside.tracing import layout
from assessment.training.errors import SolutionError
from tests.submissions.inside.models import (
    ANY,
    MODEL_A,
    MODEL_B,
    Broken,
    ByClass,
    ByModule,
    ByName,
    Fixed,
    ModelA,
    Otherwise,
    Saturating,
    small,
    with_activation,
)
from tests.submissions.inside.questions import (
    MNIST,
    Mlp,
    defined,
    like,
    question,
    same_state,
    seeded,
)

# --- by name -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ModelA", "model_a", "MODEL-A", "modela"])
def test_names_are_compared_without_case_and_signs(name: str) -> None:
    found = find_model([defined(Mlp), defined(Fixed, name), defined(Saturating)], MODEL_A)
    assert found.candidate.name == name
    assert found.call == f"{name}()"
    assert found.guesses == []
    assert isinstance(found.build(), Fixed)


def test_a_name_that_does_not_fit_is_told_and_nothing_else_is_taken() -> None:
    with pytest.raises(SolutionError) as caught:
        find_model([defined(Mlp, "ModelA"), defined(Fixed, "Other")], MODEL_A)
    assert str(caught.value).startswith("ModelA (lab.ipynb, cell 1, line 1) cannot be used: ")
    assert "`view(-1, 64)` does not fit 784 values an image" in str(caught.value)


def test_what_a_constructor_raises_is_told_with_its_place() -> None:
    with pytest.raises(SolutionError, match=r"ValueError: no such file: data\.csv") as caught:
        find_model([defined(Broken, "ModelA")], MODEL_A)
    assert "(models.py, line " in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("cls", [ModelA, ByName, Otherwise, ByClass, ByModule])
@pytest.mark.parametrize("kind", ["relu", "sigmoid", "tanh"])
def test_activations_as_they_are_taken(cls: type[nn.Module], kind: str) -> None:
    wanted = with_activation(kind)
    found = find_model([defined(cls, "ModelA")], wanted)
    model = found.build()
    assert [x.kind for x in layout(model, torch.randn(2, *MNIST))][1] == wanted.layout[1].kind
    (guess,) = found.guesses or [""]
    assert guess == "" or " was given as " in guess


@pytest.mark.parametrize("kind", ["sigmoid", "tanh"])
def test_activations_without_a_layout_to_compare(kind: str) -> None:
    wanted = question(MNIST, names=("ModelA",), arguments={"activation": kind})
    for cls in (ModelA, ByName, Otherwise, ByClass, ByModule):
        model = find_model([defined(cls, "ModelA")], wanted).build()
        found = layout(model, torch.randn(2, *MNIST))[1].kind
        assert found == {"sigmoid": "Sigmoid", "tanh": "Tanh"}[kind]


def test_the_call_is_told() -> None:
    found = find_model([defined(ByClass, "ModelA")], with_activation("tanh"))
    assert found.call == "ModelA(nonlinearity=nn.Tanh)"
    assert found.guesses == [
        "`nonlinearity` was given as nn.Tanh, for the question's `activation`."
    ]


@pytest.mark.parametrize(
    "name", ["ModelA_Sigmoid", "ModelASigmoid", "sigmoid_model_a", "NetSigmoid"]
)
@pytest.mark.parametrize("told", [True, False])
def test_a_class_of_its_own_for_the_variant(name: str, told: bool) -> None:
    wanted = with_activation("sigmoid")
    if not told:
        wanted = question(MNIST, names=("ModelA",), arguments={"activation": "sigmoid"})
    found = find_model([defined(Fixed, "ModelA"), defined(Saturating, name)], wanted)
    assert found.candidate.name == name
    assert len(found.guesses) >= 1


def test_a_class_of_any_name_with_the_variants_layers() -> None:
    found = find_model(
        [defined(Fixed, "ModelA"), defined(Mlp), defined(Saturating, "Second")],
        with_activation("sigmoid"),
    )
    assert found.candidate.name == "Second"
    assert "its layers are the reference's" in found.guesses[0]


def test_a_name_that_speaks_of_the_variant_is_believed() -> None:
    """Its layers are looked at elsewhere, and told."""
    wanted = with_activation("sigmoid")
    found = find_model([defined(Fixed, "ModelA"), defined(Fixed, "ModelA_Sigmoid")], wanted)
    assert found.candidate.name == "ModelA_Sigmoid"


@pytest.mark.parametrize("told", [True, False])
def test_layers_are_never_replaced(told: bool) -> None:
    wanted = with_activation("sigmoid")
    if not told:
        wanted = question(MNIST, names=("ModelA",), arguments={"activation": "sigmoid"})
    with pytest.raises(SolutionError) as caught:
        find_model([defined(Fixed, "ModelA"), defined(Mlp)], wanted)
    assert str(caught.value) == (
        "ModelA (lab.ipynb, cell 1, line 1) has ReLU where this variant asks for Sigmoid, and "
        "takes no argument for it: give it an argument `activation`, or hand in a class of its "
        "own, such as ModelA_Sigmoid"
    )


def test_a_fixed_activation_that_is_the_variants_serves() -> None:
    assert find_model([defined(Fixed, "ModelA")], with_activation("relu")).guesses == []


def test_sizes_that_a_class_does_not_take() -> None:
    wanted = question(MNIST, names=("Net",), arguments={"widths": [32, 32]})
    found = find_model([defined(Fixed, "Net")], wanted)
    assert found.guesses == ["Net takes no argument for `widths`; it was taken as it is."]


@pytest.mark.parametrize("widths", [[512, 512], [512, 256, 128, 64]])
def test_sizes_are_told_apart_by_the_reference(widths: list[int]) -> None:
    class Net(nn.Module):
        def __init__(self, input_dim: int, layers: list[int], n_classes: int = 2) -> None:
            super().__init__()
            sizes = [input_dim, *layers, n_classes]
            stack: list[nn.Module] = [nn.Flatten()]
            for here, there in pairwise(sizes):
                stack += [nn.Linear(here, there), nn.ReLU()]
            self.net = nn.Sequential(*stack[:-1])

        def forward(self, x: Tensor) -> Tensor:
            return self.net(x)

    wanted = like(
        adelaide.BasicMlp(widths), MNIST, names=("BasicMlp",), arguments={"widths": widths}
    )
    found = find_model([defined(Net)], wanted)
    assert sum(p.numel() for p in found.build().parameters()) == wanted.parameters


# --- several definitions of one name -------------------------------------------------------------


def test_the_latest_definition_that_accepts_the_arguments() -> None:
    versions = [
        defined(ByClass, "ModelA", version=1),
        defined(ModelA, "ModelA", version=2),
        defined(Fixed, "ModelA", version=3),
    ]
    found = find_model(versions, with_activation("tanh"))
    assert found.candidate.version == 2
    assert "ModelA is defined 3 times; the one in lab.ipynb, cell 2, line 1 was taken." in (
        found.guesses
    )
    assert find_model(versions, MODEL_A).candidate.version == 3
    assert find_model(versions[::-1], MODEL_A).candidate.version == 3


def test_one_name_for_the_models_of_two_questions() -> None:
    class ModelB(co543.ModelB):
        pass

    versions = [defined(Fixed, "Net", version=1), defined(ModelB, "Net", version=2)]
    assert find_model(versions, MODEL_A).candidate.version == 1
    assert find_model(versions, MODEL_B).candidate.version == 2
    assert find_model(versions, ANY).candidate.version == 2


def test_a_definition_that_raises_gives_way_to_an_earlier_one() -> None:
    versions = [defined(Fixed, "ModelA", version=1), defined(Broken, "ModelA", version=2)]
    assert find_model(versions, MODEL_A).candidate.version == 1


# --- the forms of a model ------------------------------------------------------------------------


def test_a_factory_with_arguments() -> None:
    def build_cnn(num_classes: int, activation: str = "relu") -> tuple[nn.Module, None]:
        act = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid}[activation]
        return small(act(), 16, 784), None

    wanted = question(MNIST, arguments={"activation": "sigmoid"})
    found = find_model([defined(build_cnn)], wanted)
    assert found.call == 'build_cnn(num_classes=10, activation="sigmoid")'
    assert isinstance(found.build(), nn.Sequential)


def test_an_object_that_makes_models() -> None:
    alias = defined(lambda: ModelA, "Net", "object")
    shortcut = defined(lambda: lambda hidden=16: small(nn.Tanh(), hidden), "make", "object")
    wanted = question(MNIST, arguments={"activation": "tanh"})
    found = find_model([alias], wanted)
    assert found.call == "Net(activation=torch.tanh)"
    assert isinstance(found.build(), ModelA)
    found = find_model([shortcut], question(MNIST, arguments={"hidden": 20}))
    assert found.call == "make(hidden=20)"
    assert found.build()[1].out_features == 20


def test_a_torchvision_model_changed_at_module_level() -> None:
    models = pytest.importorskip("torchvision.models")

    def resnet() -> nn.Module:
        model = models.resnet18(weights=None)
        model.conv1 = nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)
        model.fc = nn.Linear(model.fc.in_features, 10)
        return model

    wanted = question(
        (1, 32, 32), names=("resnet",), parameters=11_175_370, arguments={"channels": 1}
    )
    found = find_model([defined(resnet, "resnet", "object"), defined(Fixed)], wanted)
    assert (found.call, found.guesses) == ("resnet", [])
    seeded()
    plain = resnet()
    seeded()
    assert same_state(find_model([defined(resnet, "resnet", "object")], wanted).build(), plain)


@pytest.mark.parametrize(
    ("candidate", "told"),
    [
        (defined(dict, "ModelA"), "ModelA is no torch.nn.Module: write `class ModelA(nn.Module)`"),
        (defined(lambda: 3, "ModelA", "object"), "is an object of type int, a torch.nn.Module is"),
        (defined(lambda: "text", "ModelA"), "makes an object of type str"),
        (defined(None, "ModelA", "factory"), "cannot be called"),
        (defined(lambda data_loader: Fixed(), "ModelA"), "for its argument `data_loader`"),
        (defined(lambda: exit(3), "ModelA"), "SystemExit"),
        (defined(nn.Module, "ModelA"), "defines no `forward`"),
        (defined(lambda: nn.ModuleList([Fixed()]), "ModelA"), "defines no `forward`"),
    ],
)
def test_what_is_no_model(candidate: Candidate, told: str) -> None:
    with pytest.raises(SolutionError) as caught:
        find_model([candidate], MODEL_A)
    assert told in str(caught.value)


def test_loading_that_fails_is_told() -> None:
    def load() -> Any:
        raise SolutionError("needs the package timm, which is not installed here")

    broken = Candidate("ModelA", "class", "lab.py, line 4", 1, load)
    with pytest.raises(SolutionError, match=r"ModelA \(lab.py, line 4\) cannot be used: needs the"):
        find_model([broken], MODEL_A)


def test_nothing_to_choose_from() -> None:
    with pytest.raises(SolutionError, match="no model was found in the submission"):
        find_model([], MODEL_A)


def test_many_that_fail_are_counted() -> None:
    candidates = [defined(Broken, f"Net{number}") for number in range(9)]
    alike = (
        r"Net0 .*, Net4 \(lab.ipynb, cell 1, line 1\) and 4 more cannot be used: ValueError[^;]*$"
    )
    with pytest.raises(SolutionError, match=alike):
        find_model(candidates, ANY)
    broken = [defined(None, f"net{number}", "factory") for number in range(9)]
    with pytest.raises(SolutionError, match=r"net0 .*; net4 .*: net4 cannot be called and 4 more$"):
        find_model(broken, ANY)


def test_names_of_candidates_cannot_forge_a_message() -> None:
    odd = defined(Broken, "Net\n\x1b[2J<b>", place="lab.ipynb\ncell 1")
    with pytest.raises(SolutionError) as caught:
        find_model([odd], ANY)
    assert str(caught.value).isprintable()


# --- the mapping ---------------------------------------------------------------------------------


def test_the_mapping_comes_before_names() -> None:
    candidates = [defined(Fixed, "ModelA"), defined(Saturating, "Net2")]
    wanted = like(co543.ModelA(), MNIST, names=("ModelA",), mapping={"q1": "Net2"})
    found = find_model(candidates, wanted)
    assert (found.candidate.name, found.guesses) == ("Net2", [])


def test_a_variant_may_have_its_own_entry() -> None:
    candidates = [defined(Fixed, "One"), defined(Saturating, "Two")]
    mapping = {"task2": "One", "task2[sigmoid]": "Two"}
    names = {
        key: find_model(candidates, question(MNIST, question=key, mapping=mapping)).candidate.name
        for key in ("task2[relu]", "task2[sigmoid]", "task2")
    }
    assert names == {"task2[relu]": "One", "task2[sigmoid]": "Two", "task2": "One"}


def test_the_mapping_may_name_a_file() -> None:
    candidates = [
        defined(Fixed, "Net", place="a.py, line 3"),
        defined(Saturating, "Net", version=2, place="b.py, line 3"),
    ]
    for file, kind in (("a.py", Fixed), ("b.py", Saturating)):
        wanted = question(MNIST, mapping={"q1": f"{file}:Net"})
        assert isinstance(find_model(candidates, wanted).build(), kind)


def test_a_mapping_to_nothing_lists_what_there_is() -> None:
    with pytest.raises(SolutionError) as caught:
        find_model([defined(Fixed), defined(Mlp)], question(MNIST, mapping={"q1": "Net2"}))
    assert str(caught.value) == (
        "the mapping names Net2 for q1, and the submission defines no such model (there are: "
        "Fixed, Mlp)"
    )
