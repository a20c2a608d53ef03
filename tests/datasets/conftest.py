"""A tiny image set in MNIST's format, known under the name `tiny`, and sets of image files."""

from __future__ import annotations

import dataclasses
import functools
import gzip
import io
import struct
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from assessment.datasets.registry import KNOWN, DatasetInfo

WriteIdx = Callable[[Path, NDArray[np.generic]], None]
WriteSet = Callable[..., dict[str, NDArray[np.generic]]]
Files = Mapping[str, bytes | Image.Image]


def encode(image: Image.Image, name: str) -> bytes:
    """Give the content of an image file of this name."""
    stream = io.BytesIO()
    image.save(stream, Image.registered_extensions()[Path(name).suffix])
    return stream.getvalue()


def noise(seed: int, width: int = 6, height: int = 5, mode: str = "RGB") -> Image.Image:
    """Give an image of random pixels."""
    generator = np.random.default_rng(seed)
    pixels = generator.integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels).convert(mode)


def pets(**changes: Image.Image | bytes) -> dict[str, bytes | Image.Image]:
    """Give seven files of two classes, some changed: `pets(cat1=...)`."""
    places = {
        "cat1": "train/cat/1.png",
        "cat2": "train/cat/2.png",
        "dog1": "train/dog/1.png",
        "dog2": "train/dog/2.png",
        "dog10": "train/dog/10.png",
        "testcat": "test/cat/1.png",
        "testdog": "test/dog/1.png",
    }
    return {
        place: changes.get(key, noise(seed)) for seed, (key, place) in enumerate(places.items())
    }


def write_files(place: Path, files: Files, enclosing: str = "") -> Path:
    """Write files into a folder, or into a zip if the name ends so."""
    contents = {
        f"{enclosing}{name}": encode(file, name) if isinstance(file, Image.Image) else file
        for name, file in files.items()
    }
    if place.suffix == ".zip":
        with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, content in contents.items():
                packed.writestr(name, content)
        return place
    for name, content in contents.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return place


@pytest.fixture
def write_idx() -> WriteIdx:
    """Write an array as the format's description says, packed if the name ends in .gz."""

    def write(path: Path, array: NDArray[np.generic]) -> None:
        code = {1: 0x08, 4: 0x0C}[array.dtype.itemsize]
        header = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
        content = header + array.astype(array.dtype.newbyteorder(">")).tobytes()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)

    return write


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> DatasetInfo:
    """MNIST with 20 training and 10 test images."""
    info = dataclasses.replace(KNOWN["mnist"], name="tiny", title="Tiny", train=20, test=10)
    monkeypatch.setitem(KNOWN, "tiny", info)
    return info


@pytest.fixture
def write_set(write_idx: WriteIdx) -> WriteSet:
    """Write random files of a set below a folder; give what is in them, labels as published."""

    def write(info: DatasetInfo, folder: Path, seed: int = 0, suffix: str = "") -> dict:
        generator = np.random.default_rng(seed)
        content: dict[str, NDArray[np.generic]] = {}
        for file in info.files:
            count = info.train if file.part.startswith("train") else info.test
            if file.part.endswith("images"):
                shape: tuple[int, ...] = (count, *info.shape[:2])
                array = generator.integers(0, 256, shape, dtype=np.uint8)
            else:
                array = np.arange(count) % len(info.classes) + info.first_label
                array = array.astype(np.uint8)
                if file.path.endswith("idx2-int"):
                    columns = generator.integers(0, 9, (count, 8), dtype=np.int32)
                    columns[:, 0] = array
                    array = columns
            content[file.part] = array
            write_idx(folder / f"{file.path}{suffix}", array)
        return content

    return write


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address under which this machine serves it."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()
