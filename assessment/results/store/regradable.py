"""What grading again takes from a store: standing results, and of their runs what is looked at."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from operator import itemgetter

from assessment.results.record import Run
from assessment.results.store.connection import Store
from assessment.results.store.graded import StoredResult, standing
from assessment.results.store.packing import (
    DamagedError,
    Packed,
    unpack_record,
    unpack_run,
    written,
)


def load_standing(
    store: Store, spec: str, *, whole: Collection[str] | None = None
) -> list[StoredResult]:
    """Return the latest graded result of every unit and submission of a spec file, with its runs.

    Where the lab has changed its title, the latest under any of them counts.

    Args:
        store: where.
        spec: the file, as results name it.
        whole: units whose runs are read with all that was recorded; of the others, epochs and
            scalars are, which is several times as fast. None: all units.

    Raises:
        AssessmentError: the store cannot be read.
    """
    latest: dict[tuple[str, str], StoredResult] = {}
    for each in standing(store, spec=spec, runs=whole is None):
        latest[each.submission, each.result.unit] = each  # they come by session
    found = list(latest.values())
    return found if whole is None else _with_runs(store, spec, found, whole)


def stored_seeds(store: Store) -> dict[str, set[int]]:
    """Return the seeds of all runs by their key.

    Raises:
        AssessmentError: the store cannot be read.
    """
    with store.reading() as connection:
        rows = connection.execute("SELECT DISTINCT key, seed FROM runs").fetchall()
    found: dict[str, set[int]] = {}
    for key, seed in rows:
        found.setdefault(key, set()).add(seed)
    return found


def find_repeats(store: Store, like: Run, seeds: Collection[int]) -> list[Run]:
    """Return runs that repeat one with other seeds, made where it is from, by seed.

    Args:
        store: where.
        like: the run that is at hand.
        seeds: which are looked for; some may be missing.

    Raises:
        AssessmentError: the store cannot be read.
    """
    with store.reading() as connection:
        rows = connection.execute(
            f"""SELECT id, record, bulk, digest FROM runs
            WHERE key = ? AND seed IN ({", ".join("?" * len(seeds))}) ORDER BY id""",
            (written(like.key), *seeds),
        ).fetchall()
    found: dict[int, Run] = {}
    for number, *packed in rows:
        try:
            run = unpack_run(Packed(*packed))
        except DamagedError as error:
            store.leave_out(f"run {number}", error)
            continue
        if run.environment == like.environment:
            found[run.seed] = run
    return [found[seed] for seed in sorted(found)]


def reference_keys(store: Store, spec: str) -> dict[tuple[str, str], str]:
    """Return the run keys of the reference, by hash of the lab and unit.

    Raises:
        AssessmentError: the store cannot be read.
    """
    with store.reading() as connection:
        rows = connection.execute(
            """SELECT DISTINCT lab_sha256, unit, runs.key FROM results
            JOIN result_runs ON result = results.id JOIN runs ON runs.id = run
            WHERE spec = ? AND submission = ''""",
            (written(spec),),
        ).fetchall()
    return {(lab, unit): key for lab, unit, key in rows}


def _with_runs(
    store: Store, spec: str, found: Sequence[StoredResult], whole: Collection[str]
) -> list[StoredResult]:
    runs: dict[tuple[int, str, str], list[Run]] = {}
    for session in sorted({each.session for each in found}):
        units = {
            (written(each.result.unit), written(each.submission))
            for each in found
            if each.session == session
        }
        runs |= _runs_of_session(store, spec, session, units, set(map(written, whole)))
    return [
        replace(each, result=each.result.model_copy(update={"runs": own}))
        if (own := runs.get(_place(each)))
        else each
        for each in found
    ]


def _place(each: StoredResult) -> tuple[int, str, str]:
    return each.session, written(each.result.unit), written(each.submission)


def _runs_of_session(
    store: Store,
    spec: str,
    session: int,
    wanted: Collection[tuple[str, str]],
    whole: Iterable[str],
) -> dict[tuple[int, str, str], list[Run]]:
    units = list(whole)
    is_whole = f"unit IN ({', '.join('?' * len(units))})"
    with store.reading() as connection:
        # What lies behind `bulk` in a row is not read either without need.
        rows = connection.execute(
            f"""SELECT result, position, unit, submission, result_runs.run, result_runs.content,
                record, CASE WHEN {is_whole} THEN bulk END, CASE WHEN {is_whole} THEN digest END
            FROM results JOIN result_runs ON result = results.id
            LEFT JOIN runs ON runs.id = result_runs.run
            WHERE session = ? AND spec = ?""",
            (*units, *units, session, written(spec)),
        ).fetchall()
    rows.sort(key=itemgetter(0, 1))  # SQLite would copy all records into a temporary file
    known: dict[tuple[int, bool], Run] = {}
    found: dict[tuple[int, str, str], list[Run]] = {}
    for _, _, unit, submission, number, content, record, bulk, digest in rows:
        if (unit, submission) not in wanted:
            continue
        try:
            if number is None:
                run = unpack_record(Run, content)
            else:
                place = (number, bulk is not None)
                if place not in known:
                    packed = Packed(record, bulk, digest)
                    known[place] = unpack_run(packed, bulk=bulk is not None)
                run = known[place]
        except DamagedError as error:
            what = f"a run of {unit}" if number is None else f"run {number}"
            store.leave_out(what, error)
            continue
        found.setdefault((session, unit, submission), []).append(run)
    return found
