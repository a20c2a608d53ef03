"""Control groups: limits of a whole jail, on this machine's kernel and on an imitation of v2."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from assessment.execution.isolation import cgroups
from assessment.execution.isolation.cgroups import (
    PREFIX,
    RESERVE,
    Group,
    Homes,
    find_homes,
    make_group,
    sweep,
)
from assessment.execution.isolation.ownership import Held, hold

NOBODY = 65534
HOARD = """
import mmap, time
block = mmap.mmap(-1, {megabytes} * 2**20)
for page in range(0, len(block), mmap.PAGESIZE):
    block[page] = 1
print("has it", flush=True)
time.sleep(60)
"""


@pytest.fixture
def group() -> Iterator[Group]:
    homes = find_homes()
    if homes is None:
        pytest.skip("no control groups can be made here")
    before = own_groups(homes)
    group = make_group()
    assert group is not None
    yield group
    assert own_groups(homes) > before
    group.remove()
    assert own_groups(homes) == before


def own_groups(homes: Homes) -> set[Path]:
    return {p for folder in homes.folders for p in folder.glob(f"{PREFIX}{os.getpid()}-*")}


def start(group: Group, *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(group.joining([*command]), stdout=subprocess.PIPE, text=True)


def python(code: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", code]


# --- the kernel's -------------------------------------------------------------------------------


def test_whoever_joins_is_in_it_before_it_executes_anything(group: Group) -> None:
    done = start(group, "/bin/cat", "/proc/self/cgroup")
    out, _ = done.communicate(timeout=20)
    assert f"/{PREFIX}{os.getpid()}-" in out
    assert done.returncode == 0


def test_arguments_arrive_as_they_are(group: Group) -> None:
    odd = ["--", "a b", "$HOME", "*", ""]
    out, _ = start(group, *python("import sys; print(sys.argv[1:])"), *odd).communicate(timeout=20)
    assert out.strip() == repr(odd)


def test_the_kernel_ends_who_uses_too_much(group: Group) -> None:
    group.limit_memory(50 * 2**20)
    assert group.kills() == 0
    with start(group, *python(HOARD.format(megabytes=200))) as process:
        assert process.communicate(timeout=30)[0] == ""
        assert process.returncode == -9
    assert group.kills() == 1
    assert group.was_full()
    group.limit_memory(50 * 2**20)
    assert not group.was_full(), "since then"


@pytest.mark.parametrize("sizes", [(50, 300), (300, 50, 300)], ids=str)
def test_the_limit_can_be_moved(sizes: tuple[int, ...], group: Group) -> None:
    for size in sizes:
        group.limit_memory(size * 2**20)
    with start(group, *python(HOARD.format(megabytes=200))) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "has it\n"
        assert 200 * 2**20 < group.used() < 250 * 2**20
        group.kill()
        assert process.wait(10) == -9
    assert group.kills() == 0, "killed by this test and not for want of memory"
    assert not group.was_full()


def test_processes_are_limited(group: Group) -> None:
    if not group.limits_processes:
        pytest.skip("there are no groups that limit processes")
    group.limit_processes(20)
    code = (
        "import os, time\n"
        "n = 0\n"
        "try:\n"
        "    while n < 100:\n"
        "        if os.fork() == 0: time.sleep(30); os._exit(0)\n"
        "        n += 1\n"
        "except OSError: print(n, flush=True)\n"
    )
    with start(group, *python(code)) as process:
        assert process.stdout is not None
        assert int(process.stdout.readline()) == 19
        group.kill()
        assert group._members() == set()


def test_groups_of_processes_that_are_gone_are_removed_with_all_in_them(group: Group) -> None:
    code = (
        "import os, subprocess\n"
        "from assessment.execution.isolation.cgroups import make_group\n"
        "group = make_group()\n"
        "sleep = group.joining(['/bin/sleep', '60'])\n"
        "child = subprocess.Popen(sleep, stdout=subprocess.DEVNULL)\n"
        "print(group._memory, child.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
        timeout=60,
    )
    folder, child = done.stdout.split()
    assert Path(folder).is_dir()
    again = make_group()
    assert again is not None
    again.remove()
    assert not Path(folder).exists()
    assert not _alive(int(child))
    assert group._memory.is_dir(), "that of a living process stays"


def test_a_group_that_a_sweeper_took_half_of_is_given_up_whole(
    group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    homes = find_homes()
    assert homes is not None
    before = own_groups(homes)
    swept: list[Path] = []

    def hold_after_a_sweep(path: Path) -> Held | None:
        if path.name.startswith(f"{PREFIX}{os.getpid()}-") and not swept:
            swept.append(path)
            path.rmdir()  # another grader, between making the folder and taking it
        return hold(path)

    monkeypatch.setattr(cgroups, "hold", hold_after_a_sweep)
    monkeypatch.setattr(cgroups, "sweep", lambda homes: None)  # nobody comes by later
    another = make_group()
    assert swept
    assert another is not None
    another.remove()
    assert own_groups(homes) == before


@contextmanager
def as_nobody() -> Iterator[None]:
    """Be a user who owns nothing, where this process may become one."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="control groups are Linux's")
def test_what_another_user_has_left_is_left_there() -> None:
    with TemporaryDirectory() as folder:  # the folders of pytest are closed to others
        home = Path(folder)
        home.chmod(0o755)
        left = home / f"{PREFIX}1-1"
        left.mkdir()
        (left / "pids.max").touch(0o444)
        left.chmod(0o555)
        with as_nobody():
            sweep(Homes(2, home, home))
            held = hold(left)
        assert held is not None, "nothing is held on to"
        held.release()
        left.chmod(0o755)


def _alive(pid: int) -> bool:
    for _ in range(100):
        try:
            if "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text():
                return False
        except FileNotFoundError:
            return False
        time.sleep(0.02)
    return True


# --- an imitation of version 2 ------------------------------------------------------------------


@pytest.fixture
def delegated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lay out files as systemd delegates a subtree to a user: app.slice hands its limits on."""
    for name, handed_on in (
        ("user.slice", "memory pids"),
        ("user.slice/app.slice", "cpu memory pids"),
        ("user.slice/app.slice/shell.scope", ""),
    ):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "cgroup.subtree_control").write_text(f"{handed_on}\n")
        (folder / "cgroup.procs").write_text("")
    mounts = {"cgroup2": (tmp_path, "/")}
    monkeypatch.setattr(cgroups, "_mounts", lambda: mounts)
    monkeypatch.setattr(cgroups, "_own_groups", lambda: {"": "/user.slice/app.slice/shell.scope"})
    find_homes.cache_clear()
    yield tmp_path / "user.slice/app.slice"
    monkeypatch.undo()
    find_homes.cache_clear()


def imitate(folder: Path) -> Group:
    """Make a group as the kernel would fill it."""
    made = folder / "group"
    made.mkdir()
    for name in ("memory.max", "memory.swap.max", "pids.max", "cgroup.procs", "cgroup.kill"):
        (made / name).write_text("")
    (made / "memory.stat").write_text("anon 1000\nfile 50000\nkernel 30\nshmem 234\n")
    (made / "memory.events").write_text("low 0\nhigh 0\nmax 7\noom 3\noom_kill 2\n")
    held = hold(made)
    assert held is not None
    return Group(Homes(2, folder, folder), [held])


def test_groups_of_version_2_are_made_where_limits_are_handed_on(delegated: Path) -> None:
    homes = find_homes()
    assert homes == Homes(2, delegated, delegated)
    assert homes.folders == [delegated]
    assert not list(delegated.glob(f"{PREFIX}*")), "the one that was tried is gone"


def test_without_any_that_hands_limits_on_there_are_none(delegated: Path) -> None:
    for folder in (delegated, delegated.parent):
        (folder / "cgroup.subtree_control").write_text("cpu\n")
    assert find_homes() is None
    assert make_group() is None


def test_limits_of_version_2(delegated: Path) -> None:
    group = imitate(delegated)
    group.limit_memory(500e6)
    group.limit_processes(77)
    made = delegated / "group"
    assert (made / "memory.max").read_text() == str(500_000_000 + RESERVE)
    assert (made / "memory.swap.max").read_text() == "0"
    assert (made / "pids.max").read_text() == "77"
    assert group.used() == 1234
    assert (group.kills(), group.was_full()) == (2, False)
    (made / "memory.events").write_text("max 9\noom 4\noom_kill 2\n")
    assert group.was_full()
    assert (group.limits_by, group.limits_processes) == ("cgroup v2", True)
    assert group.joining(["true"])[4:] == [str(made / "cgroup.procs"), "--", "true"]
    group.kill()
    assert (made / "cgroup.kill").read_text() == "1"


def test_a_limit_that_this_kernel_does_not_have_is_passed_over(delegated: Path) -> None:
    group = imitate(delegated)
    (delegated / "group" / "memory.swap.max").unlink()
    group.limit_memory(1e6)
    assert not (delegated / "group" / "memory.swap.max").exists()


@pytest.mark.parametrize(
    ("mount", "own", "below"),
    [
        ("/", "/user.slice", "user.slice"),
        ("/docker/abc", "/docker/abc", "."),  # a container that sees its own group as the root
        ("/docker/abc", "/docker/abc/job", "job"),
        ("/../..", "/", "."),  # mounted from outside a namespace
    ],
)
def test_groups_are_found_below_what_is_mounted(
    mount: str, own: str, below: str, tmp_path: Path
) -> None:
    (tmp_path / below).mkdir(exist_ok=True)
    found = cgroups._folder((tmp_path, mount), own)
    assert found is not None
    assert found.resolve() == (tmp_path / below).resolve()
