"""Reference solutions of function questions, in NumPy alone as students write them."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def softmax(logits: Array) -> Array:
    """Return the probabilities of logits (N, K), row by row, without overflow."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def my_conv2d(images: Array, kernel: Array) -> Array:
    """Cross-correlate images (N, C, H, W) with kernels (K, C, h, w), stride 1, no padding.

    Returns:
        float64 (N, K, H - h + 1, W - w + 1), as `torch.conv2d` with its defaults.
    """
    height, width = kernel.shape[-2:]
    windows = np.lib.stride_tricks.sliding_window_view(
        images.astype(np.float64), (height, width), axis=(2, 3)
    )
    return np.asarray(np.einsum("ncyxhw,kchw->nkyx", windows, kernel.astype(np.float64)))
