import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from scenarios_toy import ToyForecaster, ledger_of
from test_scenarios_plan import ROWS, resealed

from history.errors import InputError, OverwriteError, PlanError
from scenarios import Chain, Plan, Scenario, run

LATER = [*ROWS, ("E", "2026-08", None, 5_000, "SMB")]


@cache
def forecaster(as_of, currency="EUR"):
    return ToyForecaster.of(ledger_of(LATER, as_of, currency), "size")


def frozen(path, as_of="2026-06", follows=None, kind=None, months=6, **more):
    made = run(Scenario("Base"), forecaster(as_of), months=months, paths=20)["Base"]
    words = {"name": path.stem, "approved_by": "CFO"} | more
    return Plan.freeze(made, path=path, follows=follows, kind=kind, **words)


@pytest.fixture
def three(tmp_path):
    budget = frozen(tmp_path / "budget.plan", kind="budget")
    first = frozen(tmp_path / "q3.plan", "2026-09", budget, "9+3")
    second = frozen(tmp_path / "q4.plan", "2026-12", first.path, "12+1")
    return budget, first, second


def test_a_plan_names_the_content_and_the_seal_of_the_one_before(three):
    budget, first, second = three
    for before, after in ((budget, first), (first, second)):
        named = Plan.read(after.path).manifest.predecessor
        assert (named.name, named.content_hash, named.seal) == (
            before.name,
            before.content_hash,
            before.seal,
        )
    assert budget.manifest.predecessor is None
    assert first.manifest.kind == "9+3"
    assert "q3 (9+3): Base" in str(first)


def test_an_unbroken_chain_is_told_as_one(three, tmp_path):
    chain = Chain.read(tmp_path, [three[0].content_hash, three[2].seal[:8]])
    assert chain.ok
    assert [plan.name for plan in chain.plans] == ["budget", "q3", "q4"]
    assert [plan.name for plan in chain.heads] == ["q4"]
    lines = str(chain).splitlines()
    assert lines[0].startswith("budget (budget)")
    assert lines[1].startswith("  q3 (9+3)")
    assert lines[2].startswith("    q4 (12+1)")
    assert lines[-1].endswith("3 plans, unbroken")


def test_the_content_hash_knows_the_content_before_but_not_its_time_and_approver(tmp_path):
    one, two, other = (tmp_path / name for name in ("one", "two", "other"))
    first = frozen(one / "a.plan")
    again = frozen(two / "a.plan", approved_by="The board")
    third = frozen(other / "a.plan", months=5)
    follower = frozen(one / "b.plan", "2026-09", first)
    assert frozen(two / "b.plan", "2026-09", again).content_hash == follower.content_hash
    assert frozen(other / "b.plan", "2026-09", third).content_hash != follower.content_hash
    assert frozen(tmp_path / "b.plan", "2026-09").content_hash != follower.content_hash
    assert frozen(tmp_path / "c" / "b.plan", "2026-09", kind="budget").content_hash not in {
        follower.content_hash,
        Plan.read(tmp_path / "b.plan").content_hash,
    }


def test_another_process_gives_the_same_content_hash_to_a_follower(tmp_path):
    frozen(tmp_path / "a.plan")
    here = frozen(tmp_path / "b.plan", "2026-09", tmp_path / "a.plan", "9+3")
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1])\n"
        "from test_plan_chain import frozen\n"
        "a = frozen(Path(sys.argv[2]) / 'a.plan', approved_by='Someone')\n"
        "print(frozen(Path(sys.argv[2]) / 'b.plan', '2026-09', a, '9+3').content_hash)"
    )
    words = [sys.executable, "-c", code, Path(__file__).parent, tmp_path / "other"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == here.content_hash


def test_a_missing_predecessor_is_named(three, tmp_path):
    three[1].path.unlink()
    chain = Chain.read(tmp_path)
    content = three[1].content_hash[:12]
    (problem,) = chain.problems
    assert problem == (
        f"q4.plan: 'q4' follows 'q3' with the content {content}, which is missing; if it lies in "
        "another folder, verify both together (arrcast verify DIR OTHER)"
    )
    assert "1 problem FOUND" in str(chain)


def test_a_removed_end_of_the_chain_is_found_by_the_hash_in_the_minutes(three, tmp_path):
    three[2].path.unlink()
    assert Chain.read(tmp_path).ok
    found = Chain.read(tmp_path, [three[2].content_hash])
    assert "it was changed or removed" in found.problems[0]


def test_a_rewritten_predecessor_is_named(three, tmp_path):
    three[0].path.unlink()
    frozen(tmp_path / "budget.plan", kind="budget", months=7)
    (problem,) = Chain.read(tmp_path).problems
    assert re.search(r"'q3' follows 'budget' with the content \w{12}, but budget\.plan", problem)
    assert problem.endswith("it was rewritten")


def test_a_predecessor_sealed_anew_with_the_same_content_is_named(three, tmp_path):
    budget = three[0]
    resealed(budget.path, "manifest.json", lambda c: c.replace(b'"CFO"', b'"CEO"'))
    assert Plan.read(budget.path).content_hash == budget.content_hash
    (problem,) = Chain.read(tmp_path).problems
    assert "budget.plan was sealed anew: approver, time or versions are others" in problem


def test_a_predecessor_cannot_be_written_into_another_plans_manifest(three):
    _, first, _ = three
    budget = first.manifest.predecessor
    for part in (budget.content_hash, budget.name):
        other = part[:-1] + ("0" if part[-1] != "0" else "1")
        resealed(
            first.path,
            "manifest.json",
            lambda c, a=part, b=other: c.replace(a.encode(), b.encode()),
        )
        with pytest.raises(PlanError, match="the content hash does not follow"):
            Plan.read(first.path)
        resealed(
            first.path,
            "manifest.json",
            lambda c, a=part, b=other: c.replace(b.encode(), a.encode()),
        )


def test_a_broken_plan_is_named_with_those_that_may_follow_it(three, tmp_path):
    content = bytearray(three[0].path.read_bytes())
    content[300] ^= 1
    three[0].path.write_bytes(content)
    problems = Chain.read(tmp_path).problems
    assert len(problems) == 2
    assert problems[0].startswith("budget.plan: the seal is broken")
    assert "missing, unless it is one of the broken files; if it lies in another" in problems[1]


def test_what_cannot_be_read_does_not_hide_the_rest(three, tmp_path):
    (tmp_path / "a.plan").mkdir()
    content = bytearray(three[2].path.read_bytes())
    content[300] ^= 1
    three[2].path.write_bytes(content)
    problems = Chain.read(tmp_path).problems
    assert len(problems) == 2
    assert "a.plan" in problems[0]
    assert "the seal is broken" in problems[1]


def test_a_fork_is_refused_in_the_folder_and_named_where_it_comes_from_elsewhere(three, tmp_path):
    budget = three[0]
    with pytest.raises(InputError, match=r"q3\.plan \('q3'\) follows 'budget' already"):
        frozen(tmp_path / "rival.plan", "2026-08", budget)
    assert not (tmp_path / "rival.plan").exists()
    rival = frozen(tmp_path / "elsewhere" / "rival.plan", "2026-08", budget)
    (tmp_path / "rival.plan").write_bytes(rival.path.read_bytes())
    (problem,) = Chain.read(tmp_path).problems
    assert problem.startswith("rival.plan and q3.plan follow 'budget': the chain forks")


def test_a_copy_is_a_note_and_no_fork(three, tmp_path):
    (tmp_path / "copy.plan").write_bytes(three[1].path.read_bytes())
    (tmp_path / ".x.plan.0123.tmp").write_bytes(b"half")
    chain = Chain.read(tmp_path)
    assert chain.ok
    assert len(chain.notes) == 2
    assert "is a copy of" in chain.notes[0]
    assert "left by a freeze that was killed" in chain.notes[1]


def test_a_follower_sealed_before_its_predecessor_is_named(three, tmp_path):
    made = three[0].manifest.frozen_at
    # The follower names the seal, so both are sealed anew: only the times give it away.
    resealed(
        three[0].path,
        "manifest.json",
        lambda c: c.replace(made.encode(), b"2099" + made[4:].encode()),
    )
    later = Plan.read(three[0].path)
    old = three[1].manifest.predecessor.seal
    resealed(three[1].path, "manifest.json", lambda c: c.replace(old.encode(), later.seal.encode()))
    three[2].path.unlink()
    (problem,) = Chain.read(tmp_path).problems
    assert "which was sealed later" in problem


@pytest.mark.parametrize(
    ("kind", "said"),
    [("forecast", "the kind of a plan is"), ("3+0", "the kind"), ("3+9", "forecasts 9 months")],
)
def test_a_kind_has_to_fit(tmp_path, kind, said):
    with pytest.raises(InputError, match=said):
        frozen(tmp_path / "a.plan", kind=kind)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_follow_is_refused(three, tmp_path):
    second = three[2]
    with pytest.raises(InputError, match="cannot follow 'q4', which knows those to 2026-12"):
        frozen(tmp_path / "x.plan", "2026-09", second)
    with pytest.raises(InputError, match="3 months should lie between them, not 5"):
        frozen(tmp_path / "x.plan", "2027-05", second, "3+6")
    with pytest.raises(InputError, match="cannot be read"):
        frozen(tmp_path / "x.plan", follows=tmp_path / "none.plan")
    made = run(Scenario("Base"), forecaster("2027-01", "JPY"), months=2, paths=5)["Base"]
    with pytest.raises(InputError, match="is in JPY and cannot follow"):
        Plan.freeze(made, name="x", approved_by="y", path=tmp_path / "x.plan", follows=second)
    with pytest.raises(OverwriteError):
        frozen(second.path, "2026-12", second)


def test_a_folder_without_plans_is_an_input_error(tmp_path):
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(InputError, match="no plan is there"):
            Chain.read(folder)


def test_an_expected_hash_has_to_tell_something(three, tmp_path):
    with pytest.raises(InputError, match="give 8 characters"):
        Chain.read(tmp_path, ["abc"])


def test_plans_sealed_before_there_were_chains_stay_as_they_are(three):
    content = json.loads(three[0].manifest.to_bytes())
    assert content["predecessor"] is None
    plain = three[0].manifest.model_copy(update={"kind": None})
    assert b'"kind"' not in plain.to_bytes()
