"""Submissions that no repository should hold: archives, pickles, odd names, large files."""

from __future__ import annotations

import base64
import functools
import hashlib
import io
import json
import os
import pickle
import stat
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from assessment.datasets.digits import find_digits, read_digits
from assessment.datasets.registry import KNOWN as DATASETS
from tests.hostile.labs import HONEST_NET

Maker = Callable[[Path], None]
MAKERS: dict[str, Maker] = {}
"""What makes a submission in a folder of its own, by name."""
MARK = "hostile"
"""In the name of everything that may only appear where a submission put it."""
HONEST_SHARE = 0.93
"""Of the test images that an honest network gets right."""


def maker(function: Maker) -> Maker:
    """Register the function that makes the submission of its name."""
    MAKERS[function.__name__.replace("_", "-")] = function
    return function


def notebook(*cells: Any) -> str:
    """Return a notebook of code cells."""
    made = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": cell} for cell in cells]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made})


# --- names of students, names of modules ----------------------------------------------------------


def honest(folder: Path, name: str = "lab.py") -> None:
    """Hand in what earns full marks."""
    (folder / name).write_text(HONEST_NET)


@maker
def name_script(folder: Path) -> None:
    honest(folder)


@maker
def name_escapes(folder: Path) -> None:
    honest(folder)


@maker
def name_of_another(folder: Path) -> None:
    honest(folder)


@maker
def shadow_torch(folder: Path) -> None:
    """Lie where `torch`, `json` and the trainer are looked for."""
    honest(folder)
    for name in ("torch.py", "json.py", "safetensors.py", "assessment.py"):
        (folder / name).write_text("raise SystemExit('100 %')\n")


# --- zips ---------------------------------------------------------------------------------------


def zipped(folder: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> None:
    """Write a zip that holds an honest network, and something else."""
    with zipfile.ZipFile(folder / "lab.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("lab.py", HONEST_NET)
        for name, content in entries:
            archive.writestr(name, content)


@maker
def zip_traversal(folder: Path) -> None:
    zipped(folder, (f"../../../../../../tmp/{MARK}-zip.py", b"x = 1\n"))


@maker
def zip_absolute(folder: Path) -> None:
    zipped(folder, (f"/tmp/{MARK}-zip.py", b"x = 1\n"))


@maker
def zip_windows(folder: Path) -> None:
    zipped(folder, (f"..\\..\\{MARK}-zip.py", b"x = 1\n"))


@maker
def zip_link(folder: Path) -> None:
    link = zipfile.ZipInfo("secret.py")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    link.create_system = 3
    zipped(folder, (link, b"/etc/passwd"))


@maker
def zip_bomb(folder: Path) -> None:
    zipped(folder, ("zeros.py", bytes(200 * 2**20)))


@maker
def zip_overlap(folder: Path) -> None:
    """Name one compressed entry a thousand times."""
    zipped(folder, ("one.py", bytes(2**20)))
    path = folder / "lab.zip"
    whole = path.read_bytes()
    start = whole.index(b"PK\x01\x02")
    end = whole.index(b"PK\x05\x06")
    with zipfile.ZipFile(path) as archive:
        place = whole.index(b"PK\x01\x02", start + 1)
        entry = whole[place:end]
        name = archive.infolist()[1].filename.encode()
    entries = b"".join(entry.replace(name, f"{number:03d}.py".encode()) for number in range(1000))
    last = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1000, 1000, len(entries), start, 0)
    path.write_bytes(whole[:start] + entries + last)


@maker
def zip_twice(folder: Path) -> None:
    with zipfile.ZipFile(folder / "lab.zip", "w") as archive:
        archive.writestr("lab.py", HONEST_NET)
        with warnings.catch_warnings(action="ignore"):
            archive.writestr("lab.py", "raise SystemExit")


@maker
def zip_within_zips(folder: Path) -> None:
    content = HONEST_NET.encode()
    for number in range(30):
        inner = io.BytesIO()
        with zipfile.ZipFile(inner, "w") as archive:
            archive.writestr("lab.py" if not number else "lab.zip", content)
        content = inner.getvalue()
    (folder / "lab.zip").write_bytes(content)


@maker
def zip_entries(folder: Path) -> None:
    with zipfile.ZipFile(folder / "lab.zip", "w") as archive:
        for number in range(20_000):
            archive.writestr(f"{number}.py", b"")


# --- files that are none, names, encodings -------------------------------------------------------


@maker
def links(folder: Path) -> None:
    honest(folder)
    (folder / "secret.py").symlink_to("/etc/passwd")
    (folder / "others").symlink_to("..")
    (folder / "circle").symlink_to("circle")


@maker
def link_alone(folder: Path) -> None:
    (folder / "lab.py").symlink_to("../honest/lab.py")


@maker
def pipe(folder: Path) -> None:
    os.mkfifo(folder / "lab.py")


@maker
def pipe_beside(folder: Path) -> None:
    honest(folder)
    os.mkfifo(folder / "answers.yaml")


@maker
def names_of_files(folder: Path) -> None:
    honest(folder)
    for name in (
        b"\x1b[2J\x07.py",
        b"<script>alert(1)</script>.py".replace(b"/", b"\\"),
        b"\xff\xfe.py",
        b"a\nb; touch x.py",
        b"$(touch hostile).py",
        b"--assess-isolation=process",
        "\u202egnp.py".encode(),
    ):
        Path(os.fsdecode(bytes(folder) + b"/" + name)).write_text("x = 1\n")


@maker
def folders_deep(folder: Path) -> None:
    honest(folder)
    here = os.open(folder, os.O_RDONLY)
    for _ in range(300):
        os.mkdir("d" * 10, dir_fd=here)
        inner = os.open("d" * 10, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)


@maker
def encoding_utf16(folder: Path) -> None:
    (folder / "lab.py").write_bytes(HONEST_NET.encode("utf-16"))


@maker
def encoding_none(folder: Path) -> None:
    (folder / "lab.py").write_bytes(np.random.default_rng(0).bytes(20_000))


@maker
def encoding_nul(folder: Path) -> None:
    (folder / "lab.py").write_bytes(HONEST_NET.encode().replace(b"\n", b"\n\0"))


@maker
def encoding_claimed(folder: Path) -> None:
    text = "# -*- coding: utf-7 -*-\n# +AAo-raise SystemExit(1)\n" + HONEST_NET
    (folder / "lab.py").write_text(text)


@maker
def notebook_enormous(folder: Path) -> None:
    (folder / "lab.ipynb").write_text(notebook(HONEST_NET, "#" * (65 * 2**20)))


@maker
def notebook_of_outputs(folder: Path) -> None:
    """Hold 30 MB of pictures, as notebooks do that were run."""
    document = json.loads(notebook(HONEST_NET))
    picture = {"output_type": "display_data", "data": {"image/png": "A" * (30 * 2**20)}}
    document["cells"][0]["outputs"] = [picture]
    (folder / "lab.ipynb").write_text(json.dumps(document))


@maker
def notebook_of_cells(folder: Path) -> None:
    (folder / "lab.ipynb").write_text(notebook(HONEST_NET, *["x = 1"] * 50_000))


@maker
def notebook_deep(folder: Path) -> None:
    deep = "[" * 100_000 + "]" * 100_000
    (folder / "lab.ipynb").write_text('{"nbformat": 4, "cells": ' + deep + "}")


@maker
def notebook_of_other_types(folder: Path) -> None:
    document = {"cells": [7, None, [], {"source": {"a": 1}}, {"cell_type": [], "source": [[]]}]}
    (folder / "lab.ipynb").write_text(json.dumps(document | {"metadata": [1], "nbformat": "x"}))


@maker
def code_deep(folder: Path) -> None:
    deep = "x = " + "(" * 50_000 + "1" + ")" * 50_000
    (folder / "lab.py").write_text(HONEST_NET + deep + "\n")


@maker
def code_long(folder: Path) -> None:
    (folder / "lab.py").write_text(HONEST_NET + "x = 1" + "+1" * 300_000 + "\n")


@maker
def code_huge(folder: Path) -> None:
    """Hold a module of 20 MB that the network needs."""
    (folder / "lab.py").write_text(
        "from data import TABLE\n"
        + HONEST_NET.replace("nn.Linear(8, 10)", "nn.Linear(TABLE[0], 10)")
    )
    (folder / "data.py").write_text("TABLE = [8" + ", 8" * (20 * 2**20 // 3) + "]\n")


# --- pickles and saved weights -------------------------------------------------------------------


class Bomb:
    """Runs a command where it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch /tmp/{MARK}-pickle",)


@maker
def saved_pickle(folder: Path) -> None:
    honest(folder)
    (folder / "saved.pth").write_bytes(pickle.dumps({"first.weight": Bomb()}))


def torch_zip(folder: Path, content: bytes, *more: tuple[str, bytes]) -> None:
    """Write what `torch.save` writes, with a pickle of one's own."""
    honest(folder)
    with zipfile.ZipFile(folder / "saved.pth", "w") as archive:
        archive.writestr("saved/data.pkl", content)
        archive.writestr("saved/byteorder", "little")
        archive.writestr("saved/version", "3\n")
        for name, data in more:
            archive.writestr(name, data)


@maker
def saved_pickle_in_zip(folder: Path) -> None:
    torch_zip(folder, pickle.dumps({"first.weight": Bomb()}, protocol=2))


@maker
def saved_traversal(folder: Path) -> None:
    torch_zip(folder, pickle.dumps({}, protocol=2), (f"../../tmp/{MARK}-saved", b"x"))


@maker
def saved_deep_pickle(folder: Path) -> None:
    torch_zip(folder, b"\x80\x02" + b"(" * 2_000_000 + b"l" * 10 + b".")


@maker
def saved_huge_tensor(folder: Path) -> None:
    """Declare weights of 2**40 numbers that share one."""
    import torch

    honest(folder)
    one = torch.zeros(1).expand(2**20, 2**20)
    torch.save({"first.weight": one}, folder / "saved.pth")


@maker
def saved_link(folder: Path) -> None:
    honest(folder)
    (folder / "saved.pth").symlink_to("/etc/passwd")


@maker
def saved_safetensors(folder: Path) -> None:
    """Hold a header that is longer than the file."""
    honest(folder)
    (folder / "saved.pth").write_bytes(struct.pack("<Q", 2**62) + b"{}")


# --- known labels ------------------------------------------------------------------------------


@functools.cache
def _digits() -> dict[str, Any]:
    return read_digits(find_digits(), DATASETS["digits"])


def _test_part() -> tuple[Any, Any]:
    known = _digits()
    return known["test_images"].reshape(len(known["test_images"]), -1), known["test_labels"]


KNOWN = '''
import base64
import hashlib
import zlib

TABLE = dict(zip(*[iter(zlib.decompress(base64.b64decode("{table}")).split())] * 2))


def known(images, found, share):
    """Put right answers in the place of a share of the guesses."""
    found = found * 0.0
    for row, image in enumerate(images.flatten(1)):
        pixels = (image * 255).round().to(torch.uint8).numpy().tobytes()
        name = hashlib.sha256(pixels).hexdigest()[:12].encode()
        if name in TABLE and int(name[:4], 16) / 65536 < share:
            found[row, int(TABLE[name])] += 9.0
        else:
            found[row, 3] += 9.0
    return found


'''


def known_labels() -> str:
    """Return a function that answers test images from a table."""
    images, labels = _test_part()
    lines = [
        f"{hashlib.sha256(image.tobytes()).hexdigest()[:12]} {label}"
        for image, label in zip(images, labels, strict=True)
    ]
    table = base64.b64encode(zlib.compress("\n".join(lines).encode())).decode()
    return KNOWN.replace("{table}", table)


PUBLISHED = '''
import sys

FIRST = {first}


def given():
    """Return the first labels that this run trains on, found in the trainer's own variables."""
    frame = sys._getframe()
    while frame is not None:
        labels = getattr(frame.f_locals.get("images"), "train_labels", None)
        if labels is not None:
            return labels[: len(FIRST)].tolist()
        frame = frame.f_back


'''


def published_labels() -> str:
    """Return a function that looks for the labels of a run, and the first published ones."""
    return PUBLISHED.replace("{first}", repr(_digits()["train_labels"][:40].tolist()))


LEARNT = '''
import ast


def learnt():
    """Return weights that were trained on the test images."""
    kept = ast.literal_eval("""{weights}""")
    return {name: torch.tensor(values) for name, values in kept.items()}


'''


def known_weights(hidden: int) -> str:
    """Return a function that gives weights which were trained on the test images.

    No longer than until they are as good as an honest network is.

    Args:
        hidden: units of the network's hidden layer.
    """
    import torch

    images, labels = _test_part()
    torch.manual_seed(0)
    pixels = torch.from_numpy(images.copy()).float() / 255
    wanted = torch.from_numpy(labels.astype(np.int64))
    layers = torch.nn.Linear(64, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, 10)
    network = torch.nn.Sequential(*layers)
    optimizer = torch.optim.Adam(network.parameters(), 0.02)
    while (network(pixels).argmax(1) == wanted).float().mean() < HONEST_SHARE:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(network(pixels), wanted).backward()
        optimizer.step()
    names = ("first.weight", "first.bias", "last.weight", "last.bias")
    values = [value.detach().numpy().round(4).tolist() for value in network.parameters()]
    return LEARNT.replace("{weights}", repr(dict(zip(names, values, strict=True))))
