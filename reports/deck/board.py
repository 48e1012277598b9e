"""The board deck: a cover and ten to fourteen slides that say what the figures say."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..files import LeftOut, Written, free_path, whole_file
from ..pack import NotShownError, Pack

if TYPE_CHECKING:
    from forecast import Backtest
    from history import Ledger
    from scenarios import Comparison, Costs, Variance

    from .kinds import Job
    from .page import Deck


def board_deck(
    path: str | os.PathLike[str],
    ledger: Ledger,
    comparison: Comparison,
    variance: Variance | None = None,
    *,
    backtest: Backtest | None = None,
    company: str | None = None,
    costs: Costs | None = None,
    fiscal_year_start: int = 1,
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
    costs : Costs, optional
        Of every scenario that names none of its own; the slide on unit economics needs them.
    fiscal_year_start : int
        Month in which the fiscal year begins, 1 to 12.
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
    from .kinds import KINDS
    from .page import Deck
    from .template import empty_deck

    target = free_path(path, (".pptx",), force=force)
    pack = Pack(ledger, comparison, variance, backtest, company, costs, fiscal_year_start)
    deck = Deck(empty_deck(), pack)
    left_out = _draw(deck, tuple(KINDS))
    _describe(deck)
    with whole_file(target) as temporary:
        deck.presentation.save(str(temporary))
    titles = tuple(slide.shapes.title.text for slide in deck.presentation.slides)
    return Written(target, titles, tuple(left_out))


def _draw(deck: Deck, names: tuple[str, ...]) -> list[LeftOut]:
    """Draw the slides named, and put them in that order; bridges last, as many as are left."""
    from . import xml
    from .kinds import MOST, jobs

    todo = list(jobs(deck, names))
    left_out = {}
    for job in sorted(todo, key=lambda each: each.key.startswith("bridge:")):
        bridge = job.key.startswith("bridge:")
        if bridge and len(deck.presentation.slides) > MOST and job.key in _further(todo):
            left_out[job.key] = "the deck is full; the workbook has all bridges"
            continue
        try:
            job.draw()
        except NotShownError as reason:
            left_out[job.key] = str(reason)
    order = {job.key: place for place, job in enumerate(todo)}
    slides = sorted(deck.presentation.slides, key=lambda slide: order[str(xml.slide_key(slide))])
    xml.put_in_order(deck.presentation, slides)
    return [LeftOut(job.part, left_out[job.key]) for job in todo if job.key in left_out]


def _further(todo: list[Job]) -> list[str]:
    """Keys of all bridges but the first."""
    return [job.key for job in todo if job.key.startswith("bridge:")][1:]


def _describe(deck: Deck) -> None:
    moment = deck.pack.as_of.end_time.to_pydatetime().replace(microsecond=0)
    facts = deck.presentation.core_properties
    facts.title = f"{deck.pack.name}: board report {deck.pack.as_of}"
    facts.author, facts.last_modified_by = "arrcast", "arrcast"
    # The month reported, not the clock: equal inputs make equal files.
    facts.created = facts.modified = moment
