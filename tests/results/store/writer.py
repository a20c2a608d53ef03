"""Another process: puts runs of rising seeds and says so after each.

python -m tests.results.store.writer FILE FIRST COUNT
"""

from __future__ import annotations

import sys
from pathlib import Path

from assessment.results.store.files import open_store
from assessment.results.store.runs import put_run
from tests.results.store.examples import TERMS, run


def main() -> None:
    path, first, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    runs = [run(seed) for seed in range(first, first + count)]
    with open_store(path) as store:
        print("ready", flush=True)
        for each in runs:
            put_run(store, each, TERMS)
            print(each.seed, flush=True)


if __name__ == "__main__":
    main()
