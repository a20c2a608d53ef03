from __future__ import annotations

import gzip
import hashlib
import io
import os
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from assessment.datasets.cache import load
from assessment.datasets.download import fetch
from assessment.datasets.progress import ProgressBar
from assessment.datasets.registry import KNOWN, DatasetInfo
from assessment.errors import DataError, DataMissing


@pytest.fixture
def downloader(
    tmp_path: Path, tiny: DatasetInfo, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], DatasetInfo]:
    """Make a module with this text the downloader of the tiny set."""

    def install(text: str) -> DatasetInfo:
        (tmp_path / "stand_in.py").write_text(text)
        paths = [str(tmp_path), os.environ.get("PYTHONPATH", "")]
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths).strip(os.pathsep))
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.upper(), raising=False)
        object.__setattr__(tiny, "downloader", "stand_in:MNIST")
        return tiny

    return install


def _real_torchvision(mirrors: list[str], resources: list[tuple[str, str]]) -> str:
    """torchvision's own class, with other addresses and checksums."""
    return (
        "import torchvision\n"
        "class MNIST(torchvision.datasets.MNIST):\n"
        f"    mirrors = {mirrors!r}\n"
        f"    resources = {resources!r}\n"
    )


def _serve(info: DatasetInfo, folder: Path, write_set: Callable) -> list[tuple[str, str]]:
    """Put packed files where the server finds them; give their names and checksums."""
    write_set(info, folder, suffix=".gz")
    resources = []
    for file in info.files:
        path = folder / f"{file.path}.gz"
        served = path.rename(folder / path.name)
        digest = hashlib.md5(served.read_bytes(), usedforsecurity=False).hexdigest()
        resources.append((served.name, digest))
    return resources


def test_downloads_what_is_missing(
    mirror: tuple[Path, str],
    tiny: DatasetInfo,
    downloader: Callable[[str], DatasetInfo],
    write_set: Callable,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    served, address = mirror
    resources = _serve(tiny, served, write_set)
    downloader(_real_torchvision([address], resources))
    data = tmp_path / "data"
    kept = data / tiny.files[3].path
    kept.parent.mkdir(parents=True)
    labels = np.full(10, 7, np.uint8)
    kept.write_bytes(struct.pack(">BBBBI", 0, 0, 8, 1, 10) + labels.tobytes())
    told: list[tuple[str, int, int]] = []

    images = load("tiny", data, tmp_path / "cache", progress=lambda *message: told.append(message))

    expected = gzip.decompress((served / resources[0][0]).read_bytes())[16:]
    assert images.train_images.tobytes() == expected
    assert images.test_labels.tolist() == labels.tolist(), "a file already there was replaced"
    assert sorted(path.name for path in data.rglob("*") if path.is_file()) == sorted(
        Path(file.path).name for file in tiny.files
    )
    assert {path.name for path in data.iterdir()} == {"MNIST"}
    sizes = {name: (served / name).stat().st_size for name, _ in resources}
    assert {name: (done, total) for name, done, total in told} == {
        name: (size, size) for name, size in sizes.items()
    }
    assert capfd.readouterr() == ("", "")


def test_no_network_and_wrong_content(
    mirror: tuple[Path, str],
    tiny: DatasetInfo,
    downloader: Callable[[str], DatasetInfo],
    write_set: Callable,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Nobody listens at the first mirror; the second has other bytes than the checksum's."""
    served, address = mirror
    names = [name for name, _ in _serve(tiny, served, write_set)]
    info = downloader(
        _real_torchvision(["http://127.0.0.1:9/", address], [(name, "0" * 32) for name in names])
    )
    with pytest.raises(DataMissing) as caught:
        load("tiny", tmp_path / "data", tmp_path / "cache")
    text = str(caught.value)
    assert text.startswith(f"Tiny is not in {tmp_path / 'data'}, and it could not be downloaded: ")
    assert "\n" not in text
    assert text.count("Connection refused") == 1
    assert text.count("corrupted") == 1
    assert "http://127.0.0.1" not in text
    assert caught.value.files.splitlines() == [
        f"Files of Tiny belong below {tmp_path / 'data'}, as they are or with .gz appended:",
        *(f"  {file.path}" for file in info.files),
        "The set is also found as tiny.npz, tiny.zip or tiny/train/<class>/ with test/ beside it.",
        "Name another directory with --assess-data=DIR or ASSESSMENT_DATA.",
    ]
    assert not list((tmp_path / "data").iterdir())
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "import os, sys\ndef MNIST(*_, **__):\n"
            "    print('first\\nout of luck', file=sys.stderr, flush=True); os._exit(3)",
            "the downloader ended with status 3: out of luck",
        ),
        ("def MNIST(*_, **__): raise RuntimeError('two\\n  lines')", "two lines"),
        ("def MNIST(*_, **__): raise ValueError", "ValueError"),
        ("", "module 'stand_in' has no attribute 'MNIST'"),
        ("def MNIST(*_, **__): print('{'); print('[1]')", "it brought no MNIST/raw/train-images"),
    ],
)
def test_downloader_that_fails(
    downloader: Callable[[str], DatasetInfo], tmp_path: Path, text: str, said: str
) -> None:
    info = downloader(text)
    with pytest.raises(DataError) as caught:
        fetch(info, tmp_path / "data")
    first = str(caught.value).splitlines()[0]
    assert f"could not be downloaded: {said}" in first
    assert not list((tmp_path / "data").iterdir())


def test_interrupted_download_leaves_nothing(
    downloader: Callable[[str], DatasetInfo], tmp_path: Path
) -> None:
    info = downloader(
        "import pathlib, time\n"
        "def MNIST(folder, **_):\n"
        "    pathlib.Path(folder, 'half').write_text('half')\n"
        '    print(\'{"file": "half", "done": 1, "total": 2}\', flush=True)\n'
        "    time.sleep(600)\n"
    )

    def interrupt(file: str, done: int, total: int) -> None:
        assert (file, done, total) == ("half", 1, 2)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(info, tmp_path / "data", interrupt)
    assert not list((tmp_path / "data").iterdir())


def test_modules_in_the_current_folder_are_not_imported(
    downloader: Callable[[str], DatasetInfo], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed_in = tmp_path / "handed_in"
    handed_in.mkdir()
    (handed_in / "json.py").write_text("raise SystemExit('a student was here')")
    monkeypatch.chdir(handed_in)
    monkeypatch.setenv("PYTHONPATH", ".", prepend=os.pathsep)
    info = downloader("def MNIST(*_, **__): raise RuntimeError('as it should be')")
    with pytest.raises(DataError, match="as it should be"):
        fetch(info, tmp_path / "data")


def test_data_directory_that_cannot_be_written(tmp_path: Path, tiny: DatasetInfo) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(DataError, match="and it cannot be downloaded there: Not a directory"):
        load("tiny", tmp_path / "data" / "below", tmp_path / "cache")


def test_downloads_nothing_unasked(tmp_path: Path, tiny: DatasetInfo) -> None:
    with pytest.raises(DataError, match=f"^Tiny is not in {tmp_path}; its files: "):
        load("tiny", tmp_path, tmp_path / "cache", download=False)


def test_every_downloader_is_a_class_of_torchvision() -> None:
    import torchvision

    for info in KNOWN.values():
        if info.downloader:
            module, _, name = info.downloader.partition(":")
            assert module == "torchvision.datasets"
            kinds = (torchvision.datasets.MNIST, torchvision.datasets.CIFAR10)
            assert issubclass(getattr(torchvision.datasets, name), kinds)


def test_progress_bar() -> None:
    screen = io.StringIO()
    bar = ProgressBar(screen)
    bar("images.gz", 0, 9_912_422)
    bar("images.gz", 4_956_211, 9_912_422)
    bar("images.gz", 9_912_422, 9_912_422)
    bar("labels.gz", 1_500_000, 0)
    assert screen.getvalue() == (
        "\rimages.gz [--------------------] 0.0 of 9.9 MB"
        "\rimages.gz [##########----------] 5.0 of 9.9 MB"
        "\rimages.gz [####################] 9.9 of 9.9 MB\n"
        "\rlabels.gz 1.5 MB"
    )
