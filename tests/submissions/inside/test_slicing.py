# ruff: noqa: E501 - one line a case
"""What a slice holds, and what it never holds."""

from __future__ import annotations

import ast
import time

import pytest

from assessment.submissions.inside.definitions import Definition
from assessment.submissions.inside.notebooks import read_bytes
from assessment.submissions.inside.slicing import Outline, outline
from assessment.training.errors import SolutionError

HEAD = "import torch\nfrom torch import nn\nfrom torchvision import models, datasets\n"


def of(text: str) -> Outline:
    return outline(read_bytes(text.encode(), "lab.py"))


def definition(found: Outline, name: str, version: int = 0) -> Definition:
    """Return a definition; version 0 is the last."""
    versions = [one for one in found.definitions if one.name == name]
    return versions[version - 1]


def steps(found: Outline, wanted: Definition | str) -> list[str]:
    """Return the first lines of a slice's statements; those that are not run with the reason."""
    result = []
    for statement in found.slice(wanted):
        lines = [line for line in ast.unparse(statement.node).splitlines() if line.strip()]
        if statement.reason:
            result.append(f"{','.join(statement.names)} [{statement.reason}]")
        else:
            result.append(" | ".join(line.strip() for line in lines[:6]))
    return result


def sliced(text: str, name: str, version: int = 0) -> list[str]:
    found = of(text)
    return steps(found, definition(found, name, version))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # what bodies name is needed because the definition is wanted
        ("a = 1\nb = 2\nclass X:\n def f(self): return b", ["b = 2", "class X: | def f(self): | return b"]),
        ("def g(): return h()\ndef h(): return c\nc = 3\ndef X(): return g()", ["def g(): | return h()", "def h(): | return c", "c = 3", "def X(): | return g()"]),
        ("def g(): return loader\nloader = 1\nclass X: pass", ["class X: | pass"]),
        # bases, decorators, defaults, annotations, class bodies
        ("B = object\nd = print\ny = 1\nz = 2\n@d\nclass X(B):\n a: y = z", ["B = object", "d = print", "y = 1", "z = 2", "@d | class X(B): | a: y = z"]),
        ("w = 5\nv = 6\ndef X(a=w): pass", ["w = 5", "def X(a=w): | pass"]),
        # the value of a name is that of its last binding before it is used first
        ("n = 1\nn = 2\nclass X:\n def f(self): return n\nX()\nn = 3", ["n = 2", "class X: | def f(self): | return n"]),
        ("n = 1\nclass X:\n def f(self): return n\nn = 2\nX()\nn = 3", ["class X: | def f(self): | return n", "n = 2"]),
        ("n = 1\nn = n + 1\nclass X:\n f = n", ["n = 1", "n = n + 1", "class X: | f = n"]),
        ("n = 1\nn += 1\nclass X:\n f = n", ["n = 1", "n += 1", "class X: | f = n"]),
        ("class X(B): pass\nclass B: pass", ["class B: | pass", "class X(B): | pass"]),
        # imports, one name each
        ("import os, sys\nfrom a import b, c\nclass X(b):\n f = sys", ["import sys", "from a import b", "class X(b): | f = sys"]),
        ("import a\nimport a.b\nimport a.c as d\nclass X(a.b.Y): pass", ["import a", "import a.b", "class X(a.b.Y): | pass"]),
        ("from a import *\nfrom b import *\nclass X(Y): pass", ["from a import *", "from b import *", "class X(Y): | pass"]),
        ("from a import *\nclass X:\n f = len", ["class X: | f = len"]),
        # branches
        ("if c():\n d = 1\nelse:\n d = 2\ndef c(): pass\nclass X:\n f = d", ["def c(): | pass", "if c(): | d = 1 | else: | d = 2", "class X: | f = d"]),
        ("d = 1\nif True:\n d = 2\nclass X:\n f = d", ["d = 2", "class X: | f = d"]),
        ("if 0:\n d = 1\nd = 2\nif 0:\n d = 3\nclass X:\n f = d", ["d = 2", "class X: | f = d"]),
        ("d = 1\nif a:\n print(d)\n d = 2\n e = 3\nclass X:\n f = d", ["d = 1", "if a: | d = 2", "class X: | f = d"]),
        ("try:\n import a as b\n print(b)\nexcept ImportError:\n b = None\n print('no')\nclass X:\n f = b", ["try: | import a as b | except ImportError: | b = None", "class X: | f = b"]),
        ("try:\n b = g()\nexcept:\n raise\nclass X:\n f = b", ["try: | b = g() | except: | pass", "class X: | f = b"]),
        ("with open('f') as h:\n b = h.read()\n print(b)\nclass X:\n f = b", ["with open('f') as h: | pass | b = h.read()", "class X: | f = b"]),
        ("if __name__ == '__main__':\n b = 1\n class X:\n  f = b\n X().run()", ["b = 1", "class X: | f = b"]),
        ("if input() == 'y':\n class X: pass", ["class X: | pass"]),
        # containers that are filled
        ("l = []\nfor i in range(3):\n l.append(i)\nl.append(print)\nl += [4]\nprint(l)\nclass X:\n f = l", ["l = []", "for i in range(3): | l.append(i)", "l.append(print)", "l += [4]", "class X: | f = l"]),
        ("d = {}\nd['a'] = 1\nd.update(b=2)\nclass X:\n def f(self): return d", ["d = {}", "d['a'] = 1", "d.update(b=2)", "class X: | def f(self): | return d"]),
        # classes that are finished from outside
        ("class X: pass\ndef f(self): pass\nX.f = f", ["class X: | pass", "def f(self): | pass", "X.f = f"]),
        ("def add(c): return c\nclass X: pass\n@add(X)\ndef f(self): pass", ["def add(c): | return c", "class X: | pass", "@add(X) | def f(self): | pass"]),
        # anything may be asked for by its name
        ("def a(): pass\nb = 1\nclass X:\n def f(self, n): return globals()[n]", ["def a(): | pass", "class X: | def f(self, n): | return globals()[n]"]),
        # a loop binds its own names
        ("for i in range(3):\n i.x = 1\nfor i in range(2):\n a = i\nclass X:\n f = a", ["for i in range(2): | a = i", "class X: | f = a"]),
    ],
)  # fmt: skip
def test_what_a_class_or_function_needs(text: str, expected: list[str]) -> None:
    assert sliced(text, "X") == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("b = datasets.MNIST('data', download=True)", "it loads a data set"),
        ("import torchvision as tv\nb = tv.datasets.CIFAR10('data')", "it loads a data set"),
        ("from torchvision.datasets import MNIST\nb = MNIST('data')", "it loads a data set"),
        ("b = torch.utils.data.DataLoader([])", "it loads a data set"),
        ("import pandas as pd\nb = pd.read_csv('train.csv')", "it loads a data set"),
        ("(b, y), z = keras.datasets.mnist.load_data()", "it loads a data set"),
        ("import urllib.request\nb = urllib.request.urlopen('http://a')", "it downloads something"),
        ("import requests as r\nb = r.get('http://a').json()", "it downloads something"),
        ("b = torch.load('model.pt')", "it loads saved weights"),
        ("b = net.load_state_dict(w)", "it loads saved weights"),
        ("b = int(input('epochs'))", "it waits for input"),
        ("import os\nb = os.system('nvidia-smi')", "it runs a command of the system"),
        ("import subprocess as s\nb = s.check_output(['ls'])", "it runs a command of the system"),
        ("import matplotlib.pyplot as plt\nb, ax = plt.subplots()", "it draws"),
        ("b, ax = plt.subplots()", "it draws"),
        ("from torch.utils.tensorboard import SummaryWriter\nb = SummaryWriter()", "it writes a training log"),
        ("from google.colab import drive\nb = drive.mount('/content')", "it needs Google Colab"),
        ("b = loss.backward()", "it trains"),
        ("b = net.fit(x, y)", "it trains"),
        ("def run(n):\n for x in n: n(x).backward()\nb = run(1)", "it trains"),
        ("def inner(n): n.fit()\ndef run(n): inner(n)\nb = run(1)", "it trains"),
        ("class Trainer:\n def go(self): self.o.step()\nb = Trainer().go()", "it trains"),
        ("class Data:\n def __init__(self): self.d = datasets.MNIST('.')\nb = Data()", "it loads a data set"),
        ("class Data:\n def __init__(self):\n  from kits import datasets as d\n  self.d = d.Own('.')\nb = Data()", "it loads a data set"),
        ("from torchvision.datasets import *\nb = MNIST('.')", "it loads a data set"),
        ("from engine import train_model\nb = train_model(1)", "it trains"),
        ("for b in train_loader: pass", "it goes through a data set"),
        ("for i, b in enumerate(testset): c = b", "it goes through a data set"),
        ("while True:\n b = 1", "it is a loop that need not end"),
        ("import time\nb = time.sleep(9)", "it waits"),
        ("b = exit()", "it ends Python"),
        ("with urllib.request.urlopen('http://a') as b: c = b.read()", "it downloads something"),
    ],
)  # fmt: skip
def test_what_is_never_run(text: str, reason: str) -> None:
    """What needs it learns why there is nothing; what that would have needed is left out."""
    found = of(f"{HEAD}{text}\nclass X:\n def f(self): return b")
    last = steps(found, definition(found, "X"))[-2:]
    assert last[0].endswith(f" [{reason}]")
    assert "b" in last[0].split(" [")[0].split(",")
    assert last[1].startswith("class X")


@pytest.mark.parametrize(
    "text",
    [
        "b = models.resnet18(pretrained=True)",
        "b = torch.hub.load('pytorch/vision', 'resnet18')",
        "b = nn.Sequential(nn.Linear(1, 1))",
        "b = torch.device('cuda' if torch.cuda.is_available() else 'cpu')",
        "def make():\n m = models.resnet18()\n m.load_state_dict(torch.load('w'))\n return m\nb = make()",
        "b = lambda x: datasets.MNIST(x)",
        "def f():\n def g(): return datasets.MNIST('.')\n return g\nb = f()",
        "import json\nb = json.load(open('config.json'))",
        "import argparse\nb = argparse.ArgumentParser().parse_args()",
        "for b in range(3): pass",
        "from sklearn.model_selection import train_test_split\nb = train_test_split(1)",
    ],
)
def test_what_may_be_run(text: str) -> None:
    found = of(f"{HEAD}{text}\nclass X:\n def f(self): return b")
    assert not any(statement.reason for statement in found.slice(definition(found, "X")))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("m.fc = nn.Linear(1, 1)", True),
        ("m.classifier[6] = nn.Linear(1, 1)", True),
        ("m.a, m.b = 1, 2", True),
        ("del m.fc", True),
        ("m.add_module('a', nn.ReLU())", True),
        ("m.features.append(nn.ReLU())", True),
        ("m.apply(print)", True),
        ("m.requires_grad_(False)", True),
        ("m.fc.weight.data.normal_(0, 0.01)", True),
        ("m.to('cuda')", True),
        ("m.cuda()", True),
        ("m = m.to('cuda')", True),
        ("m = nn.Sequential(m, nn.Softmax(1))", True),
        ("m = torch.nn.DataParallel(m)", True),
        ("nn.init.xavier_uniform_(m.fc.weight)", True),
        ("torch.nn.utils.spectral_norm(m.fc)", True),
        ("setattr(m, 'fc', 1)", True),
        ("for p in m.parameters(): p.requires_grad = False", True),
        ("for n, p in m.named_parameters():\n if 'fc' not in n: p.requires_grad = False", True),
        ("for c in m.children():\n for p in c.parameters(): p.requires_grad = False", True),
        ("for i in [0, 2]:\n l = m[i]\n l.bias = None", True),
        ("with torch.no_grad(): m.fc.bias.fill_(1)", True),
        ("if torch.cuda.is_available(): m.cuda()", True),
        ("def freeze(n):\n for p in n.parameters(): p.requires_grad = False\nfreeze(m)", True),
        ("def freeze(n): freeze2(n)\ndef freeze2(n): n.a = 1\nfreeze(m)", True),
        # whatever else is done with it
        ("print(m)", False),
        ("m.eval()", False),
        ("m.train()", False),
        ("m.load_state_dict(torch.load('m.pt'))", False),
        ("m(torch.zeros(1))", False),
        ("out = m(x)", False),
        ("summary(m, (1, 28, 28))", False),
        ("def show(n): print(n)\nshow(m)", False),
        ("def predict(n, x):\n n.to('cuda')\n return n(x)\npredict(m, 1)", False),
        ("def run(n):\n n.a = 1\n n(1).backward()\nrun(m)", False),
        ("for x, y in train_loader: m.fc = x", False),
        ("m = run_training(m)", None),
    ],
)  # fmt: skip
def test_what_belongs_to_building_a_model(text: str, kept: bool | None) -> None:
    found = of(f"{HEAD}m = models.resnet18()\n{text}\n")
    (model,) = (one for one in found.definitions if one.name == "m")
    changed = steps(found, model)
    built = changed.index("m = models.resnet18()")
    if kept is not None:
        assert (len(changed) > built + 1) == kept, changed
    assert model.looks_like == "module"


def test_a_model_trained_by_its_own_name_is_what_it_was_before() -> None:
    text = HEAD + "def train(m):\n m.fit()\n return m\nm = models.alexnet()\nm = train(m)\n"
    found = of(text)
    assert [one.version for one in found.definitions if one.name == "m"] == [1]
    assert steps(found, "m")[-1] == "m = models.alexnet()"


def test_versions_of_an_object() -> None:
    """Bound anew it is another one; so is what is built on after training."""
    found = of(
        HEAD + "m = models.alexnet()\n"
        "m.a = 1\n"
        "m.fit()\n"
        "m.b = 2\n"
        "m.c = 3\n"
        "for x in train_loader: m(x).backward()\n"
        "m = torch.load('m.pt')\n"
        "m.d = 4\n"
        "m = models.vgg11()\n"
        "for k in range(3): m = models.vgg11()\n"
        "if k: m = nn.Linear(1, 1)\n"
        "else: m = nn.Linear(2, 2)\n"
    )
    versions = [one for one in found.definitions if one.name == "m"]
    held = [
        [step for step in steps(found, one) if step.startswith(("m", "if"))] for one in versions
    ]
    assert held == [
        ["m = models.alexnet()", "m.a = 1"],
        ["m = models.alexnet()", "m.a = 1", "m.b = 2", "m.c = 3"],
        ["m = models.vgg11()"],
    ]
    assert [one.version for one in versions] == [1, 2, 3]


def test_versions_of_a_class_each_have_their_own_globals() -> None:
    text = (
        "n = 1\nclass B: pass\nclass X(B):\n def f(self): return n, X\nX()\n"
        "n = 2\nclass B: x = 1\nclass X(B):\n def f(self): return n, X, B\nX()\n"
    )
    first, second = sliced(text, "X", 1), sliced(text, "X", 2)
    assert first == ["n = 1", "class B: | pass", "class X(B): | def f(self): | return (n, X)"]
    assert second == ["n = 2", "class B: | x = 1", "class X(B): | def f(self): | return (n, X, B)"]


@pytest.mark.parametrize(
    ("text", "name", "looks_like"),
    [
        ("class X(nn.Module): pass", "X", "module"),
        ("class X(nn.Sequential): pass", "X", "module"),
        ("class X(models.ResNet): pass", "X", "module"),
        ("import pytorch_lightning as pl\nclass X(pl.LightningModule): pass", "X", "module"),
        ("class B(nn.Module): pass\nclass X(B): pass", "X", "module"),
        ("from model import Base\nclass X(Base): pass", "X", "module"),
        ("class X:\n def forward(self, x): return x", "X", "module"),
        ("class X(torch.utils.data.Dataset): pass", "X", "other"),
        ("class X(torch.autograd.Function):\n def forward(c, x): return x", "X", "other"),
        ("class X: pass", "X", "other"),
        ("class X(X): pass", "X", "other"),
        ("def X(): return nn.Linear(1, 1)", "X", "factory"),
        ("def X():\n m = models.vgg11()\n m.fc = 1\n return m.to('cpu'), 224", "X", "factory"),
        ("def X():\n class N(nn.Module): pass\n return N()", "X", "factory"),
        ("def X():\n class N(nn.Module): pass\n return N", "X", "function"),
        ("def X(): return X()", "X", "function"),
        ("def X(n):\n n.fit()\n return nn.Linear(1, 1)", "X", "function"),
        ("def X(a): return a + 1", "X", "function"),
        ("X = lambda: nn.Linear(1, 1)", "X", "factory"),
        ("X = lambda a: a", "X", "function"),
        ("X = nn.Sequential()", "X", "other"),
        ("X = nn.Sequential(nn.Linear(1, 1)).to('cuda').double()", "X", "module"),
        ("X = nn.Linear(784, 10)", "X", "module"),
        ("X = nn.ReLU()", "X", "other"),
        ("X = nn.CrossEntropyLoss(weight=w)", "X", "other"),
        ("class N(nn.Module): pass\nX = N() if a else N(3)", "X", "module"),
        ("def f(): return nn.Linear(1, 1)\nX, size = f()", "X", "module"),
        ("def f(): return nn.Linear(1, 1)\nsize, X = f()", "X", ""),
        ("X, Y = nn.Linear(1, 1), 3", "X", "module"),
        ("X = torch.compile(nn.Linear(1, 1))", "X", "module"),
        ("def f(m, d): return m.to(d)\nX = f(nn.Linear(1, 1), 'cuda')", "X", "module"),
        ("def f(d, m): return m\nX = f('cuda', m=nn.Linear(1, 1))", "X", "module"),
        ("def f(d, m): return d\nX = f('cuda', nn.Linear(1, 1))", "X", "other"),
        ("def f(m):\n m.fit()\n return m\nX = f(nn.Linear(1, 1))", "X", ""),
        ("def f(m): return m or m\nX = f(nn.Linear(1, 1))", "X", "other"),
        ("from efficientnet_pytorch import EfficientNet\nX = EfficientNet.from_pretrained('b0')", "X", "module"),
        ("from model import Net\nX = Net(3)", "X", "module"),
        ("from model import get_model\nX = get_model(3)", "X", "module"),
        ("from model import *\nX = Net(3)", "X", "module"),
        ("from pathlib import Path\nX = Path('a')", "X", "other"),
        ("X = torch.zeros(3)", "X", "other"),
        ("X = [nn.Linear(1, 1)]", "X", "other"),
    ],
)  # fmt: skip
def test_what_definitions_look_like(text: str, name: str, looks_like: str) -> None:
    found = [one.looks_like for one in of(HEAD + text).definitions if one.name == name]
    assert found == ([looks_like] if looks_like else [])


def test_what_a_definition_tells() -> None:
    (found,) = of("\n@a.b\nclass X(B): pass\n").definitions
    assert (found.kind, found.place) == ("class", "lab.py, line 3")


def test_models_in_functions_are_lifted_out_of_them() -> None:
    found = of(
        HEAD + "w = 9\n"
        "def main(n, k=3):\n"
        " class X(nn.Module):\n  def f(self): return k, w, n\n"
        " h = 4\n"
        " m = nn.Linear(h, k)\n"
        " m.bias = None\n"
        " x = X()\n"
        " m.fit()\n"
    )
    lifted = {one.name: one for one in found.definitions if one.within == "main"}
    assert set(lifted) == {"X", "m"}
    assert steps(found, lifted["X"]) == [
        "from torch import nn",
        "w = 9",
        "n [it is given to `main` by whoever calls it]",
        "k = 3",
        "class X(nn.Module): | def f(self): | return (k, w, n)",
    ]
    assert steps(found, lifted["m"]) == [
        "from torch import nn",
        "k = 3",
        "h = 4",
        "m = nn.Linear(h, k)",
        "m.bias = None",
    ]


def test_names_can_be_asked_for() -> None:
    found = of("import a\nfrom b import *\nx = 1\nx = 2\n")
    assert found.names() == {"a", "x"}
    assert steps(found, "x") == ["x = 2"]
    assert steps(found, "a") == ["import a"]
    assert steps(found, "unheard_of") == ["from b import *"]
    assert [statement.names for statement in found.slice("unheard_of")] == [("unheard_of",)]
    assert steps(of("x = 1"), "unheard_of") == []


def test_more_statements_than_anybody_writes() -> None:
    found = of("\n".join(f"x{number} = 1" for number in range(6_000)))
    assert found.notes == ["lab.py: only its first 5,000 statements are read"]
    assert len(found.definitions) == 5_000


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"x{n} = x{n - 1} + 1" for n in range(1, 4_000)),
        "\n".join(f"class C{n}(C{n - 1}): pass" for n in range(1, 4_000)),
        "\n".join(f"def f{n}(): return f{n + 1}()" for n in range(3_000)),
        "\n".join(f"def f{n}(m): f{n + 1}(m)" for n in range(3_000)) + "\nf0(f1)",
        "x = 0\n" + "\n".join(f"if c{n}: x = {n}" for n in range(3_000)) + "\ny = x",
        "\n".join("def f(a): return f(g(a))\ndef g(a): return f(a)" for _ in range(1_000)),
    ],
    ids=["sums", "classes", "calls", "changes", "branches", "versions"],
)
def test_entangled_files_come_to_an_end(text: str) -> None:
    before = time.process_time()
    found = of(text)
    for one in found.definitions[-3:]:
        assert found.slice(one)
    assert time.process_time() - before < 20


def test_what_cannot_be_followed_is_said() -> None:
    found = of("\n".join(f"x{n} = x{n + 1} + 1" for n in range(4_000)))
    with pytest.raises(SolutionError, match=r"^lab\.py: too entangled to be read$"):
        found.slice(found.definitions[0])


def test_the_order_of_definitions_does_not_depend_on_hashes() -> None:
    found = of("zeta, alpha, mu = 1, 2, 3\ndef b(): return zeta, alpha, mu\n")
    assert [one.name for one in found.definitions] == ["alpha", "mu", "zeta", "b"]
