"""A ledger of any size for benchmarks, written to parquet in one go."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from .days import NEVER, day_in

__all__ = ["large_company"]

_LINES: Final = 4.0  # mean number of lines per customer
_SQL: Final = """
COPY (
  SELECT 'C' || lpad(CAST(customer AS VARCHAR), 8, '0') AS customer_id,
         'S' || lpad(CAST(line AS VARCHAR), 9, '0') AS subscription_id,
         DATE '1970-01-01' + "start" AS "start",
         CASE WHEN "end" < {never} THEN DATE '1970-01-01' + "end" END AS "end",
         CAST(CAST(minor AS DECIMAL(18, 2)) / 100 AS DECIMAL(18, 2)) AS amount,
         CASE WHEN yearly THEN 'year' ELSE 'month' END AS interval,
         'EUR' AS currency,
         ['SMB', 'Mid-Market', 'Enterprise'][size] AS size,
         ['DACH', 'France', 'Nordics', 'Iberia', 'North America'][region] AS region,
         ['Starter', 'Team', 'Business', 'Scale'][plan] AS plan
  FROM large_company_lines
) TO '{path}' (FORMAT parquet, COMPRESSION zstd)
"""


def large_company(
    path: str | Path, *, customers: int = 100_000, months: int = 60, seed: int = 7
) -> int:
    """Write a ledger with four lines per customer on average to a parquet file.

    It has the shapes that make a ledger slow to compute, not the manners of a company: lives of
    very different length, changes of amount and plan, gaps, overlapping lines, returns, annual
    and monthly amounts, text identifiers. For a company that behaves like one see `Company`.

    Parameters
    ----------
    path
        File to write; an existing one is replaced.
    customers
        Customers ever.
    months
        Months of history, the last one being 2026-06.
    seed
        The same seed gives the same rows.

    Returns
    -------
    int
        Number of lines written.
    """
    frame = _lines(np.random.default_rng(seed), customers, months)
    with duckdb.connect() as connection:
        connection.register("large_company_lines", frame)
        quoted = str(path).replace("'", "''")
        connection.execute(_SQL.format(never=NEVER, path=quoted))
    return len(frame)


def _lines(rng: np.random.Generator, customers: int, months: int) -> pd.DataFrame:
    last = 2026 * 12 + 5
    first_day, horizon = int(day_in(last - months + 1)), int(day_in(last + 1))
    span = horizon - first_day
    begin = first_day + np.floor(span * 0.98 * rng.random(customers) ** 0.8).astype(np.int64)
    begin[: max(1, customers // 200)] = first_day
    life = rng.exponential(rng.gamma(1.6, 560.0, customers)) + 40
    stop = np.minimum(begin + life.astype(np.int64), horizon)
    count = 1 + rng.poisson(_LINES - 1, customers)

    owner = np.repeat(np.arange(customers), count)
    start, end = _cut(rng, owner, count, begin, stop)
    end[(np.cumsum(count) - 1)[stop >= horizon]] = NEVER
    n = len(owner)
    size = np.searchsorted([0.78, 0.96], rng.random(customers)) + 1
    yearly = rng.random(n) < 0.12
    base = np.exp(rng.normal(4.0 + 1.4 * (size - 1), 0.6))[owner] * 100
    minor = np.rint(base * np.exp(0.25 * rng.standard_normal(n)) * np.where(yearly, 12, 1))
    frame = pd.DataFrame(
        {
            "customer": owner.astype(np.int32),
            "line": np.arange(n, dtype=np.int32),
            "start": start.astype(np.int32),
            "end": end.astype(np.int32),
            "minor": minor.astype(np.int64),
            "yearly": yearly,
            "size": size[owner].astype(np.int32),
            "region": rng.integers(1, 6, customers)[owner].astype(np.int32),
            "plan": rng.integers(1, 5, n).astype(np.int32),
        }
    )
    return frame.iloc[rng.permutation(n)]


def _cut(
    rng: np.random.Generator,
    owner: npt.NDArray[np.int64],
    count: npt.NDArray[np.int64],
    begin: npt.NDArray[np.int64],
    stop: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Cut each life into its lines; some leave a gap behind them, some overlap the next."""
    piece = rng.standard_exponential(len(owner))
    total = np.add.reduceat(piece, np.cumsum(count) - count)
    done = np.cumsum(piece)
    done -= np.repeat(done[np.cumsum(count) - 1] - total, count)
    share = np.clip(done / total[owner], 0.0, 1.0)
    length = (stop - begin)[owner]
    end = begin[owner] + np.rint(share * length).astype(np.int64)
    start = np.concatenate([begin[:1], end[:-1]])
    start[np.cumsum(count) - count] = begin
    u = rng.random(len(owner))
    shift = np.where(u < 0.10, -rng.integers(20, 120, len(owner)), 0)
    shift = np.where(u > 0.92, rng.integers(10, 90, len(owner)), shift)
    return start, np.maximum(end + shift, start + 1)
