"""The board deck: a cover and ten to fourteen slides that say what the figures say."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from history.language import say

from ..files import LeftOut, Written, free_path, whole_file
from ..pack import Pack, spoken
from .names import KINDS, slide_name

if TYPE_CHECKING:
    from forecast import Backtest
    from history import Ledger
    from history.language import Language
    from scenarios import Comparison, Costs, Variance

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
    template: str | os.PathLike[str] | None = None,
    slides: Sequence[str] | None = None,
    update: str | os.PathLike[str] | None = None,
    language: Language = "en",
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
    template : path, optional
        The company's own (pptx or potx): its master, layouts, fonts and colours are used.
    slides : sequence of str, optional
        Names of slides (`reports.deck.names.KINDS`) in their order; all when left out.
    update : path, optional
        An earlier deck: it is written instead of `path`, arrcast's slides anew where they stand,
        all others as they are. Slides deleted by hand do not come back.
    language : str
        In which everything is written, ``en`` or ``fr``.
    force : bool
        Replace an existing file; with `update`, slides of arrcast that were edited by hand.

    Returns
    -------
    Written
        The titles of the slides, and the slides left out with the reason.

    Raises
    ------
    OverwriteError
        The file exists, or a slide to be made anew was edited by hand, and `force` is off.
    InputError
        Another ending, the folder is missing, a slide's name is unknown, or the template cannot be
        read or has no layout with a title.
    """
    pack = Pack(ledger, comparison, variance, backtest, company, costs, fiscal_year_start, language)
    return deck_of(pack, path, template=template, slides=slides, update=update, force=force)


@spoken
def deck_of(
    pack: Pack,
    path: str | os.PathLike[str],
    *,
    template: str | os.PathLike[str] | None = None,
    slides: Sequence[str] | None = None,
    update: str | os.PathLike[str] | None = None,
    force: bool = False,
) -> Written:
    """Write the deck of a pack; as `board_deck`."""
    # python-pptx is heavy: it is loaded when a deck is written, not with the package.
    from .company import company_look, look_of, open_deck, open_template, own_look
    from .page import Deck
    from .template import empty_deck
    from .update import draw_slides, keep_edited

    target = Path(update) if update is not None else free_path(path, (".pptx",), force=force)
    names = tuple(map(slide_name, KINDS if slides is None else slides))
    left_out, presentation, skipped = [], None, 0
    if update is not None:
        presentation = open_deck(target)
        look = look_of(presentation)
    elif template is not None:
        presentation, skipped = open_template(Path(template))
        look = company_look(presentation)
    else:
        presentation = empty_deck()
        look = own_look(presentation)
    if skipped:
        left_out.append(
            LeftOut(say("template"), say("its own slides ({n}) are not in the deck", n=skipped))
        )
    left_out += [LeftOut(say("template"), said) for said in look.said]
    standing = keep_edited(presentation, force=force)
    deck = Deck(presentation, pack, look, standing)
    left_out += draw_slides(deck, names)
    if update is None:
        _describe(deck)
    with whole_file(target) as temporary:
        deck.presentation.save(str(temporary))
    titles = tuple(_title(slide) for slide in deck.presentation.slides)
    return Written(target, titles, tuple(left_out))


def _title(slide: Any) -> str:
    title = slide.shapes.title
    return say("(no title)") if title is None else str(title.text)


def _describe(deck: Deck) -> None:
    moment = deck.pack.as_of.end_time.to_pydatetime().replace(microsecond=0)
    facts = deck.presentation.core_properties
    facts.title = say(
        "{company}: board report {month}", company=deck.pack.name, month=deck.pack.as_of
    )
    facts.language = deck.pack.language
    facts.author, facts.last_modified_by = "arrcast", "arrcast"
    # The month reported, not the clock: equal inputs make equal files.
    facts.created = facts.modified = moment
