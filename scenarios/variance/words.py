"""Variances in words: noise or signal, and one sentence for each line that has a number."""

from collections.abc import Hashable, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

_NAMES: Final = {
    "new": "New business",
    "reactivation": "Reactivation",
    "expansion": "Expansion",
    "contraction": "Contraction",
    "churn": "Churn",
    "closing": "Closing MRR",
}
_LOSSES: Final = ("contraction", "churn")


def reading(percentile: float) -> str:
    """Where a figure lies in the plan's distribution, in words.

    Parameters
    ----------
    percentile
        0-100, or NaN.

    Returns
    -------
    str
        ``noise`` inside the 80 % band, ``above`` or ``below`` outside it, ``far above`` or ``far
        below`` outside the 95 % band, blank for NaN.

    Examples
    --------
    >>> reading(55.0), reading(92.0), reading(1.0)
    ('noise', 'above', 'far below')
    """
    if np.isnan(percentile):
        return ""
    if 10.0 <= percentile <= 90.0:
        return "noise"
    far = "" if 2.5 <= percentile <= 97.5 else "far "
    return far + ("above" if percentile > 50.0 else "below")


def sentences(table: pd.DataFrame, currency: str, month: str) -> list[str]:
    """One sentence a line of a month's variance table.

    Parameters
    ----------
    table
        `Variance.table` of one month, company rows.
    currency
        ISO 4217 code of its amounts.
    month
        As text.

    Returns
    -------
    list of str
        Largest variance first, the closing at the head; nothing for a line without a variance.
    """
    rows = table.loc[table["line"].isin([*_NAMES, "restatement", "fx"]) & (table["variance"] != 0)]
    order = rows["variance"].abs().where(rows["line"] != "closing", np.inf)
    ranked = rows.loc[order.sort_values(ascending=False, kind="stable").index]
    return [_sentence(row, currency, month) for row in ranked.to_dict("records")]


def _sentence(row: Mapping[Hashable, Any], currency: str, month: str) -> str:
    line, variance = str(row["line"]), float(row["variance"])
    amount = f"{abs(variance):,.0f} {currency}"
    if line == "restatement":
        return f"The past was restated by {variance:+,.0f} {currency} of MRR since the sealing."
    if line == "fx":
        plan = float(row["plan"])
        said = f"{plan:+,.0f} is planned" if plan else "none is planned"
        return f"Exchange rates moved MRR by {plan + variance:+,.0f} {currency} in {month}; {said}."
    if line in _LOSSES:
        side = f"{amount} {'more' if variance < 0 else 'less'} than planned"
        verb = "took"
    else:
        side = f"{amount} {'above' if variance > 0 else 'below'} plan"
        verb = "is"
    share = float(row["variance_share"])
    size = "" if np.isnan(share) else f" ({abs(share):.0%} of plan)"
    return f"{_NAMES[line]} {verb} {side} in {month}{size}{_judged(row)}."


def _judged(row: Mapping[Hashable, Any]) -> str:
    percentile, word = float(row["percentile"]), str(row["reading"])
    if not word:
        return ""
    place = f": percentile {percentile:.0f} of the plan's paths"
    if word == "noise":
        return f"{place}, inside the 80 % band, so it is noise"
    return f"{place}, outside the {'95' if word.startswith('far') else '80'} % band"
