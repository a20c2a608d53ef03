# ruff: noqa: E501 - one line a case
"""Which file of a submission an import means."""

from __future__ import annotations

import pytest

from assessment.submissions.inside.cells import Source
from assessment.submissions.inside.library import Library


def library(*files: str) -> Library:
    return Library(Source(file, (), file.endswith(".ipynb")) for file in files)


@pytest.mark.parametrize(
    ("files", "importer", "name", "level", "place"),
    [
        # beside the importing file
        ("lab.ipynb net.py", "lab.ipynb", "net", 0, "net.py"),
        ("src/lab.py src/net.py net.py", "src/lab.py", "net", 0, "src/net.py"),
        ("a/lab.py a/nets/cnn.py", "a/lab.py", "nets.cnn", 0, "a/nets/cnn.py"),
        ("lab.py nets/__init__.py nets.py", "lab.py", "nets", 0, "nets/__init__.py"),
        ("lab.py nets/cnn.py", "lab.py", "nets", 0, "nets"),
        ("lab.py", "lab.py", "lab", 0, None),
        # in other folders, because students change sys.path
        ("src/lab.py net.py", "src/lab.py", "net", 0, "net.py"),
        ("lab.py src/deep/net.py", "lab.py", "net", 0, "src/deep/net.py"),
        ("lab.py b/net.py a/c/net.py", "lab.py", "net", 0, "b/net.py"),
        # notebooks last
        ("lab.py net.ipynb", "lab.py", "net", 0, "net.ipynb"),
        ("lab.py net.ipynb a/net.py", "lab.py", "net", 0, "net.ipynb"),
        ("lab.py numpy.ipynb", "lab.py", "numpy", 0, None),
        # own modules go before the standard library's only where Python would take them
        ("lab.py random.py", "lab.py", "random", 0, "random.py"),
        ("lab.py a/random.py", "lab.py", "random", 0, None),
        ("lab.py random/x.py", "lab.py", "random", 0, None),
        ("lab.py torch.py numpy.py", "lab.py", "torch", 0, None),
        ("lab.py torch.py numpy.py", "lab.py", "numpy", 0, None),
        ("lab.py", "lab.py", "torchsummary_that_is_absent", 0, None),
        # relative
        ("p/a.py p/b.py", "p/a.py", "b", 1, "p/b.py"),
        ("p/a.py b.py", "p/a.py", "b", 1, None),
        ("p/q/a.py p/b.py", "p/q/a.py", "b", 2, "p/b.py"),
        ("p/q/a.py p/c/b.py", "p/q/a.py", "c.b", 2, "p/c/b.py"),
        ("p/__init__.py p/a.py", "p/a.py", "", 1, "p/__init__.py"),
        ("a.py b.py", "a.py", "b", 4, "b.py"),
        # renamed by a learning platform or a browser
        ("doe_1_2_lab.ipynb doe_1_3_net.py", "doe_1_2_lab.ipynb", "net", 0, "doe_1_3_net.py"),
        ("doe_1_2_lab.ipynb doe_1_3_my_net-2.py", "doe_1_2_lab.ipynb", "my_net", 0, "doe_1_3_my_net-2.py"),
        ("lab.ipynb net(1).py", "lab.ipynb", "net", 0, "net(1).py"),
        ("lab.ipynb doe_1_net.py doe_2_net.py", "lab.ipynb", "net", 0, None),
        ("lab.ipynb doe_1_net.py", "lab.ipynb", "net.cnn", 0, None),
    ],
)  # fmt: skip
def test_what_is_found(files: str, importer: str, name: str, level: int, place: str | None) -> None:
    found = library(*files.split()).find(name, importer, level)
    assert (found and found.place) == place


def test_outlines_are_made_once() -> None:
    both = library("b.py", "a.py")
    assert both.outline("a.py") is both.outline("a.py")
    assert [one.source.file for one in both.outlines()] == ["a.py", "b.py"]
