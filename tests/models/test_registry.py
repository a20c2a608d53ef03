from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from assessment.errors import ReferenceNotFound
from assessment.models.registry import REGISTERED, resolve
from assessment.models.source import find_definition


@pytest.mark.parametrize("name", REGISTERED)
def test_registered_names_lead_to_a_callable_with_source(name: str) -> None:
    module, _, attribute = resolve(name).partition(":")
    assert callable(getattr(importlib.import_module(module), attribute))
    assert f" {attribute}(" in find_definition(resolve(name))


def test_importable_names_stay_as_they_are() -> None:
    assert resolve("solutions.lab7:ModelA") == "solutions.lab7:ModelA"


def test_a_misspelt_name_suggests_the_registered_one() -> None:
    with pytest.raises(
        ReferenceNotFound, match=r"'co543/modela' is not registered .*co543/model-a\?"
    ):
        resolve("co543/modela")


def test_a_foreign_name_lists_what_is_known() -> None:
    with pytest.raises(ReferenceNotFound, match=r"known: digits/mlp, digits/cnn, .*torchvision"):
        resolve("zzz")


@pytest.mark.parametrize(
    "name", ["solution.py:Net", "a:b:c", ":Net", "a:", "a b:c", "a:b.c", "1a:b"]
)
def test_other_forms_with_a_colon_are_refused(name: str) -> None:
    if name == "solution.py:Net":  # looks importable: that it is not is found when it is looked for
        with pytest.raises(ReferenceNotFound, match=r"no module solution\.py"):
            find_definition(resolve(name))
        return
    with pytest.raises(ReferenceNotFound, match="write `module:name`"):
        resolve(name)


def test_names_are_checked_without_torch() -> None:
    code = (
        "import sys; from assessment.models import registry, source\n"
        "[source.find_definition(registry.resolve(name)) for name in registry.REGISTERED]\n"
        "source.find_definition('torchvision.models.resnet:resnet18')\n"
        "loaded = {'torch', 'torchvision', 'assessment.models.co543'} & set(sys.modules)\n"
        "sys.exit(f'{loaded} imported' if loaded else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
