"""What does not meet the company is told with file, line and key of the scenario that says it."""

import pandas as pd
import pytest
from scenarios_toy import ToyForecaster

from history.errors import InputError, UnknownNameError
from scenarios import SalesCapacity, Scenario, read_scenarios, run
from scenarios.files.places import unseen

BAD = """\
name: Bad
based_on: Base
changes:
  - lever: churn
    times: 1.2
    where: {size: [SMB, Midd]}
  - lever: churn
    times: 1.1
    months: 2031-01/2031-06
  - lever: price
    times: 1.1
    where:
      sise: SMB
"""


def told(folder, scenarios=None, months=6, forecaster=None):
    given = scenarios or [Scenario("Base"), *read(folder).values()]
    with pytest.raises(InputError) as caught:
        run(given, forecaster or ToyForecaster(), months=months, paths=10)
    return caught.value


def read(folder):
    return read_scenarios(folder, known={"Base": Scenario("Base")})


def test_segments_and_months_that_are_not_there_have_file_line_key_and_nearest_name(tmp_path):
    (tmp_path / "bad.yaml").write_text(BAD, encoding="utf-8")
    # Based on the bad one: what it takes over is told once, where it stands.
    more = "name: More\nbased_on: Bad\nchanges: [{lever: churn, times: 1.1, where: {size: Lrge}}]\n"
    (tmp_path / "more.yaml").write_text(more, encoding="utf-8")
    error = told(tmp_path)
    lines = [line for line in str(error).splitlines() if not line.startswith("    ")]
    known = "Known: Large, Mid, SMB."
    late = "none of its months (2031-01/2031-06) is projected: the months are 2026-07 to 2026-12; "
    late += "project further, or take the change out if its time is past"
    column = "unknown segment column 'sise'. Did you mean 'size'? Known: size."
    assert [line.removeprefix(f"{tmp_path}/") for line in lines] == [
        "4 problems:",
        f"bad.yaml:6:25: where.size: unknown value of size 'Midd'. Did you mean 'Mid'? {known}",
        f"bad.yaml:9:13: months: {late}",
        f"bad.yaml:13:13: where.sise: {column}",
        f"more.yaml:3:52: where.size: unknown value of size 'Lrge'. Did you mean 'Large'? {known}",
    ]
    assert str(error).splitlines()[3].index("^") == 4 + 24


def test_what_is_unknown_alone_is_an_unknown_name(tmp_path):
    text = "name: X\nchanges: [{lever: churn, times: 1.1, where: {size: Lrge}}]\n"
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    assert isinstance(told(tmp_path), UnknownNameError)


def test_a_customer_who_is_not_there_is_told_with_the_nearest(tmp_path, by_size):
    paying = by_size.ledger.paying(None)["customer"].astype(str)
    name = f"{paying.iloc[0]}x"
    (tmp_path / "loss.yaml").write_text(
        "name: Loss\nchanges:\n  - lever: named_customer\n    event: loss\n"
        f"    customer: {name}\n    months: 2026-11\n",
        encoding="utf-8",
    )
    said = str(told(tmp_path, forecaster=by_size))
    assert f"loss.yaml:5:15: customer: unknown paying customer '{name}'. Did you mean" in said
    assert repr(paying.iloc[0]) in said


def test_the_key_of_a_driver_is_told(tmp_path):
    text = "name: Team\nchanges:\n  - lever: sales_capacity\n    reps: 4\n    quota: 9e5\n"
    text += "    leavers:\n      2026-10: 2\n      2026-11: 3\n"
    (tmp_path / "team.yaml").write_text(text, encoding="utf-8")
    assert "team.yaml:8:16: leavers.2026-11: in 2026-11 more leave" in str(told(tmp_path))


def test_a_change_made_in_python_is_told_by_its_number_though_others_are_in_a_file(tmp_path):
    text = "name: X\nchanges: [{lever: churn, times: 1.1}]\n"
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    more = read(tmp_path)["X"].change("churn", times=1.2, where={"size": "Smb"})
    error = told(tmp_path, [more])
    assert "scenario 'X', change 2 (churn x 1.2, size Smb): where.size: unknown" in str(error)
    assert "x.yaml" not in str(error)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("times: 90", "bad.yaml:4:12: times 90 is outside 0 to 20"),
        ("set: 1.5", "bad.yaml:4:10: set 1.5 is outside 0 to 1, the bounds of churn"),
        ("tims: 0.9", 'bad.yaml:4:5: unknown key "tims": did you mean "times"?'),
        ("times: much", "bad.yaml:4:12: times: must be a number such as 0.80, not 'much'"),
    ],
)
def test_what_a_file_says_wrongly_by_itself_has_its_line_as_well(tmp_path, line, said):
    text = f"name: X\nchanges:\n  - lever: churn\n    {line}\n"
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read(tmp_path)
    assert said in str(caught.value)


def test_months_after_the_last_one_are_told_and_no_error(tmp_path):
    text = "name: Long\nchanges:\n  - {lever: churn, times: 1.2, months: 2026-10/2029-06}\n"
    text += "  - lever: sales_capacity\n    reps: 5\n"
    text += "    hires: {2026-10: 2, 2029-01: 3, 2029-03: 1}\n"
    text += "  - lever: pipeline\n    deals:\n"
    for name, month in (("A", "2026-09"), ("B", "2028-09")):
        text += f"      - {{name: {name}, mrr: 900, closes: {month}, probability: 0.5}}\n"
    text += "  - {lever: churn, times: 1.1, months: 2026-10/}\n"
    (tmp_path / "long.yaml").write_text(text, encoding="utf-8")
    scenario = read(tmp_path)["Long"]
    months = pd.period_range("2026-07", "2026-12", freq="M")
    found = [f"{each.place}: {each.message}" for each in unseen(scenario, months)]
    after = "after 2026-12, the last month projected: project further to see it"
    assert [each.removeprefix(f"{tmp_path}/") for each in found] == [
        f"long.yaml:3:40: months: 2029-06 is {after}",
        f"long.yaml:6:12: hires: 2029-01 and 2029-03 are {after}",
        f"long.yaml:10:37: deals.closes: 2028-09 is {after}",
    ]
    assert not list(unseen(scenario, pd.period_range("2026-07", "2029-06", freq="M")))


def test_a_span_that_begins_in_history_is_told_and_hires_of_the_past_are_not():
    early = Scenario("Early").change("churn", times=1.2, months="2025-10/2026-09")
    team = SalesCapacity(reps=4, hires={"2026-04": 1})
    months = pd.period_range("2026-07", "2026-12", freq="M")
    (found,) = unseen(early.add(team), months)
    said = "months: 2025-10 is before 2026-07, the first month projected: what was is history"
    assert found.message == said
    assert not list(unseen(Scenario("Until").change("churn", times=1.2, months="/2026-09"), months))


def test_costs_of_months_after_the_last_one_are_told(tmp_path):
    text = "name: Dear\ncosts:\n  sales_and_marketing: {2026-07: 9e4, 2029-01: 1e5}\n"
    text += "  other: {2026-01: 3e5}\n  gross_margin: 0.8\n"
    (tmp_path / "dear.yaml").write_text(text, encoding="utf-8")
    months = pd.period_range("2026-07", "2026-12", freq="M")
    scenario = read(tmp_path)["Dear"]
    (found,) = unseen(scenario, months)
    said = "2029-01 is after 2026-12, the last month projected: project further to see it"
    assert found.message == f"costs.sales_and_marketing: {said}"
    assert found.place.endswith("dear.yaml:3:48")
    (found,) = unseen(Scenario("In Python", costs=scenario.costs), months)
    assert found.place == "scenario 'In Python'"


def test_runs_tell_what_is_not_seen_once():
    long = Scenario("Long").change("churn", times=1.2, months="2026-10/2027-06")
    runs = run([long, Scenario("Longer", based_on=long)], ToyForecaster(), months=6, paths=10)
    (said,) = runs.unseen
    assert said.startswith("scenario 'Long', change 1 (churn x 1.2, 2026-10 to 2027-06): months:")
