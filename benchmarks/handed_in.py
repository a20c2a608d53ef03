"""What becomes of imitations of real hand-ins: how many are graded, and how many told why not.

    python benchmarks/handed_in.py

Every entry of `tests/submissions/inside/handed_in` is graded by `assessment grade` in its jail:
networks for two training steps, on a few of scikit-learn's digits in the size that they take. It
ends with status 1 where one of them is neither graded nor told why not.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import yaml
from side_by_side import (
    ROOT,
    Document,
    Row,
    document,
    finish,
    markdown,
    origin,
    parse,
    parser,
    say,
    target,
)

from assessment.datasets import cache
from assessment.execution.isolation.levels import choose_level
from assessment.results.isolation import ISOLATIONS

sys.path.insert(0, str(ROOT))
from tests.submissions.inside.imitations import EXPECTED, HANDED_IN, images_for

NAME = "handed_in"
WANTED, WANTED_NOTEBOOKS = 40, 0.5
QUICK = ("defined_twice.ipynb", "from_scratch.ipynb")
Fate = Literal["graded", "told why not", "neither"]
IMAGES = 64
"""Of training and of test."""
ENLARGED = "digits_28"
"""The digits as large as MNIST's images: each pixel three times as wide and high, and a border."""
NAMES = ["Net", "Model", "ModelA", "MLP", "CNN"]
"""What the lab calls its network."""
OTHER_QUESTIONS: dict[str, dict[str, Any]] = {
    "answers": {
        "kind": "answer",
        "title": "Count the parameters",
        "names": ["1.4"],
        "answer": {"value": 33130},
        "points": 1,
    },
    "arithmetic_answers.ipynb": {
        "kind": "answer",
        "title": "Count the parameters of a larger network",
        "names": ["1.4"],
        "answer": {"value": 79510},
        "points": 1,
    },
    "numpy_function.ipynb": {
        "kind": "function",
        "title": "Convolution in NumPy",
        "function": "my_conv2d",
        "solution": "torch/conv2d",
        "reference": "torch/conv2d",
        "cases": {"small": {"arguments": [{"shape": [2, 1, 6, 6]}, {"shape": [3, 1, 2, 2]}]}},
        "absolute_tolerance": 1e-9,
        "points": 1,
    },
}
"""Imitations in which there is no network."""


def question_for(name: str) -> dict[str, Any]:
    """Return the question that an imitation is an answer to."""
    if name in OTHER_QUESTIONS:
        return OTHER_QUESTIONS[name]
    return {
        "kind": "training",
        "title": "Any network",
        "submitted": {"names": NAMES},
        "training": {
            "model": {"name": "linear"},
            "dataset": dataset_for(name),
            "optimizer": {"name": "sgd", "learning_rate": 0.01},
            "epochs": 1,
            "max_steps": 2,
            "batch_size": 16,
            "evaluation_batch_size": 16,
        },
        "limits": {"seconds": 300},
        "expect": {"accuracy": {"measure": "test_accuracy", "at_least": 0, "points": 1}},
    }


def dataset_for(name: str) -> dict[str, Any]:
    """Return images of the shape that the first network of an imitation takes."""
    channels, height, _ = images_for(name)
    if height == 8:
        return {"name": "digits"}
    transforms: list[dict[str, Any]] = []
    if height != 28:
        transforms.append({"kind": "resize", "size": height})
    if channels == 3:
        transforms.append({"kind": "gray_to_rgb"})
    return {"name": ENLARGED, "transforms": transforms}


def measure(arguments: Namespace) -> list[Row]:
    """Grade all, a class for each question; return a row for each imitation."""
    names = QUICK if arguments.quick else sorted(EXPECTED)
    classes: dict[str, list[str]] = {}
    for name in names:
        classes.setdefault(yaml.safe_dump(question_for(name), sort_keys=False), []).append(name)
    rows = []
    with tempfile.TemporaryDirectory(prefix="imitations-") as folder:
        data = Path(folder) / "data"
        enlarge(data / f"{ENLARGED}.npz")
        for number, (question, names) in enumerate(classes.items()):
            place = Path(folder) / f"class-{number}"
            rows += grade(place, data, yaml.safe_load(question), names, arguments.level)
    return sorted(rows, key=lambda row: list(EXPECTED).index(row["name"]))


def enlarge(path: Path) -> None:
    """Write some of the digits in the size of MNIST."""
    digits = cache.load("digits")
    arrays = {}
    for part, key in (("train", "x_train"), ("test", "x_test")):
        images = getattr(digits, f"{part}_images")[:IMAGES, ..., 0]
        larger = images.repeat(3, axis=1).repeat(3, axis=2)
        arrays[key] = np.pad(larger, ((0, 0), (2, 2), (2, 2)))
        arrays[key.replace("x", "y")] = getattr(digits, f"{part}_labels")[:IMAGES]
    path.parent.mkdir()
    np.savez(path, **arrays)


def grade(
    place: Path, data: Path, question: dict[str, Any], names: Sequence[str], level: str
) -> list[Row]:
    """Grade imitations as a class of a lab of one question.

    Raises:
        SystemExit: the class could not be graded.
    """
    handed_in = place / "handed_in"
    students = {f"s{number:02}": name for number, name in enumerate(names)}
    for student, name in students.items():
        source, folder = HANDED_IN / name, handed_in / student
        if source.is_dir():
            shutil.copytree(source, folder)
        else:
            folder.mkdir(parents=True)
            shutil.copy(source, folder)
    lab = {"title": "Imitations", "questions": {"q1": question}}
    (place / "lab.yaml").write_text(yaml.safe_dump(lab, sort_keys=False))
    command = [sys.executable, "-P", "-m", "assessment", "grade", "lab.yaml"]
    command += ["--submissions=handed_in", "--reports=reports", "--device=cpu"]
    command += [f"--data={data}", f"--isolation={level}"]
    done = subprocess.run(
        command,
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        found = json.loads((place / "reports" / "results.json").read_text())["results"]
    except FileNotFoundError:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}") from None
    records = {record["submission"]["id"]: record for record in found}
    rows = [describe(name, records.get(student)) for student, name in students.items()]
    for row in rows:
        say(f"{row['name']}: {row['status']}" + (f": {row['reason']}" if row["reason"] else ""))
    return rows


def describe(name: str, record: dict[str, Any] | None) -> Row:
    """Return what became of one imitation."""
    source = HANDED_IN / name
    kind = {".ipynb": "notebook", ".py": "script"}.get(source.suffix, "folder")
    row: Row = {"name": name, "form": kind, "status": "lost", "reason": "", "told": []}
    if record is None:
        return row
    told = [*record["findings"]]
    for run in record["runs"]:
        solution = run["solution"] or {}
        told += [*solution.get("guesses", ()), *solution.get("notes", ())]
    return {**row, "status": record["status"], "reason": record["reason"], "told": told}


def fate(row: Row) -> Fate:
    """Tell whether a student has a grade, a reason, or neither."""
    if row["status"] == "scored":
        return "graded"
    return "told why not" if row["status"] == "invalid" and row["reason"] else "neither"


def summarise(raw: Sequence[Row]) -> Document:
    """Count forms and fates."""
    return {
        form: dict(Counter(fate(row) for row in raw if row["form"] == form))
        for form in ("notebook", "script", "folder")
    }


def table(result: Document) -> str:
    """Return the table, the reasons and the target as Markdown."""
    raw, found = result["raw"], result["summary"]
    fates = ("graded", "told why not", "neither")
    rows = [
        (f"{form}s", *(str(counts.get(one, 0)) for one in fates)) for form, counts in found.items()
    ]
    sums = {one: sum(counts.get(one, 0) for counts in found.values()) for one in fates}
    rows.append(("all", *(str(sums[one]) for one in fates)))
    reasons = [f"- `{row['name']}`: {row['reason']}" for row in raw if fate(row) != "graded"]
    total, notebooks = len(raw), sum(found["notebook"].values())
    enough = total >= WANTED and notebooks >= WANTED_NOTEBOOKS * total
    share = 100 * (total - sums["neither"]) / total
    return "\n\n".join(
        (
            f"{origin(result)} Isolation: {result['settings']['level']}.",
            markdown(("handed in", *fates), rows),
            "What those without a grade are told:",
            "\n".join(reasons),
            "\n".join(
                (
                    target(f"{share:.0f} % graded or told why not, all of them", share == 100),
                    target(
                        f"{total} submissions, {notebooks} notebooks, at least {WANTED} and half",
                        enough,
                    ),
                )
            ),
        )
    )


def main() -> None:
    """Grade, print, keep."""
    options = parser(NAME, __doc__ or "", repeats=1)
    options.add_argument("--level", choices=ISOLATIONS, default="bubblewrap")
    arguments = parse(options, NAME)
    choose_level(arguments.level, practice=False)
    result = document(NAME, {"repeats": arguments.repeats, "level": arguments.level})
    result["raw"] = measure(arguments)
    result["summary"] = summarise(result["raw"])
    finish(result, table(result), arguments.output)
    sys.exit(int(any(fate(row) == "neither" for row in result["raw"])))


if __name__ == "__main__":
    main()
