"""The report as one page of HTML, and its summary as one page of PDF."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from history.language import say

from . import figures, style
from .digest import value
from .digest.plan import LINE_LABELS, plan_lines
from .digest.retention import RATE_LABELS
from .figures.canvas import month_axis, saved, styled
from .files import LeftOut, Written, free_path, whole_file
from .format import count, money, month, percent, points, scale_of, shorten
from .memo import memo_of, where_it_stands_and_goes
from .pack import Pack, spoken
from .paper import Block, Document, Figure, Heading, Table, Text, write
from .paper.portable import titled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from forecast import Backtest
    from history import Ledger
    from history.language import Language
    from scenarios import Comparison, Variance

_PAGE: Final = (8.27, 11.69)  # A4, inches


def web_report(
    path: str | os.PathLike[str],
    ledger: Ledger,
    comparison: Comparison,
    variance: Variance | None = None,
    *,
    backtest: Backtest | None = None,
    company: str | None = None,
    language: Language = "en",
    force: bool = False,
) -> Written:
    """Write the report as one page of HTML that opens without a network.

    Parameters
    ----------
    path : path
        Ending in ``.html``.
    ledger, comparison, variance, backtest, company, language, force
        As of `board_deck`.

    Returns
    -------
    Written
        The headings.
    """
    pack = Pack(ledger, comparison, variance, backtest, company, language=language)
    return write_page(pack, path, force=force)


@spoken
def write_page(pack: Pack, path: str | os.PathLike[str], *, force: bool = False) -> Written:
    """Write the page of a pack; as `web_report`."""
    memo = memo_of(pack)
    lower = (_lower(block) for block in memo.blocks)
    blocks = (*_blocks(pack), Heading(say("Methodology")), *lower)
    title = say("{company}: ARR report", company=pack.name)
    document = Document(title, pack.footer, blocks)
    target = write(document, path, force=force)
    heads = (block.text for block in blocks if isinstance(block, Heading) and block.level == 1)
    return Written(target, tuple(heads))


def _lower(block: Block) -> Block:
    return Heading(block.text, block.level + 1) if isinstance(block, Heading) else block


def _blocks(pack: Pack) -> Iterator[Block]:
    yield Text(where_it_stands_and_goes(pack))
    for figure in pack.figures:
        yield Heading(figure.describe)
        yield figure
        if figure.name == "arr-fan":
            yield scenario_table(pack)
        if figure.name == "plan-versus-actuals" and pack.variance is not None:
            for sentence in pack.variance.sentences(pack.variance.months[-1]):
                yield Text(sentence, point=True)


def figures_of(pack: Pack) -> Iterator[Figure]:
    """Give every figure that these results have."""
    moves, view = pack.movements, pack.comparison
    yield Figure(
        "arr-fan", say("ARR to date, and where the scenarios take it"),
        partial(_on, figures.arr_fan, moves, view),
    )  # fmt: skip
    if pack.year is not None:
        yield Figure(
            "movements", say("What moved MRR in the last twelve months"),
            partial(_on, figures.movements_waterfall, moves),
        )  # fmt: skip
    yield Figure(
        "cohorts", say("Who is still there, cohort by cohort"),
        partial(_on, figures.cohort_heatmap, pack.cohorts), height=6.4,
    )  # fmt: skip
    for number, name in enumerate(view.scenarios[1:], start=1):
        yield Figure(
            f"bridge-{number}", say("From {start} to {end}", start=pack.against, end=name),
            partial(_on, figures.bridge, view.bridge(name, pack.at), currency=pack.currency),
        )  # fmt: skip
    if pack.variance is not None:
        yield Figure(
            "plan-versus-actuals", say("Plan and actuals"),
            partial(_on, figures.plan_versus_actuals, pack.variance),
        )  # fmt: skip


def _on(draw: Callable[..., object], *given: Any, **options: Any) -> object:
    *data, ax = given
    return draw(*data, ax, **options)


def scenario_table(pack: Pack) -> Table:
    """Give ARR of the scenarios side by side."""
    scale = scale_of(pack.outlook[["p10", "p50", "p90", "mean"]].to_numpy().ravel())

    def amount(figure: float, *, signed: bool = False) -> str:
        return money(figure, pack.currency, scale, signed=signed)

    rows = []
    for name, row in pack.outlook.iterrows():
        main = name == pack.against
        rows.append(
            (
                str(name),
                *(amount(float(row[column])) for column in ("p10", "p50", "p90", "mean")),
                "" if main else amount(float(row["difference"]), signed=True),
                "" if main else percent(float(row["probability_above"]), 0),
            )
        )
    heads = (
        *(say("Scenario"), "P10", "P50", "P90", say("Mean")),
        say("Less {scenario}", scenario=shorten(pack.against, 12)),
        say("Above it on"),
    )
    note = say(
        "ARR at {month}. P10 and P90: one path in ten ends below, one in ten above. All on the "
        "same draws.",
        month=month(pack.at),
    )
    return Table(heads, rows, note=note)


def summary_page(
    path: str | os.PathLike[str],
    ledger: Ledger,
    comparison: Comparison,
    variance: Variance | None = None,
    *,
    backtest: Backtest | None = None,
    company: str | None = None,
    language: Language = "en",
    force: bool = False,
) -> Written:
    """Write one page (A4) with the headline, the fan, the movements, scenarios and plan.

    Parameters
    ----------
    path : path
        Ending in ``.pdf``.
    ledger, comparison, variance, backtest, company, language, force
        As of `board_deck`.

    Returns
    -------
    Written
        What stands on the page, and what was left out with the reason.
    """
    pack = Pack(ledger, comparison, variance, backtest, company, language=language)
    return write_summary(pack, path, force=force)


@spoken
def write_summary(pack: Pack, path: str | os.PathLike[str], *, force: bool = False) -> Written:
    """Write the summary of a pack; as `summary_page`."""
    target = free_path(path, (".pdf",), force=force)
    page = _page(pack)
    with whole_file(target) as temporary:
        title = say("{company}: ARR summary", company=pack.name)
        temporary.write_bytes(titled(saved(page, "pdf"), title, pack.language))
    parts = [say("headline"), say("key figures"), say("ARR and scenarios")]
    left_out = []
    movements, plan = say("movements"), say("plan versus actuals")
    if pack.year is None:
        left_out.append(LeftOut(movements, say("the history has one month")))
    else:
        parts.append(movements)
    parts.append(say("scenarios"))
    if pack.variance is None:
        left_out.append(LeftOut(plan, say("no plan was given")))
    else:
        parts.append(plan)
    return Written(target, tuple(parts), tuple(left_out))


def _page(pack: Pack) -> Any:
    from matplotlib.figure import Figure as Page

    with styled():
        page = Page(figsize=_PAGE)
        page.text(0.07, 0.955, shorten(pack.name, 46), fontsize=11, color=style.ink("blue"),
                  fontweight="bold")  # fmt: skip
        head = _lines(where_it_stands_and_goes(pack).removesuffix("."), 56)
        head = head.replace("L’", "L\u200a’")  # kerned, the apostrophe would lie on the letter
        page.text(0.07, 0.945, head, fontsize=14.5, fontweight="bold", color=style.INK, va="top",
                  linespacing=1.25)  # fmt: skip
        _key_figures(page, pack, 0.838)
        fan = page.add_axes((0.13, 0.54, 0.52, 0.22))
        _small(figures.arr_fan(pack.movements, pack.comparison, fan))
        first, last = (pd.Period(ordinal=int(edge), freq="M") for edge in fan.get_xlim())
        month_axis(fan, pd.PeriodIndex([first, last]), most=5)
        if pack.year is not None:
            low = page.add_axes((0.13, 0.275, 0.8, 0.2))
            _small(figures.movements_waterfall(pack.movements, low))
        _table(page.add_axes((0.07, 0.06, 0.86, 0.15)), pack)
        page.text(0.07, 0.03, shorten(pack.footer, 90), fontsize=8, color=style.MUTED)
        return page


def _small(ax: Axes) -> None:
    """Set the figure's texts in the size of the page."""
    ax.tick_params(labelsize=8)
    ax.set_title(
        ax.get_title(loc="left"), loc="left", fontsize=10.5, fontweight="bold", color=style.INK
    )
    for text in ax.texts:
        text.set_fontsize(min(float(text.get_fontsize()), 9.0))


def _key_figures(page: Any, pack: Pack, top: float) -> None:
    people = pack.movements.matrix("closing", value="customers").sum(axis=1)
    found = [
        ("ARR", money(float(pack.arr.iloc[-1]), pack.currency), ""),
        (say("Customers"), count(value(people, pack.as_of)), ""),
    ]
    for name in pack.rates.columns:
        now, then = (value(pack.rates, at, name) for at in (pack.as_of, pack.as_of - 12))
        change = ""
        if math.isfinite(now - then):
            change = say("{change} in a year", change=points(now - then))
        found.append((say(RATE_LABELS[str(name)]), percent(now), change))
    width = 0.86 / len(found)
    for place, (label, figure, change) in enumerate(found):
        left = 0.07 + place * width
        page.text(left, top, figure, fontsize=15, fontweight="bold", color=style.INK)
        said = "\n".join([_lines(label, 18), *([change] if change else [])])
        page.text(left, top - 0.008, said, fontsize=8, color=style.MUTED, va="top")


def _table(ax: Axes, pack: Pack) -> None:
    """Draw the scenarios, and the plan's lines under them."""
    ax.set_axis_off()
    ax.set_xlim(0, 1)
    table = scenario_table(pack)
    rows = [table.heads, *table.rows]
    y = 1.0
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            left = column == 0
            x, align = (0.0, "left") if left else (0.28 + 0.12 * column, "right")
            weight = "bold" if number == 0 or left else "normal"
            told = shorten(text, 26)
            ax.text(x, y, told if left else _lines(told, 12), ha=align, fontweight=weight,
                    fontsize=8.5, transform=ax.transAxes, color=style.INK, va="bottom")  # fmt: skip
        y -= 0.13
    if pack.variance is None:
        return
    at = pack.variance.months[-1]
    lines = plan_lines(pack.variance, at)
    scale = scale_of(lines["variance"].drop("opening", errors="ignore"))
    told = say("; ").join(
        f"{say(LINE_LABELS.get(str(name), str(name)))} "
        f"{money(float(row['variance']), pack.currency, scale, signed=True)}"
        for name, row in lines.iterrows()
        if name != "opening" and round(row["variance"], scale.places)
    )
    plan = shorten(pack.variance.plan.name, 40)
    text = say("{month} against {plan}: {lines}", month=month(at), plan=plan, lines=told)
    said = _lines(text, 110)
    ax.text(0.0, y - 0.02, said, fontsize=8.5, transform=ax.transAxes, color=style.INK, va="top")


def _lines(text: str, letters: int) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, letters))
