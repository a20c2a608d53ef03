"""What the arguments of students' constructors are called, and what each name may stand for."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any, Literal

from assessment.submissions.inside.candidates import Wanted, plain_name

Meaning = Literal[
    "activation", "classes", "channels", "inputs", "side", "shape", "device", "hidden", "depth",
    "sizes", "dropout", "filters", "kernel", "learning_rate", "batch_size",
    "architecture",
]  # fmt: skip

_NAMES: dict[Meaning, str] = {
    "activation": "activation act act_fn activation_fn activation_function activation_func "
    "act_func nonlinearity non_linearity nonlin activation_type activation_name act_name "
    "act_type act_layer activation_layer activation_class activation_cls act_cls hidden_activation "
    "act_function activ activ_fn actv actfun",
    "classes": "num_classes n_classes classes nb_classes no_classes class_num num_class n_class "
    "number_of_classes out_features output_size output_dim output_dims out_dim out_size n_out "
    "num_out outputs num_outputs n_outputs n_output num_output output_features out d_out dim_out "
    "num_labels n_labels output_units output_classes class_count output_nodes num_target "
    "output_shape output output_neurons out_classes",
    "channels": "in_channels channels input_channels input_channel in_channel n_channels "
    "num_channels in_ch in_chans c_in img_channels image_channels n_channel num_channel "
    "colour_channels color_channels channels_in channel chans num_input_channels nc",
    "inputs": "input_size input_dim input_dims in_features n_inputs num_inputs n_input num_input "
    "n_in num_in in_dim in_size d_in dim_in input_features inputs num_features n_features "
    "input_units input_nodes input_neurons in_feats flat_size flattened_size img_pixels "
    "num_pixels n_pixels input_len input",
    "side": "image_size img_size image_dim img_dim img_width img_height image_width image_height "
    "width_height resolution side height width im_size input_height input_width pic_size h w",
    "shape": "input_shape image_shape img_shape in_shape",
    "device": "device dev",
    "hidden": "hidden hidden_size hidden_sizes hidden_dim hidden_dims hidden_units hidden_layers "
    "hidden_layer_sizes hidden_layer hidden_features hidden_neurons hidden_nodes hidden_channels "
    "n_hidden num_hidden nb_hidden n_hidden_units num_hidden_units widths units neurons hid "
    "hid_dim hidden_width hidden_num n_neurons n_units num_units hiddens hidden_layer_size "
    "hidden_layers_sizes width_list",
    "depth": "num_layers n_layers depth num_hidden_layers n_hidden_layers nb_layers",
    "sizes": "layers layer_sizes sizes dims layer_dims layers_sizes layer_list layer_size topology "
    "layers_size features_list",
    "architecture": "architecture arch backbone model_name net_name network name",
    "dropout": "dropout dropout_rate dropout_p dropout_prob drop_rate p_drop drop_prob drop "
    "p_dropout dropout_probability drop_p",
    "filters": "filters num_filters n_filters nb_filters out_channels conv_channels base_channels "
    "conv_filters n_kernels num_kernels filter_sizes",
    "kernel": "kernel kernel_size k_size filter_size kernels kernel_sizes",
    "learning_rate": "lr learning_rate learn_rate alpha",
    "batch_size": "batch_size batch bs bsz batchsz n_batch",
}
_MEANINGS = {
    plain_name(name): meaning for meaning, names in _NAMES.items() for name in names.split()
}
_VAGUE = frozenset(
    ["channels", "channel", "nchannels", "numchannels", "nc", "width", "w", "h", "out", "output"]
)
"""Names that as often mean something else: a default behind them is left in peace at first."""
_FOREIGN = re.compile(
    r"data|loader|config|cfg|args|opt|params|vocab|criterion|loss|model|net$|path|file|state"
)
"""Names of arguments that are not about the network's sizes, and get no value by their place."""
_NUMBERED = re.compile(r"(.*?)_?(\d+)$")
_STEMS = ("h", "fc", "hid", "l", "layer", "d", "n", "dim", "size", "units", "linear", "dense", "w")
"""What stands before the number where hidden layers have an argument each: `h1`, `fc2`."""


def meaning_of(name: str) -> Meaning | None:
    """Return what an argument of this name usually is; None: no telling."""
    return _MEANINGS.get(plain_name(name))


def is_vague(name: str) -> bool:
    """Tell whether a name says little: `channels` may be those of the images, or of a layer."""
    return plain_name(name) in _VAGUE


def is_foreign(name: str) -> bool:
    """Tell whether an argument wants something that no question has: a data set, a config."""
    return _FOREIGN.search(name.lower()) is not None


def numbered(names: Iterable[str]) -> list[str]:
    """Return the names that number hidden layers: `hidden1`, `hidden_size_2`, `h3`."""
    found = []
    for name in names:
        match = _NUMBERED.fullmatch(name)
        stem = plain_name(match[1]) if match else ""
        if _MEANINGS.get(stem) == "hidden" or stem in _STEMS:
            found.append(name)
    return found


def facts(meaning: Meaning, wanted: Wanted) -> list[Any]:
    """Return the values that the question gives for a meaning, the likeliest first."""
    channels, height, width = wanted.shape
    match meaning:
        case "classes":
            return [wanted.classes]
        case "channels":
            return [channels]
        case "inputs":
            return [math.prod(wanted.shape), channels, height, wanted.shape]
        case "side":
            return [*dict.fromkeys([height, width]), (height, width)]
        case "shape":
            return [wanted.shape, (height, width), math.prod(wanted.shape), height]
        case "batch_size":
            return list(wanted.batch_sizes)
        case _:
            return [value for name, value in wanted.known.items() if meaning_of(name) == meaning]
