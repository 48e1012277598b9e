"""The slides of the board deck, one a file.

Each has `draw(deck)`, which adds its slide or raises `NotShownError` with the reason before it
adds anything.
"""

from collections.abc import Callable
from typing import Final

from ..page import Deck
from . import (
    actuals,
    churn,
    cohorts,
    cover,
    curves,
    definitions,
    economics,
    growth,
    movements,
    outlook,
    quality,
    renewals,
    retention,
    risks,
)

DRAWN: Final[dict[str, Callable[[Deck], None]]] = {
    "cover": cover.draw,
    "arr": growth.draw,
    "movements": movements.draw,
    "retention": retention.draw,
    "churn": churn.draw,
    "cohorts": cohorts.draw,
    "curves": curves.draw,
    "renewals": renewals.draw,
    "economics": economics.draw,
    "scenarios": outlook.draw,
    "plan": actuals.draw,
    "risks": risks.draw,
    "quality": quality.draw,
    "definitions": definitions.draw,
}
"""Name of a slide -> what draws it; bridges are drawn one a scenario."""
