"""``arrcast renewals``: the schedule, its history, and the MRR of the months ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from history import InputError

from .output import emit, header, records, show
from .session import Session, open_session
from .views import by_part

if TYPE_CHECKING:
    from .options import Output, Source

RECENT = 12
"""Months over which the schedule's view shows renewal rates."""


def run(source: Source, output: Output, months: int, *, history: bool, future: bool) -> None:
    """Print or write one of the three tables."""
    if history and future:
        raise InputError("--history and --future are two tables: ask for one at a time.")
    session = open_session(source)
    if future:
        _future(session, output, months)
    elif history:
        _history(session, output, months)
    else:
        _schedule(session, output, months)


def _schedule(session: Session, output: Output, months: int) -> None:
    """Give what comes up, the largest contracts one by one, and how renewals went lately."""
    found = session.ledger.renewals(months, by=session.by)
    frame, largest = found.schedule(), found.largest_contracts()
    rates = found.rates(RECENT)
    currency = session.ledger.currency
    about = {
        **header(session.ledger),
        "largest": records(largest, currency),
        "rates": records(rates, currency),
    }
    emit(output, "arrcast.renewals/1", frame, about=about)
    if not output.json and output.out is None:
        print("\nThe largest contracts that come up:")
        show(largest, currency)
        print(f"\nRenewal rates of the {RECENT} months to {session.ledger.as_of}:")
        show(rates, currency)


def _history(session: Session, output: Output, months: int) -> None:
    """Give what became of the contracts that came up; a person reads the rates."""
    found = session.ledger.renewals(months, by=session.by)
    frame, rates, by_month = found.history(), found.rates(), found.rates_by_month()
    currency = session.ledger.currency
    about = {
        **header(session.ledger),
        "rates": records(rates, currency),
        "rates_by_month": records(by_month, currency),
    }
    emit(output, "arrcast.renewal-history/1", frame, about=about, view=by_month)
    if not output.json and output.out is None:
        print("\nAll months together:")
        show(rates, currency)


def _future(session: Session, output: Output, months: int) -> None:
    """Give the MRR of the months ahead by how certain it is."""
    from history import FUTURE_PARTS

    frame = session.ledger.future_mrr(months, by=session.by).to_frame()
    about = {**header(session.ledger), "definitions": dict(FUTURE_PARTS)}
    emit(output, "arrcast.future-mrr/1", frame, about=about, view=by_part(frame))
