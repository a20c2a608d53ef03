from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assessment.datasets.cache import load
from assessment.datasets.samples import first_of_different_classes


def test_first_of_each_class_in_file_order() -> None:
    labels = np.array([9, 0, 0, 3, 9, 0, 2], np.uint8)
    assert first_of_different_classes(labels, 3) == [0, 1, 3]
    assert first_of_different_classes(labels, 9) == [0, 1, 3, 6]
    assert first_of_different_classes(labels, 0) == []
    assert all(type(index) is int for index in first_of_different_classes(labels, 3))


@pytest.mark.data("fashion_mnist")
def test_fashion_mnist_shows_what_the_lab_reports(data_dir: Path) -> None:
    images = load("fashion_mnist", data_dir, download=False)
    indices = first_of_different_classes(images.train_labels, 3)
    names = [images.classes[images.train_labels[index]] for index in indices]
    assert names == ["Ankle boot", "T-shirt/top", "Dress"]
