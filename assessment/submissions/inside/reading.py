"""A whole submission, read: its files, its notebooks and scripts, and what was wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from assessment.submissions.inside.cells import Source
from assessment.submissions.inside.library import Library
from assessment.submissions.inside.notebooks import read_bytes, read_source
from assessment.submissions.inside.reasons import one_line
from assessment.submissions.inside.unpacking import Gathered, gather
from assessment.training.errors import SolutionError

MOST_SOURCES = 300
"""Notebooks and scripts that are read."""
MOST_BYTES = 256 * 2**20
"""Bytes of all notebooks and scripts together."""
MOST_TOLD = 3
"""Notes in one message."""
_SOURCES = (".ipynb", ".py")
_DOUBLE = tuple(source + ending for source in _SOURCES for ending in (".txt", ".json"))
"""What mail programs and browsers make of these names."""


@dataclass(frozen=True)
class HandedIn:
    """What the next steps start from."""

    gathered: Gathered
    """All files, also those that are no Python."""
    library: Library
    """Notebooks and scripts, by name, with their outlines and as modules for each other."""
    written: dict[str, str]
    """Other files that `%%writefile` makes: name in the submission and content."""
    notes: tuple[str, ...]
    """What was left out or could not be read, a sentence each. What is wrong with the code of one
    file stands in its outline's notes."""

    def unread(self) -> str:
        """Say what was left out or cannot be read; for messages that something is not there."""
        outlines = (note for outline in self.library.outlines() for note in outline.notes)
        told = list(dict.fromkeys([*self.notes, *outlines]))[:MOST_TOLD]
        return f": {'; '.join(told)}" if told else ""


def read_submission(path: Path, workspace: Path) -> HandedIn:
    """Unpack and read what was handed in; none of it is run.

    Args:
        path: a notebook, a script, a zip, a folder, or any other file.
        workspace: a folder for what is unpacked.

    Raises:
        SolutionError: nothing of it can be opened; the message says why.
    """
    gathered = gather(path, workspace)
    notes = list(gathered.notes)
    sources: dict[str, Source] = {}
    size = 0
    for file in gathered.files:
        if not file.name.lower().endswith((*_SOURCES, *_DOUBLE)):
            continue
        size += file.path.stat().st_size
        if len(sources) >= MOST_SOURCES or size > MOST_BYTES:
            notes.append(
                f"{one_line(file.name)}: left out: more than {MOST_SOURCES} notebooks and scripts, "
                f"or {MOST_BYTES >> 20} MB of them"
            )
            break
        try:
            sources[file.name] = read_source(file.path, file.name)
        except SolutionError as error:
            notes.append(str(error))
    written = {name: text for source in sources.values() for name, text in source.written}
    here = {file.name for file in gathered.files}
    for name in [name for name in written if name.lower().endswith(_SOURCES)]:
        text = written.pop(name)
        if name not in here and text.strip():
            sources[name] = read_bytes(text.encode("utf-8", "replace"), name)
    paths = {file.name: file.path for file in gathered.files}
    return HandedIn(gathered, Library(sources.values(), paths), written, tuple(notes))
