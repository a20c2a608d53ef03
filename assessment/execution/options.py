"""What a session is told about execution, and what it says ahead; imports nothing heavy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assessment.classroom import Classroom


@dataclass(frozen=True)
class Options:
    """What the command line says about execution."""

    data_dir: Path | None = None
    device: str = "auto"
    threads: int | None = None
    """Of one run; None: all cores for a single run that is not a class's, else one."""
    trainers: int | None = None
    """Runs at once on a device; None: as many as the cores feed, one on a GPU."""
    workers: int = 1
    """Processes that share this machine's cores."""
    secret: bytes | None = field(default=None, repr=False)
    """Of the course: runs get grading seeds. None: practice seeds."""
    strict: bool = False
    """Bands of the environment at hand only."""
    classroom: Classroom = field(default_factory=Classroom)
    """Whose work is graded."""
    private: Sequence[Path] = ()
    """Files and folders that no submission may see, besides images, labels, specs and the class's
    submissions: reports, the store, secrets."""
    control: bool = False
    """Train every submission once more on permuted labels."""
    anyway: bool = False
    most_epochs: int | None = None
    """Of any run; what is cut short by it is measured and not graded. None: those of the spec."""
    smoke: bool = False


@dataclass(frozen=True)
class Forecast:
    """What the start of a session says."""

    runs: int
    """Runs that are made in any case."""
    most: int
    """Runs that are made where no first one settles anything."""
    taken: int
    """Runs that are needed in any case and have been made before."""
    seconds: float
    """Expected for `runs`."""
    unknown: int
    """Runs whose time is not known."""
    slots: int
    threads: int
    device: str
    smoke: bool
    costs: Mapping[str, float | None]
    """Seconds of each of `runs` by request id, None where they are not known."""
