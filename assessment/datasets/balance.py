"""What is odd about the classes of a set of one's own, seen without decoding a single image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from assessment.datasets.forms import OwnFiles, find_own
from assessment.datasets.places import data_directory
from assessment.datasets.registry import KNOWN
from assessment.errors import DataError

NAMED = 3
"""Classes named before the rest is counted."""


def all_warnings(names: Iterable[str], data_dir: Path | None) -> list[str]:
    """Return what is odd about some sets; files that cannot be read will be told of by the runs."""
    found: list[str] = []
    for name in dict.fromkeys(names):
        with suppress(DataError):
            found += class_warnings(name, data_directory(data_dir))
    return found


def class_warnings(name: str, data_dir: Path) -> Iterator[str]:
    """Yield a sentence about each oddity; nothing of known sets, and where there are no files.

    Raises:
        DataError: the files cannot be read, or are not sorted into classes.
    """
    own = None if name in KNOWN else find_own(name, data_dir)
    if own is None:
        return
    test = _count_test_images(own)
    if len(test) == 1:
        yield f"all images of {name} are of one class, {next(iter(test))}: any answer is right"
    empty = [label for label, count in test.items() if not count]
    if empty:
        more = f" and {len(empty) - NAMED} more" if len(empty) > NAMED else ""
        of = f"class{'es' * (len(empty) > 1)} {', '.join(empty[:NAMED])}{more}"
        yield f"{name} has no test image of {of}: nothing shows whether it is learnt"


def _count_test_images(own: OwnFiles) -> Mapping[str, int]:
    """Count the test images of each class that there is to train on."""
    if own.form == "npz":
        from assessment.datasets.npz import read_labels  # NumPy, where there is such a file

        train, test = read_labels(own.path)
        counts = Counter(test.tolist())
        return {str(label): counts[label] for label in range(int(train.max()) + 1)}
    from assessment.datasets.containers import arrange, open_container

    with open_container(own) as container:
        layout = arrange(container)
        numbers = Counter(label for _, label in layout.files["test"])
        return {name: numbers[label] for label, name in enumerate(layout.classes)}
