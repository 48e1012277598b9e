"""``arrcast metrics``: figures with their definitions, and their spread over all definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from .output import emit, header, show
from .session import open_session
from .views import metrics_frame, without_empty_blank

if TYPE_CHECKING:
    from history import Ledger, PresetFigures

    from .options import Output, Source


def run(
    source: Source, output: Output, period: int, *, spread: bool, retention_adjusted: bool
) -> None:
    """Print or write the metrics, or retention under every definition and preset."""
    session = open_session(source)
    ledger, by = session.ledger, session.by
    find = ledger.retention_spread if spread else ledger.metrics
    found = find(period=period, by=by)
    if retention_adjusted:
        found += session.retention_adjusted().metrics()
    frame = metrics_frame(found, by)
    view = without_empty_blank(frame, by, "value")
    if not spread:
        emit(output, "arrcast.metrics/1", frame, about=header(ledger), view=view, rows="metrics")
        return
    presets = ledger.preset_spread(period)
    about = {**header(ledger), "presets": [_told(each) for each in presets]}
    emit(output, "arrcast.metrics/1", frame, about=about, view=view, rows="metrics")
    if not output.json and output.out is None:
        _show(ledger, presets)


def _told(figures: PresetFigures) -> dict[str, Any]:
    """Give a preset's figures as plain JSON values."""
    return {
        "preset": figures.preset,
        "product": figures.product,
        "policy": figures.policy.digest,
        "switches": figures.policy.changed,
        "mrr": figures.mrr,
        "nrr": figures.nrr,
        "nrr_definition": figures.nrr_definition,
        "grr": figures.grr,
        "grr_definition": figures.grr_definition,
        "published": list(figures.published),
        "lacks": {switch: list(fields) for switch, fields in figures.lacks.items()},
        "sources": list(figures.sources),
    }


def _show(ledger: Ledger, presets: list[PresetFigures]) -> None:
    """Print the table of presets, and which of their switches lack a column here."""
    table = pd.DataFrame(
        [
            {
                "policy": each.preset,
                "mrr": each.mrr,
                "nrr": each.nrr,
                "grr": each.grr,
                "nrr by": each.nrr_definition if "nrr" in each.published else "(default)",
                "switches": ", ".join(f"{k}={v}" for k, v in each.policy.changed.items()),
            }
            for each in presets
        ]
    )
    print("\nThe same ledger as known products publish it:")
    show(table, ledger.currency)
    missing: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for each in presets:
        for switch, fields in each.lacks.items():
            missing.setdefault((switch, fields), []).append(each.preset)
    for (switch, fields), names in missing.items():
        wanted = " and ".join(fields)
        print(f"{', '.join(names)}: read without {switch}, which needs {wanted}")
