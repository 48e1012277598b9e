"""ChartMogul: the intervals of MRR, and the subscriptions, as its destinations export them.

MRR is in minor units of the account's currency. The intervals hold the whole history; the list of
subscriptions only the last price of each (its MRR does not say whether it still runs: STATUS does).
"""

from __future__ import annotations

from .cells import Cells
from .profile import Profile, Shape

__all__ = ["CHARTMOGUL"]

_STATUS = {
    "active": "active",
    "past_due": "past_due",
    "cancelled": "cancelled",
    "canceled": "cancelled",
    "in_trial": "trial",
    "future": "active",
    "inactive": "cancelled",
}


def _intervals(at: Cells) -> Shape:
    return Shape(
        columns=at.present(
            {
                "customer_id": ("CUSTOMER_UUID",),
                "subscription_id": ("SUBSCRIPTION_UUID",),
                "quantity": ("QUANTITY",),
                "is_trial": ("IS_TRIAL",),
            }
        ),
        made={
            "start": at.day(at.text("START_DATE")),
            "end": at.day(at.text("END_DATE")),
            "mrr": at.major(at.text("MRR")),
        },
    )


def _subscriptions(at: Cells) -> Shape:
    return Shape(
        columns=at.present(
            {
                "customer_id": ("CUSTOMER_EXTERNAL_IDS", "CUSTOMER_UUID"),
                "subscription_id": ("CUSTOMER_SUBSCRIPTION_ID", "SUBSCRIPTION_UUID"),
                "currency": ("CURRENCY",),
                "quantity": ("QUANTITY",),
                "interval": ("INTERVAL_UNIT",),
                "interval_count": ("INTERVAL_COUNT",),
            }
        ),
        made={
            "start": at.day(at.text("START_DATE")),
            "end": at.day(at.text("END_DATE")),
            "mrr": at.major(at.text("MRR"), at.text("CURRENCY")),
            "status": at.words(at.word(at.text("STATUS")), _STATUS),
        },
    )


CHARTMOGUL = (
    Profile(
        name="chartmogul-mrr-intervals",
        title="ChartMogul MRR intervals export",
        documentation="https://dev.chartmogul.com/docs/destinations/calculated-data/mrr-intervals",
        marks=("CUSTOMER_UUID", "MRR", "START_DATE", "END_DATE", "SUBSCRIPTION_UUID", "IS_TRIAL"),
        shape=_intervals,
        says="MRR in minor units of the account's currency, which the export does not name",
        left_out=frozenset({"SUBSCRIPTION_SET_UUID", "SUB_SET_PLAN_UUIDS", "IS_FREE"}),
    ),
    Profile(
        name="chartmogul-subscriptions",
        title="ChartMogul subscriptions export",
        documentation="https://dev.chartmogul.com/docs/destinations/calculated-data/subscriptions",
        marks=("CUSTOMER_UUID", "CUSTOMER_SUBSCRIPTION_ID", "MRR", "CURRENCY", "BILLING_SYSTEM",
               "START_DATE"),
        shape=_subscriptions,
        says="MRR in minor units; a subscription's last price is taken for its whole time (the MRR "
        "intervals know the earlier ones)",
        left_out=frozenset(
            {
                "ARR", "CUSTOMER_NAME", "CUSTOMER_EMAIL", "PRIMARY_CONTACT_EMAIL", "PLAN_UUID",
                "BILLING_CURRENCY", "CUSTOMER_UUID",
            }
        ),
    ),
)  # fmt: skip
"""The profiles of ChartMogul's exports."""
