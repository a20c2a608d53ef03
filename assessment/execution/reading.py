"""A submission read in its jail: answers and texts, and what its code is like.

Nothing of it is run, so that no code of a student has a say in what it is compared by.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from assessment.boundary.messages import (
    CHARACTER_BYTES,
    LARGEST_TEXT,
    Frame,
    ProtocolError,
    ReadingJob,
)
from assessment.execution.conductor import Assignment, Attempt, Prepared
from assessment.execution.quoting import said, sentence, sentences, text
from assessment.execution.requests import Work
from assessment.spec.lab import AnswerQuestion, Lab, Limits, WrittenQuestion
from assessment.submissions.similarity import checked

LIMITS = Limits(seconds=60, megabytes=2048)
LONGEST_TEXT = 2**16
"""Characters of an answer that are kept."""


@dataclass(frozen=True)
class ReadingRequest:
    """A submission, and the questions of its lab that are answered in words."""

    work: Work
    lab: Lab

    @cached_property
    def id(self) -> str:
        """Equal for the same files, kept in alike, and the same questions."""
        files = self.work.submission.sha256, self.work.level
        asked = repr((files, self._texts(), self._answers()))
        return f"read-{hashlib.sha256(asked.encode()).hexdigest()[:16]}"

    def prepare(self) -> Prepared[Reader, Read]:
        """Return what a jail needs."""
        path = str(self.work.submission.path)
        job = ReadingJob(path, self._texts(), self._answers())
        asked = [*job.texts, *job.answers]
        return Prepared(
            Assignment("read", job.plain(), {}, LIMITS),
            lambda: Reader(asked),
            lambda heard, attempt: Read(
                attempt, heard.answers, heard.untold, heard.notes, heard.fingerprint
            ),
        )

    def _texts(self) -> dict[str, dict[str, list[str]]]:
        return {
            name: {
                "headings": list(question.submitted.headings) or [name, question.title],
                "files": list(question.submitted.files),
            }
            for name, question in self.lab.questions.items()
            if isinstance(question, WrittenQuestion)
        }

    def _answers(self) -> dict[str, list[str]]:
        return {
            name: list(question.names) or [name]
            for name, question in self.lab.questions.items()
            if isinstance(question, AnswerQuestion)
        }


@dataclass(frozen=True)
class Read:
    """What a submission says."""

    attempt: Attempt
    answers: Mapping[str, str]
    """By question id; of those that were found."""
    untold: Mapping[str, str]
    """By question id; why an answer that is there cannot be told, in words of its jail."""
    notes: list[str]
    fingerprint: frozenset[str]
    """Hashes of its code, to be compared with others' (`submissions.similarity`)."""


@dataclass
class Reader:
    """Takes what was found."""

    asked: list[str]
    answers: dict[str, str] = field(default_factory=dict)
    untold: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    fingerprint: frozenset[str] = frozenset()
    work: str = "reading"
    finished: bool = False
    largest_arrays: int = 2**10
    stage: str = "before its texts were found"

    @property
    def largest_text(self) -> int:
        """Bytes that all texts take at most."""
        return LARGEST_TEXT + len(self.asked) * LONGEST_TEXT * CHARACTER_BYTES

    def hear(self, frame: Frame) -> None:
        """Take all texts at once."""
        found = frame.data.get("found")
        if frame.kind != "done" or self.finished or not isinstance(found, dict):
            raise ProtocolError(f"a frame of unknown kind {frame.kind[:40]!r}")
        untold = frame.data.get("untold")
        for name in self.asked:
            if name in found:
                self.answers[name] = text(found[name], LONGEST_TEXT)
            elif isinstance(untold, dict) and (why := sentence(untold.get(name))):
                self.untold[name] = said(why)
        self.notes = sentences(frame.data.get("notes"))
        self.fingerprint = checked(frame.data.get("fingerprint"))
        self.finished = True

    def objection(self) -> None:
        """Accept whatever was found: it is judged later."""
