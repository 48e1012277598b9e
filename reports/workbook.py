"""The results workbook: a live model of the scenarios and all results, with formulas and charts."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from history.language import say

from . import assumed
from .files import LeftOut, Written, free_path, whole_file
from .pack import NotShownError, Pack, spoken
from .tables import WORKBOOK_OPTIONS

if TYPE_CHECKING:
    from forecast import Backtest
    from history import Ledger
    from history.language import Language
    from scenarios import Comparison, Variance

    from .sheets.base import Book


def workbook(
    path: str | os.PathLike[str],
    ledger: Ledger,
    comparison: Comparison,
    variance: Variance | None = None,
    backtest: Backtest | None = None,
    *,
    company: str | None = None,
    language: Language = "en",
    force: bool = False,
) -> Written:
    """Write all results as a workbook, with a model of the scenarios that a reader can change.

    Sheets Summary, Assumptions, ARR model, Model 1, Model 2, ... (one a scenario), Movements,
    Movements by segment, Cohorts, Metrics, Forecast, Comparison, Bridge, Variance, Plan and
    actuals, Backtest, Definitions, called so in the language of the pack. Sums and differences are
    formulas and carry the value they have, so that a reader that does not calculate shows the same.

    Parameters
    ----------
    path : path
        Ending in ``.xlsx``.
    ledger : Ledger
    comparison : Comparison
    variance : Variance, optional
    backtest : Backtest, optional
    company : str, optional
        For the headings and the foot of each printed page.
    language : str
        In which everything is written, ``en`` or ``fr``.
    force : bool
        Replace an existing file.

    Returns
    -------
    Written
        The names of the sheets, and the sheets left out with the reason.

    Raises
    ------
    OverwriteError
        The file exists and `force` is off.
    InputError
        Another ending, or the folder is missing.
    """
    pack = Pack(ledger, comparison, variance, backtest, company, language=language)
    return workbook_of(pack, path, force=force)


@spoken
def workbook_of(pack: Pack, path: str | os.PathLike[str], *, force: bool = False) -> Written:
    """Write the workbook of a pack; as `workbook`."""
    import xlsxwriter

    from .sheets.base import Book, dated

    target = free_path(path, (".xlsx",), force=force)
    left_out = []
    with whole_file(target) as temporary, xlsxwriter.Workbook(temporary, WORKBOOK_OPTIONS) as file:
        # The month reported, not the clock: equal inputs make equal files.
        moment: datetime = pack.as_of.end_time.to_pydatetime().replace(microsecond=0)
        file.set_properties(
            {
                "title": say(
                    "{company}: results as of {month}", company=pack.name, month=dated(pack.as_of)
                ),
                "created": moment,
            }
        )
        book = Book(file, pack.currency, pack.name, dated(pack.as_of))
        for name, write in _sheets():
            try:
                write(book, pack)
            except NotShownError as reason:
                left_out.append(LeftOut(say("sheet {name}", name=say(name)), str(reason)))
        names = tuple(sheet.get_name() for sheet in file.worksheets())
    return Written(target, names, tuple(left_out))


def _sheets() -> list[tuple[str, Callable[[Book, Pack], None]]]:
    from .sheets import (
        assumptions,
        backtest,
        bridge,
        cohorts,
        comparison,
        definitions,
        forecast,
        mechanics,
        metrics,
        modelled,
        movements,
        plan_actuals,
        summary,
        variance,
    )

    return [
        (summary.NAME, summary.write),
        (assumed.NAME, assumptions.write),
        (modelled.NAME, modelled.write),
        ("Model", mechanics.write),
        (movements.NAME, movements.write),
        (movements.SEGMENT_NAME, movements.write_segments),
        *((m.NAME, m.write) for m in (cohorts, metrics, forecast, comparison)),
        *((m.NAME, m.write) for m in (bridge, variance, plan_actuals, backtest, definitions)),
    ]
