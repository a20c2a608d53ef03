"""What stands for a value that cannot be had here, until somebody really uses it."""

from __future__ import annotations

from typing import Any, NoReturn

from assessment.training.errors import SolutionError


class NotHere(SolutionError, AttributeError):
    """Something was used that cannot be had here; the text says where it comes from.

    An AttributeError too, so that `hasattr` and `getattr` with a default take it for an answer.
    """

    def __init__(self, text: str, cause: str) -> None:
        super().__init__(text)
        self.cause = cause


class AbsentPackage(SolutionError, ModuleNotFoundError):
    """A package that is not installed; `except ImportError` of a submission catches it."""


class NobodyThere(SolutionError, EOFError):
    """Somebody was asked to type something."""


class Placeholder:
    """Raises `NotHere` wherever it is used, and can be bound, passed on and shown."""

    __slots__ = ("_cause", "_text")

    def __new__(cls, text: str, cause: str = "") -> Placeholder:
        """Make a placeholder of a class of its own.

        Functions written in C, torch's above all, name the class of what they cannot use and look
        no further: so the class is called what there is to say.
        """

        def refuse(*_: Any, **__: Any) -> NoReturn:
            raise NotHere(text, cause or text)

        members = {"__slots__": (), "__torch_function__": classmethod(refuse)}
        return object.__new__(type(f"nothing: {text}", (cls,), members))

    def __init__(self, text: str, cause: str = "") -> None:
        """Remember what to say.

        Args:
            text: the whole message.
            cause: what is behind it, for values that are made of this one.
        """
        object.__setattr__(self, "_text", text)
        object.__setattr__(self, "_cause", cause or text)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __copy__(self) -> Placeholder:
        return self

    def __deepcopy__(self, _: object) -> Placeholder:
        return self

    def __getattr__(self, name: str) -> NoReturn:
        _refuse(self)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        _refuse(self)


def explain(placeholder: Placeholder) -> tuple[str, str]:
    """Return what a placeholder says when it is used, and what is behind that."""
    return placeholder._text, placeholder._cause


def _refuse(placeholder: Placeholder, *_: Any, **__: Any) -> NoReturn:
    raise NotHere(placeholder._text, placeholder._cause)


_USES = """
call iter next len bool int float complex index getitem setitem delitem contains enter exit hash
eq ne lt le gt ge add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod pow rpow
matmul rmatmul neg pos abs invert and rand or ror xor rxor lshift rshift round divmod
mro_entries instancecheck subclasscheck format array reduce_ex
"""
for _name in _USES.split():
    setattr(Placeholder, f"__{_name}__", _refuse)
