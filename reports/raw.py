"""The figures of a report as tidy tables and as pictures, in folders beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pandas as pd

from .figures.canvas import save
from .files import free_path, whole_file
from .pack import Pack, spoken
from .tables import write_table

TABLE_ENDINGS: Final = ("csv", "parquet")


@spoken
def write_tables(pack: Pack, folder: Path, *, force: bool = False) -> list[Path]:
    """Write every table as csv and parquet.

    Parameters
    ----------
    pack : Pack
    folder : Path
        Made if it is not there.
    force : bool
        Replace existing files.

    Returns
    -------
    list of Path
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [
        write_table(table, folder / f"{name}.{ending}", currency=pack.currency, force=force)
        for name, table in _tables(pack)
        for ending in TABLE_ENDINGS
    ]


@spoken
def write_figures(pack: Pack, folder: Path, *, force: bool = False) -> list[Path]:
    """Write every figure as png and svg; as `write_tables`."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for figure in pack.figures:
        made.append(save(figure.drawn, folder / f"{figure.name}.png", force=force))
        target = free_path(folder / f"{figure.name}.svg", (".svg",), force=force)
        with whole_file(target) as temporary:
            temporary.write_bytes(figure.svg)
        made.append(target)
    return made


def _tables(pack: Pack) -> Iterator[tuple[str, pd.DataFrame]]:
    by = list(pack.by)
    yield "movements", pack.ledger.movements(by=by or None).to_frame()
    yield "cohorts", pack.cohorts.table()
    yield "scenarios", pack.comparison.table(measures=["arr", "mrr"], every="month")
    forecasts = [
        run.projection.table(by_segment=bool(by)).assign(scenario=name)
        for name, run in pack.comparison.runs.items()
    ]
    yield "forecast", pd.concat(forecasts, ignore_index=True)
    if not pack.comparison.inputs().empty:
        yield "assumptions", pack.comparison.inputs()
    if pack.variance is not None:
        yield "variance", pack.variance.table(by_segment=bool(by))
    if pack.backtest is not None:
        yield "backtest", pack.backtest.table
