"""The policy of a plan: its definitions by content, found by what was sealed of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from history import Policy
from history.errors import InputError
from history.language import kept

if TYPE_CHECKING:
    from history import Ledger

    from ..plans.manifest import Known
    from ..plans.plan import Plan


def sealed_policy(known: Known) -> Policy | None:
    """Give the definitions under which a plan was made.

    A plan keeps the switches that are not at their default, beside the digest. One that was sealed
    before it kept them has the defaults or a product's preset, if the digest is theirs.

    Returns
    -------
    Policy or None
        None where nothing that is known has the plan's digest.
    """
    for switches in (known.switches or {}, {}, *(p.changed for p in Policy.presets().values())):
        try:
            policy = Policy(**switches)
        except ValidationError:
            continue
        if policy.digest == known.policy:
            return policy
    return None


def read_alike(plan: Plan, ledger: Ledger) -> tuple[Ledger, list[str]]:
    """Give the ledger under the plan's definitions, and what is to be said of them.

    A plan keeps the switches of its policy; where they cannot be told, the ledger stays as it is.
    """
    known = plan.manifest.known
    if ledger.policy.digest == known.policy:
        return ledger, []
    policy = sealed_policy(known)
    digests = {"then": known.policy[:12], "now": ledger.policy.digest[:12]}
    why: str = kept("the plan keeps no more of them than the digest")
    if policy is not None:
        try:
            found = ledger.under(policy)
        except InputError as error:
            why = str(error)
        else:
            return found, [
                kept(
                    "The definitions (policy) are not the plan's: movements are by the plan's, the "
                    "line policy is what today's make of the closing (digest {then} then, {now} "
                    "now).",
                    **digests,
                )
            ]
    return ledger, [
        kept(
            "The definitions (policy) are not the plan's, and not told apart: what they change "
            "stands in the restatement and in the movements (digest {then} then, {now} now; "
            "{why}).",
            **digests,
            why=why,
        )
    ]
