"""The gallery: scenario files, each run on the example company, with what comes out.

``python docs/gallery/make_gallery.py`` writes ``golden.csv``, the pictures and ``docs/gallery.md``.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from forecast import Forecaster
    from scenarios import Comparison, Scenario

FOLDER = Path(__file__).parent
GOLDEN = FOLDER / "golden.csv"
PAGE = FOLDER.parent / "gallery.md"
AS_OF, THROUGH, PATHS, SEED = "2026-06", "2027-12", 500, 7
ABROAD = ("fx-shock", "new-country")
"""Files that are run by region, with North America billed in dollars; the others by size."""
RATE = 0.9
HEAD = """# Gallery

What a board asks about, as files to copy: each was run on the example company (`arrcast demo`) with
{paths} paths and seed {seed}, as of {as_of}, fitted without calibration
(`Forecaster.fit(ledger, by="size", calibrate=False)`): `arrcast compare`, which calibrates, gives
Base and the ranges a little otherwise. *FX shock* and *New country* are run by region, with North
America billed in dollars at a constant rate; segments fitted otherwise give a Base that is a
little otherwise. `python docs/gallery/make_gallery.py` makes this page, its pictures and
`docs/gallery/golden.csv`. What each key means is in [levers.md](levers.md).
"""


def files(by: str | None = None) -> list[Path]:
    """Return the files of the gallery in the order of their names, or those run by a dimension."""
    found = sorted((FOLDER / "scenarios").glob("*.yaml"))
    return [path for path in found if by is None or (by == "region") == (path.stem in ABROAD)]


def scenarios(by: str | None = None) -> list[Scenario]:
    """Return the scenarios of these files."""
    from scenarios import Scenario

    return [Scenario.read(path) for path in files(by)]


def example(by: str) -> Forecaster:
    """Fit the example company; by region North America is billed in dollars."""
    from forecast import Forecaster
    from history import Ledger
    from history.synthetic import example_company

    lines = example_company().generate(seed=1, through="2026-09").ledger_frame(AS_OF)
    rates = None
    if by == "region":
        abroad = lines["region"] == "North America"
        lines.loc[abroad, "currency"] = "USD"
        lines.loc[abroad, "amount"] = (lines.loc[abroad, "amount"] / RATE).round(2)
        rates = pd.DataFrame({"month": [AS_OF], "currency": ["USD"], "rate": [RATE]})
    with tempfile.TemporaryDirectory() as folder:
        billing = Path(folder) / "billing.csv"
        lines.to_csv(billing, index=False)
        ledger = Ledger.read(billing, as_of=AS_OF, currency="EUR", fx=rates)
        return Forecaster.fit(ledger, by=by, calibrate=False)


def view(forecaster: Forecaster, by: str) -> Comparison:
    """Run the scenarios of a dimension beside Base."""
    from scenarios import Scenario, compare, run

    made = [Scenario("Base"), *scenarios(by)]
    return compare(run(made, forecaster, through=THROUGH, paths=PATHS, seed=SEED), "Base")


def golden(views: Mapping[str, Comparison]) -> pd.DataFrame:
    """Return ARR and customers of every scenario at the year's ends."""
    tables = [
        made.table(measures=["arr", "customers"], every="year").assign(by=by)
        for by, made in views.items()
    ]
    table = pd.concat(tables, ignore_index=True)
    return table.assign(month=table["month"].astype(str))


def page(views: Mapping[str, Comparison]) -> str:
    """Return the page: of each scenario its file, what it assumes and what comes out."""
    parts = [HEAD.format(paths=PATHS, seed=SEED, as_of=AS_OF), _pictures_told()]
    for path, scenario in zip(files(), scenarios(), strict=True):
        made = views["region" if path.stem in ABROAD else "size"]
        parts.append(f"\n## {scenario.name}\n\n{_sentence(str(scenario.because))}\n\n")
        parts += [
            f"- {_sentence(str(change.because))} *{change.label}*\n" for change in scenario.changes
        ]
        parts.append(f"\n```yaml\n{path.read_text(encoding='utf-8')}```\n\n")
        parts += [line + "\n" for line in _table(made, scenario.name)]
        parts += [line + "\n" for line in _apart(made, scenario)]
        if scenario.costs is not None:
            parts += ["\n", *(line + "\n" for line in _economics(made, scenario))]
    return "".join(parts)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}."


def _table(made: Comparison, name: str) -> list[str]:
    """Return rows of ARR at each year's end: base, scenario, its band and the difference."""
    table = made.table(every="year").set_index(["month", "scenario"])
    rows = [
        f"| ARR in thousand {made.currency} | Base | {name} | its P10 to P90 | difference | |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for month in table.index.get_level_values("month").unique():
        base, here = table.loc[(month, "Base")], table.loc[(month, name)]
        band = f"{here['p10'] / 1e3:,.0f} to {here['p90'] / 1e3:,.0f}"
        gap = f"{here['difference'] / 1e3:+,.0f} | {here['difference_share']:+.1%}"
        means = f"{base['mean'] / 1e3:,.0f} | {here['mean'] / 1e3:,.0f}"
        rows.append(f"| {month} | {means} | {band} | {gap} |")
    return rows


def _apart(made: Comparison, scenario: Scenario) -> list[str]:
    """Return rows of what the total hides: a segment that is launched, the movement fx."""
    from scenarios import CurrencyMove, Launch

    projection = made.runs[scenario.name].projection
    rows = []
    for change in scenario.changes:
        if isinstance(change, Launch):
            draws = projection.draws("arr", {key: [v] for key, v in change.segment.items()})
            name = f"ARR of {' / '.join(change.segment.values())}"
        elif isinstance(change, CurrencyMove):
            draws = 12 * projection.draws("fx").cumsum(axis=1)
            name = f"moved by {change.currency} so far, the movement fx x 12"
        else:
            continue
        for month in made.table(every="year")["month"].unique():
            at = draws[:, projection.at(month)]
            p10, p90 = (value / 1e3 for value in np.quantile(at, [0.1, 0.9]))
            rows.append(f"| {month} | {name} | {at.mean() / 1e3:,.0f} | {p10:,.0f} to {p90:,.0f} |")
    head = ["", f"| | of it, in thousand {made.currency} | mean | P10 to P90 |"]
    return [*head, "| --- | --- | ---: | ---: |", *rows] if rows else []


def _economics(made: Comparison, scenario: Scenario) -> list[str]:
    """Return rows of unit economics in the last whole year: base and scenario."""
    from scenarios import unit_economics

    table = unit_economics(made.runs, scenario.costs, every="year")
    last = table[table["month"] == table["month"].max()].set_index(["scenario", "metric"])["value"]
    rows = [
        f"| the year to {table['month'].max()} | Base | {scenario.name} |",
        "| --- | ---: | ---: |",
    ]
    for metric, form in _ECONOMICS.items():
        figures = " | ".join(form.format(last[name, metric]) for name in ("Base", scenario.name))
        rows.append(f"| {metric.replace('_', ' ')} | {figures} |")
    return rows


_ECONOMICS = {
    "sales_and_marketing": "{:,.0f}",
    "cac": "{:,.0f}",
    "cac_payback": "{:.1f} months",
    "ltv_to_cac": "{:.1f}",
    "operating_result": "{:,.0f}",
    "rule_of_40": "{:.1%}",
}


PICTURES = {"tornado.png": "Enterprise push", "bridge.png": "Downturn"}
"""Files of the pictures, and the scenario of each."""


def _pictures_told() -> str:
    """Return the part of the page that shows the pictures."""
    tornado, bridge = PICTURES.values()
    return f"""
## Two pictures

The tornado of *{tornado}*: each lever, and the main number of each driver that the scenario uses,
10 % down and up (`arrcast tornado FILE --figure tornado.png`).

![Tornado of {tornado}](gallery/tornado.png)

The bridge from Base to *{bridge}*: each change by its Shapley share, adding up
(`view.bridge("{bridge}", method="shapley")` in Python, `figures.bridge` draws it).

![Bridge from Base to {bridge}](gallery/bridge.png)
"""


def draw(made: Comparison, folder: Path) -> list[Path]:
    """Draw the tornado and the bridge; the same bytes from the same figures."""
    from reports import figures
    from scenarios import tornado

    turned, bridged = PICTURES.values()
    _, wide = figures.canvas(10.0, 6.4)
    _, tall = figures.canvas(10.0, 5.6)
    found = tornado(made.runs, turned, THROUGH)
    figures.tornado(found, wide, currency=made.currency)
    figures.bridge(made.bridge(bridged, THROUGH, method="shapley"), tall, currency=made.currency)
    return [
        figures.save(ax, folder / name, dpi=110, force=True)
        for name, ax in zip(PICTURES, (wide, tall), strict=True)
    ]


def main() -> int:
    """Write the golden figures, the pictures and the page."""
    views = {by: view(example(by), by) for by in ("size", "region")}
    golden(views).to_csv(GOLDEN, index=False, float_format="%.4f", lineterminator="\n")
    draw(views["size"], FOLDER)
    PAGE.write_text(page(views), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
