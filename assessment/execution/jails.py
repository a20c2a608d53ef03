"""Jails by submission: warmed ahead, one run at a time in each, thrown away when used up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from assessment.execution.conductor import Assignment
from assessment.execution.isolation.jail import Jail
from assessment.execution.isolation.staging import Staging
from assessment.execution.isolation.view import View
from assessment.execution.requests import Work
from assessment.spec.recipe import ModelReference
from assessment.submissions.copying import copy_submission

ViewOf = Callable[[Path, ModelReference | None], View]


@dataclass(eq=False)
class Cell:
    """A jail with the submission that was copied for it."""

    owner: str
    jail: Jail
    view: View
    copied: Staging

    def placed(self, assignment: Assignment) -> Assignment:
        """Return an assignment whose paths are those that the jail has."""
        inside = self.jail.inside
        submission = inside(self.copied.folder)
        data = dict(assignment.data)
        for name in ("submission", "path"):
            if data.get(name):
                data[name] = submission
        if data.get("search"):
            data["search"] = data["search"] | {"path": submission}
        if data.get("train_images"):
            data["train_images"] = inside(Path(data["train_images"]))
        return replace(assignment, data=data)

    def end(self) -> None:
        """End the jail and remove the copy."""
        self.jail.stop()
        self.copied.remove()


class Jails:
    """The jails of one process."""

    def __init__(self, view_of: ViewOf, most_idle: int) -> None:
        """Start none yet.

        Args:
            view_of: what a jail is shown, by the folder of its submission and by the network in
                whose place the submission's own is trained.
            most_idle: how many may wait for their next run.
        """
        self._view_of = view_of
        self._most_idle = most_idle
        self._idle: list[Cell] = []
        self._busy: list[Cell] = []
        self._closed = False
        self._lock = threading.Lock()

    def take(self, work: Work) -> Cell:
        """Return a jail of a submission that nobody else uses; it may still be warming up.

        Networks are trained where just what their question gives them is shown.

        Raises:
            AssessmentError: its walls cannot be put up as they should be.
            TrainerError: it cannot even be started.
        """
        with self._lock:
            for place, cell in enumerate(self._idle):
                if self._suits(cell, work) and cell.jail.alive:
                    del self._idle[place]
                    self._busy.append(cell)
                    return cell
        return self._started(work)

    def give(self, cell: Cell) -> None:
        """Take a jail back; one that cannot be used again is ended, and the oldest of too many."""
        with self._lock:
            self._busy.remove(cell)
            keep = cell.jail.alive and not self._closed
            if keep:
                self._idle.append(cell)
            ended = [*self._idle[: -self._most_idle], *([] if keep else [cell])]
            self._idle = self._idle[-self._most_idle :]
        for one in ended:
            one.end()

    def warm(self, work: Work) -> None:
        """Start a jail for a submission that comes next, where there is none and room for one."""
        with self._lock:
            known = any(self._suits(cell, work) for cell in self._idle)
            if known or self._closed or len(self._idle) >= self._most_idle:
                return
        self.give(self._started(work))

    def close(self) -> None:
        """End all jails."""
        with self._lock:
            self._closed = True
            ended = [*self._busy, *self._idle]
            self._idle = []
        for cell in ended:
            cell.end()

    def _suits(self, cell: Cell, work: Work) -> bool:
        """Tell whether what a jail is shown is what it would be shown now."""
        if cell.owner != work.owner:
            return False
        return work.model is None or cell.view == self._view_of(cell.copied.folder, work.model)

    def _started(self, work: Work) -> Cell:
        copied = Staging.made()
        try:
            copy_submission(work.submission, copied.folder)
            view = self._view_of(copied.folder, work.model)
            jail = Jail(work.level, view)
            jail.start()
        except BaseException:
            copied.remove()
            raise
        cell = Cell(work.owner, jail, view, copied)
        with self._lock:
            self._busy.append(cell)
        return cell
