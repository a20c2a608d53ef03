"""Sets that teach or show nothing of a class are told of before anything is trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assessment.datasets.balance import all_warnings, class_warnings
from assessment.datasets.forms import describe_unknown
from assessment.errors import DataError
from tests.datasets.conftest import Files, noise, pets, write_files


def warnings(folder: Path) -> list[str]:
    return list(class_warnings("pets", folder))


def with_more(count: int) -> Files:
    return {**pets(), **{f"train/more{n}/1.png": noise(n) for n in range(count)}}


@pytest.mark.parametrize("name", ["pets", "pets.zip"])
@pytest.mark.parametrize(
    ("files", "lines"),
    [
        (pets(), []),
        (with_more(1), ["class more0"]),
        (with_more(2), ["classes more0, more1"]),
        (with_more(5), ["classes more0, more1, more2 and 2 more"]),
    ],
)
def test_classes_without_test_images(
    name: str, files: Files, lines: list[str], tmp_path: Path
) -> None:
    write_files(tmp_path / name, files)
    told = [f"pets has no test image of {of}: nothing shows whether it is learnt" for of in lines]
    assert warnings(tmp_path) == told


def test_an_empty_folder_of_test_images(tmp_path: Path) -> None:
    write_files(tmp_path / "pets", with_more(1))
    (tmp_path / "pets" / "test" / "more0").mkdir()
    assert len(warnings(tmp_path)) == 1


def save(path: Path, train: list[int], test: list[int]) -> None:
    pixels = {"x_train": np.zeros((len(train), 2, 2), np.uint8), "x_test": np.zeros((1, 2, 2))}
    np.savez(path, y_train=np.array(train), y_test=np.array(test), **pixels)


@pytest.mark.parametrize(
    ("train", "test", "lines"),
    [
        ([0, 1, 1], [1, 0], []),
        ([0, 1, 2], [1], ["pets has no test image of classes 0, 2: nothing shows whether it is"]),
        ([0, 0], [0], ["all images of pets are of one class, 0: any answer is right"]),
    ],
)
def test_of_an_npz_the_labels_alone_are_read(
    train: list[int], test: list[int], lines: list[str], tmp_path: Path
) -> None:
    save(tmp_path / "pets.npz", train, test)
    found = warnings(tmp_path)
    assert len(found) == len(lines)
    assert all(map(str.startswith, found, lines))


def test_one_class(tmp_path: Path) -> None:
    write_files(tmp_path / "pets", {f: i for f, i in pets().items() if "cat" in f})
    assert warnings(tmp_path) == ["all images of pets are of one class, cat: any answer is right"]


def test_known_and_absent_sets_are_left_alone(tmp_path: Path) -> None:
    save(tmp_path / "mnist.npz", [0, 0], [0])
    assert all_warnings(["mnist", "digits", "pets", "../pets"], tmp_path) == []


def test_files_that_are_amiss(tmp_path: Path) -> None:
    save(tmp_path / "gaps.npz", [0, 2], [0])
    save(tmp_path / "one.npz", [0], [0])
    with pytest.raises(DataError, match="none is 1"):
        list(class_warnings("gaps", tmp_path))
    assert len(all_warnings(["gaps", "one", "one"], tmp_path)) == 1


@pytest.mark.parametrize(
    ("folders", "words"),
    [
        (["Train/a", "Test/a"], "holds Test, Train: call what it trains on train/<class>/ and"),
        (["a", "b", "c", "d", "e", ".x"], "holds a, b, c, d and 1 more: call what"),
        ([""], "holds nothing: call what"),
    ],
)
def test_a_folder_that_is_there_and_otherwise_laid_out(
    folders: list[str], words: str, tmp_path: Path
) -> None:
    for folder in folders:
        (tmp_path / "birds" / folder).mkdir(parents=True, exist_ok=True)
    text = describe_unknown("birds", tmp_path)
    assert f"; {tmp_path / 'birds'}/ is there, but {words}" in text
    assert "is there" not in describe_unknown("fish", tmp_path)
