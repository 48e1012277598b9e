"""Policies that read other columns than the paid price and its end: applied, and what they lack."""

from __future__ import annotations

from collections.abc import Mapping

from .engines import Engine, sql_text
from .findings import Finding, Findings, rule
from .policy import Policy
from .wording import counted

__all__ = ["POLICY_LACKS", "apply_policy", "lacking", "policy_findings"]

POLICY_LACKS = rule(
    "policy-lacks-column",
    "The policy asks for something that the ledger does not have.",
    "Add the column, name it with a mapping, or choose another policy.",
)
POLICY_LACKS_VALUE = rule(
    "policy-lacks-value",
    "The policy asks for something that is blank in some lines.",
    "Fill in what is missing where it matters.",
)

_NEEDS: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("churn_date", "request"): (("requested", "requested"),),
    ("churn_date", "effective"): (("effective", "effective"),),
    ("discounts", "list"): (("list_mrr", "list_price"),),
    ("discounts", "deduct_permanent"): (
        ("list_mrr", "list_price"),
        ("discount_kind", "discount_kind"),
    ),
}
"""Switch and value -> columns of the lines, and the field of the file that each comes from."""


def _needed(policy: Policy) -> list[tuple[str, str, str, str]]:
    """Give switch, value, column of the lines and field of the file that a policy needs."""
    return [
        (switch, value, column, field)
        for (switch, value), columns in _NEEDS.items()
        if getattr(policy, switch) == value
        for column, field in columns
    ]


def apply_policy(engine: Engine, policy: Policy) -> None:
    """Let ``facts`` be the lines as the policy dates and prices them, in this fork only."""
    if not _needed(policy):
        return
    listed = {"deduct": 0, "list": 1, "deduct_permanent": 2}[policy.discounts]
    engine.make(
        "facts",
        sql_text("policed"),
        by_request=int(policy.churn_date == "request"),
        by_effect=int(policy.churn_date == "effective"),
        listed=listed,
    )


def lacking(engine: Engine, policy: Policy) -> dict[str, tuple[str, ...]]:
    """Give the switches that cannot act on a ledger, with the fields of the file they miss."""
    missing: dict[str, tuple[str, ...]] = {}
    for switch, value, column, field in _needed(policy):
        if not _counted(engine, f"{column} IS NOT NULL"):
            told = f"{switch} = {value}"
            missing[told] = (*missing.get(told, ()), field)
    return missing


def policy_findings(engine: Engine, policy: Policy, columns: Mapping[str, str]) -> Findings:
    """Tell of every switch that lacks its column, and of lines in which it lacks its value."""
    missing = lacking(engine, policy)
    found = [
        Finding(None, " and ".join(fields), POLICY_LACKS, told, _INSTEAD[told], "warning")
        for told, fields in missing.items()
    ]
    for switch, value, column, field in _needed(policy):
        told = f"{switch} = {value}"
        count = 0 if told in missing else _counted(engine, _BLANK[told, column])
        if count:
            said, action = f"{told}: {counted(count, 'line')}", _INSTEAD[told]
            header = columns.get(field, field)
            found.append(Finding(None, header, POLICY_LACKS_VALUE, said, action, "warning"))
    return Findings(found)


_INSTEAD = {
    "churn_date = request": "churn is dated at the end of the paid period",
    "churn_date = effective": "churn is dated at the end of the paid period",
    "discounts = list": "counted at the price that is paid",
    "discounts = deduct_permanent": "counted at the price that is paid",
}

_BLANK = {
    ("churn_date = request", "requested"): "status = 'cancelled' AND requested IS NULL",
    ("churn_date = effective", "effective"): "status = 'cancelled' AND effective IS NULL",
    ("discounts = list", "list_mrr"): "kind = 'recurring' AND list_mrr IS NULL",
    ("discounts = deduct_permanent", "list_mrr"): "kind = 'recurring' AND list_mrr IS NULL",
    ("discounts = deduct_permanent", "discount_kind"): "kind = 'recurring' AND list_mrr <> mrr"
    " AND discount_kind IS NULL",
}
"""Switch and column -> the lines in which a blank matters."""


def _counted(engine: Engine, where: str) -> int:
    frame = engine.frame(f"SELECT COUNT(*) AS n FROM numbered WHERE {where}")
    return int(frame["n"].iloc[0])
