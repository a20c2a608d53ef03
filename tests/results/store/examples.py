"""What the tests of the store put into it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assessment.results.record import Run
from assessment.results.store.connection import Store
from assessment.results.store.runs import Terms, find_run, put_run
from assessment.results.store.sessions import begin_session
from assessment.results.store.surroundings import Expected
from assessment.spec.kinds.base import Limits
from assessment.spec.recipe import Recording
from tests.report import builders

KEY = "0123456789abcdef"
HERE = Expected(
    torch="2.10.0+cpu",
    device="cpu",
    threads=1,
    python="3.11.9",
    platform="Linux-x86_64",
    processor="A processor (6-167)",
)
TERMS = Terms(Recording(), Limits(), HERE)


def run(seed: int = 1, **values: Any) -> Run:
    """A run of ten epochs with all that a run can have."""
    settings: dict[str, Any] = {
        "key": KEY,
        "epochs": builders.epochs(10, validation=True, seed=seed),
        "confusion": builders.confusion(seed=seed),
        "mistakes": builders.mistakes(3),
        **values,
    }
    return builders.run(seed, **settings)


def put(store: Store, *seeds: int) -> None:
    for seed in seeds:
        put_run(store, run(seed), TERMS)


def seeds_in(store: Store, upto: int = 300) -> list[int]:
    """The seeds whose runs can be read whole."""
    return [seed for seed in range(upto) if find_run(store, KEY, seed, TERMS) is not None]


def begin(store: Store, started: str = "2025-03-01T09:00:00+00:00") -> int:
    return begin_session(
        store,
        started=started,
        command=["pytest", "specs"],
        machine={"cpu": "A processor", "cores": 2},
        versions={"torch": "2.10.0", "skorch": None},
        options={"device": "auto"},
    )


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}
