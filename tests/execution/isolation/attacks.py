"""A submission of hostile functions, each called in a jail by a test of its name.

Each takes text and tells text, both as arrays of bytes, because functions take and give numbers.
"""

from __future__ import annotations

import ctypes
import errno
import json
import mmap
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
LIBC = ctypes.CDLL(None, use_errno=True)
HIDEOUT = Path("/tmp/hideout")


def told(function: Callable[[str], Any]) -> Callable[[Bytes], Bytes]:
    """Let a function take and give text as arrays."""

    def wrapped(given: Bytes) -> Bytes:
        answer = json.dumps(function(given.tobytes().decode().strip("\0")))
        return np.frombuffer(answer.encode(), dtype=np.uint8).copy()

    return wrapped


def error_of(action: Callable[[], Any]) -> str:
    """Return the name of the error that an action meets, "" for none."""
    try:
        action()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    except Exception as error:
        return type(error).__name__
    return ""


def system_call(number: int, *arguments: int | bytes | None) -> str:
    """Return the name of the error that a system call meets, "" for none."""
    ctypes.set_errno(0)
    plain = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    if LIBC.syscall(ctypes.c_long(number), *plain) >= 0:
        return ""
    return errno.errorcode[ctypes.get_errno()]


def only_in_a_jail() -> None:
    """Refuse to do harm where there are no walls."""
    jailed = os.getppid() == 1 and Path("/submission").is_dir()
    if not (jailed or 61184 <= os.getuid() <= 65519):
        raise RuntimeError("this is no jail")


# --- looking around -----------------------------------------------------------------------------


@told
def works(given: str) -> str:
    return given[::-1]


@told
def tree(given: str) -> list[str]:
    """List all files and folders, but below those folders given."""
    left_out = json.loads(given)
    found = []
    for folder, folders, files in os.walk("/"):
        folders[:] = [name for name in folders if str(Path(folder, name)) not in left_out]
        found += [str(Path(folder, name)) for name in (*folders, *files)]
    return sorted(found)


@told
def readable(given: str) -> list[str]:
    """Say which of some paths can be opened or listed."""
    return [path for path in json.loads(given) if os.access(path, os.F_OK)]


@told
def contents(given: str) -> list[str]:
    """List files below a folder."""
    return sorted(str(path) for path in Path(given).rglob("*") if path.is_file())


@told
def read(given: str) -> str:
    return Path(given).read_text()


@told
def pretrained(given: str) -> dict[str, Any]:
    """Load weights as torchvision does, tell what else lies there, and try to change them."""
    import torch

    url = f"http://127.0.0.1:9/{given}"  # nobody answers there
    state = torch.hub.load_state_dict_from_url(url, progress=False)
    home = Path(os.environ["TORCH_HOME"])
    files = sorted(path for path in home.rglob("*") if path.is_file())
    return {
        "weights": state["weight"].tolist(),
        "files": [str(path.relative_to(home)) for path in files],
        "write": error_of(lambda: files[0].write_bytes(b"mine")),
        "remove": error_of(files[0].unlink),
    }


@told
def variables(given: str) -> dict[str, str]:
    return dict(os.environ)


@told
def writable(given: str) -> list[str]:
    """List what can be written outside the folders meant for it."""
    own = ("/tmp", "/dev/shm", f"/proc/{os.getpid()}", "/proc/self", "/proc/thread-self", "/proc/1")
    found = []
    for folder, folders, files in os.walk("/"):
        folders[:] = [n for n in folders if str(Path(folder, n)) not in own]
        folders[:] = [n for n in folders if n not in ("site-packages", "task", "attr")]
        paths = [folder, *(str(Path(folder, name)) for name in files)]
        found += [p for p in paths if os.access(p, os.W_OK) and not Path(p).is_symlink()]
    return sorted(set(found))


@told
def importable(given: str) -> list[str]:
    """Say which modules can be imported."""
    import importlib

    found = []
    for name in json.loads(given):
        with suppress(ImportError):
            importlib.import_module(name)
            found.append(name)
    return found


@told
def processes(given: str) -> dict[str, str]:
    """List processes by number."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                found[entry.name] = (entry / "cmdline").read_text().replace("\0", " ")
    return found


@told
def server_secrets(given: str) -> dict[str, str]:
    """Try to look into the server that has forked this."""
    parent = Path("/proc", str(os.getppid()))
    return {
        "environ": error_of((parent / "environ").read_bytes),
        "mem": error_of(lambda: (parent / "mem").open("r+b").close()),
        "maps": error_of((parent / "maps").read_bytes),
        "fd": error_of(lambda: list((parent / "fd").iterdir())),
        "root": error_of((parent / "root").readlink),
        "cwd": error_of((parent / "cwd").readlink),
    }


@told
def descriptors(given: str) -> list[str]:
    found = []
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.append(str(entry.readlink()))
    return found


@told
def standing(given: str) -> dict[str, Any]:
    """Say who this is and what it may."""
    status = dict(
        line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines()
    )
    return {
        "user": os.getuid(),
        "groups": os.getgroups(),
        "capabilities": {name: status[name] for name in status if name.startswith("Cap")},
        "no_new_privs": status["NoNewPrivs"],
        "seccomp": status["Seccomp"],
        "core": resource.getrlimit(resource.RLIMIT_CORE),
        "file": resource.getrlimit(resource.RLIMIT_FSIZE),
        "stdin": str(Path("/proc/self/fd/0").readlink()),
        "host": socket.gethostname(),
        "threads_of_torch": len(list(Path("/proc/self/task").iterdir())),
    }


# --- reaching out -------------------------------------------------------------------------------


@told
def network(given: str) -> dict[str, str]:
    """Try to reach the grader on the loopback and by name, and the world."""
    port, name = json.loads(given)

    def connect(family: int, address: Any) -> Callable[[], None]:
        def attempt() -> None:
            with socket.socket(family, socket.SOCK_STREAM) as stream:
                stream.settimeout(3)
                stream.connect(address)

        return attempt

    return {
        "loopback": error_of(connect(socket.AF_INET, ("127.0.0.1", port))),
        "abstract": error_of(connect(socket.AF_UNIX, f"\0{name}")),
        "world": error_of(connect(socket.AF_INET, ("192.0.2.1", 80))),
        "world6": error_of(connect(socket.AF_INET6, ("2001:db8::1", 80))),
        "name": error_of(lambda: socket.getaddrinfo("example.org", 80)),
        "vsock": error_of(lambda: socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)),
        "netlink": error_of(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)),
        "packet": error_of(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)),
    }


@told
def refused_calls(given: str) -> dict[str, str]:
    """Make system calls by number, with arguments that do no harm if they are allowed."""
    return {name: system_call(number, 0, 0, 0, 0, 0, 0) for name, number in json.loads(given)}


@told
def new_namespaces(given: str) -> dict[str, str]:
    numbers = json.loads(given)
    user, files = 0x10000000, 0x00020000
    return {
        "unshare": system_call(numbers["unshare"], user),
        "clone": system_call(numbers["clone"], user | signal.SIGCHLD, 0, 0, 0, 0),
        "clone files": system_call(numbers["clone"], files | signal.SIGCHLD, 0, 0, 0, 0),
        "clone3": system_call(numbers["clone3"], 0, 0),
    }


@told
def type_into_terminal(given: str) -> str:
    import fcntl
    import pty

    _, terminal = pty.openpty()
    return error_of(lambda: fcntl.ioctl(terminal, 0x5412, b"x"))


@told
def change_the_server(given: str) -> dict[str, str]:
    """Try to change limits and priorities of the server, which the next run would inherit."""
    server = os.getppid()
    return {
        "limits": error_of(lambda: resource.prlimit(server, resource.RLIMIT_CPU, (9, 9))),
        "priority": error_of(lambda: os.setpriority(os.PRIO_PROCESS, server, 5)),
        "priority of all": error_of(lambda: os.setpriority(os.PRIO_USER, 0, 5)),
        "oom": error_of(lambda: Path(f"/proc/{server}/oom_score_adj").write_text("1000")),
        "timers": error_of(lambda: Path(f"/proc/{server}/timerslack_ns").write_text("1")),
    }


@told
def move_the_server(given: str) -> str:
    """Bind the server to one core."""
    cores = sorted(os.sched_getaffinity(0))
    return error_of(lambda: os.sched_setaffinity(os.getppid(), cores[:1]))


@told
def kill_the_server(given: str) -> str:
    only_in_a_jail()
    server = os.getppid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGSTOP, signal.SIGKILL):
        os.kill(server, number)
    time.sleep(0.2)
    return "did it"


@told
def kill_everybody(given: str) -> str:
    only_in_a_jail()
    return error_of(lambda: os.kill(-1, signal.SIGKILL))


# --- using up -----------------------------------------------------------------------------------


def fork_bomb(given: Bytes) -> Bytes:
    only_in_a_jail()
    while True:
        with suppress(OSError):
            os.fork()


@told
def threads(given: str) -> int:
    """Start threads until no more can be started."""
    stop = threading.Event()
    threading.stack_size(64 * 1024)
    count = 0
    with suppress(RuntimeError):
        while count < 20_000:
            threading.Thread(target=stop.wait, daemon=True).start()
            count += 1
    stop.set()
    return count


def hoard(megabytes: int) -> mmap.mmap:
    block = mmap.mmap(-1, megabytes * 2**20)
    for page in range(0, len(block), mmap.PAGESIZE):
        block[page] = 1
    return block


def memory_at_once(given: Bytes) -> Bytes:
    """Take more than is allowed before anybody can look."""
    hoard(int(given.tobytes().decode().strip("\0")))
    time.sleep(60)
    return given


def memory_of_children(given: Bytes) -> Bytes:
    """Let eight children take it together."""
    for _ in range(8):
        if os.fork() == 0:
            hoard(int(given.tobytes().decode().strip("\0")) // 8)
            time.sleep(60)
            os._exit(0)
    while True:
        os.wait()


@told
def memory_files(given: str) -> str:
    """Take memory as files in memory."""
    blocks = []
    for number in range(int(given) // 32):
        descriptor = os.memfd_create(str(number))
        os.write(descriptor, bytes(32 * 2**20))
        blocks.append(descriptor)
    time.sleep(60)
    return str(len(blocks))


@told
def fill_the_disk(given: str) -> dict[str, int]:
    """Write files until there is no more room; return megabytes by folder."""
    written = {}
    for folder in ("/tmp", "/dev/shm"):
        total = 0
        with suppress(OSError):
            for number in range(100):
                with Path(folder, str(number)).open("wb") as file:
                    for _ in range(16):
                        total += file.write(bytes(2**20))
                        file.flush()
        written[folder] = total // 2**20
    for folder in written:
        for number in range(100):
            with suppress(OSError):
                Path(folder, str(number)).unlink()
    return written


@told
def large_file(given: str) -> list[Any]:
    """Write one file as large as allowed."""
    total, path = 0, Path("/tmp/large")
    with path.open("wb", buffering=0) as file:
        try:
            while total < 2**28:
                total += file.write(bytes(2**20))
        except OSError as error:
            found = errno.errorcode[error.errno or 0]
    path.unlink()
    return [total // 2**20, found]


@told
def flood(given: str) -> str:
    """Print gigabytes."""
    block = b"x" * 2**20
    for _ in range(4096):
        try:
            os.write(1, block)
        except OSError as error:
            return errno.errorcode[error.errno or 0]
    return ""


# --- not ending ---------------------------------------------------------------------------------


def stop_itself(given: Bytes) -> Bytes:
    os.kill(os.getpid(), signal.SIGSTOP)
    return given


def ignore_signals(given: Bytes) -> Bytes:
    for number in range(1, signal.NSIG):
        with suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_IGN)
    if os.fork() == 0:
        os.setsid()
    while True:
        time.sleep(1)


def daemonise(work: Callable[[], None]) -> None:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            work()
            os._exit(0)
        os._exit(0)
    os.wait()


@told
def leave_daemon(given: str) -> str:
    """Leave a process that holds the channel and everything else open."""
    daemonise(lambda: time.sleep(600))
    subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
    return "left"


def close_descriptors(given: Bytes) -> Bytes:
    os.closerange(0, 1024)
    return given


def leave_daemon_and_die(given: Bytes) -> Bytes:
    daemonise(lambda: time.sleep(600))
    os._exit(0)


# --- telling the next run -----------------------------------------------------------------------


@told
def remember(given: str) -> dict[str, str]:
    """Leave words for the next run wherever they cannot be seen at once."""
    import numpy

    numpy.memory = given  # type: ignore[attr-defined]
    os.environ["MEMORY"] = given
    return {
        "attribute": error_of(lambda: os.setxattr("/tmp", "user.memory", given.encode())),
        "queue": system_call(int(json.loads(given)["mq_open"]), b"memory", 0o102, 0o600, None),
        "memory": system_call(int(json.loads(given)["shmget"]), 77, 4096, 0o1666),
    }


@told
def recall(given: str) -> dict[str, Any]:
    """Look for words of the run before."""
    import numpy

    folder = Path("/tmp").stat()
    return {
        "module": hasattr(numpy, "memory"),
        "environment": os.environ.get("MEMORY"),
        "attributes": os.listxattr("/tmp"),
        "time": [folder.st_mtime_ns, folder.st_atime_ns],
        "processes": sorted(p.name for p in Path("/proc").iterdir() if p.name.isdigit()),
        "hidden": HIDEOUT.exists(),
    }


@told
def set_times(given: str) -> str:
    os.utime("/tmp", ns=(123456789, 987654321))
    return "set"


@told
def leave_file(given: str) -> str:
    HIDEOUT.write_text("for the next run")
    return "left"


@told
def tidy_file(given: str) -> str:
    """Write a file and remove it, as honest programs do."""
    HIDEOUT.write_text("for myself")
    HIDEOUT.unlink()
    return "did it"


@told
def tidy_home(given: str) -> str:
    """Write a file into one's own folder, wherever that is, and remove it."""
    file = Path.home() / "mine"
    file.write_text("for myself")
    file.unlink()
    return "removed"
