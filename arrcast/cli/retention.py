"""``arrcast retention``: cohorts completed, newer and older ones, lifetime, early churn."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
import pandas as pd

from history.errors import unknown_name
from history.wording import aligned

from .output import emit, header, records
from .session import open_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecast.retention import EarlyChurn, RetentionStudy

    from .options import Output, Source

_SCATTERS = ("pooled", "mack")
_BESIDE = ("ahead", "factors", "trend", "shocks", "lifetime")


def run(
    source: Source, output: Output, months: int, horizon: int, discount: float, scatter: str
) -> None:
    """Print the study, or write its cohorts."""
    if scatter not in _SCATTERS:
        raise unknown_name("scatter", scatter, list(_SCATTERS))
    session = open_session(source)
    from forecast.retention import study_retention

    study = study_retention(
        session.ledger,
        session.by,
        months=months,
        horizon=horizon,
        discount=discount,
        scatter=cast("Literal['pooled', 'mack']", scatter),
    )
    currency = session.ledger.currency
    about = {
        **header(session.ledger),
        "months": months,
        "horizon": horizon,
        "discount": discount,
        "scatter": scatter,
        **{name: records(getattr(study, name), currency) for name in _BESIDE},
        "early_churn": None if study.early is None else _plain(study.early),
        "notes": list(study.notes),
    }
    view = "\n\n".join(_words(study, horizon, currency))
    emit(output, "arrcast.retention/1", study.cohorts, about=about, view=view)


def _plain(early: EarlyChurn) -> dict[str, float]:
    """Give the figures without the months."""
    return {name: value for name, value in asdict(early).items() if name != "months"}


def _words(study: RetentionStudy, horizon: int, currency: str) -> Iterator[str]:
    """Say the study in the words of a board: figures with their units."""
    yield _table(
        "Today's customers and their MRR in the months ahead, each with its standard error, and\n"
        "the customers by two other ways: one curve for all, and one for each month's customers",
        study.ahead,
        {
            "month": ("month", "{}"),
            "customers": ("customers", "{:,.1f}"),
            "customers_error": ("error", "{:,.1f}"),
            "mrr": (f"MRR {currency}", "{:,.0f}"),
            "mrr_error": ("error", "{:,.0f}"),
            "by_curve": ("one curve", "{:,.1f}"),
            "by_effects": ("curve for each", "{:,.1f}"),
        },
    )
    yield _table(
        "Do newer customers stay longer? Their chance to leave against that of the month before",
        study.trend.assign(per_cohort=np.expm1(study.trend["per_cohort"])),
        {
            "per_cohort": ("a month", "{:+.2%}"),
            "standard_error": ("error", "{:.2%}"),
            "z": ("errors from none", "{:+.1f}"),
            "believed": ("believed and applied", "{:.0%}"),
        },
    )
    if len(study.shocks):
        yield _table(
            "Months in which more or fewer left than the age of the customers says",
            study.shocks,
            {
                "month": ("month", "{}"),
                "hazard_ratio": ("times as many", "{:.2f}"),
                "z": ("errors from none", "{:+.1f}"),
                "extra_lost": ("lost beyond", "{:+,.1f}"),
            },
        )
    else:
        yield "No month stands out."
    yield _table(
        f"Paying months of a new customer in its first {horizon}, 80 % between low and high; the "
        "share of them that\nlies beyond the oldest known age, where no customer has been",
        study.lifetime.assign(model=study.lifetime["model"].replace("stack", "mean of several")),
        {
            "cohorts": ("customers", "{}"),
            "model": ("curve", "{}"),
            "months": ("months", "{:.1f}"),
            "low": ("low", "{:.1f}"),
            "high": ("high", "{:.1f}"),
            "beyond": ("beyond", "{:.0%}"),
        },
    )
    if study.early is not None:
        early = study.early
        yield (
            f"{early.share:.1%} of those who join leave before their first close "
            f"({early.low:.1%} to {early.high:.1%})."
        )
    yield "\n".join(study.notes)


def _table(title: str, frame: pd.DataFrame, columns: dict[str, tuple[str, str]]) -> str:
    """Lay out the columns named, behind those of the segments; what is not known stays blank."""
    names = list(frame.columns)
    segments = names[: names.index(next(iter(columns)))]
    forms = {**{name: (name, "{}") for name in segments}, **columns}
    rows = [
        ["" if pd.isna(row[name]) else form.format(row[name]) for name, (_, form) in forms.items()]
        for row in frame.to_dict("records")
    ]
    return "\n".join([title, *aligned([[head for head, _ in forms.values()], *rows])])
