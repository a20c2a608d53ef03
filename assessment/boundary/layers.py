"""Layers of a network as plain data, and when two networks have the same ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

MOST_LAYERS = 200
"""Layers of one network that are written down."""
LONGEST_NAME = 80
"""Characters of a layer's name, or of its type's, that are kept."""
MOST_PARAMETERS = 64
"""Parameters of one layer whose shapes are kept; LSTMs of many layers have the most."""

ACTIVATIONS = (
    *("ReLU", "Sigmoid", "Tanh", "LeakyReLU", "ELU", "GELU", "SELU", "SiLU", "ReLU6", "PReLU"),
    *("CELU", "Mish", "Softplus", "Softsign", "Hardtanh", "Hardswish", "Hardsigmoid", "RReLU"),
    *("LogSigmoid", "Tanhshrink", "Softshrink", "Hardshrink", "Threshold", "GLU"),
)
"""Types of layers that make a network more than a linear map, as `torch.nn` names them."""
SOFTMAX = ("Softmax", "LogSoftmax")
WEIGHTED = ("Linear", "Conv1d", "Conv2d", "Conv3d", "Bilinear", "ConvTranspose2d", "LSTM", "GRU")
"""Types of layers that multiply by weights."""
SHAPELESS = ("Flatten", "Unflatten", "Identity")
"""Types that some write as a layer and others as `view`: never part of a comparison."""


@dataclass(frozen=True)
class Layer:
    """One layer as it was executed: a leaf module, or a function of `torch` that acts like one."""

    kind: str
    """Its type as `torch.nn` names it, or the student's own class."""
    name: str = ""
    """Its place in the model, `features.0`; empty for a function and for a module made on the
    way."""
    parameters: tuple[tuple[int, ...], ...] = ()
    """Shapes of its parameters."""
    output: tuple[int, ...] = ()
    """Shape of what it gives for one image."""
    functional: bool = False
    """It was called as a function, `F.relu(x)`."""
    registered: bool = True
    """The model knows it; weights of others are not trained."""

    def plain(self) -> dict[str, Any]:
        """Return JSON types."""
        return {**asdict(self), "parameters": [*map(list, self.parameters)]} | {
            "output": list(self.output)
        }

    @classmethod
    def of_plain(cls, plain: dict[str, Any]) -> Layer:
        """Return the layer that `plain` told of."""
        shapes = tuple(tuple(shape) for shape in plain.get("parameters", ()))
        return cls(**{**plain, "parameters": shapes, "output": tuple(plain.get("output", ()))})

    @property
    def signature(self) -> tuple[Any, ...]:
        """What two layers must share to count as equal: not their names, nor how they are called.

        A function is given its weights one by one, so that it may have fewer than the module.
        """
        return (self.kind, self.parameters, self.output)


def compared(layers: Iterable[Layer]) -> list[Layer]:
    """Return the layers that a comparison looks at.

    What only changes shapes is left out, and a softmax at the end, with which training deals.
    """
    kept = [layer for layer in layers if layer.kind not in SHAPELESS]
    while kept and kept[-1].kind in SOFTMAX:
        kept.pop()
    return kept


def same_layout(one: Iterable[Layer], other: Iterable[Layer]) -> bool:
    """Tell whether two networks have equal layers in the same order."""
    return [a.signature for a in compared(one)] == [b.signature for b in compared(other)]


def same_types(one: Iterable[Layer], other: Iterable[Layer]) -> bool:
    """Tell whether two networks have the same sequence of layer types, of whatever sizes."""
    return [a.kind for a in compared(one)] == [b.kind for b in compared(other)]


def kinds_with_weights(layers: Iterable[Layer]) -> set[str]:
    """Return the types of those layers that have parameters."""
    return {layer.kind for layer in compared(layers) if layer.parameters}


def contains(whole: Sequence[Layer], part: Sequence[Layer]) -> bool:
    """Tell whether `part` is a proper run of consecutive layers of `whole`."""
    longer = [layer.signature for layer in compared(whole)]
    shorter = [layer.signature for layer in compared(part)]
    if not shorter or len(shorter) >= len(longer):
        return False
    starts = range(len(longer) - len(shorter) + 1)
    return any(longer[start : start + len(shorter)] == shorter for start in starts)


def activations_within(layers: Iterable[Layer]) -> list[str]:
    """Return the types of the activations, in order; one that ends the network does not count."""
    kept = compared(layers)
    return [layer.kind for layer in kept[:-1] if layer.kind in ACTIVATIONS]
