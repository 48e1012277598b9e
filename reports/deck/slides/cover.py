"""The cover: where ARR stands and where the main scenario takes it."""

from __future__ import annotations

from history.language import marked, say

from ... import style
from ...digest.headline import where_arr_stands, where_it_goes
from ...format import month
from ..page import Deck
from ..parts import add_patch, add_text
from ..template import COVER_TEXT, MARGIN, WIDTH, Box
from ..xml import remove

_NOTES = (
    marked(
        "ARR is 12 x MRR at the close of the month. The outlook is the median (P50) of the "
        "simulated paths; the range holds 80 % of them (P10 to P90)."
    ),
)


def draw(deck: Deck) -> None:
    """Add the cover."""
    pack = deck.pack
    title = say("{now}; {ahead}", now=where_arr_stands(pack), ahead=where_it_goes(pack))
    slide = deck.add(title, list(map(say, _NOTES)), cover=True)
    lines = [
        say("Board report, figures as of the close of {month}", month=month(pack.as_of)),
        say("All amounts in {currency}", currency=pack.currency),
    ]
    for shape in list(slide.placeholders):
        if shape.placeholder_format.type.name == "SUBTITLE":
            if deck.look.fit is not None:
                shape.text_frame.text = "\n".join([pack.name, *lines])
            else:
                remove(shape)
    if deck.look.fit is not None:
        return
    top = Box(MARGIN + 0.3, 1.05, WIDTH - 2 * MARGIN - 0.6, 0.6)
    add_patch(slide, Box(MARGIN - 0.05, 1.1, 0.1, 4.2), style.OKABE_ITO["blue"])
    add_text(slide, top, [pack.name], size=24, colour=style.ink("blue"), bold=True)
    add_text(slide, COVER_TEXT, lines, size=18, colour=style.MUTED)
