from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from assessment.datasets import cache
from assessment.datasets.cache import load
from assessment.datasets.images import ImageSet, verify
from assessment.datasets.registry import PARTS, DatasetInfo
from assessment.errors import DataError, DataMissing
from tests.datasets.conftest import noise, pets, write_files


class Place:
    """Source files of the tiny set, and an empty cache."""

    def __init__(self, root: Path, info: DatasetInfo, write_set: Callable) -> None:
        self.info, self._write_set = info, write_set
        self.data, self.cache = root / "data", root / "cache"
        self.write()

    def write(self, seed: int = 0) -> None:
        self.written = self._write_set(self.info, self.data, seed)

    def load(self) -> ImageSet:
        return load("tiny", self.data, self.cache, download=False)

    def hide_sources(self) -> None:
        self.data.rename(self.data.with_name("hidden"))

    @property
    def folder(self) -> Path:
        (folder,) = (path for path in self.cache.iterdir() if path.is_dir())
        return folder


@pytest.fixture
def place(tmp_path: Path, tiny: DatasetInfo, write_set: Callable) -> Place:
    return Place(tmp_path, tiny, write_set)


@pytest.fixture
def no_decoding(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(*_: object) -> None:
        raise AssertionError("decoded again")

    with monkeypatch.context() as patch:
        patch.setattr(cache, "decode", refuse)
        yield


def test_four_files_mapped_and_not_writable(place: Place) -> None:
    images = place.load()
    assert sorted(path.name for path in images.paths.values()) == sorted(f"{p}.npy" for p in PARTS)
    for part in PARTS:
        array = getattr(images, part)
        assert isinstance(array, np.memmap)
        assert not array.flags.writeable
        np.testing.assert_array_equal(np.load(images.paths[part]), array)
        np.testing.assert_array_equal(array.reshape(place.written[part].shape), place.written[part])
    assert (images.train_images.dtype, images.train_labels.dtype) == (np.uint8, np.int64)
    assert (images.train_size, images.test_size, images.shape) == (20, 10, (28, 28, 1))
    assert images.classes == place.info.classes
    verify(images)


def test_hash_depends_on_content_only(place: Place, tmp_path: Path, write_set: Callable) -> None:
    first = place.load().sha256
    write_set(place.info, tmp_path / "packed", suffix=".gz")
    assert load("tiny", tmp_path / "packed", place.cache).sha256 == first
    place.write(seed=1)
    assert place.load().sha256 != first


def test_warm_cache_is_only_read(place: Place, request: pytest.FixtureRequest) -> None:
    first = place.load()

    def look() -> dict[str, tuple[int, int]]:
        found = [place.cache, *place.cache.rglob("*")]
        return {str(path): (path.stat().st_mtime_ns, path.stat().st_ino) for path in found}

    before = look()
    request.getfixturevalue("no_decoding")
    assert place.load().sha256 == first.sha256
    place.hide_sources()
    assert place.load().sha256 == first.sha256
    assert look() == before


def test_changed_source_is_decoded_again(place: Place) -> None:
    first = place.load()
    place.write(seed=1)
    second = place.load()
    assert second.sha256 != first.sha256
    np.testing.assert_array_equal(second.train_images[..., 0], place.written["train_images"])
    # Whoever still reads the older arrays goes on undisturbed.
    verify(first)


def _overwrite(path: Path, position: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(position)
        file.write(content)
    later = path.stat().st_mtime_ns + 1_000_000  # even where clocks tick slowly
    os.utime(path, ns=(later, later))


def _edit(path: Path, change: Callable[[dict], object]) -> None:
    metadata = json.loads(path.read_text())
    change(metadata)
    path.write_text(json.dumps(metadata))


def _save_objects(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.array([{}] * 100, object), allow_pickle=True)


ARRAY_DAMAGE: dict[str, Callable[[Path], object]] = {
    "truncated": lambda path: os.truncate(path, path.stat().st_size - 1),
    "no bytes": lambda path: os.truncate(path, 0),
    "overlong": lambda path: path.write_bytes(path.read_bytes() + b"!"),
    "missing": lambda path: path.unlink(),
    "folder": lambda path: (path.unlink(), path.mkdir()),
    "garbage header": lambda path: _overwrite(path, 0, b"\xff" * 16),
    "unbalanced header": lambda path: _overwrite(path, 10, b"{{{{"),
    "other shape": lambda path: _overwrite(path, 0, path.read_bytes().replace(b"(20", b"(02", 1)),
    "flipped byte": lambda path: _overwrite(path, path.stat().st_size - 8, b"\x07\x07"),
    "pickle": _save_objects,
}
METADATA_DAMAGE: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: path.unlink(),
    "no bytes": lambda path: os.truncate(path, 0),
    "not text": lambda path: path.write_bytes(b"\xff\xfe\x00"),
    "not JSON": lambda path: path.write_text("{"),
    "a list": lambda path: path.write_text("[]"),
    "a null": lambda path: path.write_text("null"),
    "no arrays": lambda path: _edit(path, lambda metadata: metadata.pop("arrays")),
    "arrays null": lambda path: _edit(path, lambda metadata: metadata.update(arrays=None)),
    "an array gone": lambda path: _edit(path, lambda m: m["arrays"].pop("test_labels")),
    "older format": lambda path: _edit(path, lambda metadata: metadata.update(format=0)),
    "another set": lambda path: _edit(path, lambda metadata: metadata.update(name="mnist")),
    "other hash": lambda path: _edit(path, lambda metadata: metadata.update(sha256="0" * 64)),
}
DAMAGE = [
    pytest.param(name, damage, id=f"{name}-{what}")
    for name, kinds in [
        ("train_images.npy", ARRAY_DAMAGE),
        ("train_labels.npy", ARRAY_DAMAGE),
        ("metadata.json", METADATA_DAMAGE),
    ]
    for what, damage in kinds.items()
]


@pytest.mark.parametrize(("name", "damage"), DAMAGE)
def test_damage_is_noticed_and_mended(
    place: Place, name: str, damage: Callable[[Path], object]
) -> None:
    first = place.load()
    damage(place.folder / name)
    second = place.load()
    assert second.sha256 == first.sha256
    verify(second)
    assert len([path for path in place.cache.iterdir() if path.is_dir()]) == 1


@pytest.mark.parametrize(("name", "damage"), DAMAGE)
def test_damage_without_sources_is_reported(
    place: Place, name: str, damage: Callable[[Path], object]
) -> None:
    place.load()
    folder = place.folder
    damage(folder / name)
    place.hide_sources()
    with pytest.raises(DataMissing) as caught:
        place.load()
    text = str(caught.value)
    assert text.startswith(f"Tiny is not in {place.data}, and its cache {folder} cannot")
    assert name in text or "made by another version" in text
    assert "  MNIST/raw/train-images-idx3-ubyte" in caught.value.files.splitlines()


def test_touched_file_is_hashed_and_kept(place: Place, request: pytest.FixtureRequest) -> None:
    first = place.load()
    for path in first.paths.values():
        os.utime(path, ns=(0, 0))
    request.getfixturevalue("no_decoding")
    assert place.load().sha256 == first.sha256


def spoil(path: Path) -> None:
    """Change the last byte, and leave size and time as they were."""
    time = path.stat().st_mtime_ns
    _overwrite(path, path.stat().st_size - 1, bytes([path.read_bytes()[-1] ^ 1]))
    os.utime(path, ns=(time, time))


@pytest.mark.parametrize("part", ["train_images", "test_labels"])
def test_what_changed_without_a_trace_is_decoded_again_by_the_next_process(
    place: Place, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = place.load()
    spoil(first.paths[part])
    with pytest.raises(DataError, match=rf"{part}\.npy: damaged: its values hash to"):
        verify(first)
    monkeypatch.setattr(cache, "_hashed", set())
    again = place.load()
    verify(again)
    assert again.sha256 == first.sha256


def test_what_changed_without_a_trace_and_cannot_be_decoded_again_is_reported(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(place.load().paths["test_labels"])
    place.hide_sources()
    monkeypatch.setattr(cache, "_hashed", set())
    for _ in range(2):
        with pytest.raises(DataMissing, match=r"test_labels\.npy: damaged: its values hash to"):
            place.load()


def test_one_process_hashes_a_set_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = []
    monkeypatch.setattr(cache, "_hashed", set())
    monkeypatch.setattr(cache, "verify", hashed.append)
    images = [place.load(), place.load(), place.load()]
    assert hashed == [images[1]]
    monkeypatch.setattr(cache, "_hashed", set())
    monkeypatch.setattr(cache, "MOST_HASHED", 100)
    place.load()
    assert len(hashed) == 1


def test_damaged_source_is_reported_and_nothing_stored(place: Place) -> None:
    path = place.data / place.info.files[0].path
    os.truncate(path, 1000)
    with pytest.raises(DataError) as caught:
        place.load()
    assert "train-images-idx3-ubyte: truncated: 1,000 bytes found, 15,696 exp" in str(caught.value)
    assert not [path for path in place.cache.iterdir() if path.is_dir()]


def test_absent_source_is_reported(place: Place) -> None:
    place.hide_sources()
    with pytest.raises(DataError, match=f"^Tiny is not in {place.data}; its files: MNIST"):
        place.load()


def test_cache_below_a_file(place: Place) -> None:
    place.cache.write_text("a file")
    with pytest.raises(DataError, match=f"Tiny cannot be kept in the cache {place.cache}: ") as c:
        place.load()
    assert "ASSESSMENT_CACHE" in str(c.value)


@pytest.mark.parametrize(("name", "title"), [("digits", "Digits (scikit-learn)"), ("pets", "pets")])
def test_disk_full(tmp_path: Path, name: str, title: str) -> None:
    """A limit on file sizes stands for the full disk: the digits' images have 57 kB."""
    big = {place: noise(seed, 64, 64) for seed, place in enumerate(pets())}
    write_files(tmp_path / "data" / "pets", big)
    script = (
        "import signal, sys; from pathlib import Path; from assessment.datasets.cache import load\n"
        "from assessment.errors import DataError\n"
        "folder = Path(sys.argv[1])\n"
        "try: load(sys.argv[2], folder / 'data', folder / 'cache')\n"
        "except DataError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), name],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(f"{title} cannot be kept in the cache {tmp_path}/cache: ")
    assert "with space in it, in ASSESSMENT_CACHE" in done.stdout
    assert [path for path in (tmp_path / "cache").iterdir() if path.suffix != ".lock"] == []


def test_leftovers_of_a_killed_process_go(place: Place) -> None:
    place.load()
    leftover = place.folder.with_name(f"{place.folder.name}.0123.partial")
    leftover.mkdir()
    (leftover / "train_images.npy").write_bytes(b"half")
    place.write(seed=1)
    place.load()
    assert not leftover.exists()


def test_many_processes_at_once_and_no_heavy_imports(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from assessment.datasets.cache import load\n"
        "print(load('digits', cache_dir=Path(sys.argv[1])).sha256)\n"
        "print(sorted({'torch', 'torchvision', 'sklearn', 'scipy', 'PIL'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "cache")]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = {process.communicate()[0] for process in started}
    assert said == {f"{load('digits').sha256}\n[]\n"}
    assert sorted(path.suffix for path in (tmp_path / "cache").iterdir()) == ["", ".lock"]


def test_unknown_name(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="unknown data set 'mnits', did you mean mnist"):
        load("mnits", tmp_path, tmp_path)
