"""Policy: the switches by which companies read the same ledger differently."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Policy"]


class Policy(BaseModel):
    """The definitions in force; frozen, and part of every output by its digest.

    Examples
    --------
    >>> Policy().paused
    'zero'
    >>> Policy(gap_days=5).digest == Policy().digest
    False
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    paused: Literal["zero", "unchanged"] = "zero"
    """A line with status ``paused`` counts 0 over its whole service period, or its amount."""

    past_due: Literal["counts", "zero"] = "counts"
    """A line with status ``past_due`` counts until it is cancelled, or not at all."""

    reactivation_window: Annotated[int, Field(ge=1)] | None = None
    """Months after its churn in which a returning customer is a reactivation; later it is new.

    None: always a reactivation.
    """

    same_month: Literal["ignore", "count"] = "ignore"
    """Joined and left between two closes: no movement, or new and churn of each such line."""

    gap_days: Annotated[int, Field(ge=0)] = 0
    """Days between two lines of a customer that are bridged: a migration is not a churn."""

    weeks_per_month: Literal["52/12", "365.25/84"] = "52/12"
    """Weeks in a month, for weekly prices: 4.3333 or 4.3482 (a year of 365.25 days)."""

    arr: Literal["closing_mrr_x_12", "contracted"] = "closing_mrr_x_12"
    """ARR: 12 x closing MRR, or only of lines whose term is a year or more."""

    @property
    def digest(self) -> str:
        """Sha256 (hex) of the policy as canonical JSON."""
        canonical = json.dumps(self.model_dump(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()
