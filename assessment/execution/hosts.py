"""What processes are forked from: the warm server for references, jails for submissions.

A process that ends without a word is begun once more, in a host of its own where it shared one:
another run may have ended the one that both were forked from.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial

from assessment.errors import AssessmentError
from assessment.execution.blame import ATTEMPTS, is_doubtful, settle
from assessment.execution.conductor import (
    Assignment,
    Attempt,
    Prepared,
    R,
    W,
    Witness,
    conduct,
)
from assessment.execution.guard import Guard
from assessment.execution.jails import Jails
from assessment.execution.quoting import said
from assessment.execution.requests import Work
from assessment.execution.server import TrainerServer


class Hosts:
    """The hosts of one process's runs."""

    def __init__(
        self,
        jails: Jails,
        following: Callable[[Work], Work | None],
        closing: Callable[[], bool],
    ) -> None:
        """Start none yet.

        Args:
            jails: for submissions.
            following: whose submission comes after one, so that its jail can be warmed.
            closing: whether the session ends.
        """
        self._jails = jails
        self._following = following
        self._closing = closing
        self._server = TrainerServer()
        self._server_lock = threading.Lock()

    def start(self) -> None:
        """Warm the server up."""
        self._server.start()

    def warm(self, work: Work) -> None:
        """Start the jail of a submission ahead; where that fails, whoever uses it is told."""
        with suppress(AssessmentError):
            self._jails.warm(work)

    def described(self) -> Mapping[str, str]:
        """Return what the server of references says of what it runs on, once it is warm.

        Raises:
            TrainerError: it does not start.
        """
        server = self._live_server()
        server.wait_ready()
        return server.described

    def close(self) -> None:
        """End all of them, and so what was forked from them."""
        self._jails.close()
        self._server.stop()

    def fulfil(
        self,
        prepared: Prepared[W, R],
        progress: Callable[[W], None] | None = None,
        work: Work | None = None,
    ) -> R:
        """Conduct what was prepared, once more where somebody else may have ended it.

        Args:
            prepared: the process, its witness, and what is made of both.
            progress: told about every frame.
            work: the submission that it belongs to; None: the reference's, or nobody's.
        """
        reason = ""
        for left in reversed(range(ATTEMPTS)):
            witness = prepared.make_witness()
            heard = partial(progress, witness) if progress is not None else _nothing
            try:
                attempt = self._conduct(prepared.assignment, witness, heard, work, alone=not left)
            except AssessmentError as error:
                reason = str(error)
            else:
                reason = attempt.reason
                if not is_doubtful(attempt):
                    return prepared.record(witness, attempt)
                if not left and not self._closing():
                    return prepared.record(witness, settle(attempt, self._machine_works))
            if self._closing():
                break
        lost = Attempt("not_gradable", f"tried {ATTEMPTS} times: {' '.join(reason.split())}")
        return prepared.record(prepared.make_witness(), lost)

    def _machine_works(self) -> bool:
        """Tell whether the trainer of references is alive, or a new one can be started."""
        try:
            server = self._live_server()
            server.wait_ready()
        except AssessmentError:
            return False
        return server.alive

    def _conduct(
        self,
        assignment: Assignment,
        witness: Witness,
        progress: Callable[[], None],
        work: Work | None,
        *,
        alone: bool,
    ) -> Attempt:
        """Conduct one process, of a submission in its jail; `alone`: in a trainer of its own.

        Raises:
            AssessmentError: there is no jail or no trainer to be had.
        """
        if work is None and alone:
            server = TrainerServer()
            try:
                server.start()
                return conduct(server, assignment, witness, progress, self._closing)
            finally:
                server.stop()
        if work is None:
            return conduct(self._live_server(), assignment, witness, progress, self._closing)
        cell = self._jails.take(work)
        try:
            following = self._following(work)
            if following is not None and not self._closing():
                self.warm(following)
            cell.jail.wait_ready()
            if isinstance(witness, Guard):
                witness.meet(cell.jail.described)
            attempt = conduct(cell.jail, cell.placed(assignment), witness, progress, self._closing)
            reason = said(attempt.reason) if attempt.said else attempt.reason
            return replace(attempt, reason=reason, limits_by=cell.jail.limits_by)
        finally:
            self._jails.give(cell)

    def _live_server(self) -> TrainerServer:
        with self._server_lock:
            if not self._server.alive and not self._closing():
                self._server.stop()
                self._server = TrainerServer()
                self._server.start()
            return self._server


def _nothing() -> None:
    pass
