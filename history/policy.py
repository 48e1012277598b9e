"""Policy: the switches by which companies read the same ledger differently."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["Policy"]

_FIRST = frozenset(
    {"paused", "past_due", "reactivation_window", "same_month", "gap_days"}
    | {"weeks_per_month", "arr"}
)
"""The switches that always were: they stand in every digest, also at their default."""


class Policy(BaseModel):
    """The definitions in force; frozen, and part of every output by its digest.

    What the known products do with each switch, with the page that says so, stands in
    ``docs/policy.md``; :meth:`preset` gives the policy of one of them.

    Examples
    --------
    >>> Policy().paused
    'zero'
    >>> Policy(gap_days=5).digest == Policy().digest
    False
    >>> Policy.preset("maxio").reactivation_window
    3
    >>> Policy.model_validate({"preset": "maxio", "paused": "zero"}).changed
    {'reactivation_window': 3, 'same_month': 'count', 'churn_date': 'effective'}
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    paused: Literal["zero", "unchanged"] = "zero"
    """A line with status ``paused`` counts 0 over its whole service period, or its amount."""

    past_due: Literal["counts", "zero"] = "counts"
    """A line with status ``past_due`` counts until it is cancelled, or not at all."""

    reactivation_window: Annotated[int, Field(ge=1)] | None = None
    """Months after its churn in which a returning customer is a reactivation; later it is new.

    None: always a reactivation.
    """

    same_month: Literal["ignore", "count"] = "ignore"
    """Joined and left between two closes: no movement, or new and churn of each such line."""

    gap_days: Annotated[int, Field(ge=0)] = 0
    """Days between two lines of a customer that are bridged: a migration is not a churn."""

    weeks_per_month: Literal["52/12", "365.25/84"] = "52/12"
    """Weeks in a month, for weekly prices: 4.3333 or 4.3482 (a year of 365.25 days)."""

    arr: Literal["closing_mrr_x_12", "contracted"] = "closing_mrr_x_12"
    """ARR: 12 x closing MRR, or only of lines whose term is a year or more."""

    churn_date: Literal["end", "request", "effective"] = "end"
    """When a line that was cancelled stops to count.

    ``end``: with the paid period (column ``end``). ``request``: on the day on which the customer
    cancelled (column ``requested``), where that lies before the end. ``effective``: on the day on
    which the billing system ended the line (column ``effective``), be it before the end or after.
    A line without that date stops at its end.
    """

    discounts: Literal["deduct", "deduct_permanent", "list"] = "deduct"
    """Which price counts: after all discounts, after permanent ones only, or the list price.

    The list price is the column ``list_price`` (of one unit where there is a ``quantity``), and
    which discount is temporary says the column ``discount_kind`` (permanent or temporary).
    """

    currency: Literal["monthly", "at_start"] = "monthly"
    """Amounts in another currency: at the rate of each close, or of the month of a line's start.

    ``monthly``: what the rates do to standing MRR is the movement FX; one rate alone for a currency
    counts for all months (a budget rate). ``at_start``: each line keeps its first rate for good.
    """

    @model_validator(mode="before")
    @classmethod
    def _from_preset(cls, given: Any) -> Any:
        """Take the switches of a named preset, and those given beside it over them."""
        if not isinstance(given, Mapping) or "preset" not in given:
            return given
        said = {name: value for name, value in given.items() if name != "preset"}
        return {**cls.preset(str(given["preset"])).changed, **said}

    @classmethod
    def preset(cls, name: str) -> Policy:
        """Give the policy that a product publishes; what it is silent on has its default.

        Raises
        ------
        UnknownNameError
            There is no preset of this name.
        """
        from .presets import preset

        return preset(name).policy

    @classmethod
    def presets(cls) -> dict[str, Policy]:
        """Give every preset by name."""
        from .presets import PRESETS

        return {name: each.policy for name, each in PRESETS.items()}

    @property
    def changed(self) -> dict[str, str | int]:
        """The switches that do not have their default."""
        return self.model_dump(exclude_defaults=True)

    @property
    def digest(self) -> str:
        """Sha256 (hex) of the policy as canonical JSON.

        A switch that was added later is left out at its default, so that what was sealed before
        it existed can still be compared.
        """
        dump = self.model_dump()
        said = {name: dump[name] for name in dump if name in _FIRST or name in self.changed}
        canonical = json.dumps(said, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()
