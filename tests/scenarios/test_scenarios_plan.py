import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scenarios_toy import ToyForecaster, ledger_of

from history.errors import InputError, OverwriteError, PlanError
from history.segments import Segments
from scenarios import Plan, Scenario, run, verify_plan
from scenarios.plans.figures import LINES, MOVEMENTS, planned
from scenarios.plans.sealing import seal, unseal, write_new

ROWS = [
    ("A", "2026-01", None, 100_000, "SMB"),
    ("B", "2026-02", "2026-05", 25_050, "SMB"),
    ("C", "2026-03", None, 777_77, "Large"),
    ("D", "2026-04", None, 10_001, "Mid"),
]
DOWN = Scenario("Downturn", based_on=Scenario("Base")).change(
    "churn", times=1.3, months="2026-08/", ramp=3, because="a price war"
)


def frozen(path, by="size", months=6, paths=40, scenario=DOWN, **more):
    forecaster = ToyForecaster.of(ledger_of(ROWS, "2026-06"), by)
    made = run(scenario, forecaster, months=months, paths=paths)[scenario.name]
    names = {"name": "FY27", "approved_by": "CFO"} | more
    return Plan.freeze(made, path=path, **names)


def cube(plan, column="mean"):
    shape = (len(plan.months), len(plan.segments) + 1, len(LINES))
    return plan.figures[column].to_numpy().reshape(shape)


def test_a_plan_holds_all_that_was_known_and_assumed(tmp_path):
    made = frozen(tmp_path / "deep" / "fy27.plan")
    plan = Plan.read(made.path)
    assert (plan.name, plan.approved_by, plan.currency) == ("FY27", "CFO", "EUR")
    assert str(plan.as_of) == "2026-06"
    assert [str(plan.months[0]), str(plan.months[-1])] == ["2026-07", "2026-12"]
    assert plan.segments == Segments(("size",), (("Large",), ("Mid",), ("SMB",)))
    assumed = plan.manifest.assumptions
    assert assumed.lineage == ("Base", "Downturn")
    assert assumed.changes == (DOWN.changes[0].as_dict(),)
    assert assumed.digest == DOWN.digest
    ledger = ledger_of(ROWS, "2026-06")
    assert plan.manifest.known.digest == ledger.fingerprint().digest
    assert plan.manifest.known.months == dict(ledger.fingerprint().months)
    assert plan.manifest.known.policy == ledger.policy.digest
    assert plan.manifest.predecessor is None
    assert {"python", "numpy"} <= set(plan.manifest.versions)
    assert plan.content_hash == made.content_hash
    assert plan.verify().ok
    assert "FY27: Downturn, approved by CFO" in str(plan)


def test_the_figures_add_up_with_equality(tmp_path):
    plan = frozen(tmp_path / "a.plan")
    figures = cube(plan)
    assert figures.dtype == np.int64
    assert (figures[:, :, :-1].sum(axis=2) == figures[:, :, -1]).all()
    assert (figures[1:, :, 0] == figures[:-1, :, -1]).all()
    assert (figures[:, :-1].sum(axis=1) == figures[:, -1]).all()
    closing = ledger_of(ROWS, "2026-06").movements("size").matrix("closing").iloc[-1]
    assert (figures[0, :3, 0] == np.rint(closing.to_numpy() * 100)).all()


def test_the_past_is_kept_as_known(tmp_path):
    plan = frozen(tmp_path / "a.plan")
    minor = ledger_of(ROWS, "2026-06").movements("size").minor
    assert len(plan.history) == len(minor)
    assert plan.history["mrr"].sum() == minor["mrr"].sum()
    assert plan.history["mrr"].isna().sum() == minor["mrr"].isna().sum() > 0


def test_draws_are_a_sample_of_the_paths(tmp_path):
    plan = frozen(tmp_path / "a.plan", months=2, paths=900)
    assert plan.manifest.paths == 900
    assert plan.draws.shape == (len(MOVEMENTS), 500, 2, 3)
    means = plan.draws[:, :, 0].mean(axis=1)
    expected = cube(plan)[0, :3, 1:-1].T / 100
    assert means == pytest.approx(expected, rel=0.05, abs=0.02)


def test_a_plan_reads_as_a_table(tmp_path):
    plan = frozen(tmp_path / "a.plan")
    company = plan.table()
    assert company.columns.tolist()[:3] == ["month", "line", "mean"]
    assert len(company) == 6 * len(LINES)
    by_size = plan.table(by_segment=True)
    assert by_size["size"].unique().tolist() == ["Large", "Mid", "SMB", "total"]
    assert len(by_size) == 4 * len(company)
    closing = company.query("line == 'closing'")
    assert (closing["p10"] <= closing["p90"]).all()


def test_a_company_without_segments_is_planned_too(tmp_path):
    plan = frozen(tmp_path / "a.plan", by=None)
    assert plan.verify().ok
    assert len(plan.segments) == 1
    assert plan.table(by_segment=True)["line"].tolist().count("closing") == 6


def test_a_plan_is_never_overwritten(tmp_path):
    path = frozen(tmp_path / "a.plan").path
    before = path.read_bytes()
    for force in (False, True):
        with pytest.raises(OverwriteError, match="is there already"):
            frozen(path, force=force)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.plan"]


def test_of_two_writers_of_one_name_one_is_refused(tmp_path):
    write_new(tmp_path / "x", b"first")
    with pytest.raises(OverwriteError):
        write_new(tmp_path / "x", b"second")
    assert (tmp_path / "x").read_bytes() == b"first"
    with pytest.raises(InputError, match="cannot be written"):
        write_new(tmp_path / "none" / "x", b"")


def test_of_many_writers_at_once_exactly_one_wins(tmp_path):
    def attempt(i):
        try:
            write_new(tmp_path / "x", bytes([i]) * 100_000)
        except OverwriteError:
            return None
        return i

    with ThreadPoolExecutor(8) as pool:
        winners = [i for i in pool.map(attempt, range(16)) if i is not None]
    assert len(winners) == 1
    assert (tmp_path / "x").read_bytes() == bytes(winners) * 100_000
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize("name", ["", " ", "two\nlines", "n" * 201, "bell\x07"])
def test_name_and_approver_have_to_print(tmp_path, name):
    with pytest.raises(InputError):
        frozen(tmp_path / "a.plan", name=name)
    with pytest.raises(InputError):
        frozen(tmp_path / "a.plan", approved_by=name)
    assert list(tmp_path.iterdir()) == []


def test_the_content_hash_knows_neither_time_nor_approver(tmp_path):
    one = frozen(tmp_path / "a.plan")
    two = frozen(tmp_path / "b.plan", approved_by="The board")
    assert one.content_hash == two.content_hash
    assert one.path.read_bytes() != two.path.read_bytes()
    assert frozen(tmp_path / "c.plan", name="Other").content_hash != one.content_hash
    other = frozen(tmp_path / "d.plan", scenario=DOWN.change("churn", times=1.0001))
    assert other.content_hash != one.content_hash


def test_another_process_gives_the_same_content_hash(tmp_path):
    here = frozen(tmp_path / "a.plan")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from test_scenarios_plan import frozen\n"
        "print(frozen(sys.argv[2]).content_hash)"
    )
    folder = Path(__file__).parent
    words = [sys.executable, "-c", code, folder, tmp_path / "b.plan"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == here.content_hash


def test_every_flipped_byte_is_found(tmp_path):
    path = frozen(tmp_path / "a.plan", months=1, paths=3, by=None, scenario=Scenario("Base")).path
    content = path.read_bytes()
    assert len(content) < 20_000
    unseal(content, "p")
    for i in range(len(content)):
        # In the header a flipped case would leave a hash that reads the same.
        for flip in (0x01, 0x20) if i < 100 else (0x01,):
            broken = content[:i] + bytes([content[i] ^ flip]) + content[i + 1 :]
            with pytest.raises(PlanError):
                unseal(broken, "p")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda c: c[:-1], "cut short or its directory is damaged"),
        (lambda c: c + b"x", "the seal is broken"),
        (lambda c: c[:500], "the seal is broken"),
        (lambda c: b"", "not a plan"),
        (lambda c: b"PK" + c, "not a plan"),
        (lambda c: c.replace(b'"arrcast_plan":1', b'"arrcast_plan":2'), "format 2 is not known"),
        (lambda c: c.replace(b'"seal"', b'"Seal"', 1), "line of the seal is damaged"),
        (lambda c: c.replace(b'"seal":"', b'"seal": "', 1), "line of the seal was rewritten"),
    ],
)
def test_a_broken_plan_says_what_is_broken(tmp_path, damage, said):
    path = frozen(tmp_path / "a.plan").path
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(PlanError, match=f"a.plan: .*{said}"):
        Plan.read(path)
    found = verify_plan(path)
    assert not found.ok
    assert said in found.problems[0]
    assert "BROKEN" in str(found)


def test_a_changed_table_is_named(tmp_path):
    path = frozen(tmp_path / "a.plan").path
    content = bytearray(path.read_bytes())
    content[content.index(b"figures.csv") + 100] ^= 1
    path.write_bytes(content)
    with pytest.raises(PlanError, match=r"changed after it was sealed: figures\.csv"):
        Plan.read(path)


def resealed(path, member, change):
    members = unseal(path.read_bytes(), "p")
    members[member] = change(members[member])
    path.write_bytes(seal(members))


def test_a_new_seal_does_not_hide_a_changed_figure(tmp_path):
    path = frozen(tmp_path / "a.plan").path
    resealed(path, "figures.csv", lambda c: c.replace(b"closing", b"opening", 1))
    with pytest.raises(PlanError, match=r"figures\.csv is not the table that the manifest names"):
        Plan.read(path)


def test_a_new_seal_does_not_hide_a_changed_manifest(tmp_path):
    plan = frozen(tmp_path / "a.plan")
    resealed(plan.path, "manifest.json", lambda c: c.replace(b'"seed":7', b'"seed":8'))
    with pytest.raises(PlanError, match="the content hash does not follow"):
        Plan.read(plan.path)
    resealed(plan.path, "manifest.json", lambda c: c.replace(b'"seed":8', b'"seed": 8'))
    with pytest.raises(PlanError, match="canonical"):
        Plan.read(plan.path)
    resealed(plan.path, "manifest.json", lambda c: b'{"a":1}')
    with pytest.raises(PlanError, match="not as this program seals"):
        Plan.read(plan.path)


def test_figures_that_do_not_add_up_are_found_even_when_sealed(tmp_path):
    plan = frozen(tmp_path / "a.plan")
    members = unseal(plan.path.read_bytes(), "p")
    lines = members["figures.csv"].decode().splitlines()
    cells = lines[2].split(",")
    cells[3] = str(int(cells[3]) + 1)
    members["figures.csv"] = ("\n".join([*lines[:2], ",".join(cells), *lines[3:]]) + "\n").encode()
    import hashlib

    digest = hashlib.sha256(members["figures.csv"]).hexdigest()
    manifest = plan.manifest.model_copy(
        update={"members": {**plan.manifest.members, "figures.csv": digest}}
    )
    manifest = manifest.model_copy(update={"content_hash": manifest.content()})
    members["manifest.json"] = manifest.to_bytes()
    plan.path.write_bytes(seal(members))
    found = verify_plan(plan.path)
    assert "opening and movements do not add up to the closing" in found.problems
    assert "the segments do not add up to the company" in found.problems


def test_a_plan_replaced_by_another_is_found(tmp_path):
    plan = frozen(tmp_path / "a.plan")
    other = frozen(tmp_path / "b.plan", name="Other")
    plan.path.write_bytes(other.path.read_bytes())
    assert "another plan" in plan.verify().problems[0]


def test_a_plan_that_is_not_there_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        verify_plan(tmp_path / "none.plan")


def test_the_header_is_one_line_of_json(tmp_path):
    first = frozen(tmp_path / "a.plan").path.read_bytes().split(b"\n", 1)[0]
    assert json.loads(first)["arrcast_plan"] == 1


amounts = st.floats(-1e7, 1e7).map(lambda x: round(x, 3))


@settings(max_examples=25, deadline=None)
@given(
    arrays(np.float64, (len(MOVEMENTS), 4, 3, 2), elements=amounts),
    arrays(np.float64, (2,), elements=amounts),
    st.sampled_from(["EUR", "JPY", "KWD"]),
)
def test_any_projection_is_planned_to_the_minor_unit(flows, opening, currency):
    from forecast.projection import Projection

    toy = ToyForecaster(segments=Segments(("size",), (("A",), ("B",))))
    zeros = np.zeros((4, 3, 2))
    counts = dict.fromkeys(("new_customers", "reactivated_customers", "churned_customers"), zeros)
    projection = Projection(
        toy.segments, toy.months_ahead(months=3), currency, toy.as_of, opening, np.zeros(2),
        dict(zip(MOVEMENTS, flows, strict=True)), counts,
    )  # fmt: skip
    table = planned(projection)
    figures = table["mean"].to_numpy().reshape(3, 3, len(LINES))
    assert (figures[:, :, :-1].sum(axis=2) == figures[:, :, -1]).all()
    assert (figures[1:, :, 0] == figures[:-1, :, -1]).all()
    assert (figures[:, :2].sum(axis=1) == figures[:, 2]).all()
    scale = {"EUR": 100, "JPY": 1, "KWD": 1000}[currency]
    exact = projection.closing.mean(axis=0) * scale
    assert np.abs(figures[:, :2, -1] - exact).max() <= 3.5


def test_an_infinite_figure_is_never_sealed(tmp_path):
    forecaster = ToyForecaster.of(ledger_of(ROWS, "2026-06"))
    made = run(Scenario("Base"), forecaster, months=2, paths=3)["Base"]
    made.projection.flows["new"][0, 0, 0] = np.inf
    with pytest.raises(InputError, match="not a finite number"):
        Plan.freeze(made, name="x", approved_by="y", path=tmp_path / "a.plan")
    assert list(tmp_path.iterdir()) == []
