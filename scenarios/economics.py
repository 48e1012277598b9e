"""Unit economics of scenarios: what growth costs and returns, by quarter or fiscal year."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from history import unit_economics as unit
from history.errors import InputError
from history.fiscal import FiscalYear
from history.language import kept, marked, month_told

from .costs import Costs, added_costs, by_month
from .run import Run, Runs

Floats = NDArray[np.float64]
Every = Literal["quarter", "year"]

DEFINITIONS: Final = {
    "revenue": marked("sum of MRR at the closes of the period's months"),
    "sales_and_marketing": marked(
        "base cost + what the scenario's changes add in sales and marketing"
    ),
    "other_costs": marked("other operating costs + what the scenario's changes add to them"),
    "operating_result": marked("revenue x gross margin - sales and marketing - other costs"),
    "net_new_arr": marked("ARR at the period's end - ARR at its beginning"),
    "new_customers": marked("customers won in the period"),
    "cac": marked("sales and marketing / new customers"),
    "arpa": marked("MRR / paying customers at the period's end"),
    "customer_churn": marked("customers lost / opening customers, a month, average of the period"),
    "clv": marked("ARPA x gross margin / customer churn"),
    "ltv_to_cac": marked("CLV / CAC"),
    "cac_payback": marked("CAC / (ARPA x gross margin), months"),
    "magic_number": marked(
        "(revenue - previous quarter's) x 4 / previous quarter's sales and marketing"
    ),
    "burn_multiple": marked("net burn (minus the operating result; negative: none) / net new ARR"),
    "rule_of_40": marked("growth of ARR over twelve months + operating result / revenue"),
}
"""Figure -> its definition, in the order of the table."""

UNITS: Final = {
    "revenue": "{currency}",
    "sales_and_marketing": "{currency}",
    "other_costs": "{currency}",
    "operating_result": "{currency}",
    "net_new_arr": "{currency} ARR",
    "new_customers": "customers",
    "cac": "{currency} per customer",
    "arpa": "{currency} MRR per customer",
    "customer_churn": "share a month",
    "clv": "{currency} per customer",
    "ltv_to_cac": "ratio",
    "cac_payback": "months",
    "magic_number": "ratio",
    "burn_multiple": "ratio",
    "rule_of_40": "share",
}
"""Figure -> its unit; a share is 0.05 for 5 %."""

_COLUMNS: Final = ("month", "period", "scenario", "metric", "value", "unit", "definition")


@dataclass(frozen=True)
class _Months:
    """One scenario by month, arrays (months,), the mean over paths; the past before it."""

    mrr: Floats
    past_mrr: Floats
    opening_customers: Floats
    customers: Floats
    new_customers: Floats
    churned: Floats
    acquisition: Floats
    base_acquisition: float
    other: Floats
    margin: float


def unit_economics(
    runs: Runs, costs: Costs | None = None, *, every: Every = "quarter", fiscal_year_start: int = 1
) -> pd.DataFrame:
    """Give the unit economics of every scenario, by quarter or year.

    Parameters
    ----------
    runs
        The scenarios, as run.
    costs
        Base costs of the scenarios that name none of their own.
    every
        Whole fiscal quarters or years of the projection; what is not whole is left out.
    fiscal_year_start
        Month in which the fiscal year begins, 1 to 12.

    Returns
    -------
    DataFrame
        One row a period (``month``: its last, ``period``: its name, such as Q3 FY27), ``scenario``
        and ``metric``; ``value`` (NaN where not defined, such as a burn multiple without growth),
        its ``unit`` and its ``definition``. Figures are of
        the mean over paths. Costs of a scenario are its base costs and what its changes add.

    Raises
    ------
    InputError
        No whole period is projected, or a scenario has no costs.
    """
    ends = _ends(runs.months, every, fiscal_year_start)
    rows = [row for run in runs.values() for row in _rows(runs, run, costs, ends, every)]
    table = pd.DataFrame(rows)
    year = FiscalYear(fiscal_year_start)
    table["period"] = [year.name(month, every) for month in table["month"]]
    table = table[list(_COLUMNS)]
    return table.sort_values("month", kind="stable").reset_index(drop=True)


def _ends(months: pd.PeriodIndex, every: Every, fiscal_year_start: int) -> list[int]:
    """Positions after the last month of each whole period."""
    length, year = 3 if every == "quarter" else 12, FiscalYear(fiscal_year_start)
    ends = [i for i, m in enumerate(months, 1) if year.ends(m, every) and i >= length]
    if not ends:
        first, last = (partial(month_told, months[i]) for i in (0, -1))
        raise InputError(
            kept(
                "no whole fiscal quarter lies between {first} and {last}: project further",
                first=first, last=last,
            )
            if every == "quarter"
            else kept(
                "no whole fiscal year lies between {first} and {last}: project further",
                first=first, last=last,
            )
        )  # fmt: skip
    return ends


def _rows(
    runs: Runs, run: Run, costs: Costs | None, ends: list[int], every: Every
) -> Iterator[dict[str, object]]:
    found = run.scenario.costs_in_force or costs
    if found is None:
        raise InputError(
            kept(
                "scenario {name} has no costs: write them into its file "
                "(costs: {{sales_and_marketing: 120000, gross_margin: 0.8}}), or once for all "
                "scenarios into arrcast.yaml",
                name=repr(run.name),
            )
        )
    by = _of(runs, run, found)
    if (by.acquisition < 0).any() or (by.other < 0).any():
        raise InputError(
            kept(
                "scenario {name} saves more than its costs: they are those before its changes",
                name=repr(run.name),
            )
        )
    for end in ends:
        figures = _figures(by, end - (3 if every == "quarter" else 12), end)
        for metric, definition in DEFINITIONS.items():
            if metric == "magic_number" and every != "quarter":
                continue
            value = figures[metric]
            yield {
                "month": runs.months[end - 1],
                "scenario": run.name,
                "metric": metric,
                "value": np.nan if value is None else float(value),
                "unit": UNITS[metric].format(currency=runs.currency),
                "definition": definition,
            }


def _of(runs: Runs, run: Run, costs: Costs) -> _Months:
    means = runs.means_of(run.scenario.all_changes)
    months = runs.months
    added = added_costs(run.scenario, run.forecaster, months)
    base = by_month(costs.sales_and_marketing, months)
    customers = means.total("customers")
    today = float(run.projection.opening_customers.sum())
    return _Months(
        mrr=means.total("mrr"),
        past_mrr=run.forecaster.movements.matrix("closing").sum(axis=1).to_numpy(dtype=float),
        opening_customers=np.r_[today, customers[:-1]],
        customers=customers,
        new_customers=means.total("new_customers"),
        churned=means.total("churned_customers"),
        acquisition=base + added["sales"] + added["marketing"],
        base_acquisition=float(base[0]),
        other=by_month(costs.other, months) + added["other"],
        margin=costs.gross_margin,
    )


def _figures(by: _Months, start: int, end: int) -> dict[str, float | None]:
    """Figures of the months from start to before end."""
    here = slice(start, end)
    known = len(by.past_mrr)
    mrr = np.r_[by.past_mrr, by.mrr]
    closes = slice(known + start, known + end)
    revenue, spent = float(mrr[closes].sum()), float(by.acquisition[here].sum())
    other = float(by.other[here].sum())
    result = by.margin * revenue - spent - other
    net_new = 12.0 * float(mrr[known + end - 1] - mrr[known + start - 1])
    won = float(by.new_customers[here].sum())
    cac = unit.cac(spent, won)
    arpa = unit.arpa(float(by.mrr[end - 1]), float(by.customers[end - 1]))
    churn = _ratio(by.churned[here].sum(), by.opening_customers[here].sum())
    clv = None if arpa is None or churn is None else unit.clv(arpa, churn, margin=by.margin)
    return {
        "revenue": revenue,
        "sales_and_marketing": spent,
        "other_costs": other,
        "operating_result": result,
        "net_new_arr": net_new,
        "new_customers": won,
        "cac": cac,
        "arpa": arpa,
        "customer_churn": churn,
        "clv": clv,
        "ltv_to_cac": unit.ltv_to_cac(clv, cac),
        "cac_payback": (
            None if cac is None or arpa is None else unit.cac_payback(cac, arpa, margin=by.margin)
        ),
        "magic_number": _magic_number(by, mrr, start, end),
        "burn_multiple": unit.burn_multiple(-result, net_new),
        "rule_of_40": _rule_of_40(mrr, known + end, revenue, result),
    }


def _magic_number(by: _Months, mrr: Floats, start: int, end: int) -> float | None:
    """Of a quarter; before the projection sales and marketing cost what they cost at its start."""
    at = len(by.past_mrr) + start
    if end - start != 3 or at < 3:
        return None
    before = np.r_[np.full(3, by.base_acquisition), by.acquisition][start : start + 3]
    return unit.magic_number(
        float(mrr[at : at + 3].sum()), float(mrr[at - 3 : at].sum()), float(before.sum())
    )


def _rule_of_40(mrr: Floats, end: int, revenue: float, result: float) -> float | None:
    if end <= 12 or mrr[end - 13] <= 0 or revenue <= 0:
        return None
    growth = float(mrr[end - 1] / mrr[end - 13]) - 1.0
    return unit.rule_of_40(growth, result / revenue, margin_name="operating margin").score


def _ratio(part: float, whole: float) -> float | None:
    return float(part / whole) if whole > 0 else None
