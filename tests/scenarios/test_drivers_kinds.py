"""Drivers as changes of a scenario: files, errors, schema, plans."""

import contextlib
import copy
import json
import pickle

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.levers import LEVERS
from history.errors import InputError
from scenarios import (
    Acquisition,
    AnnualPlans,
    Change,
    CurrencyMove,
    Deal,
    Discount,
    InvoluntaryChurn,
    Launch,
    ListPrice,
    Marketing,
    Migration,
    NamedCustomer,
    OnboardingProgramme,
    Override,
    PaymentRecovery,
    Pipeline,
    Plan,
    PriceRise,
    Referral,
    SalesCapacity,
    Scenario,
    Seasonality,
    VoluntaryChurn,
    compare,
    run,
    scenario_schema,
)
from scenarios.changes.kinds import KINDS, change_of
from scenarios.files.file import check
from scenarios.files.yamltext import parse

RISE = PriceRise(uplift=0.06, when="renewal", churn_per_percent=0.005, months="2027-01/")


SCHEMA = jsonschema.Draft202012Validator(scenario_schema())


def problems(text):
    with pytest.raises(InputError) as caught:
        check(parse(text.encode(), "f.yaml"))
    return str(caught.value)


def again(change):
    """The change after a way through its file."""
    file = check(parse(Scenario("S").add(change).to_yaml(), "f")).file
    return file.changes[0]


def test_a_file_holds_levers_and_drivers_in_their_order():
    text = (
        "name: Rise\nchanges:\n"
        "  - lever: price_rise\n    uplift: 0.06\n    when: renewal\n"
        "    churn_per_percent: 0.005\n    months: 2027-01/\n"
        "  - lever: churn\n    times: 0.9\n"
    )
    file = check(parse(text.encode(), "f.yaml")).file
    assert file.changes == (RISE, Change(lever="churn", times=0.9))
    assert again(RISE) == RISE


def test_a_driver_is_frozen_hashable_and_survives_copying():
    assert copy.deepcopy(RISE) == pickle.loads(pickle.dumps(RISE)) == RISE  # noqa: S301
    assert len({RISE, change_of(RISE.as_dict())}) == 1
    assert PriceRise(uplift=0.05, months="2027-01/") != RISE
    with pytest.raises(ValueError, match="frozen"):
        RISE.uplift = 0.1


def test_errors_of_a_driver_have_their_line_and_the_nearest_name():
    said = problems(
        "name: Rise\n"
        "changes:\n"
        "  - lever: price_rise\n"
        "    uplfit: 0.06\n"
        "    uplift: 60\n"
        "    when: renwal\n"
        "    months: 2027\n"
        "  - lever: price_rse\n"
        "    uplift: 0.06\n"
        "  - lever: price_rise\n"
        "    uplift: 0.06\n"
        "    churn_per_percent: 0.2\n"
        "    months: 2027-01\n"
        "  - lever: price_rise\n"
    )
    for expected in (
        'f.yaml:4:5: unknown key "uplfit": did you mean "uplift"?',
        "f.yaml:5:13: uplift: should be less than or equal to 5",
        "f.yaml:6:11: when: should be 'date' or 'renewal'",
        "f.yaml:7:13: months: must be text, not 2027",
        "f.yaml:8:12: lever: unknown lever 'price_rse'. Did you mean 'price_rise'",
        "f.yaml:12:24: 120 % of the customers would leave",
        'f.yaml:14:5: the key "uplift" is missing',
    ):
        assert expected in said


def test_errors_inside_lists_and_months_have_their_place():
    said = problems(
        "name: X\n"
        "changes:\n"
        "  - lever: marketing\n"
        "    spend: {2026-13: 4}\n"
        "    cac: 100\n"
        "    returns: 0.5\n"
        "  - lever: marketing\n"
        "    spend: -3\n"
        "    returns: 0.5\n"
        "  - lever: pipeline\n"
        "    deals:\n"
        "      - {name: A, mrr: 5, closes: 2026-10, probablity: 0.4}\n"
        "      - {name: B, mrr: -5, closes: 2026-10-01, probability: 40}\n"
        "      - 7\n"
        "  - lever: sales_capacity\n"
        "    reps: 3\n"
        "    hires: {2026-10: x, 2027-1: 3}\n"
        "    ramp: [0, 25]\n"
        "  - lever: seasonality\n"
        "    factors: [1, 2]\n"
    )
    assert said.startswith("11 problems:")
    for expected in (
        "f.yaml:4:22: spend.2026-13: '2026-13' is not a month",
        "f.yaml:8:12: spend: should be greater than or equal to 0",
        'f.yaml:12:44: unknown key "probablity": did you mean "probability"?',
        "f.yaml:13:24: deals.mrr: should be greater than 0",
        "f.yaml:13:36: deals.closes: is the day 2026-10-01",
        "f.yaml:13:61: deals.probability: 40 is no share",
        "f.yaml:14:9: deals: must be key: value pairs, not 7",
        "f.yaml:17:22: hires.2026-10: must be a number",
        "f.yaml:17:33: hires.2027-1: '2027-1' is not a month",
        "f.yaml:18:15: ramp: 25 is no share",
        "f.yaml:20:14: factors: has 2 items, needs at least 12",
    ):
        assert expected in said


def test_the_schema_knows_every_kind():
    schema = json.loads(json.dumps(scenario_schema()))
    jsonschema.Draft202012Validator.check_schema(schema)
    held_to = jsonschema.Draft202012Validator(schema)
    for kind in KINDS.values():
        assert kind.__name__ in schema["$defs"]
    good = {"name": "S", "changes": [RISE.as_dict(), {"lever": "churn", "times": 0.9}]}
    assert held_to.is_valid(good)
    for wrong in ({"lever": "price_rise"}, {**RISE.as_dict(), "uplfit": 1}, {"lever": "x"}):
        assert not held_to.is_valid({"name": "S", "changes": [wrong]})


rises = st.builds(
    PriceRise,
    uplift=st.floats(0, 0.5),
    when=st.sampled_from(["date", "renewal"]),
    share=st.floats(0, 1),
    churn_per_percent=st.floats(0, 0.02),
    churn_months=st.integers(0, 6),
    months=st.sampled_from(["2027-01", "2027-01/", "2027-01/2027-06", None]),
    where=st.none() | st.sampled_from([{"size": "SMB"}, {"size": ["SMB", "Mid"]}]),
    because=st.none() | st.text("abc ü", max_size=9),
)


reason = st.none() | st.text("abc ü", max_size=9)
spans = st.sampled_from([None, "2027-01", "2027-01/", "2027-01/2027-06"])
everyone = {"months": spans, "because": reason, "where": st.none() | st.just({"size": "SMB"})}
shares = st.floats(0, 1)
by_month = st.dictionaries(st.sampled_from(["2026-10", "2027-01"]), st.floats(0, 9), min_size=1)
deals = st.lists(
    st.builds(Deal, name=st.text("ab:{é", min_size=1, max_size=5), mrr=st.floats(1, 1e6),
              closes=st.just("2026-11"), probability=shares),
    min_size=1, max_size=4, unique_by=lambda deal: deal.name,
)  # fmt: skip
drivers = st.one_of(
    rises,
    st.builds(SalesCapacity, reps=st.floats(1, 50), hires=st.none() | by_month, **everyone),
    st.builds(SalesCapacity, reps=st.integers(1, 50), quota=st.floats(1, 1e7),
              cost=st.floats(0, 1e6), ramp=st.lists(shares, min_size=1, max_size=5), **everyone),
    st.builds(Pipeline, deals=deals, rest=shares, **everyone),
    st.builds(Marketing, spend=st.floats(0, 1e6) | by_month, cac=st.floats(1, 1e4),
              returns=st.floats(0.1, 1), share=st.floats(0.1, 1), **everyone),
    st.builds(PaymentRecovery, now=st.floats(0, 0.9), then=shares, ramp=st.integers(0, 9),
              **everyone),
    st.builds(VoluntaryChurn, times=st.floats(0, 3), involuntary_share=st.none() | shares,
              **everyone),
    st.builds(InvoluntaryChurn, plus=st.floats(-1, 1), **everyone),
    st.builds(Referral, rate=shares, reward=st.floats(0, 100), **everyone),
    st.builds(ListPrice, uplift=st.floats(-0.9, 3), elasticity=st.floats(0, 5), **everyone),
    st.builds(Discount, discount=st.floats(0, 0.9), share=shares, **everyone),
    st.builds(Migration, to=st.text("ab", min_size=1), share=shares, uplift=st.floats(-0.5, 1),
              where=st.just({"plan": ("Old", "Älter")})),
    st.builds(Launch, segment=st.just({"plan": "Neu"}), like=st.just({"plan": "Älter"}),
              customers=st.floats(0, 1e3), arpa=st.none() | st.floats(1, 1e4),
              ramp=st.none() | st.integers(0, 24), setup=st.floats(0, 1e6),
              months=st.just("2027-01/")),
    st.builds(OnboardingProgramme, saves=shares, reach=shares, cost=st.floats(0, 1e3), **everyone),
    st.builds(AnnualPlans, takers=shares, discount=st.floats(0, 0.9), **everyone),
    st.builds(Acquisition, customers=st.floats(1, 1e4), arr=st.floats(1, 1e7),
              churn_times=st.floats(0, 9), churn_months=st.integers(1, 24),
              months=st.just("2027-01")),
    st.builds(NamedCustomer, customer=st.text("ab:é", min_size=1), event=st.just("loss"),
              probability=shares, months=st.just("2026-11")),
    st.builds(CurrencyMove, currency=st.just("USD"), change=st.floats(-0.9, 1), **everyone),
    st.just(Seasonality(factors=(1.5, 0.5) * 6)),
    st.builds(Override, measure=st.sampled_from(["new", "churn"]), mrr=st.floats(0, 1e6),
              **everyone),
    st.builds(Override, measure=st.just("expansion"), mrr=by_month),
)  # fmt: skip


@settings(max_examples=150)
@given(drivers)
def test_any_driver_survives_its_file_and_its_plain_values(change):
    assert again(change) == change
    plain = json.loads(json.dumps(change.as_dict()))
    assert change_of(plain) == change
    assert SCHEMA.is_valid({"name": "S", "changes": [plain]})
    assert pickle.loads(pickle.dumps(change)) == change  # noqa: S301
    assert set(change.drives) <= set(LEVERS)
    assert change.label
    assert change.effect


def test_a_sealed_plan_keeps_a_driver_and_can_be_run_again(by_size, tmp_path):
    scenario = Scenario("Rise").add(RISE)
    made = run(scenario, by_size, months=9, paths=40)
    path = tmp_path / "a.plan"
    Plan.freeze(made["Rise"], name="P", approved_by="CFO", path=path)
    sealed = Plan.read(path).scenario
    assert sealed == scenario
    assert sealed.digest == Plan.read(path).manifest.assumptions.digest
    rerun = run(sealed, by_size, months=9, paths=40)
    assert rerun["Rise"].levers.same_as(made["Rise"].levers)


def test_a_comparison_tells_drivers_in_words(by_size):
    base, rise = Scenario("Base"), Scenario("Rise").add(RISE).change("churn", times=0.9)
    view = compare(run([base, rise], by_size, months=9, paths=40), "Base")
    first, second = view.inputs().to_dict("records")
    assert first["lever"] == "price_rise"
    assert first["way"] == RISE.effect
    assert np.isnan(first["number"])
    assert (second["way"], second["number"], second["unit"]) == ("times", 0.9, "factor")
    steps = view.bridge("Rise").steps
    assert steps[0].label == RISE.label
    assert steps[0].amount > 0


junk = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 30), st.floats(-2, 2), st.just(1e308),
    st.sampled_from(["", "2026-10", "2026-10/", "/", "2026-13", "renewal", "loss", "USD", "x"]),
    st.lists(st.integers(-1, 2) | st.just("x"), max_size=13),
    st.dictionaries(st.sampled_from(["2026-10", "2027-13", "name", "closes", "<months>", "a"]),
                    st.integers(-1, 2) | st.just("x"), max_size=3),
    st.lists(st.fixed_dictionaries(
        {}, optional={"name": st.just("A"), "mrr": st.just(5), "closes": st.just("2026-10"),
                      "stage": st.just("s"), "probability": st.floats(0, 1)}), max_size=2),
)  # fmt: skip
keys = {name: list(kind.model_fields) for name, kind in KINDS.items()}


@settings(max_examples=400)
@given(st.data())
def test_any_content_of_a_driver_is_a_change_or_an_error_in_words(data):
    name = data.draw(st.sampled_from(sorted(keys)))
    content = data.draw(st.dictionaries(st.sampled_from(keys[name]), junk, max_size=9))
    text = json.dumps({"name": "S", "changes": [{**content, "lever": name}], "costs": content})
    with contextlib.suppress(InputError):
        check(parse(text.encode(), "f"))
    plain = json.dumps({"name": "S", "changes": [{**content, "lever": name}]})
    with contextlib.suppress(InputError):
        (change,) = check(parse(plain.encode(), "f")).file.changes
        assert again(change) == change
        assert change.label


def test_a_team_s_own_ramp_is_no_phase_in_of_the_change():
    from scenarios import difference
    from scenarios.changes.drivers import DRIVERS

    team = Scenario("Team").add(
        DRIVERS["sales_capacity"](lever="sales_capacity", reps=6, quota=400_000, months="2027-01/")
    )
    found = difference(Scenario("Base"), team.change("churn", times=0.9, ramp=3))
    assert found["ramp"].isna().tolist() == [True, False]
    assert found["ramp"].iloc[1] == 3
