"""Plans sealed by older versions, and plans that are sealed and wrong."""

import io
import json

import numpy as np
import pytest
from scenarios_toy import ledger_of
from test_plan_chain import frozen
from test_plan_rerun import fit
from test_scenarios_plan import ROWS
from test_scenarios_plan import frozen as frozen_year

from scenarios import Chain, Plan, Scorecard, verify_plan
from scenarios.plans.figures import LINES, MOVEMENTS
from scenarios.plans.manifest import Manifest
from scenarios.plans.sealing import seal, sha256, unseal


def remade(path, **tables):
    """Seal a plan once more with other tables, every hash as it should be."""
    members = unseal(path.read_bytes(), "p")
    for name, change in tables.items():
        file = name.replace("_", ".")
        members[file] = change(members[file])
    manifest = Manifest.model_validate(json.loads(members["manifest.json"]))
    hashes = {name: sha256(members[name]) for name in manifest.members}
    manifest = manifest.model_copy(update={"members": hashes})
    manifest = manifest.model_copy(update={"content_hash": manifest.content()})
    path.write_bytes(seal({**members, "manifest.json": manifest.to_bytes()}))
    return path


def without_fx(content):
    return b"".join(line for line in content.splitlines(keepends=True) if b",fx," not in line)


def draws_without_fx(content):
    draws = np.load(io.BytesIO(content))
    packed = io.BytesIO()
    np.save(packed, np.ascontiguousarray(draws[: MOVEMENTS.index("fx")]))
    return packed.getvalue()


def test_a_plan_from_before_the_movement_fx_is_read_with_none_of_it(tmp_path):
    assert MOVEMENTS[-1] == "fx"
    new = frozen_year(tmp_path / "a.plan")
    old = remade(new.path, figures_csv=without_fx, draws_npy=draws_without_fx)
    assert b",fx," not in unseal(old.read_bytes(), "p")["figures.csv"]
    found = verify_plan(old)
    assert found.ok, found
    plan = Plan.read(old)
    assert plan.figures["line"].tolist() == list(LINES) * (len(plan.figures) // len(LINES))
    assert plan.draws.shape == new.draws.shape
    assert not plan.draws[-1].any()
    assert (plan.figures["mean"].to_numpy() == new.figures["mean"].to_numpy()).all()
    assert plan.rerun(ledger_of(ROWS, "2026-06"), fit).ok
    later = ledger_of(ROWS, "2026-08")
    table = plan.against(later).minor()
    parts = table[table["line"] != "closing"].groupby("month")["variance"].sum()
    assert (parts == table[table["line"] == "closing"].set_index("month")["variance"]).all()
    assert len(Scorecard.of([plan], later).records)
    assert Chain.read(tmp_path).ok


def one_cent_more(content):
    """Let the last closing of the company be a cent more: it no longer adds up."""
    lines = content.decode().splitlines()
    cells = lines[-1].split(",")
    assert cells[1:3] == ["total", "closing"]
    cells[3] = str(int(cells[3]) + 1)
    return ("\n".join([*lines[:-1], ",".join(cells)]) + "\n").encode()


def test_a_plan_whose_figures_do_not_add_up_is_broken_and_no_link_of_a_chain(tmp_path):
    first = frozen(tmp_path / "first.plan")
    remade(first.path, figures_csv=one_cent_more)
    frozen(tmp_path / "second.plan", "2026-09", Plan.read(first.path))
    chain = Chain.read(tmp_path)
    assert [plan.name for plan in chain.plans] == ["second"]
    assert [plan.name for plan in chain.heads] == ["second"]
    sums, company, link = chain.problems
    assert sums == "first.plan: opening and movements do not add up to the closing"
    assert company == "first.plan: the segments do not add up to the company"
    assert link == (
        "second.plan: 'second' follows 'first', but first.plan is broken: its figures are no base"
    )


def test_plans_of_two_folders_are_proved_together(tmp_path):
    first = frozen(tmp_path / "a" / "first.plan")
    frozen(tmp_path / "b" / "second.plan", "2026-09", first)
    (problem,) = Chain.read(tmp_path / "b").problems
    assert "which is missing; if it lies in another folder, verify both together" in problem
    both = Chain.read([tmp_path / "b", tmp_path / "a", tmp_path / "b"])
    assert both.ok
    assert [plan.name for plan in both.plans] == ["first", "second"]
    assert str(both).endswith(f"{tmp_path / 'b'}, {tmp_path / 'a'}: 2 plans, unbroken")


def test_each_file_of_a_chain_is_read_once(tmp_path, monkeypatch):
    first = frozen(tmp_path / "first.plan")
    frozen(tmp_path / "second.plan", "2026-09", first)
    reads = []
    plain = type(tmp_path).read_bytes

    def counted(path):
        reads.append(path.name)
        return plain(path)

    monkeypatch.setattr(type(tmp_path), "read_bytes", counted)
    assert Chain.read(tmp_path).ok
    assert sorted(reads) == ["first.plan", "second.plan"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda table: table["customers"] + 0.5, "customers DIFFER by at most 0.5"),
        (lambda table: table["customers"].where(table["line"] != "new"), "figures DIFFER: one of"),
    ],
)
def test_a_rerun_compares_customers_and_blanks(tmp_path, change, said):
    plan = frozen_year(tmp_path / "a.plan")
    assert plan.figures["customers"].notna().any()
    other = plan.figures.assign(customers=change(plan.figures))
    object.__setattr__(plan, "figures", other)
    found = plan.rerun(ledger_of(ROWS, "2026-06"), fit)
    assert not found.ok
    assert said in str(found)
    assert found.furthest == 0
