"""What a definition looks like before anything is run: a module, something that makes one, ..."""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Literal

from assessment.submissions.inside.names import root
from assessment.submissions.inside.refusals import DEEPEST_CALLS, Refusals

LooksLike = Literal["module", "factory", "function", "other"]
_MODULE = re.compile(
    r"torch\.nn\.(?!functional\.|init\.|utils\.|Parameter$)\w.*(?<!Loss)|torchvision\.models\..*"
    r"|timm\.create_model|torch\.hub\.load|(?:.*\.)?(?:from_pretrained|from_name)"
    r"|(?:.*\.)?(?:Module|Sequential|LightningModule)"
)
_WRAPPER = re.compile(r"torch\.(?:compile|jit\.script)|torch\.nn\.(?:parallel\.)?\w*DataParallel")
_NO_MODULE = re.compile(
    r"(?:.*\.)?(?:Dataset|IterableDataset|Sampler|object|Enum|ABC|NamedTuple|Exception|dict|list"
    r"|autograd\.Function|Callback|Transform|Protocol|TypedDict|_LRScheduler|Optimizer)"
)
_KEEPS = {"to", "cuda", "cpu", "float", "double", "half", "eval", "train", "requires_grad_"}
_PACKAGES = {
    *("torch", "torchvision", "torchaudio", "numpy", "pandas", "sklearn", "scipy", "matplotlib"),
    *("PIL", "cv2", "tqdm", "seaborn", "tensorflow", "keras", "yaml", "torchmetrics"),
}
"""What files of a submission are not: their names are known, and none of these makes a model."""
_MODEL_WORDS = {"model", "net", "network", "cnn", "mlp", "resnet", "classifier"}
_DEEPEST = 20

_Function = ast.FunctionDef | ast.AsyncFunctionDef


class Likeness:
    """Tells what the definitions of one file look like."""

    def __init__(self, refusals: Refusals) -> None:
        self._refusals = refusals
        self._functions: dict[int, LooksLike] = {}
        self._depth = 0

    def of_class(self, node: ast.ClassDef, depth: int = 0) -> LooksLike:
        """Return "module" for subclasses of modules, as far as this file tells."""
        if any(isinstance(one, ast.FunctionDef) and one.name == "forward" for one in node.body):
            bases = [self._refusals.path(base) for base in node.bases]
            return (
                "other" if any(base.endswith("autograd.Function") for base in bases) else "module"
            )
        for base in node.bases:
            own = self._refusals.classes.get(base.id, ()) if isinstance(base, ast.Name) else ()
            path = self._refusals.path(base)
            if own and depth < _DEEPEST:
                if any(self.of_class(one, depth + 1) == "module" for one in own if one is not node):
                    return "module"
            elif _MODULE.fullmatch(path) or self._may_be(path):
                return "module"
        return "other"

    def of_function(self, node: _Function) -> LooksLike:
        """Return "factory" where what is returned is a module, as far as this file tells."""
        key = id(node)
        if key not in self._functions and self._depth < DEEPEST_CALLS:
            self._functions[key] = "function"  # for functions that return their own result
            self._depth += 1
            self._functions[key] = self._of_function(node)
            self._depth -= 1
        return self._functions.get(key, "function")

    def _of_function(self, node: _Function) -> LooksLike:
        if self._refusals.within(node):
            return "function"  # whoever calls it trains
        local = {
            name: value
            for statement in _own(node.body)
            if isinstance(statement, ast.Assign)
            for name, value in assigned(statement)
        }
        inner = {one.name: one for one in _own(node.body) if isinstance(one, ast.ClassDef)}
        for statement in _own(node.body):
            if isinstance(statement, ast.Return) and statement.value is not None:
                value = statement.value
                if isinstance(value, ast.Tuple) and value.elts:
                    value = value.elts[0]
                if isinstance(value, ast.Name) and value.id in inner:
                    continue  # the class itself, not one of its objects
                if self.is_module(value, local):
                    return "factory"
        return "function"

    def of_value(self, value: ast.expr) -> LooksLike:
        """Return what an assigned value looks like."""
        if isinstance(value, ast.Lambda):
            return "factory" if self.is_module(value.body) else "function"
        return "module" if self.is_module(value) else "other"

    def is_module(
        self, value: ast.expr, local: dict[str, ast.expr] | None = None, depth: int = 0
    ) -> bool:
        """Tell whether an expression gives a module."""
        local = local or {}
        if depth > _DEEPEST:
            return False
        match value:
            case ast.Name(id=name) if name in local:
                rest = {key: one for key, one in local.items() if key != name}
                return self.is_module(local[name], rest, depth + 1)
            case ast.IfExp(body=body, orelse=orelse):
                return any(self.is_module(one, local, depth + 1) for one in (body, orelse))
            case ast.Call(func=ast.Attribute(value=inner, attr=attr)) if attr in _KEEPS:
                return self.is_module(inner, local, depth + 1)
            case ast.Call(func=func, args=args):
                path = self._refusals.path(func)
                if _WRAPPER.fullmatch(path):
                    return bool(args) and self.is_module(args[0], local, depth + 1)
                own = self._refusals.classes.get(path, ())
                if own:
                    return any(self.of_class(one) == "module" for one in own)
                makers = self._refusals.functions.get(path, ())
                if makers:
                    return any(self.of_function(one) == "factory" for one in makers) or any(
                        self.is_module(given, local, depth + 1)
                        for given in _handed_back(makers, value)
                    )
                if path.startswith("torch.nn.") and not (args or value.keywords):
                    return False  # `nn.ReLU()`: a layer without weights
                return bool(_MODULE.fullmatch(path)) or self._may_make(path, root(func))
        return False

    def _may_be(self, path: str) -> bool:
        """Tell whether a base may be a module that another file of the submission defines."""
        first, dot, _ = path.partition(".")
        known = first in _PACKAGES or first in sys.stdlib_module_names
        return bool(first and dot) and not known and not _NO_MODULE.fullmatch(path)

    def _may_make(self, path: str, name: str) -> bool:
        """Tell whether a call may make a module by another file: `net.Net()`, `get_model()`."""
        last = path.rpartition(".")[2]
        words = {word.lower() for word in re.split(r"_|\d|(?<=[a-z])(?=[A-Z])", last)}
        # What a star import brings has no dot.
        star = path == last and self._refusals.stars and not hasattr(builtins, path)
        imported = name in self._refusals.imports and self._may_be(path)
        return (star or imported) and (last[:1].isupper() or not words.isdisjoint(_MODEL_WORDS))


def _handed_back(makers: Iterable[_Function], call: ast.Call) -> list[ast.expr]:
    """Return what a call gives functions that return it: `Net()` of `to_gpu(Net())`."""
    found: dict[int, ast.expr] = {}
    for node in makers:
        names = [one.arg for one in (*node.args.posonlyargs, *node.args.args)]
        given = dict(zip(names, call.args, strict=False))
        given |= {one.arg: one.value for one in call.keywords if one.arg is not None}
        for statement in _own(node.body):
            if isinstance(statement, ast.Return):
                back = _unmoved(statement.value)
                if isinstance(back, ast.Name) and back.id in given:
                    found[id(given[back.id])] = given[back.id]
    return list(found.values())


def _unmoved(value: ast.expr | None) -> ast.expr | None:
    """Return an expression without what keeps the object: `net` of `net.to(device).eval()`."""
    while isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        if value.func.attr not in _KEEPS:
            break
        value = value.func.value
    return value


def assigned(node: ast.Assign | ast.AnnAssign) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names that an assignment binds with what each is given, as far as that is seen."""
    if node.value is None:
        return
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        if isinstance(target, (ast.Tuple, ast.List)):
            # Of `model, size = make_model()` the model comes first.
            given = node.value
            values = given.elts if isinstance(given, (ast.Tuple, ast.List)) else [given]
            for element, value in zip(target.elts, values, strict=False):
                if isinstance(element, ast.Name):
                    yield element.id, value
        elif isinstance(target, ast.Name):
            yield target.id, node.value


def _own(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a function, not those of functions and classes within."""
    waiting = list(reversed(list(body)))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            parts = [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.stmt)]
            handlers = getattr(node, "handlers", ())
            waiting += [*(part for handler in handlers for part in handler.body), *parts][::-1]
