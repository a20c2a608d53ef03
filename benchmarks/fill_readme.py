"""Write the tables of all kept results into README.md.

python benchmarks/fill_readme.py
"""

from __future__ import annotations

import argparse
import json

import classroom
import crash_safety
import epoch_speed
import false_fails
import handed_in
import image_speed
import jail
import memory
import real_false_fails
import regrade
import startup
import store
import throughput
from side_by_side import FOLDER, Document, say

README = FOLDER / "README.md"
BEGIN, END = "<!-- results -->", "<!-- end of results -->"
BENCHMARKS = (
    epoch_speed,
    image_speed,
    throughput,
    startup,
    memory,
    false_fails,
    real_false_fails,
    store,
    regrade,
    crash_safety,
    jail,
    handed_in,
    classroom,
)


def section() -> str:
    """Return a heading and the table for each results file; what has none is named."""
    parts = []
    for benchmark in BENCHMARKS:
        files = sorted((FOLDER / "results").glob(f"{benchmark.NAME}*.json"))
        if not files:
            parts.append(f"### {benchmark.NAME}\n\nNot measured yet: no result is kept.")
        for file in files:
            result: Document = json.loads(file.read_text())
            parts.append(f"### {file.stem}\n\n{benchmark.table(result)}")
    return "\n\n".join(parts)


def main() -> None:
    """Replace what stands between the two marks."""
    options = argparse.ArgumentParser(prog="fill_readme.py", description=__doc__)
    options.add_argument("--check", action="store_true", help="change nothing, exit with 1 instead")
    arguments = options.parse_args()
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    new = f"{before}{BEGIN}\n\n{section()}\n\n{END}{after}"
    if arguments.check:
        if new != text:
            raise SystemExit(f"{README} does not show the kept results: run fill_readme.py")
        return
    README.write_text(new, encoding="utf-8")
    say(f"written: {README}")


if __name__ == "__main__":
    main()
