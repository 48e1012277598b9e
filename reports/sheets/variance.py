"""Sheet Variance: a plan and what came of it, company and segments, live on Plan and actuals."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from xlsxwriter.utility import xl_rowcol_to_cell as cell

from history.language import marked, say
from scenarios.variance.lines import VARIANCE_LINES

from .. import style
from ..digest.plan import LINE_LABELS
from ..pack import NotShownError, Pack
from .base import PERCENT, Book, Sheet, dated
from .bridge import PARTS_AT, Row, write_bridge
from .plan_grid import SIDES, Grid, Part

if TYPE_CHECKING:
    from scenarios import Variance

NAME: Final = marked("Variance")
_STEPS: Final = {
    "volume": marked("new: customers"),
    "price": marked("new: price"),
    "mix": marked("new: mix"),
}
_MOVED: Final = {
    "restatement": marked("restatement"),
    "new": marked("new"),
    "reactivation": marked("reactivation"),
    "expansion": marked("expansion"),
    "contraction": marked("contraction"),
    "churn": marked("churn"),
    "fx": marked("fx"),
    "policy": marked("policy"),
}
_ENDS: Final = {
    True: (marked("actual"), marked("{plan}: plan to actual ARR at {month}")),
    False: (marked("outlook"), marked("{plan}: plan to outlook ARR at {month}")),
}
"""What the bridge leads to, by whether its last month is closed."""

_LEVELS: Final = ("restatement", "policy")
_QUIET: Final = (*_LEVELS, "fx")
"""Steps that stand together where they are nil."""

_READINGS: Final = (
    marked("noise"),
    marked("above"),
    marked("below"),
    marked("far above"),
    marked("far below"),
)


def write(book: Book, pack: Pack) -> None:
    """Write the sheet."""
    variance = pack.variance
    if variance is None:
        raise NotShownError(say("no plan was given"))
    sheet = book.sheet(
        NAME,
        say(
            "Plan '{plan}' and actuals, MRR in {currency}",
            plan=variance.plan.name, currency=variance.currency,
        ),
        say(
            "Opening + restatement + movements = closing; variance = actual - plan. "
            "Reading: inside the plan's 80 % band a difference is noise."
        ),
    )  # fmt: skip
    grid = Grid(variance)
    row = _bridge(sheet, 3, grid)
    row = _notes(sheet, row, grid)
    row = _lines(sheet, row, grid, by_segment=False)
    breaks = []
    if variance.segments.by:
        breaks = [row]
        row = _lines(sheet, row, grid, by_segment=True)
    sheet.finish(widths=[(0, 30)], printed=(row, PARTS_AT - 2), breaks=breaks)


def _bridge(sheet: Sheet, row: int, grid: Grid) -> int:
    """Write the bridge of ARR since the plan began; every step is a formula."""
    variance = grid.variance
    way = variance.bridge(variance.months[-1], measure="arr")

    def step(label: str, *parts: tuple[int, Part]) -> Row:
        found = [(sign, _at(sheet, grid, part, -1), _value(grid, part, -1)) for sign, part in parts]
        text = "".join(f"{'+' if sign > 0 else '-'}{where}" for sign, where, _ in found)
        value = sum(sign * each for sign, _, each in found)
        return Row(label, 12 * value, f"=12*({text.removeprefix('+')})")

    def line(name: str) -> Row:
        return step(say(_MOVED[name]), (1, ("variance", "line", name)))

    counted = variance.cells.counted
    new: Part = ("variance", "line", "new")
    split: list[Part] = [("driver", "new", part) for part in _STEPS] if counted else []
    found = {"restatement": line("restatement")}
    found |= {part[2]: step(say(_STEPS[part[2]]), (1, part)) for part in split}
    if not counted:
        found["new"] = line("new")
    found |= {name: line(name) for name in VARIANCE_LINES[1:-1] if name not in ("new", *_LEVELS)}
    found["policy"] = line("policy")
    quiet = [name for name in _QUIET if not round(found[name].value, 6)]
    parts = [(1, ("variance", "line", name)) for name in quiet]
    if counted:
        parts += [(1, new), *((-1, part) for part in split)]
    steps = [row for name, row in found.items() if name not in quiet]
    if parts:
        steps.append(step(say("other lines and rounding"), *parts))
    start, end = (step("", (1, (side, "line", "closing"))) for side in SIDES)
    last = variance.months[-1]
    side, text = _ENDS[last <= variance.as_of]
    title = say(text, plan=variance.plan.name, month=dated(last))
    return write_bridge(
        sheet, row, (title, way.unit), Row(say("plan"), start.value, start.formula),
        steps, Row(say(side), end.value),
    )  # fmt: skip


def _at(sheet: Sheet, grid: Grid, part: Part, column: int) -> str:
    """Give the company's cell of a part; column -1 is all months since the plan began."""
    return grid.reference(sheet.book, grid.company, part, column % (grid.months + 2))


def _value(grid: Grid, part: Part, column: int) -> float:
    return float(grid.figures[part][column, grid.company])


def _notes(sheet: Sheet, row: int, grid: Grid) -> int:
    """Write whether lines add up and actuals are those read, and what arrcast says of them."""
    for label, part in (
        (say("Check: the lines and their parts add up"), ("check", "", "")),
        (say("Closing MRR typed over by"), ("check", "typed", "")),
    ):
        sheet.over(row, 0, label, font_color=style.MUTED)
        text = f"={_at(sheet, grid, part, -1)}"
        sheet.formula(row, 1, text, 0.0, sheet.book.money, font_color=style.MUTED)
        row += 1
    variance = grid.variance
    for told in variance.sentences(variance.months[-1]):
        sheet.over(row, 0, told)
        row += 1
    return row + 1


def _lines(sheet: Sheet, row: int, grid: Grid, *, by_segment: bool) -> int:
    variance = grid.variance
    by = list(variance.segments.by) if by_segment else []
    title = (
        say("By month and {dimensions}", dimensions=", ".join(by))
        if by
        else say("By month, whole company")
    )
    sheet.over(row, 0, title, bold=True, font_size=12)
    heads = (say(head) for head in _HEADS)
    names = [say("Month"), *by, *heads]
    sheet.headings(row + 1, names, left=2 + len(by))
    reading = say("Reading")
    sheet.headings(row + 1, [f" {reading}"], first=len(names))
    at = row + 2
    for block, month, records in _records(variance, by_segment=by_segment):
        for record in records:
            _line(sheet, at, grid, (block, month), len(by), record)
            at += 1
    return at + 1


_HEADS: Final = (
    marked("Line"),
    marked("Plan"),
    marked("Actual"),
    marked("Variance"),
    marked("Of plan"),
    marked("Percentile"),
)


def _records(
    variance: Variance, *, by_segment: bool
) -> Iterator[tuple[int, int, list[dict[str, object]]]]:
    """Give the lines of each month of the company, or of each segment: block, month, lines."""
    table = variance.table(by_segment=by_segment)
    company = len(variance.segments)
    blocks = range(company + 1) if by_segment else [company]
    lines = table["line"].nunique()
    starts = range(0, len(table), lines)
    places = [(block, month) for month in range(len(variance.months)) for block in blocks]
    for (block, month), start in zip(places, starts, strict=True):
        if not (by_segment and block == company):
            records = table.iloc[start : start + lines].to_dict("records")
            yield block, month, [{str(name): cell for name, cell in r.items()} for r in records]


def _line(
    sheet: Sheet,
    row: int,
    grid: Grid,
    place: tuple[int, int],
    by: int,
    record: dict[str, object],
) -> None:
    block, month = place
    line = str(record["line"])
    look: dict[str, object] = {"bold": line in ("opening", "closing")}
    if line == "closing":
        look["bottom"] = 4
    period = grid.variance.months[month]
    sheet.month(row, 0, period, **look)
    for column, name in enumerate(grid.variance.key(block)[:by], start=1):
        sheet.text(row, column, name, **look)
    at = 1 + by
    sheet.text(row, at, say(LINE_LABELS[line]), **look)
    for column, side in enumerate((*SIDES, "variance"), start=at + 1):
        part = (side, "line", line)
        text = f"={grid.reference(sheet.book, block, part, month)}"
        value = float(grid.figures[part][month, block])
        sheet.formula(row, column, text, value, sheet.book.money, **look)
    _of_plan(sheet, row, at, record, look)
    _reading(sheet, row, at, record, look)


def _of_plan(
    sheet: Sheet, row: int, at: int, record: dict[str, object], look: dict[str, object]
) -> None:
    share = _number(record["variance_share"])
    if math.isnan(share):  # nothing was planned, and a plan stays as it is
        sheet.number(row, at + 4, share, PERCENT, **look)
        return
    text = f"={cell(row, at + 3)}/ABS({cell(row, at + 1)})"
    sheet.formula(row, at + 4, text, share, PERCENT, **look)


def _reading(
    sheet: Sheet, row: int, at: int, record: dict[str, object], look: dict[str, object]
) -> None:
    """Write the place among the plan's paths; it is blank once the actual is typed over."""
    place, quiet = _number(record["percentile"]), {**look, "font_color": style.MUTED, "indent": 1}
    if math.isnan(place):
        sheet.number(row, at + 5, place, "0", **look)
        sheet.text(row, at + 6, "", **quiet)
        return
    same = f"ABS({cell(row, at + 2)}-{_number(record['actual'])!r})<{0.5 / sheet.book.minor:g}"
    told = say(str(record["reading"]))
    sheet.formula(row, at + 5, f'=IF({same},{place!r},"")', place, "0", **look)
    words = told.replace('"', '""')
    text = f'=IF({cell(row, at + 5)}="","","{words}")'
    sheet.text_formula(row, at + 6, text, told, **quiet)


def _number(value: object) -> float:
    return float(str(value))
