"""Runs that this session has finished, shared by all its processes.

The seam where the store will stand: whoever wants a run asks here first, and
a kernel file lock per run sees to it that two workers never train the same one.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from safetensors.numpy import save_file

from assessment.results.record import Run
from assessment.sandbox.messages import Arrays


class FinishedRuns:
    """Finished runs by request id: in memory, and in a folder when other processes share it."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._runs: dict[str, Run] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()
        self._own_weights: TemporaryDirectory[str] | None = None
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def get(self, request: str) -> Run | None:
        """Return a finished run, whoever made it."""
        run = self._runs.get(request)
        if run is not None or self._folder is None:
            return run
        try:
            text = (self._folder / f"{request}.json").read_text()
        except FileNotFoundError:
            return None
        run = Run.model_validate(json.loads(text))
        self._runs[request] = run
        return run

    def put(self, request: str, run: Run) -> None:
        """Keep a run; visible to other processes at once and whole."""
        self._runs[request] = run
        if self._folder is None:
            return
        path = self._folder / f"{request}.json"
        new = path.with_suffix(f".{threading.get_ident()}.new")
        new.write_text(json.dumps(run.plain()))  # pydantic's own writer refuses lone surrogates
        new.replace(path)

    def put_weights(self, request: str, weights: Arrays) -> None:
        """Keep a run's final state; whole, and before the run itself is visible."""
        path = self._weights_folder() / f"{request}.safetensors"
        new = path.with_suffix(f".{threading.get_ident()}.new")
        save_file(weights, new)
        new.replace(path)

    def put_reason(self, request: str, reason: str) -> None:
        """Say why a run's final state could not be kept."""
        (self._weights_folder() / f"{request}.txt").write_text(reason, encoding="utf-8")

    def weights(self, request: str) -> Path | str:
        """Return the file of a run's final state, or why there is none."""
        if self._folder is None and self._own_weights is None:
            return "nobody asked for them"
        path = self._weights_folder() / f"{request}.safetensors"
        if path.is_file():
            return path
        try:
            return path.with_suffix(".txt").read_text(encoding="utf-8")
        except FileNotFoundError:
            return "nobody asked for them"

    def close(self) -> None:
        """Remove weights that only this process has used."""
        if self._own_weights is not None:
            self._own_weights.cleanup()
            self._own_weights = None

    def _weights_folder(self) -> Path:
        if self._folder is not None:
            return self._folder
        with self._guard:
            if self._own_weights is None:
                self._own_weights = TemporaryDirectory(prefix="assessment-weights-")
            return Path(self._own_weights.name)

    @contextmanager
    def claim(self, request: str) -> Iterator[None]:
        """Wait until nobody else is making this run, and keep others from it meanwhile."""
        with self._guard:
            lock = self._locks.setdefault(request, threading.Lock())
        with lock:
            if self._folder is None:
                yield
                return
            import fcntl

            with (self._folder / f"{request}.lock").open("w") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # released by the kernel, whatever happens to us
                yield
