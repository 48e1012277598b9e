"""The board deck: eight to ten slides that say what the figures say."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from ..files import LeftOut, Written, free_path, whole_file
from ..pack import NotShownError, Pack

if TYPE_CHECKING:
    from forecast import Backtest
    from history import Ledger
    from scenarios import Comparison, Variance

    from .page import Deck


def board_deck(
    path: str | os.PathLike[str],
    ledger: Ledger,
    comparison: Comparison,
    variance: Variance | None = None,
    *,
    backtest: Backtest | None = None,
    company: str | None = None,
    force: bool = False,
) -> Written:
    """Write a board deck with native charts and tables, titled by what the figures say.

    Parameters
    ----------
    path : path
        Ending in ``.pptx``.
    ledger : Ledger
        The history, as of the month reported.
    comparison : Comparison
        The scenarios; the one compared against is the deck's main scenario.
    variance : Variance, optional
        Plan against actuals; its slide is left out without it.
    backtest : Backtest, optional
        The forecast's measured error; its slide is left out without it.
    company : str, optional
        For the cover and the footer.
    force : bool
        Replace an existing file.

    Returns
    -------
    Written
        The titles of the slides, and the slides left out with the reason.

    Raises
    ------
    OverwriteError
        The file exists and `force` is off.
    InputError
        Another ending, or the folder is missing.
    """
    # python-pptx is heavy: it is loaded when a deck is written, not with the package.
    from .page import Deck
    from .template import empty_deck

    target = free_path(path, (".pptx",), force=force)
    deck = Deck(empty_deck(), Pack(ledger, comparison, variance, backtest, company))
    left_out = []
    for name, draw in _slides(deck):
        try:
            draw()
        except NotShownError as reason:
            left_out.append(LeftOut(name, str(reason)))
    _describe(deck)
    with whole_file(target) as temporary:
        deck.presentation.save(str(temporary))
    titles = tuple(slide.shapes.title.text for slide in deck.presentation.slides)
    return Written(target, titles, tuple(left_out))


def _slides(deck: Deck) -> Iterator[tuple[str, Callable[[], None]]]:
    from .slides import (
        actuals,
        bridges,
        cohorts,
        cover,
        definitions,
        growth,
        movements,
        outlook,
        quality,
        retention,
    )

    yield "cover", partial(cover.draw, deck)
    yield "ARR and scenarios", partial(growth.draw, deck)
    yield "movements", partial(movements.draw, deck)
    yield "retention", partial(retention.draw, deck)
    yield "cohorts", partial(cohorts.draw, deck)
    yield "scenario comparison", partial(outlook.draw, deck)
    names = bridges.names(deck)
    if not names:
        yield "bridge", partial(_leave_out, "there is one scenario, so nothing to bridge to")
    for name in names[: bridges.MOST]:
        yield f"bridge to {name}", partial(bridges.draw, deck, name)
    for name in names[bridges.MOST :]:
        reason = f"only the first {bridges.MOST} bridges are shown; the workbook has all"
        yield f"bridge to {name}", partial(_leave_out, reason)
    yield "plan versus actuals", partial(actuals.draw, deck)
    yield "forecast quality", partial(quality.draw, deck)
    yield "definitions", partial(definitions.draw, deck)


def _leave_out(reason: str) -> None:
    raise NotShownError(reason)


def _describe(deck: Deck) -> None:
    moment = deck.pack.as_of.end_time.to_pydatetime().replace(microsecond=0)
    facts = deck.presentation.core_properties
    facts.title = f"{deck.pack.name}: board report {deck.pack.as_of}"
    facts.author, facts.last_modified_by = "arrcast", "arrcast"
    # The month reported, not the clock: equal inputs make equal files.
    facts.created = facts.modified = moment
