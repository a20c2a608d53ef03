# ruff: noqa: E501 - one line a definition
"""Imitations of what students hand in: what must be found in each, and what must never run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

HANDED_IN = Path(__file__).parent / "handed_in"
FLAT, MNIST, GRAY32, RGB224 = (64,), (1, 28, 28), (1, 32, 32), (3, 224, 224)
DIGIT = (1, 8, 8)


@dataclass(frozen=True)
class Makes:
    """A definition that gives a module with so many parameters, which takes images of a shape."""

    parameters: int
    shape: tuple[int, ...] = DIGIT
    arguments: dict[str, Any] = field(default_factory=dict)
    batch: int = 2
    guesses: int = 0
    trainable: int | None = None


@dataclass(frozen=True)
class Fails:
    """A definition that cannot be had, or not be used, and what is said of it."""

    message: str
    shape: tuple[int, ...] = DIGIT


@dataclass(frozen=True)
class File:
    """One file handed in: its models by "file:name" and version, and what is noted about it."""

    models: dict[str, Makes | Fails]
    notes: tuple[str, ...] = ()


EXPECTED = {
    "lab7_everything_at_top.ipynb": File({
        "ModelA": Makes(101_146, MNIST),
        "ModelB": Makes(202_666, MNIST),
        "model": Makes(101_146, MNIST),
        "loaded": Makes(101_146, MNIST),
    }),
    "colab.ipynb": File({"Net": Makes(79_510, MNIST), "net": Makes(79_510, MNIST)}),
    "nbformat3_python2.ipynb": File(
        {"MLP": Makes(2_410, FLAT), "net": Makes(2_410, FLAT)},
        (
            "cell 3, line 3: its prints are passed over",
            "cell 4, line 6: its prints are passed over",
            "cell 5, line 5: its prints are passed over",
        ),
    ),
    "broken_cells.ipynb": File(
        {"Net": Makes(650), "Wider": Makes(9_610)},
        (
            "cell 3, line 1: this statement is passed over",
            "cell 4, line 4: this statement is passed over",
            "cell 5, line 6: `Better` is passed over",
        ),
    ),
    "defined_twice.ipynb": File({
        "Block": Makes(650, FLAT, {"n_in": 64, "n_out": 10}),
        "Block 2": Makes(640, FLAT, {"n_in": 64, "n_out": 10, "activation": torch.tanh}),
        "MLP": Makes(64 * 32 + 32 + 330, FLAT),
        "MLP 2": Makes(64 * 64 + 650, FLAT, {"activation": torch.sigmoid}),
        "mlp": Makes(64 * 32 + 32 + 330, FLAT),
    }),
    "sequential_objects.ipynb": File({
        "model": Makes(109_386, MNIST),
        "deep": Makes(84_060, MNIST),
        "cnn": Makes(27_090, MNIST),
    }),
    "resnet_transfer.ipynb": File({
        "model_ft": Makes(11_175_370, (1, 64, 64)),
        "model_conv": Makes(11_181_642, (3, 64, 64), trainable=5_130),
        "model_conv 2": Makes(11_181_642, (3, 64, 64), trainable=11_181_642),
    }),
    "alexnet_main.py": File({"alexnet": Makes(57_029_322, (1, 224, 224), batch=1)}),
    "factories.py": File({
        "conv_block": Makes(80, MNIST, {"n_in": 1, "n_out": 8, "activation": "tanh"}),
        "make_model": Makes(15_770, MNIST, {"activation": "sigmoid"}),
        "make_mlp": Makes(784 * 20 + 20 + 210, MNIST, {"hidden": 20}),
        "tiny": Makes(7_850, MNIST),
    }),
    "all_in_main.py": File({"main.Net": Makes(48 * 64 + 48 + 490), "main.linear": Makes(650)}),
    "argparse_globals.py": File({"Net": Makes(72_820, MNIST), "model": Makes(72_820, MNIST)}),
    "asks.py": File({
        "Fixed": Makes(1_510),
        "Asking": Fails("`width` comes from asks.py, line 6, which is not run here: it waits for input"),
        "model": Makes(1_510),
    }),
    "needs_the_data.ipynb": File({
        "Net": Makes(784 * 30 + 30 + 310, MNIST, guesses=1),
        "Linear": Fails("`n_features` comes from needs_the_data.ipynb, cell 2, line 5, which cannot run here: `train_loader` comes from needs_the_data.ipynb, cell 2, line 2, which is not run here: it loads a data set"),
        "FromData": Makes(650, DIGIT, {"dataset": type("Data", (), {"__getitem__": lambda *_: (torch.zeros(64),), "classes": range(10)})()}),
        "model": Fails("`model` comes from needs_the_data.ipynb, cell 5, line 7, which cannot run here: `train_data` comes from needs_the_data.ipynb, cell 2, line 1, which is not run here: it loads a data set"),
    }),
    "several_files": File({
        "lab.ipynb:net": Makes(1_211),
        "lab.ipynb:Twin": Makes(1_211 + 1_811),
        "model.py:Net": Makes(1_211, DIGIT, {"hidden": 16}),
        "layers.py:Scale": Makes(1, (10,)),
        "layers.py:Around": Fails("", ()),
        "utils.py:model": Makes(1_811),
    }),
    "package": File({
        "run.py:best": Makes(910),
        "src/nets/cnn.py:SmallCNN": Makes(40 + 144 * 12 + 12 + 130),
        "src/nets/mlp.py:MLP": Makes(910),
    }),
    "percent_cells.py": File(
        {"Net": Makes(46_922, MNIST), "net2": Makes(46_922, MNIST)},
        ("line 31: this statement is passed over",),
    ),
    "exported.py": File({"ModelB": Makes(32_618, MNIST), "model": Makes(32_618, MNIST)}),
    "latin1.py": File({"Réseau": Makes(650)}),
    "bom_and_missing_fields.ipynb": File({"Net": Makes(650), "net": Makes(650)}),
    "writes_files.ipynb": File({
        "writes_files.ipynb:net": Makes(3_010),
        "net.py:Net": Makes(3_010, DIGIT, {"width": 40}),
    }),
    "percent_formatting.ipynb": File({"Net": Makes(65 * 36, DIGIT), "net": Makes(65 * 36, DIGIT)}),
    "out_of_order.ipynb": File({
        "net": Makes(650),
        "Net": Makes(650),
        "Base": Fails("", ()),
    }),
    "methods_from_outside.py": File({"SoftmaxRegression": Makes(650), "Plain": Makes(650)}),
    "absent_packages.ipynb": File({
        "Net": Makes(650),
        "Lit": Fails("absent_packages.ipynb, cell 3, line 1: `Lit` cannot be defined here: needs the package lightning_that_is_absent, which is not installed here"),
        "Mixing": Fails("absent_packages.ipynb, cell 1, line 4: `einops_that_is_absent` needs the package einops_that_is_absent, which is not installed here"),
        "net": Makes(650),
        "learn": Fails("`learn` comes from absent_packages.ipynb, cell 5, line 3, which cannot run here: needs the package fastai_that_is_absent, which is not installed here"),
    }),
    "python2.py": File(
        {"Net": Makes(1_510), "net": Makes(1_510)},
        ("line 3: its prints are passed over",),
    ),
    "initialised.ipynb": File({
        "Net": Makes(1_510),
        "model": Makes(1_510, trainable=210),
        "model 2": Makes(1_510, trainable=210),
    }),
    "star_imports.py": File({
        "Net": Makes(650),
        "Odd": Fails("star_imports.py, line 4: `special` needs the package helpers_that_are_absent, which is not installed here"),
    }),
    "answers": File({}),
    "arithmetic_answers.ipynb": File({}),
    "numpy_function.ipynb": File({}),
    "typed.py": File({"Net": Makes(65 * 36 + 370), "net": Makes(65 * 24 + 250)}),
    "with_config": File({
        "train.py:Net": Makes(65 * 14 + 150),
        "train.py:Other": Fails("`other` comes from train.py, line 9, which cannot run here: FileNotFoundError: [Errno 2] No such file or directory: '<HERE>/with_config/absent.json'"),
        "train.py:net": Makes(65 * 14 + 150),
    }),
    "renamed_by_canvas": File({
        "doejane_1201_88011_lab7-1.ipynb:net": Makes(650),
        "doejane_LATE_1201_88012_models.py:Net": Makes(650),
    }),
    "globals_in_forward.ipynb": File({"RNN": Makes(586, DIGIT, batch=50)}),
    "trainer_class.ipynb": File({
        "get_net": Makes(36_050, GRAY32),
        "net": Makes(10_250, GRAY32),
    }),
    "own_train_method.ipynb": File({
        "Net": Makes(65 * 40 + 410, DIGIT, {"lr": 0.5}),
        "net": Makes(65 * 40 + 410),
    }),
    "softmax_and_nll.ipynb": File({
        "SoftmaxNet": Makes(2_410),
        "model1": Makes(2_410),
        "model2": Makes(64 * 48 + 48 + 490),
    }),
    "cuda_everywhere.ipynb": File({
        "CNN": Makes(156 + 1_812 + 1_930, MNIST, batch=32),
        "net": Makes(156 + 1_812 + 1_930, MNIST, batch=32),
    }),
    "keras_habits.ipynb": File({
        "Dense": Makes(7_850, (784,), {"inputs": 784, "units": 10, "activation": "relu"}),
        "KerasModel": Fails("", ()),
        "Classifier": Makes(784 * 64 + 64 + 650, MNIST, {"input_shape": MNIST, "num_classes": 10}),
        "model": Makes(784 * 64 + 64 + 650, MNIST),
    }),
    "odev2 (1).ipynb": File({
        "Ağ": Makes(65 * 40 + 410, DIGIT, {"aktivasyon": "tanh"}),
        "ağ": Makes(65 * 40 + 410),
    }),
    "image_base.ipynb": File({
        "ImageClassificationBase": Fails("", ()),
        "MnistModel": Makes(784 * 32 + 32 + 330, MNIST, {"in_size": 784, "hidden_size": 32, "out_size": 10}),
        "model": Makes(784 * 32 + 32 + 330, MNIST, guesses=1),
    }),
    "from_scratch.ipynb": File({"NeuralNetwork": Fails("", ()), "nn": Fails("", ())}),
    "two_outputs.ipynb": File({
        "Encoder": Makes(78_702, (784,)),
        "TwoOutputs": Makes(78_732, (784,)),
        "WithDict": Makes(78_732, (784,)),
        "enc": Makes(78_702, (784,)),
        "net": Makes(78_732, (784,)),
    }),
    "module_dict.py": File({
        "BLOCKS": Fails("", ()),
        "MLP": Makes(65 * 48 + 490, DIGIT, {"hparams": SimpleNamespace(widths=(64, 48, 10), act="tanh", dropout=0.0)}),
        "Branches": Makes(65 * 32 + 330, DIGIT),
    }),
    "sweep.py": File({
        "SweepNet": Makes(65 * 32 + 330, DIGIT, {"config": {"hidden": 32, "p": 0.2}}),
        "best": Makes(65 * 32 + 330, DIGIT),
    }),
    "with_weights": File({
        "lab.ipynb:CNN": Makes(80 + 1_290),
        "lab.ipynb:model": Makes(80 + 1_290),
        "lab.ipynb:model 2": Makes(160 + 2_570),
        "lab.ipynb:model 3": Makes(160 + 2_570),
    }),
}  # fmt: skip


def images_for(name: str) -> tuple[int, int, int]:
    """Return channels, height and width of the images that its first network takes."""
    models = EXPECTED[name].models.values()
    shape = next((one.shape for one in models if isinstance(one, Makes)), DIGIT)
    rows = {FLAT: DIGIT, (28 * 28,): MNIST}
    channels, height, width = rows.get(shape, shape)
    return channels, height, width
