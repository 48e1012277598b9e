"""One ledger under the policies that products publish, each by its own formulas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import InputError
from .policy import Policy
from .presets import PRESETS, Preset

if TYPE_CHECKING:
    from .ledger import Ledger

__all__ = ["PresetFigures", "preset_spread_of"]


@dataclass(frozen=True)
class PresetFigures:
    """MRR and retention of a ledger as one product would read it.

    Parameters
    ----------
    preset
        Name of the preset; ``(in force)`` for the ledger's own policy, the first of the list.
    product
        Whose policy it is.
    policy
        The switches, with the ledger's own weeks in a month.
    mrr
        Closing MRR at ``as_of``, in major units; None where nothing pays under the policy.
    nrr, grr
        Retention over the period, a share 0-1; None where the history is too short.
    nrr_definition, grr_definition
        Which definition of the spread was used: the published one, or the default.
    published
        Which of "nrr" and "grr" the product publishes a formula for.
    lacks
        Switches that could not act here ("churn_date = effective") -> the fields that are missing.
    sources
        Pages that say so.
    """

    preset: str
    product: str
    policy: Policy
    mrr: float | None
    nrr: float | None
    grr: float | None
    nrr_definition: str
    grr_definition: str
    published: tuple[str, ...]
    lacks: Mapping[str, tuple[str, ...]]
    sources: tuple[str, ...]


def preset_spread_of(ledger: Ledger, period: int) -> list[PresetFigures]:
    """Compute the ledger under its own policy, then under every preset."""
    own = Preset("(in force)", "this ledger's policy", ledger.policy, ())
    weeks = {"weeks_per_month": ledger.policy.weeks_per_month}
    return [
        _figures(ledger, each, each.policy.model_copy(update=weeks), period)
        for each in (own, *PRESETS.values())
    ]


def _figures(ledger: Ledger, preset: Preset, policy: Policy, period: int) -> PresetFigures:
    nrr, grr = preset.nrr or "nrr_point_to_point", preset.grr or "grr_customer_minimum"
    known: dict[str, float | None] = {}
    try:
        read = ledger.under(policy)
    except InputError:  # under this policy nothing pays
        pass
    else:
        found = [*read.metrics(period), *read.retention_spread(period)]
        known = {metric.name: metric.value for metric in found}
    return PresetFigures(
        preset=preset.name,
        product=preset.product,
        policy=policy,
        mrr=known.get("mrr"),
        nrr=known.get(nrr),
        grr=known.get(grr),
        nrr_definition=nrr,
        grr_definition=grr,
        published=tuple(name for name in ("nrr", "grr") if getattr(preset, name)),
        lacks=ledger.lacking(policy),
        sources=preset.sources,
    )
