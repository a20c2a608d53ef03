"""What a submission's own statements are never run for, told from the names of what they call."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

TRAINS = "it trains"
LOOPS = "it goes through a data set"
LOADS_DATA = "it loads a data set"
DOWNLOADS = "it downloads something"
LOADS_WEIGHTS = "it loads saved weights"
ASKS = "it waits for input"
ENDLESS = "it is a loop that need not end"
SHELL = "it runs a command of the system"
DEEPEST_CALLS = 30
"""Functions that call functions of a file, as far as they are followed."""
_SOFT = (LOADS_WEIGHTS, ENDLESS)

_BY_METHOD = {
    **dict.fromkeys(("backward", "step", "fit", "fit_generator", "train_on_batch"), TRAINS),
    **dict.fromkeys(("zero_grad", "fit_one_cycle", "fine_tune"), TRAINS),
    **dict.fromkeys(("load_state_dict", "load_weights", "load_from_checkpoint"), LOADS_WEIGHTS),
    **dict.fromkeys(("DataLoader", "ImageFolder", "DatasetFolder", "load_data"), LOADS_DATA),
    **dict.fromkeys(("load_dataset", "fetch_openml", "fetch_mldata", "random_split"), LOADS_DATA),
    **dict.fromkeys(("load_digits", "loadmat", "read_csv", "read_excel"), LOADS_DATA),
    **dict.fromkeys(("MNIST", "FashionMNIST", "KMNIST", "QMNIST", "EMNIST", "USPS"), LOADS_DATA),
    **dict.fromkeys(("CIFAR10", "CIFAR100", "SVHN", "STL10", "ImageNet"), LOADS_DATA),
    **dict.fromkeys(("urlretrieve", "urlopen", "download_url"), DOWNLOADS),
}
"""Last part of what is called to the reason; also where it cannot be told what it belongs to."""
_BY_PATH = [
    (re.compile(r"(?:.*\.)?datasets?\.(?:\w+\.)?[A-Z]\w*"), LOADS_DATA),
    (re.compile(r"(?:requests|urllib|wget|gdown|kaggle|kagglehub|opendatasets)\..*"), DOWNLOADS),
    (re.compile(r"torch\.load|pickle\.load|joblib\.load|(?:.*\.)?load_model"), LOADS_WEIGHTS),
    (re.compile(r"input|raw_input|getpass\.getpass"), ASKS),
    (re.compile(r"os\.(?:system|popen|spawn\w*|exec\w+|fork)|subprocess\..*|get_ipython.*"), SHELL),
    (re.compile(r"google\.colab\..*|(?:.*\.)?drive\.mount|files\.upload"), "it needs Google Colab"),
    (re.compile(r"matplotlib\..*|seaborn\..*|plotly\..*|cv2\.(?:imshow|waitKey)"), "it draws"),
    (re.compile(r"wandb\..*|(?:.*\.)?SummaryWriter|mlflow\..*"), "it writes a training log"),
    (re.compile(r"(?:sys\.)?exit|quit|os\.(?:_exit|abort|kill\w*)"), "it ends Python"),
    (re.compile(r"time\.sleep"), "it waits"),
]
"""Whole name of what is called, imports resolved, to the reason."""
_HABITUAL = {"plt": "matplotlib.pyplot", "sns": "seaborn", "nn": "torch.nn", "np": "numpy"}
"""What names usually stand for where no import says it (a star import, another cell lost)."""
_HEAVY_WORDS = {"train", "trained", "training", "fit", "download"}
_KNOWN = re.compile(r"(?:torch|torchvision|numpy|sklearn|math|functools|timm|scipy)\..*")
_LOADER = re.compile(
    r".*(?:loader|dataset|trainset|testset|_dl$|_iter$|^batches$|data_iter).*", re.I
)


class Refusals:
    """Tells why statements of one file are not run."""

    def __init__(self, body: Iterable[ast.stmt]) -> None:
        self.imports: dict[str, str] = {}
        """Name to what it was imported as: {"nn": "torch.nn"}."""
        self.functions: dict[str, list[ast.FunctionDef | ast.AsyncFunctionDef]] = {}
        self.methods: dict[str, list[ast.FunctionDef | ast.AsyncFunctionDef]] = {}
        self.classes: dict[str, list[ast.ClassDef]] = {}
        self.stars = False
        """Whether anything is imported by `*`."""
        self._within: dict[int, str] = {}
        self._depth = 0
        body = list(body)
        for statement in body:
            for node in ast.walk(statement):
                if isinstance(node, (ast.Import, ast.ImportFrom)):
                    self._note_import(node)
        for node in _statements(body):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.functions.setdefault(node.name, []).append(node)
            elif isinstance(node, ast.ClassDef):
                self.classes.setdefault(node.name, []).append(node)
                for method in node.body:
                    if isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)):
                        self.methods.setdefault(method.name, []).append(method)

    def _note_import(self, node: ast.Import | ast.ImportFrom) -> None:
        if isinstance(node, ast.ImportFrom):
            self.stars = self.stars or node.names[0].name == "*"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}" if node.module else alias.name
                self.imports[alias.asname or alias.name] = whole
        else:
            for alias in node.names:
                full = alias.name if alias.asname else alias.name.partition(".")[0]
                self.imports[alias.asname or full] = full

    def path(self, node: ast.AST) -> str:
        """Return the whole dotted name of what an expression names: `torch.nn.Linear`.

        A chain that begins with something else than a name begins with a dot: `Net().to` is `.to`.
        """
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return "." + ".".join(reversed(parts))
        name = node.id
        own = name in self.functions or name in self.classes
        whole = name if own else self.imports.get(name, _HABITUAL.get(name, name))
        return ".".join([whole, *reversed(parts)])

    def of(self, *nodes: ast.AST | None) -> str:
        """Return why these are not run, "" where nothing speaks against it."""
        return next(self._reasons(nodes), "")

    def within(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
        """Return why a function of this file is not called, "" where nothing speaks against it."""
        key = id(function)
        if key not in self._within and self._depth < DEEPEST_CALLS:
            self._within[key] = ""  # for functions that call themselves
            self._depth += 1
            # A factory may load weights in one of its branches, and building may loop.
            found = (why for why in self._reasons(function.body) if why not in _SOFT)
            self._within[key] = next(found, "")
            self._depth -= 1
        return self._within.get(key, "")

    def _reasons(self, nodes: Iterable[ast.AST | None]) -> Iterator[str]:
        for node in _evaluated(nodes):
            if isinstance(node, ast.While):
                yield ENDLESS
            elif isinstance(node, (ast.For, ast.AsyncFor)) and self._is_loader(node.iter):
                yield LOOPS
            elif isinstance(node, ast.Call) and (found := self._of_call(node)):
                yield found

    def _of_call(self, call: ast.Call) -> str:
        path = self.path(call.func)
        last = path.rpartition(".")[2]
        if isinstance(call.func, ast.Name):
            own = self.functions.get(path, []) + self._constructors(path)
            if own or path in self.classes:
                return self._of_any(own)
        elif last in self.methods and not path.startswith("torch."):
            return self._of_any(self.methods[last])
        if reason := _BY_METHOD.get(last):
            return reason
        if reason := next((why for form, why in _BY_PATH if form.fullmatch(path)), ""):
            return reason
        if isinstance(call.func, ast.Name) and not _KNOWN.match(path):
            words = re.split(r"_|(?<=[a-z])(?=[A-Z])", last)
            if _HEAVY_WORDS & {word.lower() for word in words}:
                return TRAINS
        return ""

    def _of_any(self, functions: Iterable[ast.FunctionDef | ast.AsyncFunctionDef]) -> str:
        return next((why for function in functions if (why := self.within(function))), "")

    def _constructors(self, name: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        return [
            method
            for definition in self.classes.get(name, ())
            for method in definition.body
            if isinstance(method, ast.FunctionDef) and method.name == "__init__"
        ]

    def _is_loader(self, iterated: ast.expr) -> bool:
        named = (node for node in ast.walk(iterated) if isinstance(node, (ast.Name, ast.Attribute)))
        words = (node.id if isinstance(node, ast.Name) else node.attr for node in named)
        return any(_LOADER.fullmatch(word) for word in words)


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield statements and those within `if`, `try`, `with` and functions; not within classes."""
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.ClassDef):
            continue
        for part in ast.iter_child_nodes(node):
            if isinstance(part, ast.stmt):
                waiting.append(part)
            elif isinstance(part, (ast.ExceptHandler, ast.match_case)):
                waiting += part.body


def _evaluated(nodes: Iterable[ast.AST | None]) -> Iterator[ast.AST]:
    """Yield all parts that are executed when these are, so not bodies of functions."""
    waiting = [node for node in nodes if node is not None]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            waiting += [*node.decorator_list, *node.args.defaults]
        elif not isinstance(node, ast.Lambda):
            waiting += ast.iter_child_nodes(node)
