"""Sets that nobody published: found by name in the data directory, and noticed when they change."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from assessment.datasets import cache
from assessment.datasets.cache import load
from assessment.datasets.forms import find_own, list_own
from assessment.errors import DataError
from assessment.execution.preparation import Preparation
from assessment.spec.recipe import Dataset
from tests.datasets.conftest import noise, pets, write_files


def _save_npz(path: Path) -> None:
    pixels = np.zeros((4, 5, 6), np.uint8)
    labels = np.array([0, 1, 0, 1])
    np.savez(path, x_train=pixels, y_train=labels, x_test=pixels, y_test=labels)


def test_of_several_forms_the_first_is_read(tmp_path: Path) -> None:
    write_files(tmp_path / "pets", pets())
    write_files(tmp_path / "pets.zip", {f: i for f, i in pets().items() if "10" not in f})
    _save_npz(tmp_path / "pets.npz")
    found = []
    for name in ("pets.npz", "pets.zip", None):
        images = load("pets", tmp_path, tmp_path / "cache")
        found.append((images.shape[2], images.train_size))
        if name is not None:
            (tmp_path / name).unlink()
    assert found == [(1, 4), (3, 4), (3, 5)]


def test_unknown_name(tmp_path: Path) -> None:
    write_files(tmp_path / "pets", pets())
    (tmp_path / "notes").mkdir()
    (tmp_path / "list.npz").mkdir()
    with pytest.raises(DataError) as caught:
        load("pest", tmp_path, tmp_path / "cache")
    text = str(caught.value)
    assert text.startswith("unknown data set 'pest', did you mean pets? (allowed: digits, mnist, ")
    assert text.endswith(
        f", pets; or a set of one's own, looked for in {tmp_path} as pest.npz, pest.zip and "
        "pest/train/)"
    )
    assert list_own(tmp_path) == ["pets"]
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".hidden", "a/b", "/pets", "../pets", "a\0", "x" * 300]
)
def test_names_that_can_be_no_file(tmp_path: Path, name: str) -> None:
    write_files(tmp_path / "pets", pets())
    (tmp_path / "below").mkdir()
    assert find_own(name, tmp_path / "below") is None
    with pytest.raises(DataError, match=r"^unknown data set '"):
        load(name, tmp_path / "below", tmp_path / "cache")


@pytest.mark.parametrize("form", ["pets", "pets.zip"])
def test_changed_files_are_decoded_again(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path / form, pets())
    first = load("pets", tmp_path, tmp_path / "cache")
    with monkeypatch.context() as patch:
        patch.setattr(cache, "decode", None)
        assert load("pets", tmp_path, tmp_path / "cache").sha256 == first.sha256
    write_files(tmp_path / form, pets(cat1=noise(99)))
    for path in tmp_path.rglob("1.png"):  # even where clocks tick slowly
        os.utime(path, ns=(1, 1))
    second = load("pets", tmp_path, tmp_path / "cache")
    assert second.sha256 != first.sha256
    np.testing.assert_array_equal(second.train_images[0], np.asarray(noise(99)))


@pytest.mark.parametrize("form", ["pets", "pets.zip"])
def test_a_set_in_the_cache_outlives_its_files(tmp_path: Path, form: str) -> None:
    place = write_files(tmp_path / form, pets())
    first = load("pets", tmp_path, tmp_path / "cache")
    place.rename(tmp_path / "elsewhere")
    second = load("pets", tmp_path, tmp_path / "cache")
    assert (second.sha256, second.classes) == (first.sha256, ("cat", "dog"))


def test_folder_and_zip_of_the_same_files_are_the_same_data(tmp_path: Path) -> None:
    write_files(tmp_path / "pets", pets())
    write_files(tmp_path / "pets2.zip", pets(), "pets/")
    folder, packed = (load(name, tmp_path, tmp_path / "cache") for name in ("pets", "pets2"))
    assert folder.sha256 == packed.sha256
    assert folder.name == "pets"


@pytest.mark.parametrize(
    ("transforms", "shape"),
    [
        ([{"kind": "resize", "size": 8}], (8, 8, 3)),
        ([{"kind": "resize", "size": 3}, {"kind": "rgb_to_gray"}], (3, 3, 3)),
        ([{"kind": "rgb_to_gray"}], None),
    ],
)
def test_a_recipe_says_to_which_size_images_are_scaled(
    tmp_path: Path, transforms: list[dict], shape: tuple[int, ...] | None
) -> None:
    write_files(tmp_path / "pets", pets(cat2=noise(1, 20, 10)))
    preparation = Preparation(tmp_path)
    dataset = Dataset.model_validate({"name": "pets", "transforms": transforms})
    if shape is None:
        for _ in range(2):
            with pytest.raises(DataError, match="as the first transform"):
                preparation.images(dataset)
    else:
        assert preparation.images(dataset).shape == shape
        assert preparation.images(dataset) is preparation.images(dataset)


def test_looking_for_a_set_needs_no_numpy() -> None:
    """Spec files are checked wherever they are collected."""
    script = (
        "import sys; from pathlib import Path; from assessment.datasets import forms\n"
        "forms.describe_unknown('pets', Path())\n"
        "print(sorted({'numpy', 'PIL', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
