"""What PyTorch's own functions give: the right outputs of function questions."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows

Array = np.ndarray[Any, Any]


def softmax(logits: Array) -> Array:
    """Return the probabilities of logits (N, K), row by row."""
    return np.asarray(torch.from_numpy(logits).softmax(dim=1).numpy())


def conv2d(images: Array, kernel: Array) -> Array:
    """Return what `torch.conv2d` gives with its defaults, both cast to double precision."""
    output = F.conv2d(torch.from_numpy(images).double(), torch.from_numpy(kernel).double())
    return np.asarray(output.numpy())
