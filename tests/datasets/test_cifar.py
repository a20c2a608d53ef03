"""Pickles of CIFAR are read without running anything that they name."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import os
import pickle
import struct
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torchvision

from assessment.datasets.cache import load
from assessment.datasets.registry import KNOWN, DatasetInfo
from assessment.errors import DataError

COUNT = {"cifar10": (20, 10), "cifar100": (100, 100)}


@pytest.fixture(params=list(COUNT))
def small(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> DatasetInfo:
    """CIFAR with a few images."""
    return _shrink(request.param, monkeypatch)


@pytest.fixture
def ten(monkeypatch: pytest.MonkeyPatch) -> DatasetInfo:
    return _shrink("cifar10", monkeypatch)


def _shrink(name: str, monkeypatch: pytest.MonkeyPatch) -> DatasetInfo:
    train, test = COUNT[name]
    info = dataclasses.replace(KNOWN[name], train=train, test=test)
    monkeypatch.setitem(KNOWN, name, info)
    return info


def table(info: DatasetInfo, number: int, count: int) -> dict[str, Any]:
    """Give what one file holds."""
    generator = np.random.default_rng(number)
    labels = [(index + number) % len(info.classes) for index in range(count)]
    return {
        "batch_label": f"batch {number}",
        "labels" if info.name == "cifar10" else "fine_labels": labels,
        "data": generator.integers(0, 256, (count, 3072), dtype=np.uint8),
        "filenames": [f"{index}.png" for index in range(count)],
    }


def write(info: DatasetInfo, folder: Path, dump: Callable[[Any], bytes]) -> None:
    """Write all files of a set, with the list of classes that torchvision reads."""
    alike = len(info.files) - 1
    for number, file in enumerate(info.files):
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        count = info.test if file.part == "test" else info.train // alike
        path.write_bytes(dump(table(info, number, count)))
    about = {"cifar10": ("batches.meta", "label_names"), "cifar100": ("meta", "fine_label_names")}
    name, key = about[info.name]
    (path.parent / name).write_bytes(pickle.dumps({key: list(info.classes)}, 2))


def as_python_2(value: Any) -> bytes:
    """Pickle as Python 2 did, with which the published files were made: texts are byte strings."""
    return _python_2(value) + b"."


def _python_2(value: Any) -> bytes:
    if isinstance(value, dict):
        pairs = b"".join(_python_2(key) + _python_2(value[key]) for key in value)
        return b"}(" + pairs + b"u"
    if isinstance(value, list):
        return b"](" + b"".join(_python_2(item) for item in value) + b"e"
    if isinstance(value, int):
        return b"J" + struct.pack("<i", value)
    if isinstance(value, str):
        return b"T" + struct.pack("<i", len(value)) + value.encode()
    shape = b"".join(_python_2(size) for size in value.shape)
    start = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btR"
    dtype = b"cnumpy\ndtype\n(U\x02u1K\x00K\x01tR(K\x03U\x01|NNN" + _python_2(-1) * 2 + b"K\x00tb"
    content = b"T" + struct.pack("<i", value.nbytes) + value.tobytes()
    return start + b"(K\x01(" + shape + b"t" + dtype + b"I00\n" + content + b"tb"


def _ask_torchvision(info: DatasetInfo, root: Path, train: bool) -> torchvision.datasets.CIFAR10:
    """torchvision's own class, its checksums taken away."""
    kind = getattr(torchvision.datasets, info.name.upper())
    lists = {
        name: [(file, None) for file, _ in getattr(kind, name)]
        for name in ("train_list", "test_list")
    }
    stand_in = type("StandIn", (kind,), {**lists, "meta": {**kind.meta, "md5": None}})
    return stand_in(root, train=train)


@pytest.mark.parametrize(
    "dump",
    [as_python_2, *(lambda value, p=p: pickle.dumps(value, p) for p in (2, 3, 4))],
    ids=["python 2", "protocol 2", "protocol 3", "protocol 4"],
)
def test_equals_torchvision(
    small: DatasetInfo, tmp_path: Path, dump: Callable[[Any], bytes]
) -> None:
    write(small, tmp_path, dump)
    images = load(small.name, tmp_path, tmp_path / "cache", download=False)
    for train, pixels, labels in [
        (True, images.train_images, images.train_labels),
        (False, images.test_images, images.test_labels),
    ]:
        theirs = _ask_torchvision(small, tmp_path, train)
        np.testing.assert_array_equal(pixels, theirs.data)
        np.testing.assert_array_equal(labels, theirs.targets)
        assert images.classes == tuple(theirs.classes)


def pack(info: DatasetInfo, folder: Path, archive: Path) -> None:
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(folder / info.files[0].path.partition("/")[0], info.files[0].path.split("/")[0])


def test_the_packed_file_holds_the_same(small: DatasetInfo, tmp_path: Path) -> None:
    write(small, tmp_path / "plain", as_python_2)
    packed = tmp_path / "packed"
    packed.mkdir()
    assert small.archive is not None
    pack(small, tmp_path / "plain", packed / small.archive)
    expected = load(small.name, tmp_path / "plain", tmp_path / "cache", download=False)
    assert load(small.name, packed, tmp_path / "cache", download=False).sha256 == expected.sha256


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda content: content[:200], "truncated or damaged: "),
        (lambda content: b"plain text", "truncated or damaged: "),
    ],
)
def test_damaged_packed_file(
    ten: DatasetInfo, tmp_path: Path, change: Callable[[bytes], bytes], said: str
) -> None:
    write(ten, tmp_path / "plain", as_python_2)
    archive = tmp_path / str(ten.archive)
    pack(ten, tmp_path / "plain", archive)
    archive.write_bytes(change(archive.read_bytes()))
    with pytest.raises(DataError) as caught:
        load("cifar10", tmp_path, tmp_path / "cache", download=False)
    assert str(caught.value).startswith(f"{archive}: {said}")


def test_packed_file_without_a_part(ten: DatasetInfo, tmp_path: Path) -> None:
    write(ten, tmp_path / "plain", as_python_2)
    (tmp_path / "plain" / ten.files[2].path).unlink()
    pack(ten, tmp_path / "plain", tmp_path / str(ten.archive))
    with pytest.raises(DataError, match=r"cifar-10-batches-py/data_batch_3 not found in it"):
        load("cifar10", tmp_path, tmp_path / "cache", download=False)


def test_a_link_in_the_packed_file_is_no_part(ten: DatasetInfo, tmp_path: Path) -> None:
    write(ten, tmp_path / "plain", as_python_2)
    linked = tmp_path / "plain" / ten.files[2].path
    linked.unlink()
    linked.symlink_to(tmp_path / "plain" / ten.files[1].path)
    pack(ten, tmp_path / "plain", tmp_path / str(ten.archive))
    with pytest.raises(DataError, match=r"cifar-10-batches-py/data_batch_3 not found in it"):
        load("cifar10", tmp_path, tmp_path / "cache", download=False)


class Attack:
    """Runs a function of this process while it is unpickled the usual way."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize("key", ["data", "labels", "filenames"])
@pytest.mark.parametrize(
    ("function", "name"),
    [
        (os.system, "posix.system"),
        (eval, "__builtin__.eval"),
        (getattr, "__builtin__.getattr"),
        (np.load, "numpy.load"),
        (np.zeros, "numpy.zeros"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_runs_anything_is_refused(
    ten: DatasetInfo, tmp_path: Path, function: Any, name: str, key: str
) -> None:
    write(ten, tmp_path, as_python_2)
    path = tmp_path / ten.files[1].path
    content = table(ten, 1, 4)
    content[key] = Attack(function, f"touch {tmp_path / 'was_here'}")
    path.write_bytes(pickle.dumps(content, 2))
    with pytest.raises(DataError) as caught:
        load("cifar10", tmp_path, tmp_path / "cache", download=False)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert f"it asks for {name}, which no such file needs" in message.replace(
        "numpy.lib.", "numpy."
    )
    assert not (tmp_path / "was_here").exists()


def test_stand_ins_cannot_be_changed_by_a_pickle(ten: DatasetInfo, tmp_path: Path) -> None:
    """`BUILD` sets attributes; on a stand-in they would last for the next file."""
    write(ten, tmp_path, as_python_2)
    path = tmp_path / ten.files[0].path
    for name in (b"numpy\ndtype", b"numpy\nndarray", b"_codecs\nencode"):
        path.write_bytes(b"\x80\x02c" + name + b"\n(N}X\x04\x00\x00\x00nameK\x01stb.")
        with pytest.raises(DataError, match="data_batch_1: truncated, damaged or no file of CIF"):
            load("cifar10", tmp_path, tmp_path / "cache", download=False)
    write(ten, tmp_path, as_python_2)
    assert load("cifar10", tmp_path, tmp_path / "cache", download=False).train_size == 20


def _changed(**changes: Any) -> Callable[[DatasetInfo], bytes]:
    return lambda info: pickle.dumps({**table(info, 1, 4), **changes}, 2)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (lambda info: b"", "truncated, damaged or no file of CIFAR-10: "),
        (lambda info: as_python_2(table(info, 1, 4))[:-3000], "truncated, damaged or no file of"),
        (lambda info: b"<html>not found</html>", "truncated, damaged or no file of CIFAR-10: "),
        (lambda info: pickle.dumps([1], 2), "found no dictionary, CIFAR-10 has one in each file"),
        (lambda info: pickle.dumps({}, 2), "`data` is NoneType, expected an array of 4 x 3072 byt"),
        (lambda info: pickle.dumps({b"\xff": 1}, 2), "`data` is NoneType, expected an array of 4"),
        (_changed(data=[0] * 12288), "`data` is list, expected an array of 4 x 3072 bytes"),
        (
            _changed(data=np.zeros((4, 784), np.uint8)),
            "`data` is an array (4, 784) of u1 with 3,13",
        ),
        (_changed(data=np.zeros((4, 3072), np.int64)), "`data` is an array (4, 3072) of i8 with "),
        (_changed(data=np.array([{}] * 4)), "`data` is an array (4,) of O8 with 0 bytes, expected"),
        (_changed(labels=[0, 1, 2]), "found 3 labels, 4 expected"),
        (_changed(labels=[0, 1, 2, 10]), "found labels 0 to 10, CIFAR-10 has 0 to 9"),
        (_changed(labels=[0, 1, 2, -1]), "found labels -1 to 2, CIFAR-10 has 0 to 9"),
        (
            _changed(labels=[0, 1, 2, "cat"]),
            "found no list of numbers in `labels` or `fine_labels`",
        ),
    ],
)
def test_damaged_file(
    ten: DatasetInfo, tmp_path: Path, content: Callable[[DatasetInfo], bytes], said: str
) -> None:
    write(ten, tmp_path, as_python_2)
    path = tmp_path / ten.files[1].path
    path.write_bytes(content(ten))
    with pytest.raises(DataError) as caught:
        load("cifar10", tmp_path, tmp_path / "cache", download=False)
    assert str(caught.value).startswith(f"{path}: {said}")
    assert "\n" not in str(caught.value)


def test_missing_file_is_listed(ten: DatasetInfo, tmp_path: Path) -> None:
    write(ten, tmp_path, as_python_2)
    (tmp_path / ten.files[5].path).unlink()
    with pytest.raises(DataError) as caught:
        load("cifar10", tmp_path, tmp_path / "cache", download=False)
    missing = "missing: cifar-10-batches-py/test_batch"
    assert str(caught.value) == f"CIFAR-10 is not complete in {tmp_path}; {missing}"
    lines = caught.value.files.splitlines()
    assert lines[0].endswith("as they are or packed in cifar-10-python.tar.gz:")
    assert lines[1:7] == [
        *(f"  cifar-10-batches-py/data_batch_{number}" for number in range(1, 6)),
        "  cifar-10-batches-py/test_batch  (missing)",
    ]
    assert lines[7].startswith(
        "The set is also found as cifar10.npz, cifar10.zip or cifar10/train/"
    )


def test_torchvision_downloads_it(
    mirror: tuple[Path, str],
    ten: DatasetInfo,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """torchvision's own class, with another address and other checksums."""
    served, address = mirror
    write(ten, tmp_path / "plain", as_python_2)
    archive = served / "cifar-10-python.tar.gz"
    pack(ten, tmp_path / "plain", archive)
    digest = hashlib.md5(archive.read_bytes(), usedforsecurity=False).hexdigest()
    (tmp_path / "stand_in.py").write_text(
        "import torchvision\n"
        "class CIFAR10(torchvision.datasets.CIFAR10):\n"
        f"    url, tgz_md5 = {address + archive.name!r}, {digest!r}\n"
        "    train_list = [[f'data_batch_{k}', None] for k in range(1, 6)]\n"
        "    test_list = [['test_batch', None]]\n"
        "    meta = {**torchvision.datasets.CIFAR10.meta, 'md5': None}\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    object.__setattr__(ten, "downloader", "stand_in:CIFAR10")
    told: list[str] = []
    data = tmp_path / "data"
    images = load("cifar10", data, tmp_path / "cache", progress=lambda *m: told.append(m[0]))
    expected = load("cifar10", tmp_path / "plain", tmp_path / "cache", download=False)
    assert images.sha256 == expected.sha256
    assert set(told) == {"cifar-10-python.tar.gz"}
    assert [path.name for path in data.iterdir()] == ["cifar-10-batches-py"]


def test_pickles_of_python_2_are_what_it_wrote() -> None:
    """The stand-in for Python 2 gives what the usual reader understands."""
    array = np.arange(12, dtype=np.uint8).reshape(3, 4)
    content = as_python_2({"data": array, "labels": [3, 1]})
    read = pickle.load(io.BytesIO(content), encoding="latin1")
    np.testing.assert_array_equal(read["data"], array)
    assert read["labels"] == [3, 1]
