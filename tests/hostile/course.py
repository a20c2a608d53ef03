"""A class of hostile hand-ins and an honest one, graded by pytest in a process of its own."""

from __future__ import annotations

import functools
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from assessment.results.calibration import path_for
from tests.hostile.labs import (
    HELPERS,
    HONEST_ANSWERS,
    HONEST_FUNCTION,
    HONEST_NET,
    hidden_units,
    lab_text,
    sized,
)
from tests.hostile.makers import MAKERS, known_labels, known_weights, published_labels
from tests.hostile.surroundings import (
    adopting,
    contents,
    descendants,
    groups_of,
    left_running,
    marked,
    mounts,
)
from tests.hostile.table import Attack

SUBMISSIONS = Path(__file__).parent / "submissions"
PROJECT = Path(__file__).parents[2]
HONEST = "honest"
"""Id of the honest student; of that one's folder, too."""
SECONDS = 600
REFERENCE_RUNS = 20
DEEP = "(" * 20_000 + "1" + ")" * 20_000


@dataclass
class Graded:
    """What became of a class."""

    records: dict[tuple[str, str], dict[str, Any]]
    """Results by student and question."""
    status: int
    words: str
    """What was printed."""
    page: str
    """The report."""
    changed: list[str] = field(default_factory=list)
    """What is otherwise than before: files, processes, control groups, mounts."""


class Course:
    """A lab, a class, and where they lie."""

    def __init__(self, folder: Path, lab: str) -> None:
        self.folder = folder
        self.lab = lab
        self.handed_in = folder / "handed_in"
        self.spec = folder / "course" / "specs" / "lab.yaml"
        self.temporary = folder / "temporary"
        for one in (self.handed_in, self.spec.parent, self.temporary):
            one.mkdir(parents=True)
        self.spec.write_text(lab_text(lab))
        self._calibrate()
        self.secret = folder / "course" / "assessment.secret"
        self.secret.write_text("not for students, not for anybody\n")

    def _calibrate(self) -> None:
        """Put the reference's runs beside a spec file with a calibrated band."""
        content = self.spec.read_text()
        if "band: calibrated" in content:
            path = path_for(self.spec)
            path.parent.mkdir()
            path.write_text(calibrated(content))

    def hand_in_honestly(self) -> None:
        """Hand in what earns full marks."""
        folder = self.handed_in / HONEST
        folder.mkdir()
        match self.lab:
            case "function":
                (folder / "lab.py").write_text(HONEST_FUNCTION)
            case "answers":
                (folder / "answers.yaml").write_text(HONEST_ANSWERS)
            case _:
                (folder / "lab.py").write_text(sized(HONEST_NET, self.lab))
        if self.lab == "checkpoint":
            import torch

            state = {"first.weight": (8, 64), "first.bias": (8,)}
            state |= {"last.weight": (10, 8), "last.bias": (10,)}
            zeros = {name: torch.zeros(shape) for name, shape in state.items()}
            torch.save(zeros, folder / "saved.pth")

    def hand_in(self, attack: Attack, port: int, abstract: str) -> None:
        """Hand in a hostile submission: a text of this collection, or made by code."""
        name = attack.file
        folder = self.handed_in / (attack.folder or attack.name)
        folder.mkdir()
        if name in MAKERS:
            MAKERS[name](folder)
            return
        found = [SUBMISSIONS / f"{name}.py", SUBMISSIONS / "function" / f"{name}.py"]
        for path in found:
            if path.is_file():
                text = path.read_text(encoding="utf-8")
                if path.parent == SUBMISSIONS:
                    text = self._with_helpers(text)
                (folder / "lab.py").write_text(self._placed(text, port, abstract))
                return
        for path in (SUBMISSIONS / "answer" / name).iterdir():
            text = path.read_text(encoding="utf-8")
            (folder / path.name).write_text(self._placed(text, port, abstract))

    def grade(self, *arguments: str) -> Graded:
        """Grade everybody, and look what that has changed."""
        before, running, mounted = contents(self.handed_in), descendants(), mounts()
        others = contents(self.spec.parents[1])
        command = [sys.executable, "-P", "-m", "pytest", "-c", str(self._configuration())]
        command += [f"--rootdir={self.folder}", "-pno:cacheprovider", "--assess-device=cpu"]
        command += ["--assess-threads=1", f"--assess-reports={self.folder / 'reports'}"]
        command += [f"--submissions={self.handed_in}", "--assess-isolation=bubblewrap"]
        command += [f"--assess-secret={self.secret}"]  # else test images go in another order
        variables = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
        variables |= {"TMPDIR": str(self.temporary), "PYTHONPATH": str(PROJECT)}
        with adopting():
            process = subprocess.Popen(
                [*command, *arguments, str(self.spec)],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=variables,
            )
            try:
                said, _ = process.communicate(timeout=SECONDS)
            except BaseException:
                for one in psutil.Process(process.pid).children(recursive=True):
                    one.kill()
                process.kill()
                raise
            changed = [f"runs on: {one}" for one in left_running(running)]
        changed += [f"control group: {one}" for one in groups_of(process.pid)]
        changed += [
            f"temporary: {one}"
            for one in self.temporary.iterdir()
            if not one.name.startswith("torchinductor_")  # PyTorch's own, of the trusted trainer
        ]
        changed += [f"written: {one}" for one in marked()]
        if contents(self.handed_in) != before:
            changed.append("files of the class")
        if contents(self.spec.parents[1]) != others:
            changed.append("files of the course")
        if mounts() != mounted:
            changed.append("mounts")
        words = said.decode(errors="replace")
        path = self.folder / "reports" / "results.json"
        document = json.loads(path.read_text()) if path.is_file() else {"results": []}
        records = {(r["submission"]["id"], r["question"]): r for r in document["results"]}
        page = self.folder / "reports" / "report.html"
        shown = page.read_text(encoding="utf-8") if page.is_file() else ""
        return Graded(records, process.returncode, words, shown, changed)

    def _configuration(self) -> Path:
        path = self.folder / "pytest.ini"
        path.write_text("[pytest]\n")
        return path

    def _with_helpers(self, text: str) -> str:
        made = HELPERS
        if "known(" in text:
            made += known_labels()
        if "given(" in text:
            made += published_labels()
        if "learnt(" in text:
            made += known_weights(hidden_units(self.lab))
        return sized(made + text, self.lab)

    def _placed(self, text: str, port: int, abstract: str) -> str:
        """Tell a text where everything lies: a guess is never what protects it."""
        places = {
            "@COURSE@": self.folder,
            "@CLASS@": self.handed_in,
            "@SPECS@": self.spec.parent,
            "@STORE@": self.folder / "reports",
            "@SECRET@": self.secret,
            "@CACHE@": os.environ.get("ASSESSMENT_CACHE", "/nowhere"),
            "@PROJECT@": PROJECT / "assessment" / "models",
            "@PORT@": port,
            "@ABSTRACT@": abstract,
            "@DEEP@": DEEP,
        }
        for mark, place in places.items():
            text = text.replace(mark, str(place))
        return text


@functools.cache
def calibrated(lab: str) -> str:
    """Return the calibration file of a lab, made by the command that instructors use."""
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder, "lab.yaml")
        spec.write_text(lab)
        command = [sys.executable, "-P", "-m", "assessment", "calibrate", "--device=cpu"]
        subprocess.run(
            [*command, f"--seeds={REFERENCE_RUNS}", str(spec)],
            check=True,
            capture_output=True,
            env=os.environ | {"PYTHONPATH": str(PROJECT)},
        )
        return path_for(spec).read_text()


def graded_class(folder: Path, lab: str, attacks: Sequence[Attack], *options: str) -> Graded:
    """Hand in this and an honest submission, and grade them; somebody listens on this machine."""
    course = Course(folder, lab)
    course.hand_in_honestly()
    abstract = f"assessment-{os.getpid()}"
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as named,
    ):
        named.bind(f"\0{abstract}")
        named.listen()
        for attack in attacks:
            course.hand_in(attack, server.getsockname()[1], abstract)
        return course.grade(*options)
