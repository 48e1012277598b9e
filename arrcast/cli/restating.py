"""``arrcast restated``: two exports of one ledger, and what the later one changed of the past."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from history import InputError, Ledger, Restatement
from history.wording import counted

from .output import emit, header, records, show
from .session import open_session
from .views import by_movement

if TYPE_CHECKING:
    import pandas as pd

    from .options import Output, Source

LARGEST = 10  # customers that a person is shown


def run(source: Source, output: Output, earlier: Path, later: Path, detail: str) -> None:
    """Print what was restated; exit with 1 when anything was."""
    before = _read(source, earlier)
    after = _read(replace(source, as_of=str(before.as_of)), later)
    found = after.restated(before)
    tables = {
        "movements": found.to_frame(),
        "customers": found.customers_frame(),
        "lines": found.lines,
    }
    if detail not in tables:
        raise InputError(f"--detail {detail}: write movements, customers or lines")
    if output.json or output.out is not None:
        about = {
            **header(before),
            "ok": found.ok,
            "uncompared": list(found.uncompared),
            **{name: records(frame, found.currency) for name, frame in tables.items()},
        }
        emit(output, "arrcast.restated/1", tables[detail], about=about, rows=detail)
    else:
        _print(found)
    if not found.ok:
        raise typer.Exit(1)


def _read(source: Source, file: Path) -> Ledger:
    print(f"{file.name}:", file=sys.stderr)
    return open_session(replace(source, ledger=str(file))).ledger


def _print(found: Restatement) -> None:
    if found.months:
        show(_moved(by_movement(found.to_frame())), found.currency)
        print()
        show(found.customers_frame(largest=LARGEST), found.currency)
        rest = found.customers["customer"].nunique() - LARGEST
        if rest > 0:
            print(f"and {counted(rest, 'more customer')}: --detail customers --out FILE writes all")
        print()
    silent = found.lines[~found.lines["mrr_effect"]]
    if len(silent):
        counts = silent["cause"].value_counts()
        told = ", ".join(f"{name} ({count})" for name, count in counts.items())
        print(f"lines without effect on MRR: {told}")
    if found.uncompared:
        print(f"columns of one file only, not compared: {', '.join(found.uncompared)}")
    print(found)


def _moved(wide: pd.DataFrame) -> pd.DataFrame:
    """Leave out the movements in which nothing differs."""
    flat = [
        name
        for name in wide.columns
        if name not in ("month", "opening", "closing", "customers") and wide[name].eq(0).all()
    ]
    return wide.drop(columns=flat)
