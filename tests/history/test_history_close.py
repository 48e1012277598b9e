"""Closing a month: the added lines give what the whole file gives, and say what they changed."""

import datetime as dt

import pandas as pd
import pytest
import slow_ledger as slow
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from history import InputError, Ledger, Policy

COLUMNS = [
    "customer", "subscription", "start_date", "end_date", "mrr", "plan", "kind", "status",
    "interval_months", "term_end", "requested", "list_mrr", "discount_kind",
]  # fmt: skip
LAST, NEXT = "2025-02", "2025-03"

policies = st.builds(
    Policy,
    **slow.SWITCHES,
    churn_date=st.sampled_from(["end", "request"]),
    discounts=st.sampled_from(["deduct", "list", "deduct_permanent"]),
)


@st.composite
def lines(draw, latest=88):
    """A line of one customer, without its subscription."""
    start = dt.date(2024, 1, 1) + dt.timedelta(days=5 * draw(st.integers(0, latest)))
    length = draw(st.sampled_from([None, None, 5, 20, 30, 61, 90, 150, 400]))
    requested = draw(st.sampled_from([None, None, 20, 60]))
    term = draw(st.sampled_from([None, None, None, 90, 365]))
    mrr = draw(st.integers(-20, 300))
    return [
        draw(st.sampled_from("ABCDEFGH")),
        None,
        start,
        None if length is None else start + dt.timedelta(days=length),
        mrr,
        draw(st.sampled_from(["Basic", "Pro"])),
        draw(st.sampled_from(["recurring"] * 9 + ["one_off"])),
        draw(st.sampled_from(["active"] * 8 + ["cancelled", "trial", "paused", "past_due"])),
        draw(st.sampled_from([1, 1, 3, 12])),
        None if term is None else start + dt.timedelta(days=term),
        None if requested is None else start + dt.timedelta(days=requested),
        draw(st.sampled_from([None, mrr + 10])),
        draw(st.sampled_from([None, "temporary", "permanent"])),
    ]


@st.composite
def two_exports(draw):
    """The lines known before and, of what was added since, new lines and changed ones."""
    before = draw(st.lists(lines(), min_size=1, max_size=14))
    for at, line in enumerate(before):
        line[1] = draw(st.sampled_from([f"S{at}"] * 5 + [None]))
    named = [line for line in before if line[1]]
    changed = []
    for line in draw(st.lists(st.sampled_from(named), unique_by=id, max_size=4)) if named else []:
        length = draw(st.sampled_from([None, 0, 10, 35, 70, 200, 380, 420]))
        end = None if length is None else line[2] + dt.timedelta(days=length)
        other = draw(lines())
        kept = draw(st.booleans())
        changed.append([*line[:3], end, *(line if kept else other)[4:]])
    new = draw(st.lists(lines(latest=95), max_size=4))
    for at, line in enumerate(new):
        line[0] = draw(st.sampled_from([line[0], "Y", "Z"]))
        line[1] = draw(st.sampled_from([f"N{at}", None]))
    return before, changed, new


def frame(rows):
    return pd.DataFrame(rows, columns=COLUMNS)


def whole(before, changed, new):
    replaced = {(line[0], line[1], line[2]) for line in changed}
    return [line for line in before if tuple(line[:3]) not in replaced] + changed + new


def read(rows, as_of, policy=None):
    try:
        return Ledger.from_lines(frame(rows), as_of=as_of, currency="EUR", policy=policy)
    except InputError:
        assume(False)


def assert_equal(closed, full):
    """Every table of a closed ledger is that of the ledger of all lines."""
    assert closed.first_month == full.first_month
    for by in (None, "plan"):
        closed.movements(by).verify()
        assert_frame_equal(closed.movements(by).minor, full.movements(by).minor)
        assert_frame_equal(closed.cohorts(by).minor, full.cohorts(by).minor)
        assert closed.metrics(2, by) == full.metrics(2, by)
        for part in ("exposure", "standing"):
            assert_frame_equal(
                getattr(closed.lives(by), part), getattr(full.lives(by), part), check_dtype=False
            )
        assert str(closed.future_mrr(6, by)) == str(full.future_mrr(6, by))
        assert_frame_equal(closed.churn_reasons(by).to_frame(), full.churn_reasons(by).to_frame())
    assert_frame_equal(closed.customer_movements(), full.customer_movements())
    assert closed.fingerprint() == full.fingerprint()
    known = [
        sorted((f.rule, f.value, f.action, f.severity) for f in ledger.findings)
        for ledger in (closed, full)
    ]
    known[0] = [item for item in known[0] if not item[0].startswith("close-")]
    assert known[0] == known[1]


@given(two_exports(), policies, st.sampled_from([LAST, NEXT, "2025-06"]), st.booleans())
@settings(
    max_examples=12,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
def test_a_closed_ledger_equals_that_of_all_lines(exports, policy, as_of, computed):
    before, changed, new = exports
    earlier = read(before, LAST, policy)
    full = read(whole(before, changed, new), as_of, policy)
    if computed:
        earlier.movements("plan")
    past = earlier.fingerprint()
    told = frame(changed + new) if changed + new else None
    closed = earlier.close(told, as_of=as_of)
    assert_equal(closed, full)
    assert earlier.fingerprint() == past
    assert_frame_equal(earlier.movements().minor, read(before, LAST, policy).movements().minor)
    at = closed.at(LAST) if closed.first_month <= earlier.as_of else None
    if at is not None:
        assert_frame_equal(at.movements().minor, full.at(LAST).movements().minor)
    told_of = any(item.rule == "close-restates" for item in closed.findings)
    if at is not None and not told_of:
        flows = closed.restated(earlier).lines
        assert not flows["cause"].isin(["amount changed", "start moved", "end moved"]).any() or (
            closed.restated(earlier).customers.empty
        )


@given(two_exports(), two_exports())
@settings(max_examples=3, deadline=None, derandomize=True, phases=[Phase.generate])
def test_months_are_closed_one_after_the_other(first, second):
    before, changed, new = first
    earlier = read(before, LAST)
    earlier.movements()
    after = whole(before, changed, new)
    later = [[*line[:1], line[1] and f"L{line[1]}", *line[2:]] for line in second[2]]
    full = read(after + later, "2025-04")
    closed = earlier.close(frame(changed + new) if changed + new else None)
    closed.movements("plan")
    assert_equal(closed.close(frame(later) if later else None), full)


def simple(*rows):
    return pd.DataFrame(
        rows, columns=["customer", "subscription", "start_date", "end_date", "mrr", "plan"]
    )


MAY = simple(
    ["Acme", "S-1", "2026-01-01", None, 50000, "Pro"],
    ["Birch", "S-2", "2026-02-01", None, 30000, "Pro"],
    ["Cedar", "S-3", "2026-02-01", "2026-06-10", 20000, "Basic"],
)


def may():
    return Ledger.from_lines(MAY, as_of="2026-05", currency="EUR")


def codes(ledger):
    return [item.rule for item in ledger.findings if item.rule.startswith("close-")]


def test_nothing_told_is_the_month_after():
    closed = may().close()
    assert str(closed.as_of) == "2026-06"
    churn = closed.movements().matrix("churn")["total"]
    assert churn.to_dict()[pd.Period("2026-06")] == -200.0
    assert codes(closed) == []


def test_what_closed_months_lost_is_told_by_month():
    told = simple(
        ["Birch", "S-2", "2026-02-01", "2026-04-10", 30000, "Pro"],
        ["Dune", "S-4", "2026-05-20", None, 1000, "Pro"],
        ["Elm", "S-5", "2026-06-20", None, 1000, "Pro"],
    )
    closed = may().close(told)
    assert codes(closed) == ["close-restates"]
    [found] = [item for item in closed.findings if item.rule == "close-restates"]
    assert found.value == (
        "2026-04 -300.00 EUR (1 line, 1 customer); 2026-05 +10.00 EUR (1 line, 1 customer)"
    )
    assert closed.restated(may()).months == ["2026-04", "2026-05"]


def test_other_labels_of_closed_months_are_told():
    closed = may().close(simple(["Birch", "S-2", "2026-02-01", None, 30000, "Basic"]))
    assert codes(closed) == ["close-relabels"]


def test_a_moved_start_is_doubted_or_replaces_the_subscription():
    told = simple(["Birch", "S-2", "2026-03-01", None, 30000, "Pro"])
    added = may().close(told)
    assert codes(added) == ["close-restates", "close-beside"]
    assert added.movements().matrix("closing")["total"].iloc[-1] == 1100.0
    replaced = may().close(told, replaces="subscription")
    assert codes(replaced) == ["close-restates"]
    assert replaced.movements().matrix("closing")["total"].iloc[-1] == 800.0


def test_a_subscription_of_another_customer_is_doubted():
    assert codes(may().close(simple(["Birch Ltd", "S-2", "2026-02-01", None, 30000, "Pro"])))[
        1:
    ] == ["close-other-customer"]


def test_the_same_line_without_a_subscription_is_doubted():
    known = Ledger.from_lines(MAY.assign(subscription=None), as_of="2026-05", currency="EUR")
    assert codes(known.close(MAY.head(1).assign(subscription=None))) == [
        "close-restates", "close-again",
    ]  # fmt: skip


def test_several_lines_of_one_start_are_given_together():
    two = pd.concat([MAY, MAY.head(1).assign(mrr=100)])
    known = Ledger.from_lines(two, as_of="2026-05", currency="EUR")
    with pytest.raises(InputError, match="S-1 of Acme, 2026-01-01"):
        known.close(MAY.head(1))
    closed = known.close(
        two.head(1).assign(mrr=7).merge(two, how="outer").query("customer=='Acme'")
    )
    assert closed.movements().matrix("closing")["total"].iloc[-1] == 801.07


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: may().close(MAY, as_of="2026-04"), "before the ledger's as_of"),
        (lambda: may().close(MAY.drop(columns="plan")), "dimensions"),
        (lambda: may().close(MAY, replaces="all"), "replace"),
        (lambda: may().close(MAY, sheet="x"), "without sheet"),
    ],
)
def test_what_cannot_be_added_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()


HEAD = "customer_id,subscription_id,start,end,amount,interval,plan\n"
FIRST = HEAD + (
    "Acme,S-1,01/02/2026,,1200,year,Pro\nBirch,S-2,13/02/2026,,10,month,Pro\n"
    "Cedar,S-3,01/03/2026,01/09/2026,5,month,Basic\n"
)
ADDED = HEAD + "Birch,S-2,13/02/2026,13/06/2026,10,month,Pro\nDune,S-4,02/06/2026,,7.5,month,New\n"
ALL = HEAD + "".join((FIRST + ADDED).replace(HEAD, "").splitlines(True)[i] for i in (0, 2, 3, 4))


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_files_are_added_as_they_were_read(tmp_path, ending):
    paths = {}
    for name, text in (("first", FIRST), ("added", ADDED), ("all", ALL)):
        paths[name] = tmp_path / f"{name}.csv"
        paths[name].write_text(text)
        if ending == "parquet":
            import duckdb

            target = tmp_path / f"{name}.parquet"
            duckdb.sql(f"COPY (FROM read_csv('{paths[name]}', all_varchar=true)) TO '{target}'")
            paths[name] = target
    options = {"currency": "EUR", "date_order": "dmy"}
    earlier = Ledger.read(paths["first"], as_of="2026-05", **options)
    earlier.movements("plan")
    closed = earlier.close(paths["added"])
    full = Ledger.read(paths["all"], as_of="2026-06", **options)
    for by in (None, "plan"):
        assert_frame_equal(closed.movements(by).minor, full.movements(by).minor)
    assert closed.fingerprint() == full.fingerprint()
    assert len(closed.audit()) == len(full.audit())
    again = closed.close(None)
    assert again.close(None).fingerprint() == full.close(as_of="2026-08").fingerprint()


def test_what_must_be_read_as_a_whole_is_refused(tmp_path):
    snapshot = tmp_path / "snapshot.csv"
    snapshot.write_text("customer,2026-04,2026-05\nAcme,10,10\nBirch,5,\n")
    invoices = tmp_path / "invoices.csv"
    invoices.write_text(
        "invoice_id,customer_id,invoice_date,start,end,amount\n"
        "1,Acme,2026-05-01,2026-05-01,2026-06-01,10\n"
    )
    whole_file = tmp_path / "lines.csv"
    whole_file.write_text(FIRST)
    for ledger in (
        Ledger.read(snapshot, currency="EUR"),
        Ledger.read(invoices, as_of="2026-05", currency="EUR"),
        Ledger.read(whole_file, as_of="2026-05", currency="EUR", date_order="dmy",
                    mrr_bands=["50"]),
    ):  # fmt: skip
        with pytest.raises(InputError, match="read the whole as of"):
            ledger.close(None)
