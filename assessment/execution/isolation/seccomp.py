"""Which system calls a jail refuses: the table, assembled into the kernel's filter programs.

A namespace shares the kernel with everybody else. What training never needs is refused: looking
into other processes, mounting, new namespaces, kernel keys, BPF, asynchronous rings, queues and
memory that outlive a process, sockets that are no network of a namespace. A refused call fails
with EPERM, as if the machine did not allow it. Numbers are those of asm/unistd_64.h and
asm-generic/unistd.h.
"""

from __future__ import annotations

import errno
import platform
import struct
from collections.abc import Iterator
from dataclasses import dataclass

REFUSED = {
    # name: (x86_64, aarch64); None where an architecture has no such call
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "perf_event_open": (298, 241),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "fanotify_init": (300, 262),
    "lookup_dcookie": (212, 18),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "open_tree_attr": (467, 467),
    "unshare": (272, 97),
    "setns": (308, 268),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "acct": (163, 89),
    "syslog": (103, 116),
    "vhangup": (153, 58),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "memfd_secret": (447, 447),
    "ioprio_set": (251, 30),
    # Their queues, semaphores and memory would outlive a run and reach the next one.
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    "msgget": (68, 186),
    "semget": (64, 190),
    "shmget": (29, 194),
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
    "uselib": (134, None),
    "_sysctl": (156, None),
    "create_module": (174, None),
}
"""System calls that always fail with EPERM."""

NEW_NAMESPACES = 0x7E020000
"""Flags of clone: CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET."""
TERMINAL_REQUESTS = (0x5412, 0x541C, 0x5423)
"""TIOCSTI types into a terminal, TIOCLINUX pastes into one, TIOCSETD loads its kernel modules."""
FAMILIES = (1, 2, 10)
"""AF_UNIX, AF_INET, AF_INET6. AF_VSOCK, for one, knows no namespaces: it reaches the host."""

ALLOW = 0x7FFF0000
KILL = 0x80000000
ERRNO = 0x00050000

LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS
EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
AT_LEAST = 0x35  # BPF_JMP | BPF_JGE | BPF_K
ANY_BIT = 0x45  # BPF_JMP | BPF_JSET | BPF_K
RETURN = 0x06  # BPF_RET | BPF_K

NUMBER, ARCHITECTURE = 0, 4
"""Offsets in the kernel's struct seccomp_data."""

Instruction = tuple[int, int, int, int]
"""Code, instructions to jump over where the comparison holds, and where not, and a value."""


@dataclass(frozen=True)
class Machine:
    """An architecture: its mark, its column in the table, calls that need a look at arguments."""

    mark: int
    column: int
    clone: int
    ioctl: int
    socket: int
    socketpair: int
    prlimit64: int
    setpriority: int
    clone3: int = 435
    foreign: int | None = None
    """Numbers from here on belong to another calling convention."""


MACHINES = {
    "x86_64": Machine(0xC000003E, 0, 56, 16, 41, 53, 302, 141, foreign=0x40000000),
    "aarch64": Machine(0xC00000B7, 1, 220, 29, 198, 199, 261, 140),
}


def filter_program(architecture: str | None = None) -> bytes:
    """Return the filter for bubblewrap's `--seccomp`.

    Raises:
        KeyError: the architecture is not known.
    """
    machine = MACHINES[architecture or platform.machine()]
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in _program(machine))


def _program(machine: Machine) -> Iterator[Instruction]:
    """Yield the instructions, each block of which jumps within itself only."""
    yield LOAD, 0, 0, ARCHITECTURE
    yield EQUAL, 1, 0, machine.mark
    yield RETURN, 0, 0, KILL
    yield LOAD, 0, 0, NUMBER
    if machine.foreign is not None:
        yield from _when(AT_LEAST, machine.foreign, errno.ENOSYS)
    yield from _when(EQUAL, machine.clone3, errno.ENOSYS)  # libc then calls clone
    for numbers in REFUSED.values():
        number = numbers[machine.column]
        if number is not None:
            yield from _when(EQUAL, number, errno.EPERM)
    yield from _look(machine.clone, 0, [(ANY_BIT, NEW_NAMESPACES)])
    yield from _look(machine.ioctl, 1, [(EQUAL, request) for request in TERMINAL_REQUESTS])
    for call in (machine.socket, machine.socketpair):
        yield from _look_for_other(call, 0, FAMILIES, errno.EAFNOSUPPORT)
    # Nobody but oneself: limits and priorities of the server would reach the next run.
    yield from _look_for_other(machine.prlimit64, 0, (0,), errno.EPERM)
    yield from _look_for_other(machine.setpriority, 0, (0,), errno.EPERM)
    yield from _look_for_other(machine.setpriority, 1, (0,), errno.EPERM)
    yield RETURN, 0, 0, ALLOW


def _when(comparison: int, value: int, error: int) -> Iterator[Instruction]:
    """Fail where what is loaded compares so."""
    yield comparison, 0, 1, value
    yield RETURN, 0, 0, ERRNO | error


def _look(call: int, argument: int, refused: list[tuple[int, int]]) -> Iterator[Instruction]:
    """Fail where an argument of a call, as 32 bits, compares to any of some values."""
    checks = [step for how, value in refused for step in _when(how, value, errno.EPERM)]
    yield from _argument_block(call, argument, checks)


def _look_for_other(
    call: int, argument: int, allowed: tuple[int, ...], error: int
) -> Iterator[Instruction]:
    """Fail where an argument of a call, as 32 bits, is none of some values."""
    last = len(allowed) - 1
    checks = [(EQUAL, last - place + 1, 0, value) for place, value in enumerate(allowed)]
    checks.append((RETURN, 0, 0, ERRNO | error))
    yield from _argument_block(call, argument, checks)


def _argument_block(call: int, argument: int, checks: list[Instruction]) -> Iterator[Instruction]:
    yield EQUAL, 0, len(checks) + 2, call
    yield LOAD, 0, 0, 16 + 8 * argument  # the lower half: both machines are little-endian
    yield from checks
    yield LOAD, 0, 0, NUMBER
