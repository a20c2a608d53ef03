"""The model of a question among what a submission defines."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from assessment.models import adelaide, co543
from assessment.submissions.inside.candidates import Candidate, plain_name
from assessment.submissions.inside.finding import find_model
from assessment.submissions.inside.fitting import fit
from assessment.submissions.inside.tracing import layout
from assessment.training.errors import SolutionError
from tests.submissions.inside.questions import (
    MNIST,
    Mlp,
    defined,
    like,
    question,
    recipe,
    same_state,
    seeded,
)

MODEL_A = like(co543.ModelA(), MNIST, names=("ModelA",))
MODEL_B = like(co543.ModelB(), MNIST, names=("ModelB",))
ANY = question(MNIST)


def with_activation(kind: str, **more: Any) -> Any:
    reference = co543.ModelA(kind)
    return like(reference, MNIST, arguments={"activation": kind}, names=("ModelA",), **more)


def small(activation: Any = torch.relu, hidden: int = 16, inputs: int = 784) -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(inputs, hidden), activation, nn.Linear(hidden, 10))


class ModelA(nn.Module):
    """co543/model-a, with an activation that is called."""

    def __init__(self, activation: Any = F.relu) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.fc1 = nn.Linear(1568, 64)
        self.fc2 = nn.Linear(64, 10)
        self.activation = activation

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(self.activation(self.conv1(x)), 2)
        return self.fc2(self.activation(self.fc1(x.view(-1, 1568))))


class ByName(ModelA):
    def __init__(self, act_fn: Any) -> None:
        super().__init__({"ReLU": torch.relu, "Sigmoid": torch.sigmoid, "Tanh": torch.tanh}[act_fn])


class Otherwise(ModelA):
    """Takes whatever it does not know for tanh."""

    def __init__(self, activation: Any = "RELU") -> None:
        known = {"RELU": nn.ReLU(), "SIGMOID": nn.Sigmoid()}
        super().__init__(known.get(activation, nn.Tanh()))


class ByClass(ModelA):
    def __init__(self, nonlinearity: Any = nn.ReLU) -> None:
        super().__init__(nonlinearity())


class ByModule(nn.Module):
    def __init__(self, act: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(1, 8, 3, padding=1), act, nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(1568, 64), act, nn.Linear(64, 10)),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


class Fixed(ModelA):
    def __init__(self) -> None:
        super().__init__(torch.relu)


class Saturating(ModelA):
    def __init__(self) -> None:
        super().__init__(torch.sigmoid)


class Broken(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        raise ValueError("no such file: data.csv")


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
    assert "(test_finding.py, line " in str(caught.value)
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
    found = find_model(versions, MODEL_A)
    assert found.candidate.version == 1
    (told,) = found.passed_over
    assert told.startswith("ModelA (lab.ipynb, cell 2, line 1) cannot be used: ValueError: no such")


# --- by what fits --------------------------------------------------------------------------------


def test_layers_decide() -> None:
    candidates = [defined(Mlp), defined(Fixed, "First"), defined(Saturating, "Second")]
    found = find_model(candidates, MODEL_A)
    assert found.candidate.name == "First"
    assert found.guesses == [
        "First (lab.ipynb, cell 1, line 1) was taken because its layers are the reference's."
    ]


def test_then_the_number_of_parameters() -> None:
    candidates = [
        defined(lambda: small(nn.ReLU(), 128), "wide", "object"),
        defined(Saturating, "Second"),
    ]
    found = find_model(candidates, MODEL_A)
    assert found.candidate.name == "Second"
    assert "101,146 parameters as the reference" in found.guesses[0]


def test_then_the_types_of_layers() -> None:
    class Wide(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.fc1 = nn.Conv2d(1, 4, 3), nn.Linear(4 * 13 * 13, 20)
            self.fc2 = nn.Linear(20, 10)

        def forward(self, x: Tensor) -> Tensor:
            x = F.max_pool2d(F.relu(self.conv(x)), 2).flatten(1)
            return self.fc2(F.relu(self.fc1(x)))

    candidates = [defined(lambda: small(nn.ReLU()), "net", "object"), defined(Wide)]
    found = find_model(candidates, MODEL_A)
    assert found.candidate.name == "Wide"
    assert "of the reference's types" in found.guesses[0]


def test_then_the_kinds_of_layers_with_weights() -> None:
    class Deep(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.two = nn.Conv2d(1, 4, 3), nn.Conv2d(4, 6, 3)
            self.last = nn.Linear(6 * 24 * 24, 10)

        def forward(self, x: Tensor) -> Tensor:
            return self.last(F.relu(self.two(F.relu(self.one(x)))).flatten(1))

    candidates = [
        defined(Mlp),
        defined(Deep, "Digits"),
        defined(lambda: small(nn.ReLU()), "net", "object"),
    ]
    found = find_model(candidates, MODEL_A)
    assert found.candidate.name == "Digits"
    assert "it alone consists of Conv2d and Linear as asked" in found.guesses[0]


def test_then_there_must_be_only_one() -> None:
    found = find_model([defined(Broken), defined(lambda: small(nn.ReLU()), "net", "object")], ANY)
    assert found.guesses == [
        "net (lab.ipynb, cell 1, line 1) was taken because it is the only model that fits."
    ]


def test_several_that_fit_equally_well_are_listed() -> None:
    candidates = [
        defined(lambda: small(nn.ReLU()), "net1", "object"),
        defined(lambda: small(nn.ReLU(), 20), "net2", "object", place="b.py, line 3"),
        defined(Broken),
    ]
    with pytest.raises(SolutionError) as caught:
        find_model(candidates, question(MNIST, question="task2", names=("ModelA",)))
    assert str(caught.value) == (
        "2 models fit task2 equally well. To say which one it is, name one of them ModelA, or "
        "write `task2: net1` into a mapping file. They are net1 (lab.ipynb, cell 1, line 1), "
        "12,730 parameters; net2 (b.py, line 3), 15,910 parameters"
    )


def test_one_network_under_several_names_is_not_ambiguous() -> None:
    def make_net() -> nn.Module:
        return Fixed()

    candidates = [defined(Fixed, "model", "object"), defined(make_net), defined(Fixed, "Net")]
    found = find_model(candidates, ANY)
    assert found.candidate.name == "Net"
    assert "all models that fit are the same network" in found.guesses[0]


def test_the_activation_tells_models_apart() -> None:
    wanted = question(MNIST, arguments={"activation": "sigmoid"})
    found = find_model([defined(Fixed, "CNN1"), defined(Saturating, "CNN2")], wanted)
    assert found.candidate.name == "CNN2"
    assert "its activation is Sigmoid" in found.guesses[0]


class Head(nn.Module):
    """Would do as a model by itself."""

    def __init__(self, inputs: int = 784) -> None:
        super().__init__()
        self.fc = nn.Linear(inputs, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x.flatten(1))


class Whole(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.head = nn.Conv2d(1, 1, 3, padding=1), Head()

    def forward(self, x: Tensor) -> Tensor:
        return self.head(F.relu(self.conv(x)))


def test_parts_of_a_model_rank_below_it() -> None:
    assert find_model([defined(Head), defined(Whole)], ANY).candidate.name == "Whole"
    head = defined(Head, "head", "object")
    whole = defined(lambda: nn.Sequential(nn.Conv2d(1, 1, 1), nn.Flatten(), Head()), "m", "object")
    assert find_model([head, whole], ANY).candidate.name == "m"


def test_parts_of_a_model_that_fails_are_not_taken_in_its_place() -> None:
    class Failing(Whole):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 1, 3)

    with pytest.raises(SolutionError, match=r"Failing .* cannot be used: .*`conv` takes \(N, 3"):
        find_model([defined(Head), defined(Failing)], ANY)


def test_a_model_that_the_student_made_goes_before_invented_arguments() -> None:
    class Net(nn.Module):
        def __init__(self, width: int) -> None:
            super().__init__()
            self.layers = small(nn.ReLU(), width)

        def forward(self, x: Tensor) -> Tensor:
            return self.layers(x)

    both = [defined(Net), defined(lambda: Net(40), "net", "object")]
    for names in ((), ("Net",)):
        assert find_model(both, question(MNIST, names=names)).call == "net"
    assert find_model(both[:1], ANY).call == "Net(width=28)"


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


# --- what finding leaves behind ------------------------------------------------------------------


class Noisy(Fixed):
    """Draws from every generator, in its constructor and in forward."""

    def __init__(self) -> None:
        super().__init__()
        scale = random.random() + np.random.rand()
        self.fc2.weight.data.mul_(scale)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(F.dropout(x, 0.3) * float(np.random.rand()))


def draws() -> list[float]:
    return [random.random(), float(np.random.rand()), float(torch.rand(()))]


@pytest.mark.parametrize("cls", [Fixed, Noisy, ModelA])
def test_finding_does_not_change_what_is_trained(cls: type[nn.Module]) -> None:
    seeded()
    plain = cls()
    expected = draws()
    seeded()
    found = find_model([defined(Saturating, "Other"), defined(cls, "ModelA")], MODEL_A)
    model = found.build()
    assert same_state(model, plain)
    assert draws() == expected
    assert same_state(found.build(), plain)


def test_generators_and_defaults_are_put_back() -> None:
    class Careless(Fixed):
        def __init__(self) -> None:
            torch.manual_seed(3)
            torch.set_default_dtype(torch.float64)
            torch.set_grad_enabled(False)
            super().__init__()

    seeded()
    expected = draws()
    seeded()
    found = find_model([defined(Careless, "ModelA")], MODEL_A)
    assert draws() == expected
    assert torch.get_default_dtype() == torch.float32
    assert torch.is_grad_enabled()
    assert next(found.build().parameters()).dtype == torch.float64
    assert torch.get_default_dtype() == torch.float32


def test_generators_are_put_back_after_a_failure() -> None:
    seeded()
    expected = draws()
    seeded()
    with pytest.raises(SolutionError):
        find_model([defined(Noisy, "One"), defined(Broken)], question((3, 9, 9)))
    assert draws() == expected


def test_definitions_are_executed_afresh_for_the_model() -> None:
    """What a class keeps from one making to the next is not there at the last."""

    def load() -> type[nn.Module]:
        class Counting(Fixed):
            made: list[int] = []

            def __init__(self) -> None:
                super().__init__()
                self.made.append(1)

        return Counting

    model = find_model([Candidate("ModelA", "class", "here", 1, load)], MODEL_A).build()
    assert len(model.made) == 1


def test_an_object_is_built_afresh_too() -> None:
    seeded()
    plain = Fixed()
    seeded()
    found = find_model([defined(Fixed, "model", "object")], MODEL_A)
    assert found.build() is not found.build()
    assert same_state(found.build(), plain)


def test_what_the_code_prints_is_not_shown_twice(capsys: pytest.CaptureFixture[str]) -> None:
    class Loud(Fixed):
        def __init__(self) -> None:
            super().__init__()
            print("made")

    found = find_model([defined(Loud, "ModelA")], MODEL_A)
    assert capsys.readouterr().out == ""
    found.build()
    assert capsys.readouterr().out == "made\n"


# --- bounds --------------------------------------------------------------------------------------


def test_a_huge_model_is_refused_before_it_takes_memory() -> None:
    class Huge(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(784, 4_000_000_000)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x.flatten(1))

    for candidate in (defined(Huge, "ModelA"), defined(Huge, "ModelA", "object")):
        with pytest.raises(SolutionError, match="has 3,140,000,000,000 parameters; more than"):
            find_model([candidate], MODEL_A)


class Counted(ModelA):
    """Fails in one of several ways, and counts how often it was asked."""

    asked = 0

    def __init__(self, error: type[Exception] | None = None, inputs: int = 1568) -> None:
        super().__init__()
        self.fc1 = nn.Linear(inputs, 64)
        self.error = error

    def forward(self, x: Tensor) -> Tensor:
        type(self).asked += 1
        if self.error is not None:
            raise self.error("no")
        return super().forward(x)


@pytest.mark.parametrize(
    ("make", "most"),
    [
        (lambda: Counted(TypeError), 3),
        (lambda: Counted(inputs=1000), 3),
        (lambda: Counted(RuntimeError), 3 * 20),  # a batch size may be written down there
    ],
)
def test_a_failure_is_not_looked_into_for_long(make: Callable[[], nn.Module], most: int) -> None:
    Counted.asked = 0
    with pytest.raises(SolutionError):
        find_model([defined(make, "ModelA")], MODEL_A)
    assert 0 < Counted.asked <= most


def test_only_so_many_definitions_are_looked_at() -> None:
    looked: list[int] = []

    def define(number: int) -> Callable[[], Any]:
        def load() -> Any:
            looked.append(number)
            return Broken

        return load

    many = [Candidate(f"N{n}", "class", "here", 1, define(n)) for n in range(150)]
    with pytest.raises(SolutionError):
        find_model(many, ANY)
    assert looked == list(range(100))


def test_finding_and_fitting_a_usual_network_takes_little_time() -> None:
    candidates = [defined(Mlp), defined(ModelA), defined(Head)]
    sample = torch.randn(2, *MNIST)
    spent = []
    for _ in range(3):
        began = time.process_time()
        found = find_model(candidates, MODEL_A)
        fit(found.build(), sample, 10, recipe())
        spent.append(time.process_time() - began)
    assert min(spent) < 0.1


def test_plain_names() -> None:
    assert plain_name("Model_A-1 (best)") == "modela1best"
