"""The policy of a plan: its definitions by content, found by what was sealed of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from history import Policy

if TYPE_CHECKING:
    from ..manifest import Known


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
