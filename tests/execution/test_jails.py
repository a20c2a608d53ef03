"""The jails of one process: who gets which, which are kept, and what is shown in them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assessment.errors import AssessmentError
from assessment.execution import jails as jails_module
from assessment.execution.conductor import Assignment
from assessment.execution.isolation.staging import Staging
from assessment.execution.isolation.view import View
from assessment.execution.jails import Jails
from assessment.execution.requests import Work
from assessment.spec.lab import Limits
from assessment.spec.recipe import ModelReference
from assessment.submissions.copying import copy_submission
from assessment.submissions.listing import single_submission

ROOT = Path(__file__).parents[2]


class Wall:
    """Stands for a jail: counts, and can be used up."""

    made: list[Wall] = []

    def __init__(self, level: str, view: View) -> None:
        self.level, self.view = level, view
        self.alive, self.stopped = True, False
        Wall.made.append(self)

    def start(self) -> None:
        if self.level == "user":
            raise AssessmentError("no walls today")

    def stop(self) -> None:
        self.alive, self.stopped = False, True

    def inside(self, path: Path) -> str:
        return f"/inside/{path.name}"


def view(folder: Path, model: ModelReference | None) -> View:
    """Show the weights that a model starts from."""
    named = model is not None and model.weights
    return View(folder, weights=(Path(named),) if named else ())


@pytest.fixture
def jails(monkeypatch: pytest.MonkeyPatch) -> Iterator[Jails]:
    monkeypatch.setattr(jails_module, "Jail", Wall)
    Wall.made = []
    made = Jails(view, 2)
    yield made
    made.close()
    assert all(wall.stopped for wall in Wall.made if wall.level != "user")
    assert not any(wall.view.submission.exists() for wall in Wall.made)


def work(folder: Path, name: str, **fields: Any) -> Work:
    path = folder / f"{name}.py"
    path.write_text(f"whose = '{name}'\n")
    return Work(single_submission(path), fields.pop("level", "bubblewrap"), **fields)


def test_a_submission_keeps_its_jail(jails: Jails, tmp_path: Path) -> None:
    ada = work(tmp_path, "ada")
    first = jails.take(ada)
    jails.give(first)
    assert jails.take(work(tmp_path, "ada", names=("Net",))) is first
    second = jails.take(ada)
    assert second is not first, "one run at a time in each"
    assert (first.jail.view.submission / "ada.py").read_text() == "whose = 'ada'\n"  # type: ignore[attr-defined]


def test_networks_are_trained_where_just_their_own_weights_are_shown(
    jails: Jails, tmp_path: Path
) -> None:
    untrained, transfer = ModelReference(name="a"), ModelReference(name="b", weights="net.pth")
    first = jails.take(work(tmp_path, "ada", model=untrained))
    jails.give(first)
    jails.warm(work(tmp_path, "ada", model=transfer))
    second = jails.take(work(tmp_path, "ada", model=transfer))
    assert second is not first
    assert [wall.view.weights for wall in Wall.made] == [(), (Path("net.pth"),)]
    jails.give(second)
    assert jails.take(work(tmp_path, "ada", model=untrained)) is first
    assert jails.take(work(tmp_path, "ada")) is second, "to read its texts any will do"


def test_a_jail_that_was_warmed_before_its_images_were_here_is_not_used(
    jails: Jails, tmp_path: Path
) -> None:
    ada = work(tmp_path, "ada", model=ModelReference(name="a"))
    jails.warm(ada)
    jails._view_of = lambda folder, model: View(folder, images=(tmp_path / "images.npy",))
    assert jails.take(ada).jail is Wall.made[1]


def test_nobody_gets_a_jail_of_somebody_else(jails: Jails, tmp_path: Path) -> None:
    ada = jails.take(work(tmp_path, "ada"))
    jails.give(ada)
    assert jails.take(work(tmp_path, "bob")) is not ada


def test_a_used_up_jail_is_ended(jails: Jails, tmp_path: Path) -> None:
    cell = jails.take(work(tmp_path, "ada"))
    cell.jail.alive = False  # type: ignore[misc]
    jails.give(cell)
    assert cell.jail.stopped  # type: ignore[attr-defined]
    assert jails.take(work(tmp_path, "ada")) is not cell


def test_the_oldest_of_too_many_is_ended(jails: Jails, tmp_path: Path) -> None:
    cells = [jails.take(work(tmp_path, name)) for name in ("ada", "bob", "cem")]
    for cell in cells:
        jails.give(cell)
    assert [cell.jail.stopped for cell in cells] == [True, False, False]  # type: ignore[attr-defined]


def test_warming_up_makes_one_where_there_is_room(jails: Jails, tmp_path: Path) -> None:
    ada = work(tmp_path, "ada")
    jails.warm(ada)
    jails.warm(ada)
    assert len(Wall.made) == 1
    jails.warm(work(tmp_path, "bob"))
    jails.warm(work(tmp_path, "cem"))
    assert len(Wall.made) == 2, "two may wait"
    assert jails.take(ada).jail is Wall.made[0]


def test_walls_that_cannot_be_put_up_leave_nothing(jails: Jails, tmp_path: Path) -> None:
    with pytest.raises(AssessmentError, match="no walls today"):
        jails.take(work(tmp_path, "ada", level="user"))


def test_what_a_killed_grader_leaves_is_removed_by_the_next(tmp_path: Path) -> None:
    (tmp_path / "ada.py").write_text("x = 1")
    code = f"""
import os
from pathlib import Path
from assessment.execution import jails
from assessment.execution.isolation.view import View
from assessment.execution.news import Newsroom
from assessment.execution.requests import Work
from assessment.submissions.listing import single_submission
from tests.execution.test_finished import STATE, Made, a_request, a_run, opened
from tests.execution.test_jails import Wall
jails.Jail = Wall
work = Work(single_submission(Path({str(tmp_path / "ada.py")!r})), "bubblewrap")
cell = jails.Jails(lambda folder, model: View(folder), 1).take(work)
finished = opened(None)
finished.put(a_request(), Made(a_run(), weights=STATE), "cpu")
print(cell.copied.folder / "ada.py", finished.weights(a_request().id), sep="\\n")
print(Newsroom(print).address, flush=True)
os.kill(os.getpid(), 9)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    left = [Path(line) for line in done.stdout.splitlines()]
    assert (done.returncode, len(left)) == (-9, 3), done.stderr
    assert all(path.exists() for path in left)
    with Staging.made():
        assert not [path for path in left if path.parent.exists()]


def test_an_assignment_has_the_paths_of_its_jail(jails: Jails, tmp_path: Path) -> None:
    cell = jails.take(work(tmp_path, "ada"))
    told = {
        "train_images": "/cache/images.npy",
        "search": {"path": "anywhere", "names": ["Net"]},
        "submission": "anywhere",
        "path": "anywhere",
        "seed": 3,
    }
    placed = cell.placed(Assignment("train", told, {}, Limits()))
    inside = f"/inside/{cell.copied.folder.name}"
    assert placed.data == {
        "train_images": "/inside/images.npy",
        "search": {"path": inside, "names": ["Net"]},
        "submission": inside,
        "path": inside,
        "seed": 3,
    }
    assert told["search"] == {"path": "anywhere", "names": ["Net"]}


def test_a_copy_holds_what_was_listed_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "ada"
    (folder / "code" / "__pycache__").mkdir(parents=True)
    (folder / "code" / "net.py").write_text("x = 1\n")
    (folder / "code" / "__pycache__" / "net.pyc").write_bytes(b"smuggled")
    (folder / "link.py").symlink_to("/etc/passwd")
    submission = single_submission(folder)
    (folder / "later.py").write_text("came after the list was made\n")
    target = tmp_path / "copy"
    target.mkdir()
    copy_submission(submission, target)
    found = sorted(path.relative_to(target).as_posix() for path in target.rglob("*"))
    assert found == ["code", "code/net.py"]


def test_a_file_that_became_a_link_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text("x = 1\n")
    submission = single_submission(path)
    path.unlink()
    path.symlink_to("/etc/passwd")
    target = tmp_path / "copy"
    target.mkdir()
    with pytest.raises(AssessmentError, match=r"net\.py.*cannot be read now"):
        copy_submission(submission, target)
