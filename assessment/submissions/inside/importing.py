"""`import` in submitted code: its own files first, sliced like everything else, then packages."""

from __future__ import annotations

import builtins
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any, NoReturn

from assessment.submissions.inside.library import Found, Library
from assessment.submissions.inside.placeholders import AbsentPackage, NobodyThere
from assessment.submissions.inside.slicing import Outline, Statement
from assessment.training.errors import SolutionError

PACKAGE = "submission"
"""What modules made of submitted files are below."""

Run = Callable[["SubmittedModule", Sequence[Statement]], None]


class SubmittedModule(ModuleType):
    """A file of the submission, of which only what is asked for is run."""

    def __init__(self, name: str, found: Found, outline: Outline | None) -> None:
        super().__init__(name)
        self.__found__ = found
        self.__outline__ = outline

    __getter__: Callable[[SubmittedModule, str], Any]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(self).__getter__(self, name)


class Importer:
    """Makes modules of a submission's files, and is `__import__` in all of them."""

    def __init__(self, library: Library, run: Run) -> None:
        """Begin without any module.

        Args:
            library: the submission's files.
            run: executes statements of a file in its module, each once.
        """
        self._library = library
        self._run = run
        self._modules: dict[str, SubmittedModule] = {}
        self._busy: set[tuple[str, str]] = set()
        self._class = type("SubmittedModule", (SubmittedModule,), {"__getter__": self._get})
        self._builtins = {
            **vars(builtins),
            "__import__": self._import,
            "input": _ask,
            "exit": _leave,
            "quit": _leave,
        }
        top = ModuleType(PACKAGE)
        top.__path__ = []
        sys.modules[PACKAGE] = top

    def module(self, outline: Outline) -> SubmittedModule:
        """Return the module of a file, in which nothing has run yet when it is new."""
        file = outline.source.file
        folder = file.rpartition("/")[0] if file.endswith("/__init__.py") else None
        return self._module_of(Found(file, file, folder), outline)

    def bring(self, module: SubmittedModule, statement: Statement) -> None:
        """Run `from ... import *`: bind those of the wanted names that it has.

        Raises:
            ImportError: there is no such module.
        """
        node = statement.node
        name = getattr(node, "module", None) or ""
        source = self._import(name, vars(module), None, ("*",), getattr(node, "level", 0))
        public = getattr(source, "__all__", None)
        for wanted in statement.names:
            if public is None or wanted in public:
                value = getattr(source, wanted, self)
                if value is not self:
                    vars(module)[wanted] = value

    def left_out(self, name: str | None) -> str:
        """Say what could not be read of a submitted module, to be put behind an error."""
        module = sys.modules.get(name or "")
        outline = module.__outline__ if isinstance(module, SubmittedModule) else None
        return f"; {outline.notes[0]}" if outline is not None and outline.notes else ""

    def _module_of(self, found: Found, outline: Outline | None) -> SubmittedModule:
        if found.place not in self._modules:
            stem = re.sub(r"(?:/__init__)?\.(?:py|ipynb)$", "", found.place)
            name = re.sub(r"[^\w.]", "_", f"{PACKAGE}.{stem.replace('/', '.')}")
            taken = {module.__name__ for module in self._modules.values()}
            while name in taken:
                name += "_"
            module = self._modules[found.place] = self._class(name, found, outline)
            path = self._library.path(found.place)
            module.__file__ = str(path or found.place)
            vars(module)["__builtins__"] = self._builtins
            sys.modules[name] = module
        return self._modules[found.place]

    def _get(self, module: SubmittedModule, name: str) -> Any:
        """Return an attribute that a module does not have yet: run what it needs, or import it."""
        found, outline = module.__found__, module.__outline__
        key = (found.place, name)
        if outline is not None and key not in self._busy:
            if name in outline.names() or outline.stars():
                self._busy.add(key)
                try:
                    self._run(module, outline.slice(name))
                finally:
                    self._busy.discard(key)
            if name in vars(module):
                return vars(module)[name]
        if found.folder is not None and (inner := self._library.within(found.folder, [name])):
            return self._load(inner)
        unread = self.left_out(module.__name__)
        raise AttributeError(f"{found.place} does not define `{name}`{unread}")

    def _load(self, found: Found) -> SubmittedModule:
        return self._module_of(found, self._library.outline(found.file) if found.file else None)

    def _import(
        self,
        name: str,
        names: Mapping[str, Any] | None = None,
        _: Mapping[str, Any] | None = None,
        wanted: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        """Do what `__import__` does, for code of the submission."""
        importer = sys.modules.get(str((names or {}).get("__name__")))
        if not isinstance(importer, SubmittedModule):
            return builtins.__import__(name, names, None, wanted or (), level)
        place = importer.__found__.place
        found = self._library.find(name, place, level)
        if found is not None:
            if wanted or "." not in name:
                return self._load(found)
            return self._chain(name, place)
        if level:
            raise ImportError(f"there is no module `{'.' * level}{name}` beside {place}")
        try:
            return builtins.__import__(name, None, None, wanted or (), 0)
        except ModuleNotFoundError as error:
            package = str(error.name or name).partition(".")[0]
            if package != name.partition(".")[0]:
                raise
            text = f"needs the package {package}, which is not installed here"
            if "." in str(error.name or ""):
                text = f"needs {error.name}, which the installed {package} does not have"
            raise AbsentPackage(text, name=error.name) from None

    def _chain(self, name: str, importer: str) -> ModuleType:
        """Import `a.b.c` for its name `a`, through which `a.b.c` is reached then."""
        first, *rest = name.split(".")
        found = self._library.find(first, importer)
        if found is None:
            raise ImportError(f"there is no module `{first}` beside {importer}")
        top = module = self._load(found)
        for part in rest:
            inner = self._library.within(module.__found__.folder or "", [part])
            if inner is None:
                break
            vars(module)[part] = module = self._load(inner)
        return top


def _ask(*_: object) -> NoReturn:
    raise NobodyThere("waits for input, and nobody is there to type it")


def _leave(*_: object) -> NoReturn:
    raise SolutionError("ends Python with exit() or quit()")
