"""The gallery: scenario files, each run on the example company, with what comes out.

``python docs/gallery/make_gallery.py`` writes ``golden.csv`` and ``docs/gallery.md``.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from forecast import Forecaster
    from scenarios import Comparison, Scenario

FOLDER = Path(__file__).parent
GOLDEN = FOLDER / "golden.csv"
PAGE = FOLDER.parent / "gallery.md"
AS_OF, THROUGH, PATHS, SEED = "2026-06", "2027-12", 500, 7
HEAD = """# Gallery

What a board asks about, as files to copy: each was run on the example company (`arrcast demo`), by
size of customer, with {paths} paths and seed {seed}, as of {as_of}, fitted without calibration
(`Forecaster.fit(ledger, by="size", calibrate=False)`): `arrcast compare`, which calibrates, gives
Base and the ranges a little otherwise. `python docs/gallery/make_gallery.py` makes this page and
`docs/gallery/golden.csv`. What each key means is in [levers.md](levers.md).
"""


def scenarios() -> list[Scenario]:
    """Return the scenarios of the gallery in the order of their files' names."""
    from scenarios import Scenario

    return [Scenario.read(path) for path in sorted((FOLDER / "scenarios").glob("*.yaml"))]


def example() -> Forecaster:
    """Fit the example company."""
    from forecast import Forecaster
    from history import Ledger
    from history.synthetic import example_company

    with tempfile.TemporaryDirectory() as folder:
        billing = Path(folder) / "billing.csv"
        simulated = example_company().generate(seed=1, through="2026-09")
        simulated.ledger_frame(AS_OF).to_csv(billing, index=False)
        ledger = Ledger.read(billing, as_of=AS_OF)
        return Forecaster.fit(ledger, by="size", calibrate=False)


def view(forecaster: Forecaster) -> Comparison:
    """Run every scenario beside Base."""
    from scenarios import Scenario, compare, run

    made = [Scenario("Base"), *scenarios()]
    return compare(run(made, forecaster, through=THROUGH, paths=PATHS, seed=SEED), "Base")


def golden(made: Comparison) -> pd.DataFrame:
    """Return ARR and customers of every scenario at the year's ends."""
    table = made.table(measures=["arr", "customers"], every="year")
    return table.assign(month=table["month"].astype(str))


def page(made: Comparison) -> str:
    """Return the page: of each scenario its file, what it assumes and what comes out."""
    parts = [HEAD.format(paths=PATHS, seed=SEED, as_of=AS_OF)]
    files = sorted((FOLDER / "scenarios").glob("*.yaml"))
    for path, scenario in zip(files, scenarios(), strict=True):
        parts.append(f"\n## {scenario.name}\n\n{_sentence(str(scenario.because))}\n\n")
        parts += [
            f"- {_sentence(str(change.because))} *{change.label}*\n" for change in scenario.changes
        ]
        parts.append(f"\n```yaml\n{path.read_text(encoding='utf-8')}```\n\n")
        parts += [line + "\n" for line in _table(made, scenario.name)]
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


def main() -> int:
    """Write the golden figures and the page."""
    made = view(example())
    golden(made).to_csv(GOLDEN, index=False, float_format="%.4f", lineterminator="\n")
    PAGE.write_text(page(made), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
