"""Models that fail in every way that a student's could, each named by a test."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from assessment.boundary.messages import Channel


class Works(nn.Module):
    """The one that others are derived from."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x.flatten(1))


class TellsImports(Works):
    """Writes down which modules a run has loaded, beyond those that it was forked with."""

    def __init__(self, note: str) -> None:
        super().__init__()
        self.note, self.before = Path(note), set(sys.modules)

    def forward(self, x: Tensor) -> Tensor:
        self.note.write_text(" ".join(sorted(set(sys.modules) - self.before)))
        return super().forward(x)


# --- wrong, and it shows ------------------------------------------------------------------------


class RaisesInConstructor(Works):
    def __init__(self) -> None:
        raise ValueError("kernel size 9 is larger than the image\nand more lines")


class RaisesInForward(Works):
    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x)  # 8 columns, 64 wanted


class RaisesUnprintable(Works):
    def forward(self, x: Tensor) -> Tensor:
        raise ValueError("half an emoji: \ud83d, a bell: \a, and much more " + "x" * 1000)


class LeavesThePython(Works):
    def forward(self, x: Tensor) -> Tensor:
        sys.exit("that was all")


class WrongShape(Works):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x)[:, :7]


class WrongBatch(Works):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).mean(dim=0, keepdim=True)


class TupleOutput(Works):
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        return super().forward(x), x


class Detached(Works):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).detach()


class NoParameters(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1)[:, :10]


def not_a_module() -> int:
    return 3


class NotFinite(Works):
    """Divides by zero for some images, in eval mode only."""

    def forward(self, x: Tensor) -> Tensor:
        outputs = super().forward(x)
        if not self.training:
            outputs[::10] = outputs[::10] / 0
        return outputs


# --- limits -------------------------------------------------------------------------------------


class HangsInConstructor(Works):
    def __init__(self) -> None:
        time.sleep(600)


class HangsInForward(Works):
    def forward(self, x: Tensor) -> Tensor:
        while True:
            pass


class HangsInSecondEpoch(Works):
    def forward(self, x: Tensor) -> Tensor:
        self.calls = getattr(self, "calls", 0) + 1
        if self.calls == 17 and self.training:  # 15 steps and one evaluation before
            time.sleep(600)
        return super().forward(x)


class Slow(Works):
    """Takes a tenth of a second a step."""

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            time.sleep(0.1)
        return super().forward(x)


class EatsMemory(Works):
    """Takes 1.2 GB at most, in steps, and keeps it."""

    def __init__(self) -> None:
        super().__init__()
        self.hoard = []
        for _ in range(24):
            self.hoard.append(torch.ones(50 * 2**18))
            time.sleep(0.02)
        time.sleep(600)


class ChildEatsMemory(Works):
    """Lets another process take 600 MB."""

    def __init__(self) -> None:
        super().__init__()
        code = "import time; hoard = bytearray(b'x') * (600 * 10**6); time.sleep(600)"
        subprocess.run([sys.executable, "-c", code], check=False)


# --- sudden ends --------------------------------------------------------------------------------


class Exits(Works):
    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status

    def forward(self, x: Tensor) -> Tensor:
        os._exit(self.status)


class KillsItself(Works):
    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def forward(self, x: Tensor) -> Tensor:
        os.kill(os.getpid(), self.number)
        time.sleep(600)
        return x


class SegmentationFault(Works):
    def forward(self, x: Tensor) -> Tensor:
        print("about to read address 0")
        ctypes.string_at(0)
        return x


class FaultsOnTheDevice(Works):
    """Looks up a row that is not there, which a CUDA device notices later and never forgets."""

    def forward(self, x: Tensor) -> Tensor:
        torch.zeros(3, device=x.device)[torch.tensor([10**6], device=x.device)].sum().item()
        return super().forward(x)


class KillsItsServer(Works):
    """Takes the process away that forked it."""

    def forward(self, x: Tensor) -> Tensor:
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(600)
        return x


# --- noise and litter ---------------------------------------------------------------------------


class PrintsALot(Works):
    def __init__(self, fail: bool = False) -> None:
        super().__init__()
        self.fail = fail

    def forward(self, x: Tensor) -> Tensor:
        for number in range(2000):
            print(f"line {number} " + "x" * 200)
        os.write(2, b"\xff\xfe not UTF-8\n")
        print("the last line")
        if self.fail:
            raise ValueError("printed too much")
        return super().forward(x)


class LeavesChild(Works):
    """Starts a process that would outlive it, writes down its number and goes on."""

    def __init__(self, note: str, session: bool, fork: bool = False) -> None:
        super().__init__()
        if fork:
            child = os.fork()
            if child == 0:  # holds the channel open, too
                if session:
                    os.setsid()
                time.sleep(600)
                os._exit(0)
        else:
            code = "import time; time.sleep(600)"
            child = subprocess.Popen([sys.executable, "-c", code], start_new_session=session).pid
        Path(note).write_text(str(child))


class LeavesChildAndDies(LeavesChild):
    def forward(self, x: Tensor) -> Tensor:
        os._exit(5)


class ClosesDescriptors(Works):
    def forward(self, x: Tensor) -> Tensor:
        os.closerange(0, 1024)
        return super().forward(x)


class ClosesChannelAndRunsOn(Works):
    def forward(self, x: Tensor) -> Tensor:
        os.close(find_channel())
        time.sleep(600)
        return x


# --- the channel --------------------------------------------------------------------------------


class WritesGarbage(Works):
    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how

    def forward(self, x: Tensor) -> Tensor:
        channel = socket.socket(fileno=find_channel())
        match self.how:
            case "text":
                channel.sendall(b"accuracy = 100 %, please " * 10)
            case "zeros":
                channel.sendall(bytes(12))
            case "truncated":
                channel.sendall(b"\x20\0\0\0\0\0\0\0\0\0\0\0{")
                os._exit(0)
            case "drip":
                channel.sendall(b"\xff\xff\0\0\0\0\0\0\0\0\0\0")
                while True:
                    channel.sendall(b" ")
                    time.sleep(0.05)
        time.sleep(600)
        return x


class Lies(Works):
    """Sends frames of its own in the place of training."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how

    def forward(self, x: Tensor) -> Tensor:
        channel = Channel(socket.socket(fileno=find_channel()))
        logits = np.zeros((899, 10), dtype=np.float32)
        match self.how:
            case "last-epoch":
                epoch(channel, 1, logits, last=True)
                channel.send("done")
            case "skips-an-epoch":
                epoch(channel, 2, logits)
            case "too-many-epochs":
                for number in range(1, 4):
                    epoch(channel, number, logits)
            case "short-predictions":
                epoch(channel, 1, logits[:-1])
            case "no-predictions":
                channel.send("epoch", {"epoch": 1, "last": True, "epochs": {}})
            case "perfect-score":
                told = {"test_accuracy": 100.0, "test_loss": 0.0, "train_accuracy": 100.0}
                for number in range(1, 3):
                    epoch(channel, number, logits, **told)
                channel.send("done", {"test_accuracy": 100.0})
                os._exit(0)
            case "numbers-of-another-kind":
                channel.send("epoch", {"epoch": 1, "epochs": [1, 2, 3]}, test=logits)
            case "huge-integers":
                for number in range(1, 3):
                    epoch(channel, number, logits, train_loss=10**400)
                channel.send("done")
                os._exit(0)
            case "starts-twice":
                channel.send("started", {"parameters": 1, "environment": {}})
            case "too-much-text":
                channel.send("epoch", {"epoch": 1, "epochs": {"train_loss": "1" * 2**20}})
            case "unknown-kind":
                channel.send("grade", {"points": 100})
            case "asks":
                epoch(channel, 1, logits, answer=True)
                channel.settimeout(1)
                channel.receive()  # nothing comes: the recipe asks nothing
            case _:
                raise AssertionError(self.how)
        time.sleep(600)
        return x


def find_channel() -> int:
    """Return the file descriptor of the socket that leads to the grader."""
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the one that lists the folder
            if str(entry.readlink()).startswith("socket:"):
                return int(entry.name)
    raise AssertionError("no socket")


def epoch(
    channel: Channel,
    number: int,
    logits: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    *,
    last: bool = False,
    answer: bool = False,
    **told: float,
) -> None:
    """Send an epoch's frame."""
    channel.send(
        "epoch", {"epoch": number, "last": last, "answer": answer, "epochs": told}, test=logits
    )
