"""The whole pack in one go: deck, workbook, summary, page, memo, tables and figures."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .deck.board import deck_of
from .files import Written
from .memo import write_memo
from .overview import write_page, write_summary
from .pack import Pack
from .raw import write_figures, write_tables
from .workbook import workbook_of

if TYPE_CHECKING:
    from forecast import Backtest
    from history import Ledger
    from history.language import Language
    from scenarios import Comparison, Costs, Variance


def board_pack(
    folder: str | os.PathLike[str],
    ledger: Ledger,
    comparison: Comparison,
    variance: Variance | None = None,
    *,
    backtest: Backtest | None = None,
    company: str | None = None,
    costs: Costs | None = None,
    fiscal_year_start: int = 1,
    template: str | os.PathLike[str] | None = None,
    slides: Sequence[str] | None = None,
    update: str | os.PathLike[str] | None = None,
    language: Language = "en",
    force: bool = False,
) -> Iterator[Written]:
    """Write all files of a report, named by the month reported, one after the other.

    Parameters
    ----------
    folder : path
        Must exist.
    ledger, comparison, variance, backtest, company, costs, fiscal_year_start
        As of `board_deck`.
    template, slides, language
        As of `board_deck`.
    update : path, optional
        An earlier deck, which is renewed in place; nothing else is written then.
    force : bool
        Replace existing files.

    Yields
    ------
    Written
        Of each file, and of the folders of tables and figures, as soon as it is there.

    Raises
    ------
    OverwriteError
        A file exists and `force` is off.
    InputError
        As of `board_deck`.
    """
    where, start = Path(folder), str(ledger.as_of)
    pack = Pack(ledger, comparison, variance, backtest, company, costs, fiscal_year_start, language)
    deck = where / f"{start}-board-deck.pptx"
    yield deck_of(pack, deck, template=template, slides=slides, update=update, force=force)
    if update is not None:
        return
    yield workbook_of(pack, where / f"{start}-results.xlsx", force=force)
    yield write_summary(pack, where / f"{start}-summary.pdf", force=force)
    yield write_page(pack, where / f"{start}-report.html", force=force)
    for ending in ("docx", "md"):
        yield write_memo(pack, where / f"{start}-memo.{ending}", force=force)
    many: tuple[tuple[Callable[..., list[Path]], str], ...] = (
        (write_tables, "tables"),
        (write_figures, "figures"),
    )
    for write, name in many:
        made = write(pack, where / f"{start}-{name}", force=force)
        yield Written(where / f"{start}-{name}", tuple(path.name for path in made))
