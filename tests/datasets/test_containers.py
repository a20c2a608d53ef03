"""Folders and zips: what belongs to a set, what is passed over, what is refused."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from assessment.datasets.cache import load
from assessment.datasets.containers import stamp_folder
from assessment.errors import DataError
from tests.datasets.conftest import noise, pets, write_files

FORMS = pytest.mark.parametrize("form", ["pets", "pets.zip"])


def failure(folder: Path, name: str = "pets") -> str:
    with pytest.raises(DataError) as caught:
        load(name, folder, folder / "cache")
    assert "\n" not in str(caught.value)
    return str(caught.value)


@FORMS
def test_classes_and_files_are_in_the_order_of_their_names(tmp_path: Path, form: str) -> None:
    write_files(tmp_path / form, dict(reversed(pets().items())))
    images = load("pets", tmp_path, tmp_path / "cache")
    assert images.classes == ("cat", "dog")
    assert images.train_labels.tolist() == [0, 0, 1, 1, 1]
    assert images.test_labels.tolist() == [0, 1]
    expected = [np.asarray(noise(seed)) for seed in (0, 1, 2, 4, 3)]  # dog 10.png before 2.png
    np.testing.assert_array_equal(images.train_images, expected)
    np.testing.assert_array_equal(images.test_images, [np.asarray(noise(s)) for s in (5, 6)])


@FORMS
def test_a_class_that_test_lacks(tmp_path: Path, form: str) -> None:
    files = pets()
    del files["test/cat/1.png"]
    write_files(tmp_path / form, files)
    assert load("pets", tmp_path, tmp_path / "cache").test_labels.tolist() == [1]


@FORMS
def test_what_systems_leave_behind_is_passed_over(tmp_path: Path, form: str) -> None:
    others = {
        "train/.DS_Store": b"x",
        "train/cat/.DS_Store": b"x",
        "train/cat/._1.png": b"x",
        "train/cat/Thumbs.db": b"x",
        "train/.ipynb_checkpoints/1.png": b"x",
        "test/dog/desktop.ini": b"x",
        "__MACOSX/train/cat/._1.png": b"x",
        "train/__MACOSX/1.png": b"x",
        "README.txt": b"x",
        "labels/train.csv": b"x",
    }
    write_files(tmp_path / form, pets() | others)
    images = load("pets", tmp_path, tmp_path / "cache")
    assert (images.classes, images.train_size, images.test_size) == (("cat", "dog"), 5, 2)


@pytest.mark.parametrize("enclosing", ["pets/", "a name/", "./", "./pets/", "pets\\"])
def test_one_enclosing_folder_of_a_zip(tmp_path: Path, enclosing: str) -> None:
    files = {name.replace("/", "\\") if "\\" in enclosing else name: file
             for name, file in pets().items()}  # fmt: skip
    write_files(tmp_path / "pets.zip", files, enclosing)
    with zipfile.ZipFile(tmp_path / "pets.zip", "a") as packed:
        packed.writestr("README", "beside it")
    assert load("pets", tmp_path, tmp_path / "cache").train_size == 5


def test_a_class_may_be_called_train(tmp_path: Path) -> None:
    write_files(
        tmp_path / "pets.zip", {name.replace("dog", "train"): f for name, f in pets().items()}
    )
    assert load("pets", tmp_path, tmp_path / "cache").classes == ("cat", "train")


@FORMS
@pytest.mark.parametrize(
    ("more", "fewer", "place", "said"),
    [
        ({}, "test/", "test/", "no images; expected test/<class>/<file>"),
        ({"train/bird/.keep": b""}, "", "train/bird/", "a class without images"),
        (
            {"test/bird/1.png": noise(1)},
            "",
            "test/bird/",
            "train/ has no such class (it has cat, d",
        ),
        ({"train/1.png": noise(1)}, "", "train/1.png", "lies in no class folder; expected train/<"),
    ],
)
def test_a_layout_that_does_not_fit(
    tmp_path: Path, form: str, more: dict, fewer: str, place: str, said: str
) -> None:
    files = {name: file for name, file in pets().items() if not (fewer and name.startswith(fewer))}
    path = write_files(tmp_path / form, files | more)
    if form == "pets.zip" and "train/bird/.keep" in more:
        with zipfile.ZipFile(path, "a") as packed:
            packed.writestr("train/bird/", b"")
    where = f"{path}/{place}" if form == "pets" else f"{path}: {place}"
    assert failure(tmp_path).startswith(f"{where}: {said}")


def test_a_folder_within_a_class(tmp_path: Path) -> None:
    deeper = pets() | {"train/cat/more/1.png": noise(1)}
    write_files(tmp_path / "pets", deeper)
    assert "pets/train/cat/more/: a folder within a class; expected files" in failure(tmp_path)
    write_files(tmp_path / "cats.zip", deeper)
    text = failure(tmp_path, "cats")
    assert "cats.zip: train/cat/more/1.png: lies in a folder within a class; expected tr" in text


def test_a_zip_without_training_images(tmp_path: Path) -> None:
    write_files(tmp_path / "pets.zip", {"cat/1.png": noise(0)})
    assert (
        failure(tmp_path)
        == f"{tmp_path}/pets.zip: train/: no images; expected train/<class>/<file>, found cat/1.png"
    )


@pytest.mark.parametrize(
    "name",
    ["/train/cat/9.png", "../train/cat/9.png", "train/../../9.png", "C:/train/9.png", "..\\9.png"],
)
def test_names_that_lead_out_of_a_zip(tmp_path: Path, name: str) -> None:
    write_files(tmp_path / "pets.zip", pets() | {name: noise(1)})
    assert failure(tmp_path) == (
        f"{tmp_path}/pets.zip: {name!r} leads out of it; pack the set again"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "pets.zip"]


def test_a_name_twice_in_a_zip(tmp_path: Path) -> None:
    path = write_files(tmp_path / "pets.zip", pets())
    with zipfile.ZipFile(path, "a") as packed, pytest.warns(UserWarning, match="Duplicate name"):
        packed.writestr("train/cat/1.png", b"another")
    assert "pets.zip: train/cat/1.png is in it twice" in failure(tmp_path)


@pytest.mark.parametrize("keep", [0, 100, -1])
def test_a_truncated_zip(tmp_path: Path, keep: int) -> None:
    path = write_files(tmp_path / "pets.zip", pets())
    path.write_bytes(path.read_bytes()[:keep])
    assert failure(tmp_path).startswith(f"{path}: truncated, damaged or no zip file: ")


def test_a_changed_byte_in_a_zip(tmp_path: Path) -> None:
    """Uncompressed pixels stay readable whatever they are: only the checksum tells."""
    path = tmp_path / "pets.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as packed:
        for name in pets():
            stream = io.BytesIO()
            noise(1).save(stream, "PPM")
            packed.writestr(name, stream.getvalue())
    content = bytearray(path.read_bytes())
    content[content.index(b"P6") + 40] ^= 1
    path.write_bytes(content)
    text = failure(tmp_path)
    assert text.startswith(f"{path}: train/cat/1.png: truncated or damaged: Bad CRC-32")


def test_an_encrypted_zip(tmp_path: Path) -> None:
    path = write_files(tmp_path / "pets.zip", pets())
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        content[content.index(mark) + offset] |= 1
    path.write_bytes(content)
    assert f"{path}: train/cat/1.png: truncated or damaged: File " in failure(tmp_path)
    assert "is encrypted" in failure(tmp_path)


def test_a_link_to_nothing(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "pets", pets())
    (folder / "train/cat/3.png").symlink_to(tmp_path / "gone.png")
    assert (
        failure(tmp_path) == f"{folder}/train/cat/3.png: cannot be read: No such file or directory"
    )


def test_links_are_followed(tmp_path: Path) -> None:
    elsewhere = write_files(tmp_path / "elsewhere", pets())
    (tmp_path / "pets" / "train").mkdir(parents=True)
    (tmp_path / "pets" / "test").symlink_to(elsewhere / "test")
    for name in ("cat", "dog"):
        (tmp_path / "pets" / "train" / name).symlink_to(elsewhere / "train" / name)
    assert load("pets", tmp_path, tmp_path / "cache").train_size == 5


def test_the_stamp_of_a_folder_notices_changes(tmp_path: Path) -> None:
    folder = write_files(tmp_path, pets())
    stamps = [stamp_folder(folder)]

    def note() -> None:
        stamps.append(stamp_folder(folder))

    first = folder / "train/cat/1.png"
    time = first.stat().st_mtime_ns
    assert stamps[0][:2] == [7, sum(path.stat().st_size for path in folder.glob("*/*/*"))]
    first.rename(folder / "train/dog/1a.png")
    note()
    (folder / "train/bird").mkdir()
    note()
    changed = folder / "test/cat/1.png"
    os.utime(changed, ns=(time - 1, time - 1))  # older than the newest one
    note()
    changed.write_bytes(changed.read_bytes() + b"!")
    note()
    (folder / "train/cat/.hidden").write_bytes(b"x")
    assert stamp_folder(folder) == stamps[-1]
    assert len({str(stamp) for stamp in stamps}) == len(stamps)
