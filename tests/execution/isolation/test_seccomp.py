"""The filter of system calls, interpreted instruction by instruction as the kernel does."""

from __future__ import annotations

import errno
import re
import struct
from pathlib import Path

import pytest

from assessment.execution.isolation import seccomp
from assessment.execution.isolation.seccomp import MACHINES, REFUSED, filter_program

ALLOWED = "allowed"
KILLED = "killed"
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
CLONE_THREAD = 0x003D0F00
"""What pthread_create passes: memory, files and signals shared."""
AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_VSOCK = 1, 2, 10, 16, 40


def decide(architecture: str, number: int, *arguments: int, mark: int | None = None) -> str:
    """Return what the filter says to a system call: allowed, killed, or an error's name."""
    mark = MACHINES[architecture].mark if mark is None else mark
    padded = (*arguments, *([0] * (6 - len(arguments))))
    data = struct.pack("<IIQ6Q", number, mark, 0, *padded)
    program = list(struct.iter_unpack("<HBBI", filter_program(architecture)))
    accumulator = position = 0
    while True:
        code, if_true, if_false, value = program[position]
        position += 1
        match code:
            case seccomp.LOAD:
                accumulator = struct.unpack_from("<I", data, value)[0]
            case seccomp.EQUAL:
                position += if_true if accumulator == value else if_false
            case seccomp.AT_LEAST:
                position += if_true if accumulator >= value else if_false
            case seccomp.ANY_BIT:
                position += if_true if accumulator & value else if_false
            case seccomp.RETURN:
                break
            case _:
                raise AssertionError(f"unknown instruction {code:#x}")
    if value == seccomp.ALLOW:
        return ALLOWED
    if value == seccomp.KILL:
        return KILLED
    assert value & 0xFFFF0000 == seccomp.ERRNO
    return errno.errorcode[value & 0xFFFF]


@pytest.fixture(params=MACHINES)
def architecture(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def test_every_refused_call_is_refused(architecture: str) -> None:
    column = MACHINES[architecture].column
    numbers = {name: row[column] for name, row in REFUSED.items()}
    answers = {n: decide(architecture, number) for n, number in numbers.items() if number}
    assert set(answers.values()) == {"EPERM"}
    assert len(answers) > 50


def test_everything_else_is_allowed(architecture: str) -> None:
    machine = MACHINES[architecture]
    looked_at = {
        machine.clone, machine.clone3, machine.ioctl, machine.socket, machine.socketpair,
        machine.prlimit64, machine.setpriority,
    }  # fmt: skip
    refused = {row[machine.column] for row in REFUSED.values()} | looked_at
    others = set(range(470)) - refused
    assert {decide(architecture, number, 7, 7, 7) for number in others} == {ALLOWED}


@pytest.mark.parametrize(
    ("call", "arguments", "answer"),
    [
        ("clone", (CLONE_THREAD,), ALLOWED),
        ("clone", (17,), ALLOWED),  # fork: SIGCHLD alone
        ("clone", (0x10000000 | 17,), "EPERM"),
        ("clone", (0x00020000,), "EPERM"),
        ("clone", (0x40000000,), "EPERM"),
        ("clone", (0x02000000,), "EPERM"),
        ("clone3", (0, 0), "ENOSYS"),
        ("ioctl", (0, 0x5412), "EPERM"),
        ("ioctl", (0, 0x5412 | 1 << 32), "EPERM"),  # the kernel looks at 32 bits
        ("ioctl", (0, 0x541C), "EPERM"),
        ("ioctl", (0, 0x5413), ALLOWED),  # the size of the window
        ("socket", (AF_UNIX,), ALLOWED),
        ("socket", (AF_INET,), ALLOWED),
        ("socket", (AF_INET6,), ALLOWED),
        ("socket", (AF_NETLINK,), "EAFNOSUPPORT"),
        ("socket", (AF_VSOCK,), "EAFNOSUPPORT"),
        ("socketpair", (AF_UNIX,), ALLOWED),
        ("socketpair", (AF_VSOCK,), "EAFNOSUPPORT"),
        ("prlimit64", (0, 7), ALLOWED),
        ("prlimit64", (1, 7), "EPERM"),
        ("setpriority", (0, 0), ALLOWED),
        ("setpriority", (0, 1), "EPERM"),
        ("setpriority", (2, 0), "EPERM"),
    ],
)
def test_some_calls_are_looked_into(
    call: str, arguments: tuple[int, ...], answer: str, architecture: str
) -> None:
    number = getattr(MACHINES[architecture], call)
    assert decide(architecture, number, *arguments) == answer


def test_other_calling_conventions_are_no_way_around(architecture: str) -> None:
    i386 = 0x40000003
    assert decide(architecture, 1, mark=i386) == KILLED
    if architecture == "x86_64":
        assert decide(architecture, 0x40000000 | 101) == "ENOSYS"


def test_the_numbers_are_the_kernels(architecture: str) -> None:
    header = HEADERS[architecture]
    if not header.exists():
        pytest.skip(f"{header} is not here")
    text = header.read_text()
    pairs = re.findall(r"^#define __NR(?:3264)?_(\w+)\s+(\d+)", text, re.MULTILINE)
    known = {name: int(number) for name, number in pairs}
    machine = MACHINES[architecture]
    ours = {name: row[machine.column] for name, row in REFUSED.items()}
    ours |= {n: getattr(machine, n) for n in ("clone", "clone3", "ioctl", "socket", "socketpair")}
    ours |= {n: getattr(machine, n) for n in ("prlimit64", "setpriority")}
    found = {name: number for name, number in ours.items() if name in known}
    assert found == {name: known[name] for name in found}
    assert len(found) > 50


def test_a_processor_without_a_table_is_not_filtered_by_another() -> None:
    with pytest.raises(KeyError):
        filter_program("riscv64")


def test_the_program_is_one_that_the_kernel_takes(architecture: str) -> None:
    assert len(filter_program(architecture)) % 8 == 0
    assert len(filter_program(architecture)) // 8 <= 4096
