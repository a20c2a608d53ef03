"""Seconds an epoch on larger images, beside the labs' loop and the limit.

    python benchmarks/image_speed.py [--device cuda]

cnn_4 of EE449 on gray CIFAR-10, and Model A of CO543 (2025) on MNIST resized to
224x224 in three channels; where a GPU trains also ResNet-18 on these. An epoch
here is the first part of the training set only, which every contestant gets as a
data set of its own; the shares of an epoch's time do not depend on its length.
"""

from __future__ import annotations

import cases
import epoch_speed
from contestants import LABS, LIMIT, OURS
from side_by_side import Document, parser

NAME = "image_speed"


def table(result: Document) -> str:
    """Return the tables as Markdown."""
    parts = [epoch_speed.setting(result)]
    for case, found in result["summary"].items():
        images = cases.CASES[case].train_images
        amount = "an epoch" if images is None else f"for {images:,} images"
        parts.append(f"**{cases.CASES[case].title}**, seconds {amount}")
        parts.append(epoch_speed.times(found))
    return "\n\n".join(parts)


def main() -> None:
    """Measure, print, keep."""
    options = parser(NAME, __doc__ or "", repeats=5)
    epoch_speed.add_options(options, epochs=2)
    options.set_defaults(contestants=[OURS, LABS, LIMIT])
    epoch_speed.run(options, NAME, table, cases.LARGER, cases.LARGER_ON_GPU)


if __name__ == "__main__":
    main()
