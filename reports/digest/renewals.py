"""Renewals as a board reads them: what comes up by month, rates of the last year, large ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from history.language import marked

from ..format import month

if TYPE_CHECKING:
    from forecast import Layers
    from history import Ledger

DUE: Final = {
    "open": marked("up for renewal and nothing is known of it"),
    "signed": marked("up for renewal, and the line that replaces it is signed"),
    "notice": marked("up for renewal, and notice is given"),
}
"""Part of what comes up -> what it is, to be said."""

_EVERY: Final = 3


@dataclass(frozen=True)
class RenewalsAhead:
    """What comes up and what became of what came up.

    Attributes
    ----------
    due : DataFrame
        Index month as words, columns of `DUE`, ARR in major units.
    rates : DataFrame
        Index segment and last `Total`; columns as `history.Renewals.rates`, of twelve months.
    largest : DataFrame
        As `history.Renewals.largest_contracts`.
    """

    due: pd.DataFrame
    rates: pd.DataFrame
    largest: pd.DataFrame


def renewals_ahead(ledger: Ledger, by: tuple[str, ...], months: int = 12) -> RenewalsAhead:
    """Read a ledger's renewals for the months after its `as_of`."""
    found = ledger.renewals(months, by or None)
    schedule = found.schedule()
    if by:
        schedule = schedule[(schedule[list(by)] == "total").all(axis=1)]
    parts = {"open": "mrr", "signed": "signed_mrr", "notice": "notice_mrr"}
    due = pd.DataFrame({name: 12 * schedule[column] for name, column in parts.items()})
    due.index = pd.Index([month(at) for at in schedule["month"]])
    rates = found.rates(12)
    rates = rates[rates["term"] == "total"].reset_index(drop=True)
    names = [" / ".join(map(str, key)) for key in rates[list(by)].to_numpy()] if by else []
    rates.index = pd.Index([*names[:-1], "Total"] if len(rates) else [])
    parts_first = rates.iloc[:-1].sort_values("mrr", ascending=False, kind="stable")
    return RenewalsAhead(due, pd.concat([parts_first, rates.iloc[-1:]]), found.largest_contracts(6))


def layers_ahead(layers: Layers, most: int = 7) -> pd.DataFrame:
    """Give mean MRR by layer at every third month ahead.

    Returns
    -------
    DataFrame
        Index month as words, a column a layer, major units.
    """
    places = list(range(_EVERY - 1, len(layers.months), _EVERY))[:most]
    places = places or [len(layers.months) - 1]
    return pd.DataFrame(
        {name: values.sum(axis=2).mean(axis=0)[places] for name, values in layers.mrr.items()},
        index=pd.Index([month(layers.months[place]) for place in places]),
    )
