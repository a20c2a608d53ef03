"""Starting a jail's processes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO

_STARTER = ThreadPoolExecutor(1, thread_name_prefix="jail-starter")
"""Bubblewrap's --die-with-parent means the thread that started it, which the kernel takes for the
parent; this one lives as long as the process."""


@dataclass(frozen=True)
class Launch:
    """A command, and what it inherits: nothing but this."""

    command: list[str]
    descriptors: list[int] = field(default_factory=list)
    """Handed over; whoever asked for the launch closes them afterwards."""
    environment: Mapping[str, str] = field(default_factory=dict)


def start(launch: Launch, control: int, output: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start a jail with its end of the control socket, printing into a file.

    Raises:
        OSError: the program is not there, or may not be started.
    """
    return _STARTER.submit(
        subprocess.Popen,
        launch.command,
        pass_fds=[control, *launch.descriptors],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        env=dict(launch.environment),
        cwd="/",
        start_new_session=True,  # a terminal's Ctrl-C reaches the grader alone
    ).result()


def run_to_end(launch: Launch, seconds: float) -> subprocess.CompletedProcess[bytes]:
    """Run a command to its end and return what it said.

    Raises:
        OSError: the program is not there, or may not be started.
        subprocess.TimeoutExpired: it took too long, and was killed.
    """
    return subprocess.run(
        launch.command,
        pass_fds=launch.descriptors,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=dict(launch.environment),
        cwd="/",
        timeout=seconds,
    )


def in_memory(content: bytes, name: str) -> int:
    """Return a descriptor of a file in memory, at its beginning."""
    descriptor = os.memfd_create(name)
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def close_all(descriptors: Iterable[int]) -> None:
    """Close descriptors that have been handed over."""
    for descriptor in descriptors:
        with suppress(OSError):
            os.close(descriptor)
