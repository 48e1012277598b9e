"""``arrcast retention``: cohorts completed, newer and older ones, lifetime, early churn."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Literal, cast

from history.errors import unknown_name

from .output import emit, header, records, show
from .session import open_session

if TYPE_CHECKING:
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
    emit(output, "arrcast.retention/1", study.cohorts, about=about, view=study.ahead)
    if not output.json and output.out is None:
        _print(study, horizon, currency)


def _plain(early: EarlyChurn) -> dict[str, float]:
    """Give the figures without the months."""
    return {name: value for name, value in asdict(early).items() if name != "months"}


def _print(study: RetentionStudy, horizon: int, currency: str) -> None:
    """Print what stands beside the months ahead."""
    print("\nTrend from cohort to cohort (change of the log hazard; what is believed is applied):")
    show(study.trend, currency)
    if len(study.shocks):
        print("\nMonths in which more or fewer left than ages and cohorts say:")
        show(study.shocks, currency)
    else:
        print("\nNo month stands out.")
    print(f"\nPaying months of a new customer in its first {horizon}; beyond the oldest known age:")
    show(study.lifetime, currency)
    if study.early is not None:
        early = study.early
        print(
            f"\n{early.share:.1%} of those who join leave before their first close "
            f"({early.low:.1%} to {early.high:.1%})."
        )
    for note in study.notes:
        print(note)
