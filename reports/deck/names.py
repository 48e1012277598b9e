"""The names of the slides in arrcast.yaml, in the order of the deck."""

from __future__ import annotations

from typing import Final

from history.errors import unknown_name

KINDS: Final = {
    "cover": "cover",
    "arr": "ARR and scenarios",
    "movements": "movements",
    "retention": "retention",
    "churn": "churn by segment",
    "cohorts": "cohorts",
    "curves": "retention curves",
    "renewals": "renewals ahead",
    "economics": "unit economics",
    "scenarios": "scenario comparison",
    "bridges": "bridge",
    "plan": "plan versus actuals",
    "risks": "risks",
    "quality": "forecast quality",
    "definitions": "definitions",
}
"""Name of a slide -> what it shows."""

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
