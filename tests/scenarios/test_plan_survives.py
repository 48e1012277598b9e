"""Plans survive: processes killed at any moment, rivals at once, and any byte changed."""

import json
import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from test_plan_chain import forecaster
from test_scenarios_plan import frozen

from history.errors import InputError
from scenarios import Chain, Plan, Scenario, run, verify_plan
from scenarios.plans.following import write_following

KILLS = 100
"""Times at random for each way of making a plan; half of them while it is written."""


@pytest.mark.parametrize("what", ["freeze", "import"])
def test_a_process_killed_at_any_moment_leaves_no_plan_or_a_whole_one(tmp_path, what):
    words = [sys.executable, Path(__file__).parent / "killed.py", tmp_path, str(KILLS), what]
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(words, capture_output=True, text=True, env=env, timeout=300)
    assert done.returncode == 0, done.stderr
    rounds = [json.loads(line) for line in done.stdout.splitlines()]
    assert sum(each["where"].startswith("random") for each in rounds) == KILLS
    assert all(each["same"] for each in rounds)
    assert all(each["there"] for each in rounds if each["done"])
    assert all(name.endswith(".tmp") for each in rounds for name in each["left"])
    # The test is one only if it hit before, within and after the writing.
    steps = [each for each in rounds if each["where"].startswith("step")]
    assert [each["done"] for each in steps] == [False] * (len(steps) - 1) + [True]
    assert {(each["there"], bool(each["left"])) for each in steps} == {
        (False, False),
        (False, True),
        (True, True),
        (True, False),
    }
    assert len({each["there"] for each in rounds if each["where"].startswith("random")}) == 2


def test_of_rivals_at_once_that_follow_one_plan_exactly_one_is_written(tmp_path):
    first = frozen(tmp_path / "first.plan", name="first")
    made = run(Scenario("Base"), forecaster("2026-09"), months=2, paths=5)["Base"]
    bytes_ = {}
    for i in range(8):
        away = tmp_path / str(i) / "x.plan"
        Plan.freeze(made, name=f"rival {i}", approved_by="CFO", path=away, follows=first)
        bytes_[i] = away.read_bytes()

    def attempt(i):
        try:
            write_following(tmp_path / f"rival-{i}.plan", bytes_[i], first.itself)
        except InputError as error:
            return str(error)
        return i

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(attempt, range(8)))
    winners = [each for each in found if isinstance(each, int)]
    assert len(winners) == 1
    assert sum("follows 'first' already" in str(each) for each in found) == 7
    assert [plan.name for plan in Chain.read(tmp_path).plans] == ["first", f"rival {winners[0]}"]


def test_of_many_plans_at_once_none_is_lost(tmp_path):
    content = frozen(tmp_path / "first.plan").path.read_bytes()
    with ThreadPoolExecutor(8) as pool:
        places = [tmp_path / "all" / f"{i}.plan" for i in range(24)]
        list(pool.map(lambda place: write_following(place, content, None), places))
    assert all(place.read_bytes() == content for place in places)


def broken(path, content, place, flip):
    """Change one byte of the file and say whether it is found."""
    with path.open("r+b") as file:
        file.seek(place)
        file.write(bytes([content[place] ^ flip]))
    found = not verify_plan(path).ok
    with path.open("r+b") as file:
        file.seek(place)
        file.write(content[place : place + 1])
    return found


def test_each_byte_flipped_in_turn_is_found(tmp_path):
    first = frozen(tmp_path / "a.plan", months=1, paths=3, by=None, scenario=Scenario("Base"))
    made = run(Scenario("Base"), forecaster("2026-09"), months=2, paths=5)["Base"]
    path = Plan.freeze(
        made, name="b", approved_by="c", path=tmp_path / "b.plan", follows=first, kind="9+2"
    ).path
    content = path.read_bytes()
    assert 2_000 < len(content) < 20_000
    dice = random.Random(1)  # noqa: S311 - dice
    missed = [
        place
        for place in range(len(content))
        for flip in {0x01, 0x20, 1 << dice.randrange(8)}
        if not broken(path, content, place, flip)
    ]
    assert missed == []
    assert verify_plan(path).ok


def test_two_thousand_random_bytes_of_a_full_plan_are_found(tmp_path):
    path = frozen(tmp_path / "a.plan", months=12, paths=600).path
    content = path.read_bytes()
    assert len(content) > 150_000
    dice = random.Random(2)  # noqa: S311 - dice
    missed = [
        place
        for place in dice.sample(range(len(content)), 2_000)
        if not broken(path, content, place, dice.randrange(1, 256))
    ]
    assert missed == []
    assert verify_plan(path).ok


@pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.99])
def test_a_plan_cut_short_or_made_longer_is_found(tmp_path, kept):
    path = frozen(tmp_path / "a.plan", months=1, paths=3, scenario=Scenario("Base")).path
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    assert not verify_plan(path).ok
    path.write_bytes(content + b"\0")
    assert not verify_plan(path).ok
