"""What this process may use of the machine: devices, runs at once, threads of each."""

from __future__ import annotations

from collections.abc import Mapping

from assessment.execution.devices import choose_devices, cpu_cores, visible_gpus
from assessment.execution.finished import places
from assessment.execution.options import Options
from assessment.results.store.surroundings import Expected


class Capacity:
    """The share of the machine that one process trains on."""

    def __init__(self, options: Options) -> None:
        """Look at the machine.

        Raises:
            DeviceError: the device asked for is not here.
        """
        self._options = options
        self._gpus = visible_gpus()
        self._devices = choose_devices(options.device, self._gpus)
        self._threads: int | None = None

    @property
    def has_accelerator(self) -> bool:
        """Whether runs go to a GPU."""
        return self._devices != ["cpu"]

    @property
    def threads(self) -> int:
        """Threads of each run; one where nobody has said how many runs there are."""
        return self.decide_threads(0)

    @property
    def is_decided(self) -> bool:
        """Whether `threads` is fixed by now."""
        return self._threads is not None

    def decide_threads(self, runs: int) -> int:
        """Return the threads of each run: of all of this process, once it has been asked.

        Args:
            runs: that may be made; a single one takes all cores, but in a class, where a grade must
                not depend on who else is graded.
        """
        if self._threads is None:
            single = runs == 1 and not self._options.classroom.is_class
            cores = max(1, cpu_cores() // self._options.workers) if single else 1
            self._threads = self._options.threads or cores
        return self._threads

    @property
    def places(self) -> Mapping[str, Expected]:
        """The environments of runs here, by device."""
        return places(self._devices, self._gpus, self.threads)

    @property
    def slots(self) -> list[str]:
        """The device of each of the runs that are made at once."""
        if self._options.trainers is not None:
            return self._devices * self._options.trainers
        if self.has_accelerator:
            return self._devices
        return ["cpu"] * max(1, cpu_cores() // self._options.workers // self.threads)
