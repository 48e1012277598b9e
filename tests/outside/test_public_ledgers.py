"""Ledgers that this project did not write, against tables that it did not compute.

The files are not part of the repository (their licences do not allow it). ``ARRCAST_PUBLIC_DATA``
names the folder that holds them; without it there is nothing to compare with.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

DATA = Path(os.environ.get("ARRCAST_PUBLIC_DATA", "")).resolve()

pytestmark = pytest.mark.skipif(
    not (os.environ.get("ARRCAST_PUBLIC_DATA") and DATA.is_dir()),
    reason="ARRCAST_PUBLIC_DATA names no folder",
)

Arrcast = Callable[..., subprocess.CompletedProcess[str]]


def expected_movements(name: str) -> pd.DataFrame:
    """Published table: one row a month, amounts and counts by movement."""
    return pd.read_csv(DATA / name / "expected_movements_month_end.csv")


def our_movements(arrcast: Arrcast, name: str, as_of: str) -> pd.DataFrame:
    """The same from the command line, no mapping given."""
    result = arrcast(
        *("history", "--ledger", DATA / name / "subscriptions.csv"),
        *("--as-of", as_of, "--currency", "USD", "--json"),
    )
    assert result.returncode == 0, result.stderr
    return pd.DataFrame(json.loads(result.stdout)["rows"])


@pytest.mark.parametrize(("name", "as_of"), [("mavenflix", "2023-08"), ("ravenstack", "2024-12")])
def test_movements_equal_the_published_table(arrcast: Arrcast, name: str, as_of: str) -> None:
    expected = expected_movements(name)
    ours = our_movements(arrcast, name, as_of)
    mrr = ours.pivot_table(index="month", columns="movement", values="mrr", dropna=False)
    customers = ours.pivot_table(index="month", columns="movement", values="customers")
    expected.index = pd.Index(expected["month"].str[:7])
    assert list(mrr.index) == list(expected.index)
    assert (mrr["closing"] == expected["mrr"]).all()
    assert (customers["closing"] == expected["customers"]).all()
    after_first = expected.index[1:]
    for movement in ("new", "reactivation", "expansion", "contraction", "churn"):
        for frame, column in ((mrr, f"{movement}_mrr"), (customers, f"n_{movement}")):
            found = frame.loc[after_first, movement]
            wanted = expected.loc[after_first, column]
            assert (found == wanted).all(), (movement, column)


def test_cohorts_equal_the_published_triangle_of_subscriptions(
    arrcast: Arrcast, tmp_path: Path
) -> None:
    """The published triangle counts subscriptions: each row its own customer."""
    lines = pd.read_csv(DATA / "mavenflix" / "subscriptions.csv", dtype=str)
    lines["customer_id"] = [f"row {number}" for number in range(len(lines))]
    lines.to_csv(tmp_path / "subscriptions.csv", index=False)
    result = arrcast(
        *("cohorts", "--ledger", "subscriptions.csv", "--as-of", "2023-08"),
        *("--currency", "USD", "--json"),
    )
    ours = pd.DataFrame(json.loads(result.stdout)["rows"])
    triangle = ours.pivot_table(index="cohort", columns="age", values="customers")
    expected = pd.read_csv(DATA / "mavenflix" / "triangle_month_end.csv", index_col="cohort")
    for age in range(12):
        wanted = expected[f"m{age}"].dropna()
        assert (triangle[age].dropna() == wanted).all(), age


def test_survival_of_a_snapshot_by_tenure_equals_the_published_curve() -> None:
    from forecast import fit_retention

    telco = pd.read_csv(DATA / "telco" / "telco_customer_churn.csv")
    telco = telco[telco["tenure"] > 0]
    rows = []
    for tenure, group in telco.groupby("tenure"):
        # Who joined `tenure` months ago: all alive until the last month, in which some left.
        whole = [float(len(group))] * int(tenure)
        rows.append([*whole, float((group["Churn"] == "No").sum())])
    longest = max(map(len, rows))
    triangle = pd.DataFrame([row + [float("nan")] * (longest - len(row)) for row in rows])
    curve = fit_retention(triangle, model="kaplan_meier")
    published = {1: 0.9460, 6: 0.8848, 12: 0.8432, 24: 0.7887, 36: 0.7485, 48: 0.7088, 60: 0.6644}
    for age, share in published.items():
        assert curve.survival(age) == pytest.approx(share, abs=5e-5)
