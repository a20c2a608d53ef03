"""What a jail is shown: the submission, its images, Python, and of this package what it needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from assessment.errors import AssessmentError
from assessment.execution.isolation import bubblewrap, installation
from assessment.execution.isolation import view as view_module
from assessment.execution.isolation.installation import installation_roots, masked_folders
from assessment.execution.isolation.package import ROOT, needed_files, prepared_package
from assessment.execution.isolation.staging import Staging
from assessment.execution.isolation.view import DATA, SUBMISSION, View, accelerators
from assessment.results.isolation import Isolation
from tests.execution.isolation.cell import Cell, leaving_nothing
from tests.execution.isolation.conftest import require_bubblewrap


def test_a_folder_and_its_images(tmp_path: Path) -> None:
    images = (tmp_path / "a.npy", tmp_path / "b.npy")
    view = View(tmp_path / "", images)
    assert view.layout() == {
        tmp_path: SUBMISSION,
        images[0]: DATA / "0.npy",
        images[1]: DATA / "1.npy",
    }


def test_a_single_file_keeps_its_name(tmp_path: Path) -> None:
    file = tmp_path / "--tmpfs my lab.ipynb"
    file.touch()
    assert View(file).layout() == {file: SUBMISSION / "--tmpfs my lab.ipynb"}


def test_weights_lie_where_torch_looks_for_them_though_they_are_links(tmp_path: Path) -> None:
    (tmp_path / "shared.pth").touch()
    (tmp_path / "net.pth").symlink_to("shared.pth")
    view = View(tmp_path / "lab.py", weights=(tmp_path / "net.pth",))
    assert view.layout()[tmp_path / "shared.pth"] == Path("/torch/hub/checkpoints/net.pth")


def test_links_are_not_followed_into_a_jail(tmp_path: Path) -> None:
    (tmp_path / "secret.npy").touch()
    (tmp_path / "lab.py").symlink_to(tmp_path / "secret.npy")
    with pytest.raises(AssessmentError, match=r"lab\.py: is a link"):
        View(tmp_path / "lab.py")


def test_the_devices_of_gpus_are_found_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gpus = ["dri/renderD128", "kfd", "nvidia-caps/nvidia-cap1", "nvidia0", "nvidiactl"]
    for name in (*gpus, "dri/card0", "sda", "nvme0"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).symlink_to("/dev/null")  # what is a device there is one here
    (tmp_path / "nvidia-notes").touch()
    monkeypatch.setattr(view_module, "DEVICES", tmp_path)
    assert accelerators() == tuple(tmp_path / name for name in gpus)


# --- this package -------------------------------------------------------------------------------


def test_the_needed_files_are_those_of_trainers_and_readers() -> None:
    rooms = {str(Path(name).parent) for name in needed_files()}
    inside = {room for room in rooms if room.startswith("submissions/inside")}
    whole = {"boundary", "formulas", "sandbox", "training"}
    assert rooms - inside == {".", *whole, "spec", "submissions"}
    files = set(needed_files())
    spec = {f for f in files if f.startswith("spec/")}
    assert {"spec/__init__.py", "spec/base.py", "spec/recipe.py"} <= spec
    assert not spec & {"spec/lab.py", "spec/reader.py", "spec/expectations.py", "spec/units.py"}
    alone = {"__init__.py", "errors.py", "parsing.py", "spelling.py"}
    assert {f for f in files if "/" not in f} == alone
    assert {f for f in files if f.startswith("submissions/")} - {"submissions/__init__.py"} == {
        str(path.relative_to(ROOT)) for path in (ROOT / "submissions/inside").rglob("*.py")
    }


def test_the_needed_files_suffice_and_nothing_else_is_there(tmp_path: Path) -> None:
    """Import everything of the package from where nothing else of it can be found."""
    modules = [
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in needed_files()
        if name != "__init__.py"
    ]
    code = (
        "import importlib, json, sys, pathlib\n"
        f"for name in {modules!r}: importlib.import_module('assessment.' + name)\n"
        "import assessment\n"
        "print(json.dumps([m.__file__ for n, m in sys.modules.items()"
        " if n.partition('.')[0] == 'assessment']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        env={"PYTHONPATH": str(prepared_package()), "PATH": os.defpath, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    files = json.loads(done.stdout)
    assert all(file.startswith(str(prepared_package())) for file in files)
    shown = {
        str(path.relative_to(prepared_package() / "assessment"))
        for path in prepared_package().rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert shown == set(needed_files())


# --- the whole tree -----------------------------------------------------------------------------


@pytest.fixture
def secrets(tmp_path: Path) -> dict[str, Path]:
    """Make what no jail may see."""
    found = {
        "labels": tmp_path / "cache" / "test_labels.npy",
        "spec": tmp_path / "lab.yaml",
        "store": tmp_path / "reports" / "assessment.sqlite",
        "other": tmp_path / "handed_in" / "bob" / "lab.ipynb",
    }
    for path in found.values():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("secret")
    return found


def test_the_jails_whole_file_tree(cell: Cell) -> None:
    """Outside the system, Python, /proc and /dev: exactly this, and no folder beside the way."""
    assert cell.attack("works", "x").outcome == "scored"
    roots = [str(root) for root in installation_roots()]
    left_out = [*roots, "/usr", "/proc", "/dev", "/sys", "/etc/alternatives", "/etc/ld.so.conf.d"]
    found = set(cell.attack("tree", left_out).answer)
    package = {f"/package/assessment/{name}" for name in needed_files()}
    wanted = {"/submission", "/submission/attacks.py", "/tmp", "/package"}
    wanted |= package | {str(parent) for name in package for parent in Path(name).parents}
    wanted |= {str(path) for path in bubblewrap.LINKS if path.exists()}
    wanted |= {str(parent) for root in roots for parent in Path(root).parents}
    wanted |= {str(path) for path in bubblewrap.SETTINGS if path.exists()} | {"/etc"}
    # torch makes one for its compiler when it is imported, and the run one for what it unpacks.
    own = {path for path in found if path.startswith(("/tmp/torchinductor", "/tmp/handed-in-"))}
    wanted |= own
    compiled = {path for path in found if "/__pycache__" in path and path.startswith("/package/")}
    assert found - compiled == wanted - {"/", *left_out}


def test_the_tree_holds_no_labels_references_or_results(cell: Cell) -> None:
    found = cell.attack("tree", ["/proc", "/sys"]).answer
    names = {Path(path).name for path in found}
    assert len(found) > 1000
    ours = {path for path in found if "/assessment/" in path}
    assert ours
    assert all(path.startswith("/package/") for path in ours)
    forbidden = ("models", "grading", "results", "report", "datasets", "execution", "commands")
    assert not [p for p in ours if Path(p).parts[3] in forbidden]
    labels = {"test_labels.npy", "train_labels.npy", "digits.csv.gz", "iris.csv"}
    assert not names & labels
    assert not [name for name in names if name.endswith(("labels-idx1-ubyte.gz", ".sqlite"))]
    assert not [path for path in found if "calibration" in path and path.endswith(".jsonl")]
    assert not {"/etc/passwd", "/etc/shadow", "/etc/hosts"} & set(found)
    checkout = [path for path in found if Path(path).is_relative_to(ROOT.parent)]
    assert not [path for path in checkout if not _on_the_way_to_python(Path(path))]
    assert str(Path.home()) not in found or any(
        root.is_relative_to(Path.home()) for root in installation_roots()
    )


def _on_the_way_to_python(path: Path) -> bool:
    """Tell whether a path belongs to Python or is a folder that Python lies in."""
    roots = installation_roots()
    return any(path.is_relative_to(root) or root.is_relative_to(path) for root in roots)


def test_neither_references_nor_sklearns_digits_can_be_imported(cell: Cell) -> None:
    asked = ["assessment.models", "assessment.grading", "assessment.datasets", "assessment.errors"]
    assert cell.attack("importable", asked).answer == ["assessment.errors"]
    for folder in masked_folders():
        assert cell.attack("contents", str(folder)).answer == []
    assert any("sklearn" in str(folder) for folder in masked_folders())


@pytest.mark.parametrize("level", ["bubblewrap", "process"])
def test_pretrained_weights_are_those_that_are_shown(level: Isolation, tmp_path: Path) -> None:
    if level == "bubblewrap":
        require_bubblewrap()
    file = tmp_path / "net-0a1b2c3d.pth"
    torch.save({"weight": torch.tensor([0.5, 1.5])}, file)
    file.chmod(0o600)
    with leaving_nothing() as watch:
        cell = Cell(level, tmp_path, weights=(file,))
        found = cell.attack("pretrained", file.name)
        watch(cell.jail)
        cell.stop()
    assert found.outcome == "scored", found
    assert found.answer["weights"] == [0.5, 1.5]
    assert found.answer["files"] == ["hub/checkpoints/net-0a1b2c3d.pth"]
    if level == "bubblewrap":
        assert found.answer["write"] == found.answer["remove"] == "EROFS"
        assert file.stat().st_size > 100


def test_other_files_of_the_machine_are_not_there(cell: Cell, secrets: dict[str, Path]) -> None:
    asked = [*secrets.values(), cell.submission.parent, ROOT, *ROOT.parent.iterdir()]
    asked += map(Path, ("/etc/passwd", "/root/.bashrc", "/home", "/var", "/mnt", "/run", "/opt"))
    asked = [path for path in asked if not _on_the_way_to_python(path)]
    assert len(asked) > 10
    assert cell.attack("readable", [str(path) for path in asked]).answer == []


def test_what_is_hidden_is_hidden_within_what_is_shown(tmp_path: Path) -> None:
    course = tmp_path / "prefix" / "share"
    for name in ("specs/lab.yaml", "labels.npy", "lib/useful.py"):
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        (course / name).write_text("x")
    tree = bubblewrap.plan_tree(
        {Path("/prefix"): tmp_path / "prefix"}, (), (course / "specs", course / "labels.npy")
    )
    assert {Path("/prefix/share/specs"), Path("/prefix/share/labels.npy")} <= set(tree.hidden)


def test_a_course_is_hidden_but_for_the_python_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = tmp_path.resolve() / "course"
    for name in ("lab.yaml", "calibration/lab.jsonl", "tools/venv/bin/python", "tools/answers.py"):
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        (course / name).touch()
    (course / "system").symlink_to("/usr")
    (tmp_path / "mine").symlink_to(course)
    monkeypatch.setattr(bubblewrap, "installation_roots", lambda: (course / "tools" / "venv",))
    tree = bubblewrap.plan_tree({Path("/all"): tmp_path.resolve()}, (), (tmp_path / "mine",))
    hidden = {path for path in tree.hidden if path.is_relative_to("/all")}
    names = ("lab.yaml", "calibration", "tools/answers.py")
    assert hidden == {Path("/all/course", name) for name in names}


def test_masks_hide_what_lies_in_python(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A course kept among Python's own files is not shown, file or folder."""
    require_bubblewrap()
    package = masked_folders()[0].parents[1]
    hidden = (package / "base.py", package / "utils")
    cell = Cell("bubblewrap", tmp_path_factory.mktemp("hidden"), hidden=hidden)
    try:
        assert cell.attack("contents", str(package / "cluster")).answer != []
        assert cell.attack("contents", str(hidden[1])).answer == []
        assert cell.attack("read", str(package / "exceptions.py")).answer != ""
        assert "Permission denied" in cell.attack("read", str(hidden[0])).error
    finally:
        cell.stop()


# --- Python -------------------------------------------------------------------------------------


def test_a_python_that_lies_in_the_home_directory_itself_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    installation_roots.cache_clear()
    with pytest.raises(AssessmentError, match="Python lies among other files here"):
        installation_roots()
    installation_roots.cache_clear()


def test_an_installed_copy_of_this_package_is_masked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site-packages"
    (site / "assessment" / "models").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [*sys.path, str(site)])
    masked_folders.cache_clear()
    assert site / "assessment" in masked_folders()
    monkeypatch.undo()
    masked_folders.cache_clear()
    assert site / "assessment" not in masked_folders()


def test_packages_outside_python_are_named_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "lib" / "site-packages"
    site.mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [*sys.path, str(site)])
    assert installation.package_paths() == [str(site)]


# --- copies -------------------------------------------------------------------------------------


def test_copies_are_readable_and_hold_nothing_special(tmp_path: Path) -> None:
    source = tmp_path / "source"
    deep = source / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "model.py").write_text("x = 1")
    (deep / "model.py").chmod(0o600)
    (source / "link").symlink_to("/etc/passwd")
    os.mkfifo(source / "pipe")
    with Staging.made() as staging:
        copy = staging.copy(source, "submission")
        assert sorted(p.name for p in copy.rglob("*")) == ["a", "b", "link", "model.py"]
        assert (copy / "a/b/model.py").stat().st_mode & 0o777 == 0o644
        assert (copy / "a").stat().st_mode & 0o777 == 0o755
        assert (copy / "link").is_symlink()
        folder = staging.folder
        assert folder.stat().st_mode & 0o777 == 0o700
        staging.admit_everybody()
        assert folder.stat().st_mode & 0o777 == 0o711
    assert not folder.exists()


def test_what_anybody_may_read_is_not_copied(tmp_path: Path) -> None:
    images = tmp_path / "images.npy"
    images.write_bytes(b"x")
    images.chmod(0o644)
    with Staging.made() as staging:
        assert staging.readable(images, "data/0.npy") == images
        images.chmod(0o600)
        assert staging.readable(images, "data/0.npy") == staging.folder / "data/0.npy"


def test_a_folder_of_a_process_that_is_gone_is_removed_by_the_next(tmp_path: Path) -> None:
    code = (
        "import os\n"
        "from assessment.execution.isolation.staging import Staging\n"
        "print(Staging.made().folder, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT.parent
    )
    folder = Path(done.stdout.strip())
    assert done.returncode == -9
    assert folder.is_dir()
    with Staging.made() as kept, Staging.made():
        assert not folder.exists()
        assert kept.folder.exists()
