# ruff: noqa: E501 - a table with one case a line
from __future__ import annotations

import pytest

from assessment.spec.base import Location
from assessment.spec.document import parse_document
from assessment.spec.positions import Place, Span, locate

TEXT = """\
defaults:
  training: {epochs: 1, optimizer: {name: sgd}}
questions:
  q:
    training:
      optimizer:
        momentum: 0.5
    variants:
      v: {set: {batch_size: 8}}
"""


@pytest.fixture(scope="module")
def root() -> Place:
    return parse_document(TEXT).root


@pytest.mark.parametrize(
    ("location", "found"),
    [
        pytest.param("questions.q.training.optimizer.momentum", "questions.q.training.optimizer.momentum", id="own"),
        pytest.param("questions.q.training.epochs", "defaults.training.epochs", id="from defaults"),
        pytest.param("questions.q.training.optimizer.name", "defaults.training.optimizer.name", id="part from defaults"),
        pytest.param("questions.q.variants.v.set.batch_size", "questions.q.variants.v.set.batch_size", id="set by the variant"),
        pytest.param("questions.q.variants.v.set.optimizer.momentum", "questions.q.training.optimizer.momentum", id="from the question"),
        pytest.param("questions.q.variants.v.set.epochs", "defaults.training.epochs", id="variant from defaults"),
        pytest.param("questions.q.variants.v.nothing", "questions.q.variants.v", id="nowhere"),
        pytest.param("title", "", id="nowhere at all"),
    ],
)  # fmt: skip
def test_locate(root: Place, location: str, found: str) -> None:
    way: Location = tuple(location.split("."))
    assert ".".join(map(str, locate(root, way)[0])) == found


def test_a_block_is_marked_by_its_key(root: Place) -> None:
    assert locate(root, ("questions", "q"))[1].mark == Span(4, 3, 1)
    assert locate(root, ("defaults", "training"))[1].mark == Span(2, 13, 35)
    assert root.mark == Span(1, 1, 9)
