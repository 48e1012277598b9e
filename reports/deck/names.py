"""The names of the slides in arrcast.yaml, in the order of the deck."""

from __future__ import annotations

from typing import Final

from history.errors import unknown_name
from history.language import marked

KINDS: Final = {
    "cover": marked("cover"),
    "arr": marked("ARR and scenarios"),
    "movements": marked("movements"),
    "retention": marked("retention"),
    "churn": marked("churn by segment"),
    "cohorts": marked("cohorts"),
    "curves": marked("retention curves"),
    "renewals": marked("renewals ahead"),
    "economics": marked("unit economics"),
    "scenarios": marked("scenario comparison"),
    "bridges": marked("bridge"),
    "plan": marked("plan versus actuals"),
    "risks": marked("risks"),
    "quality": marked("forecast quality"),
    "definitions": marked("definitions"),
}
"""Name of a slide -> what it shows, to be said."""

MOST: Final = 14
"""Slides after the cover, as far as bridges can be left to the workbook; one always stands."""


def slide_name(name: str) -> str:
    """Check the name of a slide.

    Raises
    ------
    InputError
        It is unknown; the message has the nearest right one.
    """
    if name not in KINDS:
        raise unknown_name("slide", name, list(KINDS))
    return name
