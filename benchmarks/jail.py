"""What a jail costs: starting one, a run in one, and training in one against training outside.

    python benchmarks/jail.py

Starting includes warming up: PyTorch is imported in every jail. CPU seconds are
those of everybody concerned - the jail's processes and this one. A run that does
nothing is the call of a function that returns what it is given. Trained is the
digits' MLP, in pairs, one run in the jail and one in a trainer without walls,
which of them first taking turns; compared are the two runs of each pair.

Graded is the same network as it is graded: looked for in the submission by name,
tried, looked at before and after. What its run takes beyond training is all of
its time but that of its epochs.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import cases
import memory
import numpy as np
import psutil
from side_by_side import (
    Document,
    Row,
    document,
    finish,
    in_turns,
    markdown,
    origin,
    parse,
    parser,
    say,
    spread,
    target,
)

from assessment.execution.calls import CallRequest
from assessment.execution.conductor import Attempt, Prepared, conduct
from assessment.execution.finished import FinishedRuns, places
from assessment.execution.isolation.jail import Jail
from assessment.execution.isolation.levels import choose_level
from assessment.execution.isolation.view import View
from assessment.execution.preparation import Preparation
from assessment.execution.requests import RunRequest, Work
from assessment.execution.server import ForkedRun, TrainerServer
from assessment.execution.trainers import Trainers
from assessment.models import registry
from assessment.results.isolation import ISOLATIONS
from assessment.spec.lab import Limits
from assessment.submissions.listing import single_submission

NAME = "jail"
MOST_SLOWER = 0.03
MOST_SECONDS_A_RUN = 0.3
LIMITS = Limits(seconds=600, megabytes=4096)
OUTSIDE = "without walls"
REFERENCE, SUBMITTED = "the reference", "a submission"
MODULE = "handed_in"
SAME = "\n\ndef same(given):\n    return given\n"


class Place:
    """A server, with walls or without, and the same submission in both."""

    def __init__(self, name: str, folder: Path, data: tuple[Path, ...]) -> None:
        self.name, self.folder = name, folder
        self.jailed = name != OUTSIDE
        self.server = Jail(name, View(folder, data)) if self.jailed else TrainerServer()
        self.forked: ForkedRun | None = None

    def start(self) -> Row:
        """Start it and wait until it is warm; return what that took."""
        began, own = time.monotonic(), time.process_time()
        self.server.start()
        started = time.monotonic()
        self.server.wait_ready()
        seconds = time.monotonic() - began
        process = psutil.Process(self.server._process.pid)
        family = [process, *process.children(recursive=True)]
        times = [one.cpu_times() for one in family]
        own = time.process_time() - own
        return {
            "seconds": seconds,
            "seconds_until_it_warms": started - began,
            "cpu": own + sum(one.user + one.system for one in times),
            "megabytes": memory.tree_megabytes(process.pid),
            "limits_by": getattr(self.server, "limits_by", "polling"),
        }

    def stop(self) -> Row:
        """End it; return what that took."""
        began, own = time.monotonic(), time.process_time()
        self.server.stop()
        return {"seconds": time.monotonic() - began, "cpu": time.process_time() - own}

    def inside(self, path: Path) -> str:
        """Return where it finds a file."""
        return self.server.inside(path) if self.jailed else str(path)

    def conduct(self, prepared: Prepared[Any, Any]) -> tuple[Any, Row]:
        """Let it do something; return who listened, and what it took.

        Raises:
            SystemExit: it did not end well.
        """
        fork = self.server.fork

        def remembered(*arguments: Any) -> ForkedRun:
            self.forked = fork(*arguments)
            return self.forked

        witness, own = prepared.make_witness(), time.process_time()
        self.server.fork = remembered
        attempt = conduct(self.server, prepared.assignment, witness, lambda: None, lambda: False)
        del self.server.fork
        _demand(attempt)
        assert self.forked is not None
        assert self.forked.ended is not None
        return witness, {
            "seconds": attempt.seconds,
            "cpu": self.forked.ended.cpu_seconds,
            "cpu_here": time.process_time() - own,
            "megabytes": attempt.peak_megabytes,
        }


def _demand(attempt: Attempt) -> None:
    if attempt.outcome != "scored":
        raise SystemExit(f"a run ended as {attempt.outcome}: {attempt.reason}\n{attempt.output}")


def submission(folder: Path) -> Path:
    """Write a submission of the digits' network and a function that does nothing."""
    module = registry.resolve(cases.CASES["digits"].training.model.name).partition(":")[0]
    source = Path(__file__).resolve().parents[1] / Path(*module.split(".")).with_suffix(".py")
    target_file = folder / f"{MODULE}.py"
    shutil.copy(source, target_file)
    target_file.write_text(target_file.read_text() + SAME)
    return folder


def measure(arguments: Namespace) -> Mapping[str, Any]:
    """Start places, call in them, train in them."""
    raw: dict[str, list[Row]] = {"start": [], "stop": [], "call": [], "train": [], "graded": []}
    compared = (OUTSIDE, arguments.level)
    preparation = Preparation(None)
    training = cases.recipe("digits", arguments.epochs, evaluate="end")
    images = preparation.images(training.dataset)
    with tempfile.TemporaryDirectory() as temporary:
        folder = submission(Path(temporary))
        shown = tuple(
            images.paths[name] for name in ("train_images", "train_labels", "test_images")
        )
        for repeat, name in in_turns(compared, arguments.repeats):
            place = Place(name, folder, shown)
            row = place.start()
            say(f"{name}, start {repeat + 1}: {row['cpu']:.2f} CPU s, {row['seconds']:.2f} s")
            raw["start"].append({"place": name, "repeat": repeat, **row})
            raw["stop"].append({"place": name, "repeat": repeat, **place.stop()})
        both = [Place(name, folder, shown) for name in compared]
        try:
            for place in both:
                place.start()
            for repeat in range(arguments.calls):
                for place in both[:: -1 if repeat % 2 else 1]:
                    _, row = place.conduct(_call(place, folder))
                    raw["call"].append({"place": place.name, "repeat": repeat, **row})
            for repeat in range(arguments.pairs + 1):  # the first warms up and is not counted
                found = {}
                for place in both[:: -1 if repeat % 2 else 1]:
                    prepared = _training(place, preparation, training, folder, images.paths)
                    witness, row = place.conduct(prepared)
                    found[place.name] = witness.predictions.sha256
                    if repeat:
                        raw["train"].append({"place": place.name, "repeat": repeat - 1, **row})
                if found[OUTSIDE] != found[arguments.level]:
                    raise SystemExit("the jail's predictions differ from those outside")
        finally:
            for place in both:
                place.stop()
        raw["graded"] = _graded(arguments, preparation, training, folder)
    return raw


def _graded(
    arguments: Namespace, preparation: Preparation, training: Any, folder: Path
) -> list[Row]:
    """Train the reference and the submission in turns, as grading does."""
    rows: list[Row] = []
    name = registry.resolve(training.model.name).partition(":")[2]
    work = Work(single_submission(folder / f"{MODULE}.py"), arguments.level, names=(name,))
    finished = FinishedRuns()
    finished.settle(places(["cpu"], [], 1))
    trainers = Trainers(["cpu"], 1, preparation, finished, lambda *_: None)
    trainers.start()
    try:
        for repeat, who in in_turns((REFERENCE, SUBMITTED), arguments.calls):
            request = RunRequest("benchmark", training, repeat, LIMITS, False, folder)
            if who == SUBMITTED:
                request = replace(request, work=work)
            run = trainers.submit(request).result()
            if run.outcome != "scored":
                raise SystemExit(f"{who} ended as {run.outcome}: {run.reason}\n{run.output}")
            epochs = sum(run.epochs["seconds"])
            rows.append(
                {
                    "who": who,
                    "repeat": repeat,
                    "seconds": run.seconds,
                    "epochs": epochs,
                    "beyond": run.seconds - epochs,
                }
            )
    finally:
        trainers.close()
    return rows


def _call(place: Place, folder: Path) -> Prepared[Any, Any]:
    given = {"same": [np.arange(3.0)]}
    request = CallRequest(f"{MODULE}:same", given, (), LIMITS, Path(place.inside(folder)))
    return request.prepare(1)


def _training(
    place: Place, preparation: Preparation, training: Any, folder: Path, paths: Mapping[str, Path]
) -> Prepared[Any, Any]:
    request = RunRequest("benchmark", training, 1, LIMITS, False, folder)
    prepared = preparation.prepare(request, "cpu", 1)
    assert isinstance(prepared, Prepared)
    name = prepared.assignment.data["model"].partition(":")[2]
    data = {
        **prepared.assignment.data,
        "model": f"{MODULE}:{name}",
        "import_paths": [place.inside(folder)],
        **{
            which: place.inside(paths[which])
            for which in ("train_images", "train_labels", "test_images")
        },
    }
    return replace(prepared, assignment=replace(prepared.assignment, data=data))


def summarise(raw: Mapping[str, Any], settings: Mapping[str, Any]) -> Document:
    """Return medians, and medians of what each pair's ratios are."""
    level = settings["level"]
    found: Document = {"limits_by": raw["start"][-1]["limits_by"]}
    for what in ("start", "stop", "call", "train"):
        for name in (OUTSIDE, level):
            rows = [row for row in raw[what] if row["place"] == name]
            numbers = {key for key, value in rows[0].items() if isinstance(value, float)}
            found.setdefault(what, {})[name] = {
                key: spread([row[key] for row in rows]) for key in sorted(numbers)
            }
    for key in ("seconds", "cpu"):
        by_place = {
            name: [row[key] for row in raw["train"] if row["place"] == name]
            for name in (OUTSIDE, level)
        }
        ratios = [
            jailed / outside
            for jailed, outside in zip(by_place[level], by_place[OUTSIDE], strict=True)
        ]
        found[f"ratio_{key}"] = spread(ratios)
    found["graded"] = {
        who: {
            key: spread([row[key] for row in raw["graded"] if row["who"] == who])
            for key in ("seconds", "epochs", "beyond")
        }
        for who in (REFERENCE, SUBMITTED)
    }
    return found


def table(result: Document) -> str:
    """Return the tables and the targets as Markdown."""
    found, settings = result["summary"], result["settings"]
    level = settings["level"]
    lines = [
        (title, *(_shown(found[what][name], key, digits) for name in (OUTSIDE, level)))
        for title, what, key, digits in (
            ("start, warming included: CPU seconds", "start", "cpu", 2),
            ("start, warming included: seconds", "start", "seconds", 2),
            ("start: seconds until it begins to warm up", "start", "seconds_until_it_warms", 3),
            ("warm: MB (PSS)", "start", "megabytes", 0),
            ("end: seconds", "stop", "seconds", 3),
            ("a run that does nothing: seconds", "call", "seconds", 3),
            ("a run that does nothing: CPU seconds", "call", "cpu", 3),
            ("training: seconds", "train", "seconds", 3),
            ("training: CPU seconds", "train", "cpu", 3),
            ("training: MB (largest resident set)", "train", "megabytes", 0),
        )
    ]
    ratios = {key: found[f"ratio_{key}"] for key in ("seconds", "cpu")}
    slower = ratios["seconds"]["median"] - 1
    beyond = found["graded"][SUBMITTED]["beyond"]["median"]
    graded = [
        (title, *(_shown(found["graded"][who], key, 3) for who in (REFERENCE, SUBMITTED)))
        for title, key in (
            ("a run: seconds", "seconds"),
            ("of which its epochs", "epochs"),
            ("beyond training", "beyond"),
        )
    ]
    setting = (
        f"{origin(result)} Isolation: {level}, memory held by {found['limits_by']}; "
        f"{cases.CASES['digits'].title}, {settings['epochs']} epochs, {settings['pairs']} pairs, "
        f"{settings['calls']} calls, {settings['repeats']} starts."
    )
    return "\n\n".join(
        (
            setting,
            markdown(("median", OUTSIDE, level), lines),
            markdown(("median, as graded", REFERENCE, SUBMITTED), graded),
            "\n".join(
                (
                    f"- jailed / outside, pair by pair: {_ratio(ratios['seconds'])} in seconds, "
                    f"{_ratio(ratios['cpu'])} in CPU seconds; equal predictions",
                    target(
                        f"training {100 * slower:+.1f} %, at most {100 * MOST_SLOWER:.0f} %",
                        slower <= MOST_SLOWER,
                    ),
                    target(
                        f"a run beyond training {beyond:.3f} s, under {MOST_SECONDS_A_RUN} s",
                        beyond < MOST_SECONDS_A_RUN,
                    ),
                )
            ),
        )
    )


def _shown(numbers: Mapping[str, Mapping[str, float]], key: str, digits: int) -> str:
    return f"{numbers[key]['median']:,.{digits}f}" if key in numbers else ""


def _ratio(of: Mapping[str, float]) -> str:
    return f"{of['median']:.3f} ({of['smallest']:.3f} to {of['largest']:.3f})"


def main() -> None:
    """Measure, print, keep."""
    options = parser(NAME, __doc__ or "", repeats=5)
    options.add_argument("--level", choices=ISOLATIONS, default="bubblewrap")
    options.add_argument("--epochs", type=int, default=100, help="of each run (default: 100)")
    options.add_argument("--pairs", type=int, default=20, help="of runs (default: 20)")
    options.add_argument("--calls", type=int, default=20, help="in each place (default: 20)")
    arguments = parse(options, NAME)
    if arguments.quick:
        arguments.epochs, arguments.pairs, arguments.calls = 5, 2, 2
    cases.need(["digits"])
    choose_level(arguments.level, practice=False)
    names = ("repeats", "level", "epochs", "pairs", "calls")
    settings = {name: getattr(arguments, name) for name in names}
    result = document(NAME, settings)
    result["raw"] = measure(arguments)
    result["summary"] = summarise(result["raw"], settings)
    finish(result, table(result), arguments.output)


if __name__ == "__main__":
    main()
