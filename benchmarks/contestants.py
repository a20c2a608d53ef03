"""Those who train in `epoch_speed`, each in a process of its own.

    python benchmarks/contestants.py NAME CASE --threads 2 --epochs 3

The last line printed is a JSON list: seconds of each epoch's training. All
train the recipe of the lab's spec file; those that keep images in memory have
them there as transformed float32, more than the package allows itself.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
from collections.abc import Callable
from dataclasses import dataclass

import cases


@dataclass(frozen=True)
class Contestant:
    """One way to train."""

    title: str
    home: str
    """Module of this folder and function: (case, epochs, threads) -> seconds of each epoch; those
    of `plain_loops` take a device as well."""
    needs: str = "torch"
    """Module that has to be installed for it."""

    @property
    def installed(self) -> bool:
        """Whether this Python has what it needs."""
        return importlib.util.find_spec(self.needs) is not None

    @property
    def on_gpu(self) -> bool:
        """Whether it can train on another device than the CPU."""
        return not self.home.startswith("frameworks:")

    def train(self, case: str, epochs: int, threads: int, device: str) -> list[float]:
        """Train; return the seconds of each epoch."""
        module, _, name = self.home.partition(":")
        function: Callable[..., list[float]] = getattr(importlib.import_module(module), name)
        return function(case, epochs, threads, *([device] if self.on_gpu else []))


def ours(case: str, epochs: int, threads: int, device: str) -> list[float]:
    """Train as a pytest session does, in a trainer forked from a warm server."""
    training = cases.recipe(case, epochs, evaluate="end")
    with cases.trainers(1, threads, device) as pool:
        run = cases.scored(pool.submit(cases.request(case, training, seed=1)).result())
    return [float(seconds or 0) for seconds in run.epochs["seconds"]]


OURS, LABS, LIMIT = "ours", "labs", "limit"
FRAMEWORKS = ("lightning", "keras", "skorch")
CONTESTANTS = {
    OURS: Contestant("this package, one run", "contestants:ours"),
    LABS: Contestant("labs' loop: Resize, ToTensor, Normalize each image", "plain_loops:labs"),
    "labs-lean": Contestant("labs' loop without Resize", "plain_loops:labs_lean"),
    "lightning": Contestant("Lightning, tensors in memory", "frameworks:lightning", "lightning"),
    "keras": Contestant("Keras 3 on torch, arrays in memory", "frameworks:keras", "keras"),
    "skorch": Contestant("skorch, tensors in memory", "frameworks:skorch", "skorch"),
    "dataloader": Contestant("plain loop, DataLoader of tensors", "plain_loops:dataloader"),
    "indexing": Contestant("plain loop, indexed tensor, fused", "plain_loops:indexing"),
    LIMIT: Contestant("the limit: one batch again and again", "plain_loops:limit"),
}


def main() -> None:
    """Train as the command line says and print the seconds of each epoch."""
    options = argparse.ArgumentParser()
    options.add_argument("name", choices=CONTESTANTS)
    options.add_argument("case", choices=cases.CASES)
    options.add_argument("--threads", type=int, required=True)
    options.add_argument("--epochs", type=int, required=True)
    options.add_argument("--device", default="cpu")
    arguments = options.parse_args()
    contestant = CONTESTANTS[arguments.name]
    print(
        json.dumps(
            contestant.train(arguments.case, arguments.epochs, arguments.threads, arguments.device)
        )
    )


if __name__ == "__main__":
    main()
