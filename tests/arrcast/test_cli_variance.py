"""``arrcast variance`` and ``arrcast reforecast`` on the example company."""

import json

import pandas as pd
import pytest

DETAILS = ("lines", "drivers", "signals", "timing", "commentary", "restated")


@pytest.fixture(scope="module")
def folder(simulated, billing, run_arrcast, tmp_path_factory):
    """A sealed plan as of June, and September's billing."""
    place = tmp_path_factory.mktemp("variance")
    simulated.ledger_frame("2026-09").to_csv(place / "september.csv", index=False)
    done = run_arrcast(
        "freeze", "Base", "--ledger", billing, "--as-of", "2026-06", "--by", "size", "--months",
        12, "--paths", 100, "--name", "FY27", "--approved-by", "CFO", "--out", place / "fy27.plan",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return place


@pytest.fixture(scope="module")
def arrcast_there(run_arrcast, folder):
    def call(command, *words):
        ledger = ("--ledger", "september.csv", "--as-of", "2026-09")
        return run_arrcast(command, "fy27.plan", *words, *ledger, folder=folder)

    return call


@pytest.mark.parametrize("detail", DETAILS)
def test_every_table_is_json_of_its_own_shape(arrcast_there, detail):
    done = arrcast_there("variance", "--detail", detail, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    name = "arrcast.variance/1" if detail == "lines" else f"arrcast.variance-{detail}/1"
    assert found["schema"] == name
    assert found["plan"] == "FY27"
    assert found["rows"] or detail == "restated"


def test_drivers_add_up_as_printed_in_json(arrcast_there):
    done = arrcast_there("variance", "--detail", "drivers", "--every", "quarter", "--json")
    rows = pd.DataFrame(json.loads(done.stdout)["rows"])
    ends = rows[rows["line"] == "closing"].set_index(["period", "size"])["variance"]
    sums = rows[rows["line"] != "closing"].groupby(["period", "size"])["variance"].sum()
    assert (sums - ends).abs().max() < 0.005
    rates = rows[rows["unit"] == "share"]["plan_figure"]
    assert (rates * 1e4 % 1 > 0.01).any()  # not cut to cents


def test_a_year_with_its_outlook_is_printed(arrcast_there):
    done = arrcast_there(
        "variance", "--every", "year", "--fiscal-year-start", 7, "--outlook", "Base", "--paths", 100
    )
    assert done.returncode == 0, done.stderr
    assert "FY27: plan and outlook MRR movements of FY27 in EUR" in done.stdout
    assert "Months after 2026-09 are a forecast" in done.stdout


def test_a_month_is_explained_in_words(arrcast_there):
    printed = arrcast_there("variance", "--month", "2026-08").stdout
    assert "plan and actual MRR movements of 2026-08" in printed
    assert "Net new MRR is " in printed
    for word, said in (("--every", "fortnight"), ("--detail", "nothing"), ("--month", "2027-01")):
        wrong = arrcast_there("variance", word, said)
        assert wrong.returncode == 2
        assert wrong.stderr.splitlines()[-1].startswith("error: ")


def test_segments_are_printed_where_they_are_asked_for(arrcast_there):
    done = arrcast_there("variance", "--by", "size")
    assert done.returncode == 0, done.stderr
    assert "FY27 by size: plan and actual closing MRR of 2026-09" in done.stdout
    assert "\n  Enterprise " in done.stdout
    assert "by size" not in arrcast_there("variance").stdout
    wrong = arrcast_there("variance", "--by", "region")
    assert wrong.returncode == 2
    assert "size" in wrong.stderr


def test_the_walk_to_a_new_forecast(arrcast_there):
    done = arrcast_there("reforecast", "Downside", "--paths", 100, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    rows = pd.DataFrame(found["rows"])
    assert found["schema"] == "arrcast.reforecast/1"
    steps = rows[rows["kind"] == "step"]
    assert steps["label"].tolist()[-4:] == ["actuals", "refit", "new business", "new levers"]
    start, end = rows["amount"].iloc[0], rows["amount"].iloc[-1]
    assert start + steps["amount"].sum() == pytest.approx(end, abs=0.02)
    assert arrcast_there("reforecast", "Base", "--at", "2028-01").returncode == 2
