"""Registered names of the reference solutions that come with this package; imports no torch."""

from __future__ import annotations

import difflib
import re

from assessment.errors import ReferenceNotFound

REGISTERED: dict[str, str] = {
    "digits/mlp": "assessment.models.digits:Mlp",
    "digits/cnn": "assessment.models.digits:Cnn",
    "co543/model-a": "assessment.models.co543:ModelA",
    "co543/model-b": "assessment.models.co543:ModelB",
    "hw539/mlp": "assessment.models.hw539:Mlp",
    "hw539/cnn-sheet": "assessment.models.hw539:SheetCnn",
    "hw539/cnn-report": "assessment.models.hw539:ReportCnn",
    "hw539/cnn-topology": "assessment.models.hw539:TopologyCnn",
    "adelaide/basic-mlp": "assessment.models.adelaide:BasicMlp",
    "adelaide/complex-mlp": "assessment.models.adelaide:ComplexMlp",
    "adelaide/basic-cnn": "assessment.models.adelaide:BasicCnn",
    "adelaide/complex-cnn": "assessment.models.adelaide:ComplexCnn",
    "co543-2025/model-a": "assessment.models.co543_2025:ModelA",
    "co543-2025/model-b": "assessment.models.co543_2025:ModelB",
    "ee449/mlp-1": "assessment.models.ee449:mlp_1",
    "ee449/mlp-2": "assessment.models.ee449:mlp_2",
    "ee449/cnn-3": "assessment.models.ee449:cnn_3",
    "ee449/cnn-4": "assessment.models.ee449:cnn_4",
    "ee449/cnn-5": "assessment.models.ee449:cnn_5",
    "torchvision": "assessment.models.transfer:network",
    "linear": "assessment.models.linear:Linear",
}
"""Registered name to `module:name` of a class or factory that returns an `nn.Module`."""

FUNCTIONS: dict[str, str] = {
    "numpy/softmax": "assessment.models.numpy_functions:softmax",
    "numpy/conv2d": "assessment.models.numpy_functions:my_conv2d",
    "torch/softmax": "assessment.models.torch_functions:softmax",
    "torch/conv2d": "assessment.models.torch_functions:conv2d",
}
"""Registered name to `module:name` of a function of arrays."""

_IMPORTABLE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")


def resolve(name: str) -> str:
    """Return `module:name` of a model, for a registered name or one that has that form.

    Nothing is imported: whether the module exists is for `source.find_definition` to say.

    Raises:
        ReferenceNotFound: the name is neither registered nor of the form `module:name`.
    """
    return _resolve("model", name, REGISTERED)


def resolve_function(name: str) -> str:
    """Return `module:name` of a function, as `resolve` does of a model.

    Raises:
        ReferenceNotFound: the name is neither registered nor of the form `module:name`.
    """
    return _resolve("function", name, FUNCTIONS)


def _resolve(kind: str, name: str, registered: dict[str, str]) -> str:
    if name in registered:
        return registered[name]
    if _IMPORTABLE.fullmatch(name):
        return name
    if ":" in name:
        raise ReferenceNotFound(
            f"{kind} {name!r}: write `module:name`, such as `solutions.lab7:ModelA`"
        )
    close = difflib.get_close_matches(name, registered, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(registered)}"
    raise ReferenceNotFound(f"{kind} {name!r} is not registered and no `module:name`; {hint}")
