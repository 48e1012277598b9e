"""The usual way to MRR movements and cohorts: a table of customers x months, in pandas.

Written as well as this way can be: no loop over rows or customers, integers for money, customers
as integer codes. Both variants give what `Ledger.movements` and `Ledger.cohorts` give.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

MOVEMENTS = ["new", "reactivation", "expansion", "contraction", "churn"]


def read_lines(path: Path, as_of: int) -> pd.DataFrame:
    """Read the parquet file: customer code, cents a month, first and last + 1 paying month."""
    with duckdb.connect() as connection:
        frame = connection.execute(
            'SELECT customer_id, "start", "end", CAST(amount * 100 AS BIGINT) AS cents, interval'
            " FROM read_parquet(?)",
            [str(path)],
        ).df()
    months = frame["interval"].map({"month": 1, "quarter": 3, "year": 12})
    start, end = frame["start"].dt, frame["end"].dt
    first = start.year * 12 + start.month - 1
    stop = (end.year * 12 + end.month - 1).fillna(as_of + 1).clip(upper=as_of + 1)
    return pd.DataFrame(
        {
            "customer": pd.factorize(frame["customer_id"])[0],
            "mrr": np.rint(frame["cents"] / months).astype(np.int64),
            "first": first.astype(np.int64),
            "stop": stop.astype(np.int64),
        }
    )


def explode(lines: pd.DataFrame, as_of: int) -> pd.DataFrame:
    """Return closing MRR, customers x months, by one row for each line and month."""
    lines = lines[(lines["stop"] > lines["first"]) & (lines["first"] <= as_of)]
    length = (lines["stop"] - lines["first"]).to_numpy()
    rows = lines.loc[lines.index.repeat(length), ["customer", "mrr"]]
    ends = np.cumsum(length)
    rows["month"] = np.repeat(lines["first"].to_numpy() - (ends - length), length) + np.arange(
        ends[-1]
    )
    wide = rows.groupby(["customer", "month"], sort=True)["mrr"].sum().unstack(fill_value=0)
    return wide.reindex(columns=range(int(lines["first"].min()), as_of + 1), fill_value=0)


def scatter(lines: pd.DataFrame, as_of: int) -> pd.DataFrame:
    """Return closing MRR, customers x months, by change points added up along the months."""
    lines = lines[(lines["stop"] > lines["first"]) & (lines["first"] <= as_of)]
    customer, first = pd.factorize(lines["customer"], sort=True)[0], int(lines["first"].min())
    width = as_of - first + 2
    cells = np.zeros((customer.max() + 1) * width, dtype=np.int64)
    amounts = lines["mrr"].to_numpy()
    np.add.at(cells, customer * width + (lines["first"] - first).to_numpy(), amounts)
    np.add.at(cells, customer * width + (lines["stop"] - first).to_numpy(), -amounts)
    closing = cells.reshape(-1, width)[:, :-1].cumsum(axis=1)
    return pd.DataFrame(closing, columns=range(first, as_of + 1))


def movements(closing: pd.DataFrame) -> pd.DataFrame:
    """Return month, movement, customers, mrr (cents) from the second month on."""
    before = closing.shift(axis=1, fill_value=0)
    change = closing - before
    paid = (before > 0).cummax(axis=1)
    starts, stays = (before <= 0) & (closing > 0), (before > 0) & (closing > 0)
    masks = {
        "new": starts & ~paid,
        "reactivation": starts & paid,
        "expansion": stays & (change > 0),
        "contraction": stays & (change < 0),
        "churn": (before > 0) & (closing <= 0),
    }
    parts = [
        pd.DataFrame({"customers": mask.sum(), "mrr": change.where(mask, 0).sum()}).assign(
            movement=name
        )
        for name, mask in masks.items()
    ]
    paying = pd.DataFrame({"customers": (closing > 0).sum(), "mrr": closing.sum()})
    parts.append(paying.assign(movement="closing"))
    table = pd.concat(parts).rename_axis("month").reset_index()
    return table[table["month"] > closing.columns[0]]


def cohorts(closing: pd.DataFrame) -> pd.DataFrame:
    """Return cohort, age, net and gross customers and mrr (cents) for every age to the last month.

    Gross: customers that never left since their first close, and of each at most what it paid then.
    """
    paying = closing > 0
    ever = paying.any(axis=1)
    closing, paying = closing[ever], paying[ever]
    first = paying.idxmax(axis=1).rename("cohort")
    before_first = ~paying.cummax(axis=1)
    kept = (paying | before_first).cummin(axis=1) & paying
    at_first = closing.where(paying & ~paying.cummax(axis=1).shift(axis=1, fill_value=False), 0)
    ceiling = at_first.sum(axis=1)
    tables = {
        "customers": paying,
        "mrr": closing,
        "kept_customers": kept,
        "kept_mrr": closing.clip(lower=0).clip(upper=ceiling, axis=0),
    }
    table = pd.DataFrame(
        {name: table.groupby(first).sum().stack() for name, table in tables.items()}
    )
    table = table.rename_axis(["cohort", "month"]).reset_index()
    table = table.assign(age=table["month"] - table["cohort"])
    return table.loc[table["age"] >= 0, ["cohort", "age", *tables]]
