"""A simulated company as billing products would export it: the same facts in their columns.

Every line of the history becomes a subscription of its own (a version, or an interval), as if a
change of price had been made by a new subscription; so an export with one price a subscription
holds the whole history. A pause that is over leaves no trace in such an export, and none here. What
a real export also holds is added from the seed: times of the day, trials before the first payment,
subscriptions that never began.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from ..errors import unknown_name
from .simulated import Simulated

__all__ = ["EXPORTS", "export_of"]

_TRIAL_DAYS = 14
_PRESENT = ("stripe-subscriptions", "chargebee-subscriptions", "maxio-subscriptions")
"""Exports that know the present state of a subscription only."""
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def export_of(simulated: Simulated, as_of: str, profile: str) -> pd.DataFrame:
    """Give the company's ledger in the columns of a product's export.

    Parameters
    ----------
    simulated
        The company.
    as_of
        YYYY-MM: the export is made at that month's close.
    profile
        Name of the profile: "stripe-subscriptions".

    Returns
    -------
    DataFrame
        The export, every cell as text as in the product's csv, blank cells "".

    Raises
    ------
    UnknownNameError
        There is no such export.
    """
    if profile not in EXPORTS:
        raise unknown_name("export", profile, EXPORTS)
    lines = simulated.ledger_frame(as_of).reset_index(drop=True)
    if profile in _PRESENT:
        over = lines["end"] <= pd.Period(as_of).end_time.normalize() + pd.Timedelta(days=1)
        lines = lines[~(over & (lines["status"] == "paused"))].reset_index(drop=True)
    return EXPORTS[profile](_Facts(lines, simulated.seed, as_of)).astype(str)


class _Facts:
    """The lines of a ledger and what an export adds to them, drawn from the seed."""

    def __init__(self, lines: pd.DataFrame, seed: int, as_of: str) -> None:
        self.lines = lines
        self._dice = np.random.default_rng([seed, 7])
        self.close = pd.Period(as_of).end_time.normalize()
        first = ~lines["customer_id"].duplicated()
        self.tried = (first & (np.arange(len(lines)) % 5 == 0)).to_numpy()
        self.never = np.arange(len(lines)) % 11 == 3
        self.cancelled = (lines["status"] == "cancelled").to_numpy()
        self.over = (lines["end"] <= self.close + pd.Timedelta(days=1)).to_numpy()

    def moments(self, days: pd.Series, zone: str = "") -> pd.Series:
        """Give days with a time of the day, "" for none."""
        minutes = pd.to_timedelta(self._dice.integers(0, 24 * 60, len(days)), unit="min")
        written: pd.Series = (days + minutes).dt.strftime("%Y-%m-%d %H:%M").fillna("")
        return written.where(written == "", written + zone)

    def days(self, days: pd.Series) -> pd.Series:
        """Give days as text, "" for none."""
        written: pd.Series = days.dt.strftime("%Y-%m-%d").fillna("")
        return written

    def money(self, cents: pd.Series) -> pd.Series:
        """Give whole cents in major units with two decimals."""
        written: pd.Series = cents.map(lambda amount: f"{amount // 100}.{amount % 100:02d}")
        return written

    def cents(self, name: str) -> pd.Series:
        """Give a column of amounts in whole cents."""
        cents: pd.Series = (self.lines[name] * 100).round().astype("int64")
        return cents

    @property
    def began(self) -> pd.Series:
        """The day on which the subscription began: before the first payment where it was tried."""
        days: pd.Series = self.lines["start"] - pd.to_timedelta(self.tried * _TRIAL_DAYS, unit="D")
        return days

    @property
    def ended(self) -> pd.Series:
        """The day on which it ended, for what is over at the close."""
        days: pd.Series = self.lines["end"].where(self.over)
        return days

    @property
    def leaving(self) -> np.ndarray:
        """Whether notice was given for a day after the close."""
        return self.cancelled & ~self.over & self.lines["end"].notna().to_numpy()


def _stripe(facts: _Facts) -> pd.DataFrame:
    lines, zone = facts.lines, ""
    status = np.where(facts.over, "canceled", lines["status"].replace({"cancelled": "active"}))
    reasons = {"voluntary": "cancellation_requested", "involuntary": "payment_failed"}
    created = facts.moments(facts.began, zone)
    trial_end = facts.moments(lines["start"].where(facts.tried))
    end = facts.moments(facts.ended)
    export = pd.DataFrame(
        {
            "id": "sub_" + lines["subscription_id"],
            "Customer ID": lines["customer_id"],
            "Customer Email": lines["customer_id"].str.lower() + "@example.com",
            "Plan": lines["plan"],
            "Quantity": lines["quantity"],
            "Currency": lines["currency"].str.lower(),
            "Interval": lines["interval"].replace({"quarter": "3 months"}),
            "Amount": facts.money(facts.cents("unit_price")),
            "Status": status,
            "Created (UTC)": created,
            "Start (UTC)": created,
            "Start Date (UTC)": created,
            "Current Period Start (UTC)": created,
            "Current Period End (UTC)": facts.moments(lines["end"]),
            "Trial Start (UTC)": created.where(facts.tried, ""),
            "Trial End (UTC)": trial_end,
            "Canceled At (UTC)": end.where(facts.over | facts.leaving, ""),
            "Ended At (UTC)": end,
            "Cancel At Period End": np.where(facts.leaving, "true", "false"),
            "Cancellation Reason": lines["churn_reason"].map(reasons).fillna(""),
            "Coupon": "",
            "region (metadata)": lines["region"],
        }
    )
    never: pd.DataFrame = export[facts.never].assign(Status="incomplete_expired", Amount="999.00")
    never["id"] = never["id"] + "_x"
    return pd.concat([export, never], ignore_index=True)


def _chargebee(facts: _Facts) -> pd.DataFrame:
    lines = facts.lines
    status = lines["status"].map(
        {"active": "Active", "past_due": "Active", "paused": "Paused", "cancelled": "Active"}
    )
    status = status.mask(facts.leaving, "Non Renewing").mask(facts.over, "Cancelled")
    started = facts.moments(facts.began)
    reasons = {"voluntary": "", "involuntary": "not_paid"}
    return pd.DataFrame(
        {
            "customers.id": lines["customer_id"],
            "customers.email": lines["customer_id"].str.lower() + "@example.com",
            "subscriptions.id": lines["subscription_id"],
            "subscriptions.plan_id": lines["plan"],
            "subscriptions.plan_quantity": lines["quantity"],
            "subscriptions.plan_unit_price": facts.money(facts.cents("unit_price")),
            "subscriptions.currency_code": lines["currency"],
            "subscriptions.billing_period": lines["interval"].map(_MONTHS),
            "subscriptions.billing_period_unit": "Month",
            "subscriptions.status": status,
            "subscriptions.start_date": "",
            "subscriptions.trial_start": started.where(facts.tried, ""),
            "subscriptions.trial_end": facts.moments(lines["start"].where(facts.tried)),
            "subscriptions.current_term_start": started,
            "subscriptions.current_term_end": facts.moments(lines["end"]),
            "subscriptions.created_at": started,
            "subscriptions.started_at": started,
            "subscriptions.activated_at": facts.moments(lines["start"]),
            "subscriptions.cancelled_at": facts.moments(
                lines["end"].where(facts.over | facts.leaving)
            ),
            "subscriptions.cancel_reason": lines["churn_reason"].map(reasons).fillna(""),
            "subscriptions.pause_date": "",
        }
    )


def _recurly(facts: _Facts) -> pd.DataFrame:
    lines, zone = facts.lines, " PST"
    state = lines["status"].replace({"past_due": "active", "cancelled": "active"})
    state = state.mask(facts.leaving, "canceled")
    add_on = facts.cents("unit_price") % 1000  # a part of the price is an add-on
    total = facts.cents("amount")
    plan = (total - add_on).where(lines["quantity"] == 1, total)
    return pd.DataFrame(
        {
            "subscription_uuid": lines["subscription_id"].str.lower(),
            "version_uuid": [f"v{number:08d}" for number in range(len(lines))],
            "account_code": lines["customer_id"],
            "subscription_activated_at": facts.moments(lines["start"], zone),
            "subscription_expires_at": facts.moments(lines["end"].where(facts.leaving), zone),
            "subscription_state": state,
            "version_started_at": facts.moments(lines["start"], zone),
            "version_ended_at": facts.moments(facts.ended, zone),
            "version_state": np.where(facts.over, "inactive", "active"),
            "plan_code": lines["plan"],
            "subscription_currency": lines["currency"],
            "version_plan_interval_unit": "months",
            "version_plan_interval_length": lines["interval"].map(_MONTHS),
            "version_subscription_quantity": lines["quantity"],
            "version_subscription_unit_amount": facts.money(plan // lines["quantity"]),
            "version_add_ons_total": facts.money(total - plan),
            "version_total_recurring_amount": facts.money(total),
            "version_in_trial": "N",
        }
    )


def _chartmogul_intervals(facts: _Facts) -> pd.DataFrame:
    lines = facts.lines
    counts = (lines["status"] != "paused").astype("int64")
    mrr = facts.cents("amount") / lines["interval"].map(_MONTHS)
    return pd.DataFrame(
        {
            "CUSTOMER_UUID": "cus_" + lines["customer_id"],
            "MRR": (np.rint(mrr) * counts).astype("int64"),
            "START_DATE": facts.days(lines["start"]),
            "END_DATE": facts.days(lines["end"].where(facts.over | facts.leaving)),
            "PLAN_UUID": lines["plan"],
            "QUANTITY": lines["quantity"],
            "SUBSCRIPTION_UUID": lines["subscription_id"],
            "SUBSCRIPTION_SET_UUID": "",
            "SUB_SET_PLAN_UUIDS": "",
            "IS_FREE": "false",
            "IS_TRIAL": "false",
        }
    )


def _chartmogul_subscriptions(facts: _Facts) -> pd.DataFrame:
    lines = facts.lines
    mrr = np.rint(facts.cents("amount") / lines["interval"].map(_MONTHS)).astype("int64")
    counts = (lines["status"] != "paused").astype("int64")
    status = np.where(facts.over | facts.leaving, "Cancelled", "Active")
    return pd.DataFrame(
        {
            "CUSTOMER_UUID": "cus_" + lines["customer_id"],
            "CUSTOMER_EXTERNAL_IDS": lines["customer_id"],
            "CUSTOMER_EMAIL": lines["customer_id"].str.lower() + "@example.com",
            "CUSTOMER_SUBSCRIPTION_ID": lines["subscription_id"],
            "BILLING_SYSTEM": "Custom",
            "PLAN_NAME": lines["plan"],
            "QUANTITY": lines["quantity"],
            "MRR": mrr * counts,
            "ARR": mrr * counts * 12,
            "CURRENCY": lines["currency"],
            "INTERVAL_UNIT": "month",
            "INTERVAL_COUNT": lines["interval"].map(_MONTHS),
            "STATUS": status,
            "START_DATE": facts.days(lines["start"]),
            "END_DATE": facts.days(lines["end"].where(facts.over | facts.leaving)),
        }
    )


def _maxio(facts: _Facts) -> pd.DataFrame:
    lines, zone = facts.lines, " -0500"
    state = lines["status"].replace({"cancelled": "active", "paused": "suspended"})
    state = state.mask(facts.over, "canceled")
    dunned = lines["churn_reason"].map({"involuntary": "dunning", "voluntary": "merchant_ui"})
    return pd.DataFrame(
        {
            "id": lines["subscription_id"],
            "state": state,
            "customer_reference": lines["customer_id"],
            "customer_email": lines["customer_id"].str.lower() + "@example.com",
            "product_handle": lines["plan"],
            "product_price_in_cents": facts.cents("amount"),
            "product_interval": lines["interval"].map(_MONTHS),
            "product_interval_unit": "month",
            "currency": lines["currency"],
            "created_at": facts.moments(facts.began, zone),
            "trial_started_at": facts.moments(facts.began.where(facts.tried), zone),
            "trial_ended_at": facts.moments(lines["start"].where(facts.tried), zone),
            "activated_at": facts.moments(lines["start"], zone),
            "current_period_ends_at": facts.moments(lines["end"], zone),
            "expires_at": "",
            "canceled_at": facts.moments(facts.ended, zone),
            "cancel_at_end_of_period": np.where(facts.leaving, "true", "false"),
            "delayed_cancel_at": "",
            "cancellation_method": dunned.fillna(""),
            "coupon_code": "",
        }
    )


EXPORTS: Mapping[str, Callable[[_Facts], pd.DataFrame]] = MappingProxyType(
    {
        "stripe-subscriptions": _stripe,
        "chargebee-subscriptions": _chargebee,
        "recurly-history": _recurly,
        "chartmogul-mrr-intervals": _chartmogul_intervals,
        "chartmogul-subscriptions": _chartmogul_subscriptions,
        "maxio-subscriptions": _maxio,
    }
)
"""Profile -> the export in its shape."""
