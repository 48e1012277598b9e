"""Voluntary and involuntary churn apart: failed payments recovered, and either part moved."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal

import pandas as pd
from pydantic import Field

from history.errors import InputError
from history.language import marked, say, spelt

from ...files.fields import Number, Share, percent
from ..reach import chosen, weight
from .driver import Driver, Flags

if TYPE_CHECKING:
    from forecast.forecaster import Forecaster
    from forecast.levers import Levers

LONGEST_RAMP = 120
_YEAR = 12
_FEWEST = 20
_KNOWN = 0.5


class ChurnPart(Driver):
    """A driver that acts on one part of the churn."""

    part: ClassVar[Literal["voluntary", "involuntary"]]
    involuntary_share: Share | None = None
    """Share of churn by failed payments, by MRR; none: as the ledger's churn reasons say."""
    ramp: Annotated[int, Field(strict=True, ge=0, le=LONGEST_RAMP)] | None = None
    """Months over which it phases in."""

    @property
    def drives(self) -> tuple[str, ...]:
        """Churn."""
        return ("churn",)

    def involuntary(self, forecaster: "Forecaster", segments: Flags) -> float:
        """Give the involuntary share of churn: as stated, or of the ledger's last twelve months.

        Raises
        ------
        InputError
            It is not stated, and the ledger names the reason of too few departures.
        """
        if self.involuntary_share is not None:
            return self.involuntary_share
        return measured(forecaster, segments)


def measured(forecaster: "Forecaster", segments: Flags) -> float:
    """Give the share of involuntary churn among that of known reason, by MRR, of a year.

    Raises
    ------
    InputError
        Fewer than 20 departures, or less than half of the MRR lost, have a reason.
    """
    reasons = forecaster.ledger.churn_reasons(forecaster.segments.by or None)
    segments = segments[forecaster.known]
    labels = [part for _, part in reasons.rows]
    counts = reasons.cells.customers
    lost = -reasons.cells.mrr[-_YEAR:, :, segments].sum(axis=(0, 2)).astype(float)
    by_reason = dict(zip(labels, lost, strict=True))
    known = by_reason["voluntary"] + by_reason["involuntary"]
    told = [label != "unknown" for label in labels]
    departures = 0 if counts is None else int(counts[-_YEAR:][:, told][:, :, segments].sum())
    whole = sum(by_reason.values())
    if abs(departures) < _FEWEST or whole <= 0 or known < _KNOWN * whole:
        raise InputError(
            f"the ledger tells the reason of {abs(departures)} departures of the last {_YEAR} "
            f"months ({percent(round(known / whole if whole > 0 else 0.0, 3))} of the MRR lost): "
            "too few to part voluntary from involuntary churn. Give involuntary_share"
        )
    return float(by_reason["involuntary"] / known)


class PaymentRecovery(ChurnPart):
    """More of the failed payments are recovered, so fewer customers leave without wanting to.

    With i for the involuntary share of churn and recovery rising from r0 (`now`) to r1 (`then`),
    `churn` is multiplied by 1 - i x (1 - (1 - r1) / (1 - r0)): what fails stays the same, and of
    it 1 - r1 is lost instead of 1 - r0. Recovery is measured as dunning tools do: customers saved
    over customers whose payment failed.

    Raises
    ------
    ValidationError
        With every problem at once.

    Examples
    --------
    >>> dunning = PaymentRecovery(now=0.50, then=0.70, involuntary_share=0.25)
    >>> dunning.factor(0.25)
    0.9
    """

    lever: Literal["payment_recovery"] = "payment_recovery"
    part: ClassVar[Literal["voluntary", "involuntary"]] = "involuntary"
    main: ClassVar[tuple[str, ...]] = ("then",)
    less_is_better: ClassVar[tuple[str, ...]] = ("now",)
    now: Annotated[Share, Field(lt=1)]
    """Share of failed payments that is recovered today."""
    then: Share
    """Share that will be."""

    def factor(self, involuntary: float) -> float:
        """Give the factor on churn for an involuntary share.

        Examples
        --------
        >>> PaymentRecovery(now=0.5, then=0.5).factor(0.3)
        1.0
        """
        return round(1.0 - involuntary * (1.0 - (1.0 - self.then) / (1.0 - self.now)), 12)

    @property
    def effect(self) -> str:
        """The recovery rates."""
        return say(
            "failed payments recovered {now} -> {then}",
            now=percent(self.now),
            then=percent(self.then),
        )

    def apply(self, levers: "Levers", forecaster: "Forecaster", months: pd.PeriodIndex) -> "Levers":
        """Give the levers with the factor on churn; see the class."""
        if self.now == self.then:
            return levers
        involuntary = self.involuntary(forecaster, chosen(self.where, forecaster))
        in_force = weight(self, forecaster, months)
        return levers.then("churn", times=self.factor(involuntary), weight=in_force)


_PARTS: Final = {
    "voluntary": marked("voluntary churn"),
    "involuntary": marked("involuntary churn"),
}


class _Moved(ChurnPart):
    """One part of churn, moved by a factor or by an amount."""

    times: Annotated[Number, Field(ge=0, le=20)] | None = None
    """Factor on this part of churn."""
    plus: Annotated[Number, Field(ge=-1, le=1)] | None = None
    """Added to churn: share of opening a month."""
    main: ClassVar[tuple[str, ...]] = ("times", "plus")
    less_is_better: ClassVar[tuple[str, ...]] = ("times", "plus")

    def problems(self) -> list[tuple[str, str]]:
        """Give problems that concern several keys, as (key, message)."""
        if (self.times is None) == (self.plus is None):
            said = "neither is given" if self.times is None else "both are given"
            return [("plus" if self.plus is not None else "lever", f"needs times or plus: {said}")]
        return []

    @property
    def effect(self) -> str:
        """The part and its number."""
        part = say(_PARTS[self.part])
        if self.times is not None:
            return f"{part} x {spelt(f'{self.times:g}')}"
        sign = "+" if (self.plus or 0) >= 0 else "-"
        moved = f"{sign}{percent(abs(self.plus or 0.0))}"
        return say("{part} {moved} a month", part=part, moved=moved)

    def apply(self, levers: "Levers", forecaster: "Forecaster", months: pd.PeriodIndex) -> "Levers":
        """Give the levers with this part of churn moved; see the class."""
        in_force = weight(self, forecaster, months)
        if self.plus is not None:
            return levers.then("churn", plus=self.plus, weight=in_force) if self.plus else levers
        if self.times is None or self.times == 1.0:
            return levers
        involuntary = self.involuntary(forecaster, chosen(self.where, forecaster))
        share = involuntary if self.part == "involuntary" else 1.0 - involuntary
        return levers.then("churn", times=1.0 + share * (self.times - 1.0), weight=in_force)


class VoluntaryChurn(_Moved):
    """Churn of customers who decide to leave.

    `times` t multiplies `churn` by 1 + (1 - i) x (t - 1), with i the involuntary share; `plus` is
    a shift of `churn`, by which customers under contract leave as well. Beside a change of
    involuntary churn both factors multiply, each by the shares before them: of small changes that
    is their sum.

    Raises
    ------
    ValidationError
        With every problem at once.

    Examples
    --------
    >>> VoluntaryChurn(times=0.8, months="2026-10/", ramp=6).label
    'voluntary churn x 0.8, from 2026-10 on, phased in over 6 months'
    """

    lever: Literal["voluntary_churn"] = "voluntary_churn"
    part: ClassVar[Literal["voluntary", "involuntary"]] = "voluntary"


class InvoluntaryChurn(_Moved):
    """Churn by failed payments.

    `times` t multiplies `churn` by 1 + i x (t - 1), with i the involuntary share; `plus` is a shift
    of `churn`.

    Raises
    ------
    ValidationError
        With every problem at once.

    Examples
    --------
    >>> InvoluntaryChurn(times=0.5, involuntary_share=0.2).effect
    'involuntary churn x 0.5'
    """

    lever: Literal["involuntary_churn"] = "involuntary_churn"
    part: ClassVar[Literal["voluntary", "involuntary"]] = "involuntary"
