"""The tables of a store, their version, and the steps that lead to it from older ones.

Version 1: `places` (environments of runs), `runs`, `weights` (final states that a
checkpoint needs), `sessions` (one pytest run each), `results` (one item of a
session each), `result_runs` (which runs a result was graded on) and
`measurements` (its numbers, so that comparing thousands reads no JSON).

Whoever changes a table raises `VERSION`, adds the step from the version before,
and keeps the old layout's SQL among the tests.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

APPLICATION = 0x41535354
"""SQLite's `application_id`, "ASST": tells a store from other programs' databases."""
VERSION = 1
"""SQLite's `user_version`."""

TABLES = (
    """CREATE TABLE places (
        id INTEGER PRIMARY KEY,
        torch TEXT NOT NULL,
        device TEXT NOT NULL,
        threads INTEGER NOT NULL,
        python TEXT NOT NULL,
        platform TEXT NOT NULL,
        processor TEXT NOT NULL,
        switches TEXT NOT NULL,
        capability TEXT NOT NULL,
        UNIQUE (torch, device, threads, python, platform, processor, switches, capability)
    )""",
    """CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        key TEXT NOT NULL,
        seed INTEGER NOT NULL,
        place INTEGER NOT NULL REFERENCES places,
        recorded TEXT NOT NULL,
        limits TEXT NOT NULL,
        may_diverge INTEGER NOT NULL,
        outcome TEXT NOT NULL,
        started TEXT NOT NULL,
        seconds REAL NOT NULL,
        record TEXT NOT NULL,
        bulk BLOB NOT NULL,
        digest BLOB NOT NULL,
        predictions BLOB
    )""",
    "CREATE INDEX runs_by_key ON runs (key, seed)",
    """CREATE TABLE weights (
        run INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
        reason TEXT NOT NULL,
        checksum INTEGER,
        content BLOB
    )""",
    """CREATE TABLE sessions (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT UNIQUE,
        started TEXT NOT NULL,
        finished TEXT,
        status TEXT NOT NULL,
        command TEXT NOT NULL,
        machine TEXT NOT NULL,
        versions TEXT NOT NULL,
        options TEXT NOT NULL
    )""",
    """CREATE TABLE results (
        id INTEGER PRIMARY KEY,
        session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
        spec TEXT NOT NULL,
        unit TEXT NOT NULL,
        submission TEXT NOT NULL,
        lab TEXT NOT NULL,
        lab_sha256 TEXT NOT NULL,
        status TEXT NOT NULL,
        earned REAL NOT NULL,
        points REAL NOT NULL,
        waiting REAL NOT NULL,
        content BLOB NOT NULL,
        UNIQUE (session, spec, unit, submission)
    )""",
    "CREATE INDEX results_by_unit ON results (unit, spec, submission)",
    """CREATE TABLE result_runs (
        result INTEGER NOT NULL REFERENCES results ON DELETE CASCADE,
        position INTEGER NOT NULL,
        run INTEGER REFERENCES runs,
        content BLOB,
        PRIMARY KEY (result, position)
    ) WITHOUT ROWID""",
    """CREATE TABLE measurements (
        result INTEGER NOT NULL REFERENCES results ON DELETE CASCADE,
        position INTEGER NOT NULL,
        name TEXT NOT NULL,
        measure TEXT NOT NULL,
        label TEXT NOT NULL,
        unit TEXT NOT NULL,
        value REAL,
        low REAL,
        high REAL,
        met INTEGER,
        earned REAL NOT NULL,
        points REAL NOT NULL,
        PRIMARY KEY (result, name)
    ) WITHOUT ROWID""",
)

Step = Callable[[sqlite3.Connection], None]
"""Brings a store from one version to the next, inside a transaction."""


@dataclass(frozen=True)
class Layout:
    """What a store of one version looks like, and how older ones become like it."""

    version: int
    tables: Sequence[str]
    steps: Mapping[int, Step] = field(default_factory=dict)
    """By the version that each begins with."""


CURRENT = Layout(VERSION, TABLES)
