"""Jails of bubblewrap: a file tree, processes, a network and a kernel of their own, nearly.

Started by an ordinary user, bubblewrap makes the namespaces of a jail and shows it what it may
see. Started by root, the jail's user would be root of the machine in all but its capabilities,
and could write the kernel's settings; so a first bubblewrap only shows the files, which need not
be readable to anybody else, gives up root for a user id of the jail's own, and becomes the second
one, which is the same as an ordinary user's.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from assessment.boundary.sizes import TEMPORARY_BYTES
from assessment.execution.isolation.hiding import parts_without
from assessment.execution.isolation.identities import become
from assessment.execution.isolation.installation import installation_roots, masked_folders
from assessment.execution.isolation.launching import Launch, in_memory
from assessment.execution.isolation.seccomp import filter_program
from assessment.execution.isolation.staging import Staging
from assessment.execution.isolation.view import View

PACKAGE = Path("/package")
TEMPORARY = Path("/tmp")
MEMORY = Path("/dev/shm")
MEMORY_BYTES = 64 * 2**20
USER = 1000
"""The jail's user id as it sees it itself."""

SYSTEM = (Path("/usr"), Path("/nix/store"), Path("/gnu/store"))
LINKS = tuple(Path(name) for name in ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"))
"""Links into /usr, or folders of their own on older systems."""
SETTINGS = tuple(
    Path("/etc", name)
    for name in ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime")
)
"""What the loader of shared libraries needs, and the time zone; no accounts, no host names."""
PROCESSORS = (Path("/sys/devices/system/cpu"), Path("/sys/devices/system/node"))
"""Without them PyTorch does not know what the processor can do."""
ACCELERATION = tuple(Path("/sys", name) for name in ("bus/pci", "devices", "class", "module"))
"""What the drivers of GPUs look at."""


@dataclass(frozen=True)
class Tree:
    """The file tree of a jail: each place in it, and what is shown there."""

    shown: Mapping[Path, Path]
    """Read-only: place -> file or folder outside."""
    devices: tuple[Path, ...] = ()
    hidden: tuple[Path, ...] = ()
    """Files and folders that lie within what is shown, and are not."""
    links: Mapping[Path, Path] = field(default_factory=dict)
    """Links: place -> what it says."""


def enclose(
    view: View,
    package: Path,
    command: list[str],
    environment: Mapping[str, str],
    *,
    staging: Staging | None = None,
    user: int | None = None,
) -> Launch:
    """Return how a command is started in a jail with this view.

    Args:
        view: what is shown.
        package: folder that holds what trainers need of this package.
        command: a program and its arguments, as the jail finds them.
        environment: its variables.
        staging: where copies lie of what the jail's user could not read otherwise.
        user: id of the machine that the jail has in truth, where root starts it.

    Raises:
        AssessmentError: Python cannot be shown without much else.
        KeyError: no filter of system calls is known for this processor.
        OSError: bubblewrap is not installed; something cannot be read.
    """
    shown = {PACKAGE: package}
    for source, place in view.layout().items():
        shown[place] = source if staging is None else staging.readable(source, str(place)[1:])
    return _launch(plan_tree(shown, view.devices, view.hidden), command, environment, user)


def plan_tree(
    shown: Mapping[Path, Path], devices: tuple[Path, ...], hidden: tuple[Path, ...]
) -> Tree:
    """Return a jail's file tree: the system, Python, and what is shown besides.

    Raises:
        AssessmentError: Python cannot be shown without much else.
    """
    system = (*SYSTEM, *SETTINGS, *(ACCELERATION if devices else PROCESSORS))
    places = {path: path for path in system if path.exists()}
    places |= {path: path for path in LINKS if path.is_dir() and not path.is_symlink()}
    links = {path: path.readlink() for path in LINKS if path.is_symlink()}
    for root in installation_roots():
        if not any(root.is_relative_to(path) for path in SYSTEM):
            places[root] = root
    places |= shown
    return Tree(places, devices, tuple(_within(hidden, places)), links)


def _within(hidden: tuple[Path, ...], places: Mapping[Path, Path]) -> Iterator[Path]:
    """Yield where in the jail hidden files would be seen, the masked parts of Python included."""
    needed = (*installation_roots(), *SYSTEM, *LINKS, *SETTINGS)
    parts = [part for path in hidden for part in parts_without(path, needed)]
    whole = [path for path in hidden if path.resolve() in parts]  # by a name with links as well
    for path in dict.fromkeys((*masked_folders(), *whole, *parts)):
        for place, source in places.items():
            for name in {path.absolute(), path.resolve()}:
                if name.exists() and name.is_relative_to(source):
                    yield place / name.relative_to(source)


def _launch(
    tree: Tree, command: list[str], environment: Mapping[str, str], user: int | None
) -> Launch:
    program = shutil.which("bwrap")
    if program is None:
        raise FileNotFoundError("bwrap is not installed")
    program = os.path.realpath(program)
    program_filter = in_memory(filter_program(), "filter")
    descriptors = [program_filter]
    if user is not None:
        outer = in_memory(_arguments(_outer(tree)), "files")
        tree = Tree({place: place for place in tree.shown}, tree.devices, tree.hidden, tree.links)
        descriptors.append(outer)
    inner = in_memory(_arguments(_inner(tree, environment, program_filter)), "jail")
    descriptors.append(inner)
    # Its arguments are in a file: a jail can read the command line of its first process.
    jailed = [program, "--args", str(inner), "--", *command]
    if user is not None:
        jailed = [program, "--args", str(outer), "--", *become(user, *jailed)]
    return Launch(jailed, descriptors)


def _inner(tree: Tree, environment: Mapping[str, str], program_filter: int) -> Iterator[str]:
    yield from ("--unshare-all", "--unshare-user", "--disable-userns", "--cap-drop", "ALL")
    yield from (
        "--new-session",
        "--die-with-parent",
        "--as-pid-1",
        "--seccomp",
        f"{program_filter}",
    )
    yield from ("--uid", f"{USER}", "--gid", f"{USER}", "--hostname", "jail", "--clearenv")
    for name, value in environment.items():
        yield from ("--setenv", name, value)
    yield from ("--size", f"{TEMPORARY_BYTES}", "--tmpfs", f"{TEMPORARY}")  # Python may lie there
    yield from _places(tree)
    for path in tree.hidden:
        if path.is_dir():
            yield from ("--size", "4096", "--tmpfs", f"{path}", "--remount-ro", f"{path}")
        else:
            yield from ("--ro-bind", "/dev/null", f"{path}")
    # Some of the kernel's settings belong to whoever made the namespaces.
    yield from ("--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys", "--dev", "/dev")
    yield from _devices(tree)
    yield from ("--size", f"{MEMORY_BYTES}", "--tmpfs", f"{MEMORY}", "--remount-ro", "/dev")
    yield from ("--remount-ro", "/", "--chdir", f"{TEMPORARY}")


def _outer(tree: Tree) -> Iterator[str]:
    yield from ("--die-with-parent", "--cap-drop", "ALL")
    yield from ("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
    yield from _places(tree)
    yield from ("--bind", "/proc", "/proc", "--dev", "/dev")
    yield from _devices(tree)
    yield from ("--perms", "0755", "--dir", f"{TEMPORARY}", "--chdir", "/")


def _places(tree: Tree) -> Iterator[str]:
    """Yield the options that show the tree, folders before what lies in them."""
    made: set[Path] = set()
    for place, source in sorted(tree.shown.items()):
        for parent in reversed(place.parents[:-1]):
            covered = any(parent.is_relative_to(other) for other in tree.shown)
            if parent not in made and not covered:
                yield from ("--perms", "0755", "--dir", f"{parent}")
                made.add(parent)
        yield from ("--ro-bind", f"{source}", f"{place}")
    for place, target in tree.links.items():
        yield from ("--symlink", f"{target}", f"{place}")


def _devices(tree: Tree) -> Iterator[str]:
    for path in tree.devices:
        yield from ("--dev-bind", f"{path}", f"{path}")


def _arguments(options: Iterator[str]) -> bytes:
    """Return options as bubblewrap's --args reads them."""
    return b"\0".join(os.fsencode(option) for option in options) + b"\0"
