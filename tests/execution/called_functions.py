"""Functions that answer, and functions that fail in every way that a student's could."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np


def double(x: Any) -> Any:
    return 2 * x


def add(x: Any, y: Any) -> Any:
    return x + y


def spoils_its_argument(x: Any) -> Any:
    x += 1
    return x


def as_list(x: Any) -> Any:
    return x.tolist()


def as_number(x: Any) -> Any:
    return float(x.sum())


def as_tensor(x: Any) -> Any:
    import torch

    return torch.from_numpy(x).requires_grad_() * 2


def forgets_to_return(x: Any) -> None:
    x * 2


def ragged(x: Any) -> Any:
    return [[1, 2], [3]]


def impostor(x: Any) -> Any:
    class Impostor:
        def __array__(self, *_: Any, **__: Any) -> Any:
            return self

    return Impostor()


def enormous(x: Any) -> Any:
    return np.broadcast_to(np.float64(0), (10**6, 10**6))


def words(x: Any) -> Any:
    return np.array(["one", "two"])


def raises_for_negative(x: Any) -> Any:
    if (x < 0).any():
        raise ValueError("no root of a negative number\nand more lines")
    return np.sqrt(x)


def hangs(x: Any) -> Any:
    time.sleep(60)


def kills_itself(x: Any) -> Any:
    os.kill(os.getpid(), 9)


def with_torch(x: Any) -> Any:
    from torch.nn.functional import relu

    return relu(x)


def hides_torch(x: Any) -> Any:
    try:
        import torch
    except Exception:
        return x * 0
    return torch.relu(torch.from_numpy(x)).numpy()


NOT_CALLABLE = 3


def dimensions(x: Any) -> Any:
    return x.ndim


def as_vector(x: Any) -> Any:
    return np.array([float(x.sum())])


def masked(x: Any) -> Any:
    return np.ma.array(x, mask=True)


def a_pair(x: Any) -> Any:
    return x, 1


def wide(x: Any) -> Any:
    return x.astype(np.longdouble)


def leaves_for_negative(x: Any) -> Any:
    if (x < 0).any():
        raise SystemExit("enough")
    return x


def dies_for_negative(x: Any) -> Any:
    if (x < 0).any():
        os._exit(3)
    return x


def with_numpy_linalg(x: Any) -> Any:
    from xml.dom import minidom

    return x * len(minidom.__name__)
