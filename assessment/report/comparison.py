"""Two runs of the same labs, old against new: rows, a table for the terminal, Markdown.

Rows are matched by lab, unit, submission and name of the expectation. Nothing
depends on colour alone: the last column says what changed, `!` marks what is
not what was asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from assessment.report.blocks import WIDTH, Cell, Columns, Row, Writer, write_block
from assessment.report.cells import better, fixed_text
from assessment.report.markdown import code_text, plain_text, table_row
from assessment.report.measured import Measured
from assessment.report.table import LEGEND
from assessment.report.text import count_text, duration_text, one_line, points_text, value_text

ONLY_OLD, ONLY_NEW = "only in old", "only in new"
SAME, BETTER, WORSE = "same", "better", "worse"
LOST, FOUND = "no value now", "no value before"

ORDER = (WORSE, BETTER, "lower", "higher", SAME, LOST, FOUND, ONLY_OLD, ONLY_NEW)
"""What can happen to a number, in the order in which it is counted up."""

MARKUP = {BETTER: "green", WORSE: "red", LOST: "red"}

COLUMNS = Columns(
    headers={
        "unit": "item",
        "submission": "submission",
        "name": "expectation",
        "old": "old",
        "new": "new",
        "difference": "difference",
        "points": "points",
        "change": "change",
    },
    right=frozenset({"old", "new", "difference", "points"}),
    shrinkable={"unit": 19, "name": 11, "submission": 8, "change": 12},
    kept=frozenset({"unit", "name", "old", "new", "difference"}),
    cut_at_end=frozenset({"change"}),
)

HEADER = ("Item", "Expectation", "Old", "New", "Difference", "Points", "Change")


@dataclass(frozen=True)
class Compared:
    """One number of two runs; a side is None where its run does not hold it."""

    old: Measured | None
    new: Measured | None

    @property
    def known(self) -> Measured:
        """The new side, or the old one where there is no new one."""
        side = self.new or self.old
        assert side is not None
        return side

    @property
    def values(self) -> tuple[float, float] | None:
        """Both numbers, where both runs have one."""
        if self.old is None or self.new is None:
            return None
        if self.old.value is None or self.new.value is None:
            return None
        return self.old.value, self.new.value

    @property
    def difference(self) -> float | None:
        """New minus old, in the measurement's unit; None where one of them is missing."""
        return None if self.values is None else self.values[1] - self.values[0]

    @property
    def direction(self) -> str:
        """What happened to the number, one of `ORDER`; empty where only the verdict changed."""
        if self.old is None or self.new is None:
            return ONLY_NEW if self.old is None else ONLY_OLD
        difference = self.difference
        if difference is None and self.old.value != self.new.value:
            return FOUND if self.old.value is None else LOST
        if difference is None:
            return "" if self.verdict else SAME
        if difference == 0:
            return SAME
        good = better(self.new.measure)
        if good is None:
            return "higher" if difference > 0 else "lower"
        return BETTER if (difference > 0) == (good == "higher") else WORSE

    @property
    def verdict(self) -> str:
        """What happened to what was asked of it: `now met`, `no longer met`, or nothing."""
        if self.old is None or self.new is None or self.old.met == self.new.met:
            return ""
        return {True: "now met", False: "no longer met", None: "now undecided"}[self.new.met]

    @property
    def change(self) -> str:
        """Both in words."""
        return ", ".join(filter(None, (self.direction, self.verdict)))


def compare(old: Iterable[Measured], new: Iterable[Measured]) -> list[Compared]:
    """Match the numbers of two runs, in the order of the new one; what only the old has is last."""
    before = {each.place: each for each in old}
    after = {each.place: each for each in new}
    rows = [Compared(before.get(place), each) for place, each in after.items()]
    return rows + [Compared(each, None) for place, each in before.items() if place not in after]


def write_comparison(
    writer: Writer, rows: Sequence[Compared], *, old: str, new: str, width: int = WIDTH
) -> None:
    """Write a block for each lab, then what happened on the whole.

    `old` and `new` are what the two runs are called.
    """
    if not rows:
        writer.line("Neither run holds a measured number.")
        return
    for lab, part in _by_lab(rows):
        write_block(writer, one_line(lab), [_row(row) for row in part], COLUMNS, width)
    writer.line(f"old: {one_line(old)}, {_totals(rows, 'old')}", bold=True)
    writer.line(f"new: {one_line(new)}, {_totals(rows, 'new')}", bold=True)
    writer.line(counts_text(rows))
    if any(_mark(side).strip() for row in rows for side in (row.old, row.new)):
        writer.line(f"Legend: {LEGEND['!']}")


def comparison_markdown(rows: Sequence[Compared], *, old: str, new: str) -> str:
    """Return Markdown: what happened on the whole, then for each lab a table."""
    return "\n".join(_markdown(rows, old, new)) + "\n"


def comparison_picture(
    rows: Sequence[Compared], *, old: str, new: str, kind: Literal["png", "svg"] = "png"
) -> bytes | None:
    """Return new against old as the bytes of a picture; None where no number is in both runs."""
    # matplotlib takes a second to import, which a table does not pay.
    from assessment.report.figures.change import change_keys, change_panels
    from assessment.report.figures.sheet import draw_sheet

    panels = change_panels(rows, old, new)
    return draw_sheet(panels, change_keys(rows), kind) if panels else None


def counts_text(rows: Iterable[Compared]) -> str:
    """Say how many numbers fared how: `12 numbers: 2 worse, 1 better, 9 same; 1 no longer met`."""
    directions = Counter(row.direction for row in rows)
    verdicts = Counter(row.verdict for row in rows)
    fared = ", ".join(f"{directions[how]} {how}" for how in ORDER if directions[how])
    turned = ", ".join(f"{count} {words}" for words, count in sorted(verdicts.items()) if words)
    told = "; ".join(filter(None, (fared, turned)))
    number = count_text(sum(directions.values()), "number")
    return f"{number}: {told}" if told else number


def _by_lab(rows: Sequence[Compared]) -> Iterator[tuple[str, list[Compared]]]:
    labs: dict[str, list[Compared]] = {}
    for row in rows:
        labs.setdefault(row.known.lab, []).append(row)
    yield from labs.items()


def _row(row: Compared) -> Row:
    known = row.known
    ranks = {BETTER: ("red", "green"), WORSE: ("green", "red")}.get(row.direction)
    old, new = ({rank: True} for rank in ranks) if ranks else ({}, {})
    color = MARKUP.get(row.direction) or ("red" if row.verdict == "no longer met" else "")
    return {
        "unit": Cell(one_line(known.unit)),
        "submission": Cell(one_line(known.submission)),
        "name": Cell(one_line(known.name)),
        "old": Cell(marked_text(row.old), old),
        "new": Cell(marked_text(row.new), {"bold": True, **new}),
        "difference": Cell(difference_text(row, with_unit=False)),
        "points": Cell(_points(row)),
        "change": Cell(row.direction or row.verdict, {color: True} if color else {}),
    }


def difference_text(row: Compared, *, with_unit: bool = True) -> str:
    """Write new minus old with its sign: `+0.31 %`, `-0.0021 nats`; nothing where unknown."""
    difference = row.difference
    if difference is None:
        return ""
    if difference == 0:
        return "0"
    unit = one_line(row.known.unit_word)
    text = fixed_text(abs(difference), unit).removesuffix(unit).rstrip()
    if not any(digit in text for digit in "123456789"):
        text = f"{abs(difference):.1g}"
    signed = f"{'+' if difference > 0 else '-'}{text}"
    return f"{signed} {unit}".rstrip() if with_unit else signed


def side_text(side: Measured | None) -> str:
    """Write a number; of what has none, such as an order, whether it is met."""
    if side is None:
        return ""
    if side.value is None and side.met is not None:
        return "met" if side.met else "not met"
    return one_line(fixed_text(side.value, side.unit_word))


def marked_text(side: Measured | None) -> str:
    """Write the same for a column, with the mark of what is not what was asked."""
    return "" if side is None else f"{side_text(side)}{_mark(side)}"


def _mark(side: Measured | None) -> str:
    """Return the mark, or a space that keeps the numbers in line; a clause needs neither."""
    if side is None or side.value is None:
        return " " if side is not None and side.met is None else ""
    return "!" if side.met is False else " "


def _points(row: Compared) -> str:
    sides = [earned_text(side) for side in (row.old, row.new) if side is not None]
    if row.old is not None and row.new is not None and row.old.points == row.new.points:
        before, _, _ = sides[0].partition("/")  # `3 > 2.5/3`
        sides[0] = before if sides[0] != sides[1] else ""
    return " > ".join(filter(None, sides))


def earned_text(side: Measured) -> str:
    """Write what a number earned: `2.5/3`; nothing where it is only shown."""
    return f"{points_text(side.earned)}/{points_text(side.points)}" if side.points else ""


def _totals(rows: Iterable[Compared], which: str) -> str:
    sides: list[Measured] = [side for row in rows if (side := getattr(row, which)) is not None]
    items = {(side.lab, side.unit, side.submission): side.seconds for side in sides}
    parts = [_points_words(sides), count_text(len(items), "item")]
    if seconds := sum(items.values()):
        parts.append(f"{duration_text(seconds)} of training")
    return ", ".join(parts)


def _points_words(sides: Sequence[Measured]) -> str:
    """Say what one owner earned; students are never added up."""
    owners = {side.submission for side in sides}
    if len(owners) > 1:
        return count_text(len(owners - {""}), "submission")
    earned, points = sum(side.earned for side in sides), sum(side.points for side in sides)
    return f"{points_text(earned)} of {points_text(points)} points"


def _markdown(rows: Sequence[Compared], old: str, new: str) -> Iterator[str]:
    if not rows:
        yield "Neither run holds a measured number."
        return
    yield f"Old: {plain_text(old)}, {_totals(rows, 'old')}.  "
    yield f"New: {plain_text(new)}, {_totals(rows, 'new')}.  "
    yield f"{counts_text(rows)}."
    for lab, part in _by_lab(rows):
        yield ""
        yield f"## {plain_text(lab)}"
        yield ""
        yield table_row(HEADER)
        yield table_row(["---"] * len(HEADER))
        for row in part:
            yield table_row(list(_markdown_cells(row)))


def _markdown_cells(row: Compared) -> Iterator[str]:
    known = row.known
    whose = f" {plain_text(known.submission)}" if known.submission else ""
    yield f"{code_text(known.unit)}{whose}"
    yield plain_text(known.label)
    for side in (row.old, row.new):
        yield "" if side is None else _exact(side)
    yield plain_text(difference_text(row))
    yield plain_text(_points(row))
    yield row.change


def _exact(side: Measured) -> str:
    if side.value is None:
        return side_text(side)
    return plain_text(value_text(side.value, side.unit_word))
