"""What was found in a submission, how it was taken and kept in, in words.

All of it was told by what ran the submission, or written by its author: whoever shows it cleans it,
but for the notes, which are clean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from assessment.report.text import one_line
from assessment.results.isolation import Isolation
from assessment.results.record import Result
from assessment.results.solution import Evidence, HandedIn
from assessment.results.totals import LabResults, variant_title

ISOLATIONS: dict[Isolation, str] = {
    "bubblewrap": "in a jail of bubblewrap",
    "user": "as a user of its own",
    "process": "in a plain process, from which nothing is hidden",
}

PRACTICE = "practice: no grade"


@dataclass(frozen=True)
class Found:
    """What holds of one item, or of several of a question alike."""

    variants: tuple[str, ...]
    """Titles of the variants that it holds of; empty where the question has none."""
    networks: tuple[tuple[str, str], ...]
    """Place and call of each network that was trained."""
    guesses: tuple[str, ...]
    """What was decided that neither the spec nor the student had said."""
    notes: tuple[str, ...]
    """What was adapted, and what it costs."""
    evidence: tuple[Evidence, ...]
    """What speaks for honest work, of each run."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not (self.networks or self.guesses or self.notes)


def found_in(results: Iterable[Result]) -> list[Found]:
    """Return what was found for the items of a question; variants found alike stand together."""
    alike: dict[Found, Found] = {}
    for result in results:
        found = _found(result)
        if not found.is_empty:
            known = replace(found, evidence=())
            earlier = alike.get(known, replace(known, evidence=()))
            variant = (variant_title(result),) if result.variant else ()
            alike[known] = replace(
                earlier,
                variants=(*earlier.variants, *variant),
                evidence=(*earlier.evidence, *found.evidence),
            )
    return list(alike.values())


def sayings(
    results: Sequence[Result], of: Callable[[Result], Iterable[str]]
) -> dict[str, list[str]]:
    """Return what is said of items, with the questions that it is said of.

    Args:
        results: the items of one lab and one submission.
        of: sentences of an item.

    Returns:
        sentences in the order in which each first came; of each the id of a question all items of
        which have it, else the ids of the items.
    """
    units: dict[str, list[str]] = {}
    questions: dict[str, list[str]] = {}
    for result in results:
        questions.setdefault(result.question, []).append(result.unit)
        for sentence in dict.fromkeys(of(result)):
            units.setdefault(sentence, []).append(result.unit)
    return {
        sentence: [
            name
            for question, every in questions.items()
            for name in _named(question, every, [unit for unit in every if unit in said])
        ]
        for sentence, said in units.items()
    }


def practice_notes(lab: LabResults) -> Iterator[tuple[str, str]]:
    """Yield lines about a submission, each with its colour, for the end of a table of its items."""
    if lab.submission is None:
        return
    for tag, of, color in (
        ("found", networks_of, "light"),
        ("guessed", guesses_of, "yellow"),
        ("note", notes_of, "yellow"),
        ("look at this", lambda result: result.flags, "yellow"),
    ):
        for sentence, names in sayings(lab.results, of).items():
            yield f"{tag}: {one_line(', '.join(names))}: {one_line(sentence)}", color
    for note in lab.submission.notes:
        yield f"note: {one_line(note)}", "yellow"
    yield f"{PRACTICE}; it ran {kept_in(lab.submission)}", "light"


def networks_of(result: Result) -> list[str]:
    """Return the networks that were trained, a clause each."""
    return [network_words(*network) for network in _found(result).networks]


def guesses_of(result: Result) -> tuple[str, ...]:
    """Return what was guessed for an item."""
    return _found(result).guesses


def notes_of(result: Result) -> tuple[str, ...]:
    """Return what was adapted for an item."""
    return _found(result).notes


def network_words(place: str, call: str) -> str:
    """Name a network: `Net(10)`, in `lab7.ipynb, cell 3, line 12`."""
    return f"{call}, in {place}" if call and place else call or place


def kept_in(submission: HandedIn) -> str:
    """Say how a submission's code was kept from everything else, as an end of `it ran ...`."""
    if submission.isolation is None:
        return "nowhere: nothing of it was opened"
    words = ISOLATIONS[submission.isolation]
    if submission.limits_by is None:
        return words
    return f"{words}; memory and processes limited by {submission.limits_by}"


def _found(result: Result) -> Found:
    solutions = [run.solution for run in result.runs if run.solution is not None]
    networks = ((s.place, s.call) for s in solutions if s.place or s.call)
    return Found(
        variants=(),
        networks=tuple(dict.fromkeys(networks)),
        guesses=tuple(dict.fromkeys(guess for each in solutions for guess in each.guesses)),
        notes=tuple(dict.fromkeys(note for each in solutions for note in each.notes)),
        evidence=tuple(run.evidence for run in result.runs if run.evidence is not None),
    )


def _named(question: str, every: Sequence[str], said: Sequence[str]) -> list[str]:
    return [question] if said and len(said) == len(every) else list(said)
