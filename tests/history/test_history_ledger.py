"""The ledger as known at a month: what counts, what is refused, what is said."""

import datetime as dt

import pandas as pd
import pytest

from history import (
    CurrencyError,
    InputError,
    Ledger,
    NotEnoughHistoryError,
    Policy,
    UnknownNameError,
)


def ledger(rows, as_of="2025-06", currency="EUR", policy=None):
    return Ledger.from_lines(pd.DataFrame(rows), as_of=as_of, currency=currency, policy=policy)


def line(customer="A", start="2025-01-01", end=None, mrr=10000, **more):
    return {"customer": customer, "start_date": start, "end_date": end, "mrr": mrr, **more}


def closing(book, by=None):
    return book.movements(by).matrix("closing")


def value(book, name, period=12):
    return next(m.value for m in book.metrics(period) if m.name == name)


def rules(book):
    return [finding.rule for finding in book.findings]


def test_the_ledger_knows_what_it_is():
    book = ledger([line(plan="Pro", region="EU")])
    assert str(book.as_of) == str(book.last_month) == "2025-06"
    assert str(book.first_month) == "2025-01"
    assert book.currency == "EUR"
    assert book.dimensions == ("plan", "region")
    assert book.policy == Policy()
    assert len(book.rejected) == 0
    assert repr(book) == "<Ledger 2025-01 to 2025-06, EUR>"


def test_what_never_counts():
    rows = [
        line("A"),
        line("B", kind="one_off"),
        line("C", status="trial"),
        line("D", status="paused"),
        line("E", mrr=0),
        line("F", start="2025-02-01", end="2025-02-01"),
        line("G", start="2025-02-03", end="2025-02-20"),
        line("H", status="past_due", mrr=100),
        line("I", mrr=-500),
    ]
    book = ledger(rows)
    assert closing(book)["total"].iloc[-1] == 96.0
    assert book.movements().matrix("closing", "customers")["total"].iloc[-1] == 2


def test_pauses_and_arrears_are_switches():
    rows = [line("A"), line("B", status="paused", mrr=700), line("C", status="past_due", mrr=50)]
    policy = Policy(paused="unchanged", past_due="zero")
    assert closing(ledger(rows, policy=policy))["total"].iloc[-1] == 107.0
    assert policy.digest != Policy().digest


def test_an_open_pause_is_warned_of():
    book = ledger([line("A"), line("B", status="paused", row=7)])
    warned = book.findings.warnings
    assert [(f.row, f.rule, f.value) for f in warned] == [(7, "status-counts-nothing", "paused")]


def test_a_cancelled_line_without_end():
    rows = [
        line("A", row=2),
        line("B", row=3, status="cancelled"),
        line("C", row=4, status="cancelled", term_end="2025-03-01"),
    ]
    book = ledger(rows)
    found = book.findings.errors + book.findings.warnings
    assert [(f.row, f.severity) for f in found] == [(3, "error"), (4, "warning")]
    assert closing(book)["total"].tolist() == [300, 300, 200, 200, 200, 200]


def test_visits_between_two_closes_are_counted_where_the_policy_says_so():
    rows = [
        line("A", start="2025-01-01", plan="Pro"),
        line("B", start="2025-03-04", end="2025-03-20", mrr=500, plan="Pro"),
        line("B", start="2025-05-04", plan="Basic"),
    ]
    ignored = ledger(rows).movements()
    assert ignored.matrix("churn")["total"].sum() == 0
    assert ignored.matrix("new")["total"]["2025-05"] == 100
    counted = ledger(rows, policy=Policy(same_month="count")).movements("plan")
    counted.verify()
    assert counted.matrix("new")["Pro"]["2025-03"] == 5
    assert counted.matrix("churn")["Pro"]["2025-03"] == -5
    assert counted.matrix("reactivation")["Basic"]["2025-05"] == 100


def test_a_short_gap_is_a_migration_where_the_policy_says_so():
    rows = [line("A", "2025-01-01", "2025-02-27"), line("A", "2025-03-02", mrr=12000)]
    assert ledger(rows).movements().matrix("churn")["total"]["2025-02"] == -100
    bridged = ledger(rows, policy=Policy(gap_days=3)).movements()
    assert bridged.matrix("churn")["total"].sum() == 0
    assert bridged.matrix("expansion")["total"]["2025-03"] == 20
    assert ledger(rows, policy=Policy(gap_days=2)).movements().matrix("churn")["total"].sum() < 0


def test_a_late_return_is_new_where_the_policy_says_so():
    rows = [line("A", "2025-01-01", "2025-02-01"), line("A", "2025-05-01"), line("B")]
    assert ledger(rows).movements().matrix("reactivation")["total"]["2025-05"] == 100
    for window, movement in ((3, "reactivation"), (2, "new")):
        moves = ledger(rows, policy=Policy(reactivation_window=window)).movements()
        assert moves.matrix(movement)["total"]["2025-05"] == 100


def test_a_move_between_segments_nets_to_nothing():
    rows = [
        line("A", "2025-01-01", "2025-03-01", mrr=5000, plan="Basic"),
        line("A", "2025-03-01", mrr=8000, plan="Pro"),
        line("B", "2025-01-01", "2025-03-01", mrr=4000, plan="Basic"),
        line("B", "2025-03-01", mrr=4000, plan="Pro"),
    ]
    moves = ledger(rows).movements("plan")
    moves.verify()
    march = moves.matrix("expansion").loc["2025-03"]
    assert march.to_dict() == {"Basic": -90.0, "Pro": 120.0}
    total = moves.to_frame().query("plan == 'total' and movement == 'expansion'")
    assert total.set_index("month")["mrr"]["2025-03"] == 30
    assert total.set_index("month")["customers"]["2025-03"] == 1
    assert moves.matrix("expansion", "customers").loc["2025-03"].tolist() == [2, 2]


def test_credits_are_added_up_with_the_customers_other_lines():
    rows = [
        line("A"),
        line("A", start="2025-02-01", mrr=-2500),
        line("B", mrr=1, start="2025-02-01"),
    ]
    moves = ledger(rows).movements()
    moves.verify()
    assert moves.matrix("contraction")["total"]["2025-02"] == -25
    assert moves.matrix("closing", "customers")["total"].iloc[-1] == 2


def test_the_first_month_is_blank_and_its_customers_have_paid_before():
    rows = [line("A", "2025-01-01", "2025-02-01"), line("A", "2025-03-01"), line("B")]
    moves = ledger(rows).movements()
    first = moves.minor[moves.minor["month"] == moves.months[0]].set_index("movement")
    assert first["mrr"].isna().tolist() == [True] * 7 + [False]
    assert first["customers"].isna().tolist() == [True] * 7 + [False]
    assert moves.matrix("reactivation")["total"]["2025-03"] == 100
    assert moves.matrix("new")["total"].fillna(0).sum() == 0


def test_every_month_has_every_movement_and_segment():
    rows = [line("A", plan="Pro"), line("B", start="2025-05-01", plan="Basic")]
    moves = ledger(rows).movements("plan")
    assert len(moves.minor) == 6 * 8 * 2
    frame = moves.to_frame()
    assert len(frame) == 6 * 8 * 3
    assert list(frame.columns) == ["month", "plan", "movement", "customers", "mrr"]
    assert frame["plan"].iloc[:24:8].tolist() == ["Basic", "Pro", "total"]


def test_one_month_of_history():
    book = ledger([line("A", start="2025-06-15")])
    assert closing(book)["total"].tolist() == [100]
    book.movements().verify()
    assert value(book, "mrr") == 100
    assert value(book, "nrr") is None
    assert value(book, "new_mrr") is None
    assert len(book.lives().exposure) == 0
    assert book.cohorts().triangle().shape == (1, 1)
    with pytest.raises(NotEnoughHistoryError, match="begins in 2025-06"):
        book.at("2025-05")


def test_one_customer_for_ever():
    book = ledger([line("A")])
    assert value(book, "nrr", 5) == 1
    assert value(book, "nrr", 6) is None
    assert value(book, "quick_ratio", 5) is None
    assert book.lives().exposure["at_risk"].tolist() == [1] * 5
    assert book.lives().exposure["left_truncated"].all()


def test_all_customers_churned():
    book = ledger([line("A", end="2025-03-01"), line("B", end="2025-04-20")])
    assert closing(book)["total"].tolist() == [200, 200, 100, 0, 0, 0]
    assert value(book, "arpa") is None
    assert value(book, "nrr", 5) == 0
    assert value(book, "nrr", 1) is None
    assert len(book.lives().standing) == 0
    assert book.lives("plan" if book.dimensions else None).exposure["churned"].sum() == 2


def test_only_future_starts():
    with pytest.raises(InputError, match=r"only line starts after 2025-06 .*2027-01.*later as_of"):
        ledger([line(start="2027-01-01")])


def test_nothing_that_pays():
    with pytest.raises(InputError, match="no line pays at the close of any month up to 2025-06"):
        ledger([line(status="trial"), line(mrr=0)])


def test_no_lines_at_all():
    empty = pd.DataFrame({"customer": [], "start_date": [], "mrr": []})
    with pytest.raises(InputError, match="no usable line"):
        Ledger.from_lines(empty, as_of="2025-06", currency="EUR")
    with pytest.raises(InputError, match="no usable line"):
        Ledger.from_lines(empty, currency="EUR")


def test_as_of_defaults_to_the_newest_month_that_is_not_ahead():
    ahead = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=400)
    frame = pd.DataFrame([line(end="2025-04-10"), line("B", start=str(ahead))])
    book = Ledger.from_lines(frame, currency="EUR")
    assert str(book.as_of) == "2025-04"
    assert rules(book) == ["as-of-guessed", "starts-after-as-of", "nobody-pays"]
    frame = frame.assign(start_date=str(ahead), end_date=None)
    with pytest.raises(InputError, match="all 2 lines start after today"):
        Ledger.from_lines(frame, currency="EUR")


def test_an_as_of_after_the_data_is_noted():
    assert rules(ledger([line()], as_of="2025-12")) == ["as-of-after-data"]


def test_an_end_after_as_of_is_no_departure():
    rows = [
        line("A", end="2025-09-01"),
        line("B", end="2025-10-15", interval_months=12),
        line("C", end="2025-08-10", status="cancelled"),
        line("D", term_end="2025-11-30", end="2025-11-30"),
        line("E", start="2025-02-10", interval_months=3),
        line("F", start="2025-02-10", term_end="2025-03-01", interval_months=1),
    ]
    standing = ledger(rows).lives().standing
    got = {
        (row.term, str(row.start)): (str(row.renewal), row.notice) for row in standing.itertuples()
    }
    assert got[12, "2025-01"] == ("2025-10", False)
    assert got[11, "2025-01"] == ("2025-11", False)
    assert got[3, "2025-02"] == ("2025-08", False)
    monthly = standing[(standing["term"] == 1)]
    leaving = monthly[monthly["notice"]]
    assert leaving["renewal"].astype(str).tolist() == ["2025-08"]
    assert monthly[~monthly["notice"]]["renewal"].isna().all()
    assert standing["customers"].sum() == 6
    assert standing["mrr"].sum() == 600


def test_notice_is_given_only_when_every_line_is_cancelled():
    rows = [line("A", end="2025-09-01", status="cancelled"), line("A", mrr=300)]
    standing = ledger(rows).lives().standing
    assert standing["notice"].tolist() == [False]


def test_an_earlier_origin_knows_neither_notices_nor_lines_of_later():
    rows = [
        line("A", end="2025-09-01", status="cancelled", plan="Pro"),
        line("B", start="2025-05-01", status="active", plan="New"),
        line("C", start="2025-07-01", status="active", plan="Newer"),
    ]
    book = ledger(rows)
    assert value(book, "cmrr") == 200
    assert book.lives().standing["notice"].sum() == 1
    back = book.at("2025-04")
    assert back.lives().standing["notice"].sum() == 0
    assert value(back, "cmrr") == 100
    assert back.segments("plan").labels == ["Pro"]
    assert book.segments("plan").labels == ["New", "Pro"]
    assert book.at("2025-06") is book
    assert back.at("2025-02").movements().months[-1] == pd.Period("2025-02", "M")
    with pytest.raises(InputError, match="2025-07 lies after"):
        book.at("2025-07")


def test_committed_mrr_does_not_count_a_renewal_twice():
    rows = [
        line("A", end="2025-08-01", interval_months=12),
        line("A", start="2025-08-01", mrr=12000, interval_months=12),
        line("B", end="2025-09-01", status="cancelled", interval_months=1),
    ]
    book = ledger(rows)
    assert value(book, "mrr") == 200
    assert value(book, "cmrr") == 120


def test_contracted_arr_is_a_definition_of_its_own():
    rows = [line("A", interval_months=12), line("B", interval_months=1, term_end="2026-01-01")]
    rows += [line("C", interval_months=1, term_end=None)]
    book = ledger(rows)
    assert value(book, "arr") == 3600
    assert value(book, "contracted_arr") == 2400
    assert value(ledger(rows, policy=Policy(arr="contracted")), "arr") == 2400


def test_metrics_by_segment_begin_with_the_total():
    rows = [line("A", plan="Pro"), line("B", plan="Basic", end="2025-03-01")]
    found = ledger(rows).metrics(5, by="plan")
    nrr = {m.segment["plan"]: m.value for m in found if m.name == "nrr"}
    assert nrr == {"total": 0.5, "Basic": 0.0, "Pro": 1.0}
    assert [m.value for m in found if m.name == "cmrr"] == [100.0, 0.0, 100.0]
    assert all(m.period is None for m in found if m.name in {"mrr", "arr", "customers", "arpa"})
    spread = ledger(rows).retention_spread(5, by="plan")
    assert {m.segment["plan"] for m in spread} == {"total", "Basic", "Pro"}


def test_a_period_of_no_months_is_refused():
    with pytest.raises(InputError, match="must be 1 or more"):
        ledger([line()]).metrics(0)


def test_unknown_names_are_answered_with_the_nearest():
    book = ledger([line(plan="Pro", region="EU")])
    with pytest.raises(UnknownNameError, match="Did you mean 'region'"):
        book.movements("regoin")
    with pytest.raises(UnknownNameError, match="unknown movement"):
        book.movements().matrix("expnasion")
    with pytest.raises(UnknownNameError, match="unknown value"):
        book.movements().matrix("churn", "euro")
    with pytest.raises(UnknownNameError, match="unknown value"):
        book.cohorts().triangle(value="euro")
    with pytest.raises(UnknownNameError, match="unknown segment"):
        book.cohorts("plan").triangle("Por")
    with pytest.raises(InputError, match="named twice"):
        book.cohorts(["plan", "plan"])


@pytest.mark.parametrize("month", ["2025", "2025-13", "2025-6", "junk", "0000-01", ""])
def test_a_month_is_written_in_one_way(month):
    with pytest.raises(InputError, match="write it as YYYY-MM"):
        ledger([line()]).at(month)


def test_dimensions_may_have_any_name_and_value():
    odd = {
        'a "b"': "x'y",
        "first_month": "ü" * 200,
        "segment": None,
        "customer_id": "",
        "month": "m",
    }
    rows = [line("A", **odd), line("B", **{**odd, 'a "b"': "=1+1"})]
    book = ledger(rows)
    assert book.dimensions == tuple(odd)
    for name in odd:
        book.movements(name).verify()
        book.cohorts(name)
        book.lives(name)
    assert book.segments('a "b"').labels == ["=1+1", "x'y"]
    assert book.segments(["segment", "customer_id"]).labels == ["(blank) / (blank)"]


@pytest.mark.parametrize(("currency", "amount"), [("JPY", 10000.0), ("KWD", 10.0), ("CLF", 1.0)])
def test_minor_units_are_those_of_the_currency(currency, amount):
    assert closing(ledger([line()], currency=currency))["total"].iloc[-1] == amount


def test_an_unknown_currency_is_refused():
    with pytest.raises(CurrencyError, match="unknown currency 'EURO'"):
        ledger([line()], currency="euro")


def test_clean_lines_are_checked():
    with pytest.raises(InputError, match="need the columns start_date, mrr"):
        Ledger.from_lines(pd.DataFrame({"customer": ["A"]}), currency="EUR")
    rows = [
        line("A", row=2),
        line(None, row=3),
        line("B", row=4, end="2024-01-01"),
        line("C", row=5, mrr=1.5),
        line("D", row=6, status="gone"),
    ]
    frame = pd.DataFrame(rows)
    with pytest.raises(InputError) as caught:
        Ledger.from_lines(frame, as_of="2025-06", currency="EUR")
    for said in (
        "customer is blank in row 3",
        "row 4",
        "minor units in row 5",
        "status is none of",
    ):
        assert said in str(caught.value)
    with pytest.raises(InputError, match="no date"):
        ledger([line(start="when it rains")])


def test_lines_come_back_as_they_were_put():
    rows = [line("B", row=9, plan="Pro"), line("A", start="2025-09-01", row=3, plan="x")]
    book = ledger(rows)
    found = book.lines()
    assert found["customer"].tolist() == ["B"]
    assert found["row"].tolist() == [9]
    assert found["plan"].tolist() == ["Pro"]
    again = Ledger.from_lines(found, as_of="2025-06", currency="EUR")
    assert again.fingerprint().months == book.fingerprint().months


def test_a_ledger_gives_the_same_tables_when_asked_again():
    book = ledger([line("A", plan="Pro"), line("B", plan="Basic")])
    first = book.movements("plan").to_frame()
    book.cohorts()
    book.lives("plan")
    assert book.movements(["plan"]).to_frame().equals(first)
    assert book.movements() is book.movements()


def test_the_term_is_the_contracts():
    rows = [
        line("A", start="2025-01-01", term_end="2025-12-31"),
        line("B", start="2025-01-15", term_end="2028-01-15"),
        line("C", start="2025-01-31", term_end="2025-02-28"),
        line("D", interval_months=3, start="2025-01-01", term_end=None),
        line("E", start="2025-01-31", term_end="2026-01-01"),
    ]
    standing = ledger(rows, as_of="2025-01").lives().standing
    assert sorted(standing["term"]) == [1, 3, 11, 12, 36]


def test_segments_of_lives_are_those_of_the_largest_line():
    rows = [
        line("A", mrr=5000, plan="Basic", end="2025-04-01"),
        line("A", mrr=9000, plan="Pro"),
        line("A", mrr=12000, plan="Top", start="2025-05-01"),
    ]
    lives = ledger(rows).lives("plan")
    labels = lives.segments.labels
    assert {labels[i] for i in lives.exposure["segment"]} == {"Pro"}
    assert {labels[i] for i in lives.standing["segment"]} == {"Top"}


def test_ties_of_the_largest_line_do_not_hang_on_the_order_of_rows():
    rows = [
        line("A", plan="Pro", interval_months=1),
        line("A", plan="Basic", interval_months=1),
        line("B", plan="Pro", interval_months=12),
        line("B", plan="Pro", interval_months=3),
    ]
    one, other = ledger(rows).lives("plan"), ledger(rows[::-1]).lives("plan")
    pd.testing.assert_frame_equal(one.standing, other.standing)
    pd.testing.assert_frame_equal(one.exposure, other.exposure)
    assert one.standing[["segment", "term"]].to_numpy().tolist() == [[0, 1], [1, 12]]


def test_nobody_pays_any_more_is_said():
    book = ledger([line("A", row=2, end="2025-03-01")], as_of="2025-06")
    assert [f.rule for f in book.findings.warnings] == ["nobody-pays"]
    assert book.movements().matrix("closing")["total"].iloc[-1] == 0


def test_a_customer_below_zero_is_named():
    rows = [line("A", row=2), line("B", row=3, mrr=1000), line("B", row=4, mrr=-3000)]
    book = ledger(rows)
    (found,) = [f for f in book.findings if f.rule == "negative-total"]
    assert found.value == "1: B"


def test_as_of_is_guessed_from_dates_that_somebody_saw():
    rows = [
        line("A", row=2, start="2025-01-01", end="2025-04-01"),
        line("B", row=3, start="2025-02-01", end="2025-09-01", interval_months=12),
    ]
    import pandas as pd

    from history import Ledger

    frame = pd.DataFrame(rows)
    assert str(Ledger.from_lines(frame, currency="EUR").as_of) == "2025-04"
    (found,) = [
        f
        for f in Ledger.from_lines(frame, as_of="2025-10", currency="EUR").findings
        if f.rule == "as-of-after-data"
    ]
    assert (found.severity, found.value) == ("warning", "2025-04; 1 contract ends after it")
