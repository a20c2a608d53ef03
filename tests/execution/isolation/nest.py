"""Where this Python can be used by others than root: its file tree, seen anew.

Run by tests as root: mounts the machine's files into a namespace in which the way to Python is
open to everybody, and calls one function of this module there, as root or as an ordinary user.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[3]
ORDINARY = 4321


def nested(function: str, folder: Path, user: int = 0) -> list[str]:
    """Return the command that calls a function of this module in such a place."""
    from assessment.execution.isolation.identities import become
    from assessment.execution.isolation.installation import installation_roots

    closed = [root for root in installation_roots() if not _open_to_all(root)]
    homes = {Path(*root.parts[:2]) for root in closed}
    command = ["/usr/bin/bwrap", "--die-with-parent", "--dev-bind", "/", "/"]
    for home in homes:
        command += ["--perms", "0755", "--tmpfs", str(home)]
    for root in closed:
        for parent in reversed(root.parents[:-2]):
            command += ["--perms", "0755", "--dir", str(parent)]
        command += ["--ro-bind", str(root), str(root)]
    work = [sys.executable, __file__, function, str(folder)]
    return [*command, "--", *(become(user, *work) if user else work)]


def _open_to_all(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in (path, *path.parents))


def told(value: object) -> None:
    print("TOLD", json.dumps(value), flush=True)


def ordinary_user(folder: Path) -> None:
    """Use bubblewrap as an ordinary user does."""
    from assessment.execution.isolation.levels import bubblewrap_fault
    from tests.execution.isolation.cell import Cell, leaving_nothing

    if (fault := bubblewrap_fault()) is not None:
        told({"fault": fault})
        return
    with leaving_nothing() as watch:
        cell = Cell("bubblewrap", folder)
        answers = {
            "user": os.geteuid(),
            "works": cell.attack("works", "ab").answer,
            "standing": cell.attack("standing").answer,
            "processes": cell.attack("processes").answer,
            "server": cell.attack("kill_the_server").answer,
            "everybody": cell.attack("kill_everybody").answer,
            "memory": cell.attack("memory_of_children", "1200", megabytes=600).outcome,
            "threads": cell.attack("threads").answer,
            "daemon": cell.attack("leave_daemon").outcome,
            "left": len(cell.left_running()),
            "limits": cell.jail.limits_by,
            "staged": cell.jail._staging is not None,
        }
        watch(cell.jail)
        cell.stop()
    told(answers)


def user_level(folder: Path) -> None:
    """Jail submissions by a user id of their own."""
    import torch

    from assessment.errors import AssessmentError
    from assessment.execution.isolation.jail import Jail
    from assessment.execution.isolation.staging import Staging
    from tests.execution.isolation.cell import Cell, leaving_nothing

    closed, labels = folder / "closed", folder / "labels.npy"
    (closed / "deep").mkdir(parents=True)
    (closed / "deep" / "bob.ipynb").write_text("other work")
    closed.chmod(0o700)
    labels.write_text("labels")
    labels.chmod(0o644)
    images = folder / "images.npy"
    images.write_bytes(b"images")
    images.chmod(0o600)
    weights = folder / "net-0a1b2c3d.pth"
    torch.save({"weight": torch.tensor([0.5])}, weights)
    weights.chmod(0o600)
    with leaving_nothing() as watch, Staging.made() as another:
        another.admit(ORDINARY)
        of_bob = [closed / "deep" / "bob.ipynb"]
        of_bob.append(another.copy(of_bob[0], "submission/bob.ipynb"))
        cell = Cell("user", folder, images=(images,), weights=(weights,), hidden=(closed,))
        answers = {
            "works": cell.attack("works", "ab").answer,
            "standing": cell.attack("standing").answer,
            "server": cell.attack("server_secrets").answer,
            "images": cell.attack("read", cell.jail.inside(images)).answer,
            "pretrained": cell.attack("pretrained", weights.name).answer,
            "readable": cell.attack("readable", [str(path) for path in of_bob]).answer,
            "home": cell.attack("variables").answer["HOME"],
            "models": cell.attack("importable", ["assessment.models"]).answer,
            "tidy": cell.attack("tidy_home").outcome,
            "everybody": cell.attack("kill_everybody").outcome,
            "daemon": cell.attack("leave_daemon").outcome,
            "left": len(cell.left_running()),
            "threads": cell.attack("threads").answer,
            "built": cell.built,
            "killed": cell.attack("kill_the_server").outcome,
            "again": cell.attack("works", "ab").answer,
            "built again": cell.built,
        }
        watch(cell.jail)
        refused = Jail("user", type(cell.view)(cell.submission, hidden=(closed, labels)))
        try:
            refused.start()
        except AssessmentError as error:
            answers["refused"] = str(error)
        cell.stop()
    told(answers)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.modules.pop("nest", None)
    functions: dict[str, Callable[[Path], None]] = {
        "ordinary_user": ordinary_user,
        "user_level": user_level,
    }
    functions[sys.argv[1]](Path(sys.argv[2]))
