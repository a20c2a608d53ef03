"""Decoding image files with Pillow, to the pixels that torchvision's `ImageFolder` shows.

All images are looked at before the first is written, because one of them decides for all: colour
anywhere makes three channels everywhere, and differing sizes need a size to scale to.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from assessment.datasets.containers import SPLITS, Container, Layout, Member, arrange
from assessment.datasets.decoded import Array, Decoded, Stream
from assessment.datasets.progress import Progress, announce, choose_progress
from assessment.datasets.registry import DatasetInfo
from assessment.errors import DataError

FORMATS = ("JPEG", "PNG", "BMP", "PPM", "TIFF", "WEBP")
"""What torchvision's `ImageFolder` takes; other decoders of Pillow are never asked."""
_GRAY = ("1", "L", "LA")
_COLOUR = ("P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "HSV")
_KEPT_BYTES = 256 << 20
"""Pixels kept from the first look, so that small sets are decoded once."""
_BATCH_BYTES = 32 << 20
"""Pixels written at a time."""


def decode_pictures(
    container: Container, info: DatasetInfo | None, size: int | None, progress: Progress | None
) -> Decoded:
    """Look at every image, then give streams that decode them.

    Args:
        container: Open until the streams are gone through.
        info: The set that is expected, where it is a known one.
        size: Side of the square to which images of differing sizes are scaled, pixels.
        progress: Told about every batch; by default a bar on a terminal, else one line.

    Raises:
        DataError: A file is damaged, is no image or has an unsupported mode; sizes differ and
            `size` is None. The message names the file.
    """
    layout = arrange(container)
    count = sum(len(files) for files in layout.files.values())
    announce(f"decoding {count:,} images of {container.path}, once", progress)
    labels = _number(container, layout.classes, info)
    meter = _Meter(
        container.path.name,
        sum(member.size for files in layout.files.values() for member, _ in files),
        choose_progress(progress),
    )
    look = _look(container, layout, info, meter)
    width, height = look.size
    if look.differs is not None:
        if size is None:
            raise DataError(
                f"{container.path}: its images differ in size: {look.first} is {width} x {height}, "
                f"{look.differs}; to scale them, add {{kind: resize, size: N}} as the first "
                "transform"
            )
        width = height = size
    decoder = _Decoder(container, look, 3 if look.colour else 1, (width, height), meter)
    arrays: dict[str, Array | Stream] = {}
    for split in SPLITS:
        files = layout.files[split]
        shape = (len(files), height, width, decoder.channels)
        arrays[f"{split}_images"] = Stream(shape, decoder.batches([file for file, _ in files]))
        found = np.array([label for _, label in files], np.int64)
        arrays[f"{split}_labels"] = labels[found]
    return Decoded(arrays, layout.classes, resized=look.differs is not None)


@dataclass
class _Look:
    """What the first look at all images told."""

    first: str = ""
    """The first image."""
    size: tuple[int, int] = (0, 0)
    """Its width and height."""
    differs: str | None = None
    """Another image of another size, in words."""
    colour: bool = False
    """Whether any image has colour."""
    kept: dict[str, NDArray[np.uint8]] = field(default_factory=dict)
    """Pixels already decoded, by name."""


class _Meter:
    """Add up the bytes of files decoded."""

    def __init__(self, title: str, total: int, progress: Progress) -> None:
        self._title, self._total, self._progress = title, total, progress
        self._done = self._told = 0

    def add(self, count: int) -> None:
        """Tell at every hundredth."""
        self._done += count
        if self._done - self._told > self._total // 100 or self._done == self._total:
            self._told = self._done
            self._progress(self._title, self._done, self._total)


def _look(container: Container, layout: Layout, info: DatasetInfo | None, meter: _Meter) -> _Look:
    look, kept = _Look(), 0
    for member, _ in (file for split in SPLITS for file in layout.files[split]):
        with _opened(container, member, whole=kept < _KEPT_BYTES) as image:
            if info is not None and image.size != (info.shape[1], info.shape[0]):
                raise DataError(
                    f"{container.where(member.name)}: found {image.width} x {image.height} pixels, "
                    f"{info.title} has {info.shape[1]} x {info.shape[0]}"
                )
            if not look.first:
                look.first, look.size = member.name, image.size
            elif image.size != look.size and look.differs is None:
                look.differs = f"{member.name} is {image.width} x {image.height}"
            look.colour |= image.mode not in _GRAY
            if kept < _KEPT_BYTES:
                look.kept[member.name] = np.asarray(_plain(image, colour=None))
        if member.name in look.kept:
            kept += look.kept[member.name].nbytes
            meter.add(member.size)
    return look


class _Decoder:
    """Turns files into batches of one shape."""

    def __init__(
        self,
        container: Container,
        look: _Look,
        channels: int,
        size: tuple[int, int],
        meter: _Meter,
    ) -> None:
        self._container, self._look, self._meter = container, look, meter
        self.channels, self._size = channels, size

    def batches(self, members: list[Member]) -> Iterator[NDArray[np.uint8]]:
        """Decode files, some at a time."""
        width, height = self._size
        rows = max(1, _BATCH_BYTES // (width * height * self.channels))
        for start in range(0, len(members), rows):
            chosen = members[start : start + rows]
            batch = np.empty((len(chosen), height, width, self.channels), np.uint8)
            for row, member in zip(batch, chosen, strict=True):
                pixels = self._decode(member)
                row[...] = pixels if pixels.ndim == 3 else pixels[..., np.newaxis]
            yield batch

    def _decode(self, member: Member) -> NDArray[np.uint8]:
        kept = self._look.kept.pop(member.name, None)
        if kept is not None and self._look.differs is None:
            return kept
        if kept is not None:
            return np.asarray(self._fit(Image.fromarray(kept)))
        with _opened(self._container, member, whole=True) as image:
            pixels: NDArray[np.uint8] = np.asarray(self._fit(image))
        self._meter.add(member.size)
        return pixels

    def _fit(self, image: Image.Image) -> Image.Image:
        plain = _plain(image, colour=self.channels == 3)
        if plain.size == self._size:
            return plain
        if self._look.differs is None:
            raise ValueError(f"it has become {plain.width} x {plain.height} meanwhile")
        return plain.resize(self._size, Image.Resampling.BILINEAR)


@contextmanager
def _opened(container: Container, member: Member, *, whole: bool) -> Iterator[Image.Image]:
    """Open one image; `whole`: read all of its file first, which checks a zip's checksum.

    Raises:
        DataError: What goes wrong with it in the block.
    """
    where = container.where(member.name)
    try:
        with container.open(member) as file:
            stream = io.BytesIO(file.read()) if whole else file
            with Image.open(stream, formats=FORMATS) as image:
                if image.mode not in _GRAY + _COLOUR:
                    raise DataError(
                        f"{where}: its pixels are of mode {image.mode}, not 8 bits a channel"
                    )
                yield image
    except (DataError, MemoryError):
        raise
    except UnidentifiedImageError as error:
        raise DataError(f"{where}: no image, or damaged; taken are {', '.join(FORMATS)}") from error
    except Exception as error:  # of a damaged file: whatever Pillow's and zipfile's readers raise
        raise DataError(
            f"{where}: truncated or damaged: {error or type(error).__name__}"
        ) from error


def _plain(image: Image.Image, *, colour: bool | None) -> Image.Image:
    """Convert to gray or RGB, or to what the image's own mode asks for."""
    wanted = "RGB" if (image.mode not in _GRAY if colour is None else colour) else "L"
    if image.mode == "P":
        image.load()  # a palette's transparency is noted while the file is read
        image.info.pop("transparency", None)  # RGB has none, and Pillow warns about it
    return image.convert(wanted)


def _number(
    container: Container, found: tuple[str, ...], info: DatasetInfo | None
) -> NDArray[np.int64]:
    """Give the label of each class folder: its position, or what a known set says.

    Raises:
        DataError: The folders are neither the known set's classes nor their numbers.
    """
    if info is None:
        return np.arange(len(found))
    numbers = [str(number) for number in range(len(info.classes))]
    for names, given in (
        (list(info.classes), list(found)),
        (numbers, list(found)),
        ([_letters(name) for name in info.classes], [_letters(name) for name in found]),
    ):
        if sorted(names) == sorted(given) and len(set(names)) == len(names):
            return np.array([names.index(name) for name in given])
    raise DataError(
        f"{container.where('train')}/: found the classes {_some(found)}; "
        f"{info.title} has {_some(info.classes)}"
    )


def _some(names: tuple[str, ...]) -> str:
    return f"{len(names)}: {', '.join(names[:10])}{', ...' if len(names) > 10 else ''}"


def _letters(name: str) -> str:
    """Reduce `T-shirt/top`, which no folder can be called, to what `t_shirt_top` has too."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())
