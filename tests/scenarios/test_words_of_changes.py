"""What a CFO reads back of what was written: sentences, places of errors, names of files."""

import pytest

from history.errors import InputError
from scenarios import (
    Acquisition,
    InvoluntaryChurn,
    Marketing,
    Override,
    PaymentRecovery,
    Scenario,
    VoluntaryChurn,
    overlaps,
    run,
    tornado,
)
from scenarios.files.file import read_file


def refused(tmp_path, text):
    path = tmp_path / "it.yaml"
    path.write_text(f"name: It\nchanges:\n{text}", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_file(path)
    return str(caught.value).replace(f"{tmp_path}/", "")


def test_the_keys_of_a_mistyped_driver_are_not_laid_to_a_lever(tmp_path):
    said = refused(tmp_path, "  - lever: lunch\n    segment: {size: Micro}\n    ramp: 3\n")
    assert said.startswith("1 problem:\nit.yaml:3:12: lever: unknown lever 'lunch'. Did you mean")
    said = refused(tmp_path, "  - lever: lunch\n    segmnt: {size: Micro}\n")
    assert 'it.yaml:4:5: unknown key "segmnt"' in said


def test_a_number_out_of_range_is_told_with_what_it_means(tmp_path):
    said = refused(tmp_path, "  - lever: price_rise\n    uplift: 6\n    months: 2027-01/\n")
    assert "it.yaml:4:13: uplift: should be less than or equal to 5. Relative rise" in said
    assert "0.06 is 6 %" in said
    text = "  - lever: override\n    measure: churn\n    mrr: {2026-10: -5}\n"
    assert "it.yaml:5:20: mrr.2026-10: should be greater than or equal to 0" in refused(
        tmp_path, text
    )


def test_a_budget_is_not_compared_with_a_cost_of_a_customer():
    by_cac = Marketing(spend=60_000, cac=900, returns=0.6)
    assert by_cac.effect == (
        "marketing 60,000 a month where a customer it brings costs 900 today, returns 0.6"
    )


@pytest.mark.parametrize(
    ("launch", "place"),
    [
        ("segment: {size: Micro}\n    like: {size: SMBs}", "5:18: like.size: unknown value"),
        ("segment: {siz: Micro}\n    like: {size: SMB}", "4:20: segment.siz: unknown segment"),
        ("segment: {size: SMB}\n    like: {size: SMB}", "4:14: segment: SMB is there already"),
    ],
)
def test_what_is_wrong_with_a_launch_has_its_line(tmp_path, by_size, launch, place):
    (tmp_path / "new.yaml").write_text(
        f"name: New\nchanges:\n  - lever: launch\n    {launch}\n    customers: 5\n"
        "    months: 2026-10/\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError, match=f"new.yaml:{place}"):
        run(Scenario.read(tmp_path / "new.yaml"), by_size, months=6, paths=5)


def test_both_parts_of_churn_are_no_overlap_and_the_same_part_is():
    both = Scenario("Both").add(
        PaymentRecovery(now=0.4, then=0.7), VoluntaryChurn(times=0.9), InvoluntaryChurn(times=0.9)
    )
    (found,) = overlaps(both)
    assert (found.first.position, found.second.position) == (1, 3)


def test_a_turn_that_another_change_cannot_follow_is_told_with_its_lever(by_size):
    book = Acquisition(customers=100, mrr=9_000, months="2026-09")
    plan = Scenario("Plan").add(book, Override(measure="new", mrr={"2026-09": 9_100}))
    runs = run(plan, by_size, months=4, paths=10)
    with pytest.raises(InputError, match=r"acquisition.mrr x 1.1 cannot be carried .*by boug"):
        tornado(runs, "Plan", levers="acquisition.mrr")
