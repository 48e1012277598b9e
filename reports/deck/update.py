"""Slides drawn into a deck: new ones in their order, those of an earlier run where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from history.errors import OverwriteError
from history.language import say

from ..files import LeftOut
from ..pack import NotShownError
from . import xml
from .kinds import Job, jobs
from .names import MOST

if TYPE_CHECKING:
    from .page import Deck

_LOCALES: Final = {"en": "en-GB", "fr": "fr-FR"}
_COVER: Final = "cover"
_RECORD: Final = "arrcast slides: "
_LONGEST: Final = 255  # characters of a core property


def keep_edited(presentation: Any, *, force: bool) -> dict[str, Any]:
    """Give the slides of an earlier run by key; those edited by hand are not touched unasked.

    Raises
    ------
    OverwriteError
        Some were edited and `force` is off: it names them.
    """
    found, changed = {}, []
    for place, slide in enumerate(presentation.slides, start=1):
        key = xml.slide_key(slide)
        if key is None or key in found:
            continue
        found[key] = slide
        if xml.edited(slide):
            changed.append(f"slide {place} ({key.partition(':')[0]})")
    if changed and not force:
        raise OverwriteError(
            f"edited by hand since arrcast made them: {', '.join(changed)}. force=True (--force) "
            "makes them anew; to keep one as it is, duplicate it and delete the original."
        )
    return found


def draw_slides(deck: Deck, names: tuple[str, ...]) -> list[LeftOut]:
    """Draw the slides named; give those that were left out or stay as they were, and why."""
    todo = list(jobs(deck, names))
    earlier = _record(deck)
    reasons: dict[str, str] = {}
    drawn = 0
    # Bridges last, those that stand and the largest first: they take what is left of the room.
    others = [job for job in todo if not _is_bridge(job)]
    bridges = [job for job in todo if _is_bridge(job)]
    bridges.sort(key=lambda job: (job.key not in deck.standing, -job.size))
    for job in [*others, *bridges]:
        reason = _refusal(job, deck, bridges, earlier, drawn) or _try(job)
        if reason:
            stays = job.key in deck.standing
            reasons[job.key] = say("stays as it was: {reason}", reason=reason) if stays else reason
        else:
            drawn += job.key != _COVER
    _finish(deck, [job.key for job in todo if job.key not in reasons])
    _order(deck, [job.key for job in todo])
    _write_record(deck, earlier)
    left_out = [LeftOut(job.part, reasons[job.key]) for job in todo if job.key in reasons]
    asked = {job.key for job in todo}
    return left_out + [
        LeftOut(key.partition(":")[0], say("stays as it was: it was not asked for"))
        for key in deck.standing
        if key not in asked
    ]


def _is_bridge(job: Job) -> bool:
    return job.key.startswith("bridge:")


def _refusal(
    job: Job, deck: Deck, bridges: Sequence[Job], earlier: Sequence[str], drawn: int
) -> str | None:
    if job.key in earlier and job.key not in deck.standing:
        return say("it was deleted from the deck; make a new deck to have it again")
    if job in bridges[1:] and drawn >= MOST and job.key not in deck.standing:
        return say("the deck is full; the workbook has all bridges")
    return None


def _try(job: Job) -> str | None:
    try:
        job.draw()
    except NotShownError as reason:
        return str(reason)
    return None


def _finish(deck: Deck, keys: Sequence[str]) -> None:
    """Fit what was drawn to the company's template, and name it by what then stands there."""
    for slide in deck.presentation.slides:
        key = xml.slide_key(slide)
        if key is not None and key in keys:
            if deck.look.fit is not None:
                deck.look.fit.move(slide)
            xml.speak(slide, _LOCALES[deck.pack.language])
            xml.name_slide(slide, key)


def _order(deck: Deck, keys: Sequence[str]) -> None:
    """Put each new slide after the one that comes before it in the order asked for."""
    slides: list[Any] = list(deck.presentation.slides)
    known = {xml.slide_key(slide): slide for slide in slides if xml.slide_key(slide)}
    new = [key for key in keys if key in known and key not in deck.standing]
    order = [slide for slide in slides if xml.slide_key(slide) not in new]
    for key in new:
        before = [known[one] for one in keys[: keys.index(key)] if one in known]
        place = 1 + max((order.index(one) for one in before[-1:]), default=-1)
        order.insert(place, known[key])
    xml.put_in_order(deck.presentation, order)


def _record(deck: Deck) -> list[str]:
    """Read which slides were ever made in this deck."""
    said = str(deck.presentation.core_properties.keywords or "")
    return said.removeprefix(_RECORD).split(", ") if said.startswith(_RECORD) else []


def _write_record(deck: Deck, earlier: Sequence[str]) -> None:
    now = [str(xml.slide_key(slide)) for slide in deck.presentation.slides if xml.slide_key(slide)]
    made = list(dict.fromkeys([*earlier, *now]))
    while len(_RECORD + ", ".join(made)) > _LONGEST:
        made.pop()
    deck.presentation.core_properties.keywords = _RECORD + ", ".join(made)
