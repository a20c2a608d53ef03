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
    "transfer/resnet18-gray": "assessment.models.transfer:resnet18_gray",
    "transfer/alexnet-gray": "assessment.models.transfer:alexnet_gray",
}
"""Registered name to `module:name` of a class or factory that returns an `nn.Module`."""

_IMPORTABLE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")


def resolve(name: str) -> str:
    """Return `module:name` for a registered name, or the name itself where it has that form.

    Nothing is imported: whether the module exists is for `source.find_definition` to say.

    Raises:
        ReferenceNotFound: the name is neither registered nor of the form `module:name`.
    """
    if name in REGISTERED:
        return REGISTERED[name]
    if _IMPORTABLE.fullmatch(name):
        return name
    if ":" in name:
        raise ReferenceNotFound(
            f"model {name!r}: write `module:name`, such as `solutions.lab7:ModelA`"
        )
    close = difflib.get_close_matches(name, REGISTERED, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(REGISTERED)}"
    raise ReferenceNotFound(f"model {name!r} is not registered and no `module:name`; {hint}")
