# ruff: noqa: E501 - tables with one case a line
from __future__ import annotations

import sys
from pathlib import Path

import pytest

from assessment.catalogue import load_lab
from assessment.errors import SpecError

LAB = """\
title: T
defaults:
  training: {optimizer: {name: adam}, epochs: 1, batch_size: 8, dataset: {name: DATASET}}
questions:
  a: {kind: training, title: A, training: {model: {name: "MODEL"}}}
  b:
    kind: training
    title: B
    training: {model: {name: digits/mlp}}
    variants: {v: {set: {VARIANT}}, w: {}}
"""


def _load(folder: Path, data_dir: Path | None = None, **parts: str) -> list[str]:
    """Load the lab with names put in; give the problems as `line field: message`."""
    text = LAB
    for word, value in {"DATASET": "digits", "MODEL": "digits/mlp", "VARIANT": ""}.items():
        text = text.replace(word, parts.get(word.lower(), value))
    path = folder / "lab.yaml"
    path.write_text(text)
    try:
        load_lab(path, data_dir)
    except SpecError as error:
        return [f"{p.line} {p.field}: {p.message}" for p in error.problems]
    return []


def test_known_names_pass(tmp_path: Path) -> None:
    assert _load(tmp_path, variant="dataset: {name: mnist}, model: {name: co543/model-a}") == []


def test_an_unknown_dataset_is_told_once_where_it_stands(tmp_path: Path) -> None:
    [line] = _load(tmp_path, dataset="fashion-mnist")
    assert line.startswith(
        "3 defaults.training.dataset.name: unknown data set 'fashion-mnist', "
        "did you mean fashion_mnist? (allowed: digits, mnist, "
    )


@pytest.mark.parametrize("file", ["pets.npz", "pets.zip", "pets/train/cat/1.png"])
def test_a_set_in_the_data_directory_passes(
    tmp_path: Path, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    (data / file).parent.mkdir(parents=True)
    (data / file).touch()
    assert _load(tmp_path, data, dataset="pets") == []
    monkeypatch.setenv("ASSESSMENT_DATA", str(data))
    assert _load(tmp_path, dataset="pets") == []
    assert len(_load(tmp_path, tmp_path, dataset="pets")) == 1


def test_an_unknown_set_is_looked_for_and_named_beside_those_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "pets.zip").touch()
    [line] = _load(tmp_path, tmp_path, dataset="pest")
    assert "unknown data set 'pest', did you mean pets? (allowed: digits, mnist, " in line
    assert ", emnist_bymerge, pets; or a set of one's own, looked for in " in line
    assert line.endswith(f"in {tmp_path} as pest.npz, pest.zip and pest/train/)")


@pytest.mark.parametrize("name", ["../pets", ".pets", "/pets"])
def test_a_path_is_no_name_of_a_set(tmp_path: Path, name: str) -> None:
    for place in (tmp_path, tmp_path / "data"):
        place.mkdir(exist_ok=True)
        (place / "pets.npz").touch()
        (place / ".pets.npz").touch()
    [line] = _load(tmp_path, tmp_path / "data", dataset=name)
    assert f"unknown data set '{name}'" in line


def test_an_unknown_model(tmp_path: Path) -> None:
    [line] = _load(tmp_path, model="digits/mpl")
    assert line.startswith(
        "5 questions.a.training.model.name: unknown model digits/mpl, did you mean digits/mlp? "
    )
    assert line.endswith("or an importable `module:name`)")


def test_what_a_variant_names_is_checked(tmp_path: Path) -> None:
    lines = _load(tmp_path, variant="dataset: {name: mnits}, model: {name: digits/cmn}")
    assert [line.partition(" (")[0] for line in lines] == [
        "10 questions.b.variants.v.set.dataset.name: unknown data set 'mnits', did you mean mnist?",
        "10 questions.b.variants.v.set.model.name: unknown model digits/cmn, did you mean digits/cnn?",
    ]


@pytest.fixture
def solutions(tmp_path: Path) -> Path:
    """Make a package beside the spec that must not be executed."""
    package = tmp_path / "solutions_beside"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('imported')\n")
    (package / "lab.py").write_text("import torch\n\nclass Model(torch.nn.Module):\n    pass\n")
    (package / "broken.py").write_text("class Model(:\n")
    return tmp_path


def test_a_model_beside_the_spec_is_found_without_importing_it(solutions: Path) -> None:
    before, path = set(sys.modules), list(sys.path)
    assert _load(solutions, model="solutions_beside.lab:Model") == []
    assert not {name for name in set(sys.modules) - before if name.startswith("solutions_beside")}
    assert sys.path == path


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("solutions_beside.lab:Modle", "module solutions_beside.lab defines no `Modle` at its top level, did you mean `Model`?"),
        ("solutions_beside.lap:Model", "there is no module solutions_beside.lap on sys.path"),
        ("no_such_package.lab:Model", "there is no module no_such_package.lab on sys.path"),
        ("solutions_beside.broken:Model", "syntax error: "),
        ("solutions_beside.lab:", "write `module:name`, such as `solutions.lab7:ModelA`"),
        ("..:x", "write `module:name`, such as `solutions.lab7:ModelA`"),
    ],
)  # fmt: skip
def test_a_module_that_cannot_give_the_model(solutions: Path, model: str, message: str) -> None:
    [line] = _load(solutions, model=model)
    assert line.startswith("5 questions.a.training.model.name: ")
    assert message in line


def test_names_are_checked_beside_other_mistakes(tmp_path: Path) -> None:
    lines = _load(tmp_path, model="digits/mpl", variant="epochs: none, dataset: {name: mnits}")
    assert [line.partition(":")[0] for line in lines] == [
        "5 questions.a.training.model.name",
        "10 questions.b.variants.v.set.epochs",
        "10 questions.b.variants.v.set.dataset.name",
    ]


@pytest.mark.parametrize("architecture", ["resnet18", "ResNet18", "vgg11_bn"])
def test_networks_of_torchvision(tmp_path: Path, architecture: str) -> None:
    model = f"torchvision, arguments: {{architecture: {architecture}}}"
    assert _load(tmp_path, variant=f"model: {{name: {model}}}") == []


@pytest.mark.parametrize("name", ["resnet81", "fcn_resnet50"])
def test_a_network_that_torchvision_does_not_have(tmp_path: Path, name: str) -> None:
    [line] = _load(
        tmp_path, variant=f"model: {{name: torchvision, arguments: {{architecture: {name}}}}}"
    )
    assert line.startswith(
        "10 questions.b.variants.v.set.model.arguments.architecture: "
        f"torchvision has no network {name} that classifies images"
    )
    assert ("did you mean resnet18?" in line) == (name == "resnet81")


def test_a_weaker_network_that_torchvision_does_not_have(tmp_path: Path) -> None:
    weaker = "w: {name: torchvision, arguments: {architecture: resnet81}}"
    [line] = _load(tmp_path, model=f'digits/mlp"}}}}, weaker: {{{weaker}, other: {{name: "linear')
    assert line.startswith("5 questions.a.weaker.w.arguments.architecture: torchvision has no")


@pytest.mark.parametrize(
    ("dataset", "transforms", "message"),
    [
        ("digits", "[{kind: gray_to_rgb}]", ""),
        ("cifar10", "[{kind: rgb_to_gray}]", ""),
        ("mnist", "[{kind: rgb_to_gray}]", "[0]: `rgb_to_gray` takes colour images, these have 1 channel"),
        ("cifar100", "[{kind: resize, size: 8}, {kind: gray_to_rgb}]", "[1]: `gray_to_rgb` takes gray images, these have 3 channels"),
        ("digits", "[{kind: normalize, mean: [0, 0, 0], std: [1]}]", "[0]: `normalize` has a `mean` for 3 channels, these have 1 channel"),
        ("pets", "[{kind: normalize, mean: [0, 0, 0], std: [1]}]", ""),
        ("digits", "[{kind: normalize, mean: [127.5], std: [0.5]}]", "[0].mean[0]: pixels are in [0, 1] here, and so is their `mean`, found 127.5: of 0 to 255, 127.5 is 0.5"),
        ("pets", "[{kind: normalize, mean: [0.5], std: [2]}]", "[0].std[0]: pixels are in [0, 1] here, and so is their `std`, found 2: of 0 to 255, 2 is 0.007843"),
        ("digits", "[{kind: normalize, mean: [-0.1], std: [1]}]", "[0].mean[0]: pixels are in [0, 1] here, and so is their `mean`, found -0.1"),
        ("digits", "[{kind: normalize, mean: [0.5], std: [0.5]}, {kind: normalize, mean: [-1], std: [2]}]", ""),
        ("pets", "[{kind: normalize, mean: [0, 0], std: [1]}]", "[0]: `normalize` has a `mean` for 2 channels, these have 3 channels"),
    ],
)  # fmt: skip
def test_transforms_for_other_channels(
    tmp_path: Path, dataset: str, transforms: str, message: str
) -> None:
    (tmp_path / "pets.npz").touch()
    lines = _load(tmp_path, tmp_path, dataset=f"{dataset}, transforms: {transforms}")
    place = "3 defaults.training.dataset.transforms"
    assert lines == ([place + message] if message else [])


def test_transforms_that_a_variant_sets(tmp_path: Path) -> None:
    lines = _load(tmp_path, variant="dataset: {transforms: [{kind: rgb_to_gray}]}")
    assert [line.partition(": ")[0] for line in lines] == [
        "10 questions.b.variants.v.set.dataset.transforms[0]"
    ]
    lines = _load(
        tmp_path,
        variant="dataset: {name: cifar10}, epochs: none",
        dataset="digits, transforms: [{kind: gray_to_rgb}]",
    )
    assert [line.partition(": ")[0] for line in lines] == ["10 questions.b.variants.v.set.epochs"]


@pytest.mark.parametrize(
    ("model", "lines"),
    [
        ("digits/mlp, arguments: {hiden: 3}", [".arguments.hiden: unknown argument, did you mean hidden? (digits/mlp takes hidden)"]),
        ("digits/mlp, arguments: {hidden: '3'}", ['.arguments.hidden: must be a whole number, found the text "3": remove the quotes']),
        ("digits/mlp, arguments: {hidden: true, size: 3}", [".arguments.hidden: must be a whole number, found true", ".arguments.size: unknown argument (digits/mlp takes hidden)"]),
        ("digits/cnn, arguments: {hidden: 3}", [".arguments.hidden: unknown argument (digits/cnn takes none)"]),
        ("adelaide/basic-mlp", [": needs the argument `widths`: a list of whole numbers"]),
        ("adelaide/basic-mlp, arguments: {width: [3]}", [".arguments: needs the argument `widths`: a list of whole numbers", ".arguments.width: unknown argument, did you mean widths? (adelaide/basic-mlp takes widths)"]),
        ("adelaide/basic-mlp, arguments: {widths: 512}", [".arguments.widths: must be a list of whole numbers, found the number 512: put it in brackets"]),
        ("digits/mlp, weights: net.pth", [".weights: digits/mlp takes no weights (digits/mlp takes hidden)"]),
        ("torchvision, arguments: {architecture: resnet18}, weights: net.pth", []),
        ("torchvision", [": needs the argument `architecture`: a text"]),
        ("'solutions_open:Net', arguments: {anything: 3, depth: 2}", []),
        ("'solutions_open:Net', arguments: {depth: two}", ['.arguments.depth: must be a whole number, found the text "two"']),
        ("'solutions_open:Odd', arguments: {depth: two}", []),
    ],
)  # fmt: skip
def test_arguments_are_checked_against_the_source(
    tmp_path: Path, model: str, lines: list[str]
) -> None:
    (tmp_path / "solutions_open.py").write_text(
        "raise RuntimeError('imported')\n"
        "class Net:\n    def __init__(self, depth: int = 2, **others): ...\n"
        "Odd = type('Odd', (Net,), {})\n"
    )
    place = "5 questions.a.training.model"
    text = LAB.replace('{name: "MODEL"}', f"{{name: {model}}}").replace("DATASET", "digits")
    path = tmp_path / "lab.yaml"
    path.write_text(text.replace("VARIANT", ""))
    try:
        load_lab(path)
        found = []
    except SpecError as error:
        found = [f"{p.line} {p.field}: {p.message}" for p in error.problems]
    assert found == [place + line for line in lines]


def test_arguments_that_a_variant_sets(tmp_path: Path) -> None:
    lines = _load(tmp_path, variant="model: {arguments: {hiden: 3}}")
    assert lines == [
        "10 questions.b.variants.v.set.model.arguments.hiden: "
        "unknown argument, did you mean hidden? (digits/mlp takes hidden)"
    ]
    weaker = "w: {name: linear, arguments: {softmax: true}}"
    [line] = _load(tmp_path, model=f'digits/mlp"}}}}, weaker: {{{weaker}, other: {{name: "linear')
    assert line.startswith("5 questions.a.weaker.w.arguments.softmax: unknown argument, did you")


FUNCTION = """\
title: T
questions:
  f:
    kind: function
    title: F
    function: f
    solution: SOLUTION
    reference: REFERENCE
    cases: {one: {arguments: [{shape: [2, 2]}]}}
    points: 1
"""


@pytest.mark.parametrize(
    ("solution", "reference", "lines"),
    [
        ("numpy/softmax", "torch/softmax", []),
        ("mine:double", "torch/softmax", []),
        ("numpy/sofmax", "torch/softmax", ["7 questions.f.solution: unknown function numpy/sofmax, did you mean numpy/softmax? (allowed: numpy/softmax, numpy/conv2d, torch/softmax, torch/conv2d, or an importable `module:name`)"]),
        ("mine:duble", "mine:double", ["7 questions.f.solution: function 'mine:duble': module mine defines no `duble` at its top level, did you mean `double`?"]),
        ("numpy/softmax", "nowhere:f", ["8 questions.f.reference: function 'nowhere:f': there is no module nowhere on sys.path"]),
    ],
)  # fmt: skip
def test_functions(solution: str, reference: str, lines: list[str], tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def double(x):\n    return 2 * x\n")
    path = tmp_path / "lab.yaml"
    path.write_text(FUNCTION.replace("SOLUTION", solution).replace("REFERENCE", reference))
    try:
        load_lab(path)
        found = []
    except SpecError as error:
        found = [f"{p.line} {p.field}: {p.message}" for p in error.problems]
    assert found == lines
