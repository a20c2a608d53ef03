"""Which part of what forward returned are the scores of the classes, and what kind of scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Literal

from torch import Tensor

Path = tuple[int | str, ...]
"""Indices, keys and attributes that lead from what forward returned to a tensor."""
Scale = Literal["logits", "probabilities", "log_probabilities", "softmax_over_batch"]
"""Any numbers; rows that sum to 1; their logarithms; columns that sum to 1, or their logarithms."""
Found = list[tuple[Path, Tensor, Scale]]

CLOSE = 1e-3
"""How far probabilities may be from the sum 1."""
MOST_ITEMS = 20
"""Items of a tuple or dict that are looked at."""
DEEPEST = 2
"""Tuples or dicts within each other."""
_USUAL = ("logits", "logit", "out", "output", "outputs", "pred", "prediction", "predictions")
"""Keys and attributes, the likeliest first."""


def find_scores(output: Any, images: int, classes: int) -> Found:
    """Return the tensors that have a score for each image and class, logits before others.

    Their shapes are (images, classes), with dimensions of size 1 more or less.
    """
    found = [
        (path, tensor, scale_of(tensor.detach().reshape(images, -1)))
        for path, tensor in _tensors(output, DEEPEST)
        if _fits(tensor, images, classes)
    ]
    # Many return logits and probabilities side by side.
    return sorted(found, key=lambda item: item[2] != "logits")


def scale_of(scores: Tensor) -> Scale:
    """Return what kind of scores (N, K) these are."""
    scores = scores.float()
    if not bool(scores.isfinite().all()):
        return "logits"
    low, high = float(scores.min()), float(scores.max())
    if low >= 0 and high <= 1 + CLOSE:
        sums, logarithms = (scores.sum(1), scores.sum(0)), False
    elif high <= CLOSE:
        sums, logarithms = (scores.logsumexp(1).exp(), scores.logsumexp(0).exp()), True
    else:
        return "logits"
    by_row, by_column = (bool(((total - 1).abs() <= CLOSE).all()) for total in sums)
    if by_row:
        return "log_probabilities" if logarithms else "probabilities"
    return "softmax_over_batch" if by_column and len(scores) > 1 else "logits"


def follow(output: Any, path: Path) -> Any:
    """Go along a path into what forward returned."""
    for step in path:
        by_name = isinstance(step, str) and not isinstance(output, Mapping)
        output = getattr(output, str(step)) if by_name else output[step]
    return output


def _fits(tensor: Tensor, images: int, classes: int) -> bool:
    def essential(shape: tuple[int, ...]) -> list[int]:
        return [size for size in shape if size != 1]

    return tensor.is_floating_point() and essential(tuple(tensor.shape)) == essential(
        (images, classes)
    )


def _tensors(value: Any, depth: int, path: Path = ()) -> Iterator[tuple[Path, Tensor]]:
    if isinstance(value, Tensor):
        yield path, value
    elif depth == 0:
        return
    elif isinstance(value, Mapping):
        usual = [key for key in _USUAL if key in value]
        others = (key for key in value if isinstance(key, int | str) and key not in usual)
        for key in islice((*usual, *others), MOST_ITEMS):
            yield from _tensors(value[key], depth - 1, (*path, key))
    elif isinstance(value, tuple | list):
        for index, item in enumerate(value[:MOST_ITEMS]):
            yield from _tensors(item, depth - 1, (*path, index))
    else:
        for name in _USUAL:  # a record of the student's own
            if isinstance(item := getattr(value, name, None), Tensor):
                yield (*path, name), item
