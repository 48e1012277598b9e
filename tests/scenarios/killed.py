"""Processes killed while they freeze: a parent that has all in memory, and forks that die.

Run as a script: ``python killed.py FOLDER ROUNDS freeze|import``. It prints a line of JSON a round.
"""

import builtins
import io
import json
import os
import random
import signal
import sys
import time
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2]))

from scenarios_toy import ToyForecaster, ledger_of
from test_scenarios_plan import DOWN, ROWS

import scenarios.plans.plan as plan_module
from scenarios import Plan, run

CALLS = ("open", "fsync", "link", "unlink", "close", "replace")


def forked(work):
    """Do something in a child, which ends with 0 when it came to its end."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return child


def killed_after(seconds, work, *, in_write):
    """Kill a child so many seconds after it began, or after it began to write.

    Says whether it was done before.
    """
    heard, told = os.pipe()

    def telling():
        write = plan_module.write_following

        def begun(*given):
            os.write(told, b".")
            write(*given)

        if in_write:
            plan_module.write_following = begun
        else:
            os.write(told, b".")
        work()

    child = forked(telling)
    os.read(heard, 1)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(heard)
    os.close(told)
    return os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0


def killed_at(step, work):
    """Kill a child just before its call number `step` of the system; say if it made them all.

    Every write is cut in two, and the point between the halves counts as a call.
    """

    def counted():
        left = [step]

        def count():
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1

        def told(call):
            def wrapped(*given, **named):
                count()
                return call(*given, **named)

            return wrapped

        for name in CALLS:
            setattr(os, name, told(getattr(os, name)))
        raw = io.FileIO.write

        class Cut(io.FileIO):
            def write(self, content):
                half = len(content) // 2
                count()
                raw(self, bytes(content[:half]))
                count()
                return half + raw(self, bytes(content[half:]))

        def opened(path, mode="r", *given, **named):
            if "b" in mode and ("x" in mode or "w" in mode):
                count()
                return Cut(path, mode.replace("b", ""))
            return builtins_open(path, mode, *given, **named)

        builtins_open = builtins.open
        io.open = opened
        Path.open = lambda self, mode="r", *given, **named: opened(self, mode, *given, **named)
        work()

    child = forked(counted)
    _, status = os.waitpid(child, 0)
    return os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0


def freezing(folder):
    """Give what is done and killed: a plan frozen that follows another."""
    forecaster = ToyForecaster.of(ledger_of(ROWS, "2026-06"), "size")
    made = run(DOWN, forecaster, months=2, paths=9)[DOWN.name]
    first = Plan.freeze(made, name="first", approved_by="CFO", path=folder / "first.plan")
    return lambda path: Plan.freeze(
        made, name="x", approved_by="CFO", path=path, follows=first, kind="6+1"
    )


def importing(folder):
    """Give what is done and killed: a budget read from its file and sealed."""
    source = folder / "budget.csv"
    source.write_text("MRR,2026-07,2026-08,Total\nNew,500,600,1100\nChurn,30,40,70\n")
    ledger = ledger_of(ROWS, "2026-06")
    words = {"name": "x", "approved_by": "Board", "measure": "mrr", "scale": 1}
    first = Plan.import_budget(source, ledger, path=folder / "first.plan", **words)
    return lambda path: Plan.import_budget(
        source, ledger, path=path, follows=first, kind="6+1", **words
    )


def main(folder, rounds, work):
    dice = random.Random(7)  # noqa: S311 - dice
    began = time.perf_counter()
    whole = work(folder / "timed" / "x.plan")
    takes = time.perf_counter() - began

    def attempt(kill, where):
        place = folder / where
        place.mkdir()
        path = place / "x.plan"
        done = kill(lambda: work(path))
        there = path.exists()
        if not there and dice.random() < 0.1:
            work(path)  # what the killed one left must not stand in the way of the next
        left = sorted(each.name for each in place.iterdir() if each != path)
        same = not path.exists() or Plan.read(path).content_hash == whole.content_hash
        told = {"where": where, "done": done, "there": there, "same": same, "left": left}
        sys.stdout.write(json.dumps(told) + "\n")
        return done

    for i in range(rounds):
        in_write = i % 2 == 1
        delay = dice.uniform(0, takes / 10 if in_write else 2 * takes)
        attempt(partial(killed_after, delay, in_write=in_write), f"random-{i}")
    step = 0
    while not attempt(partial(killed_at, step), f"step-{step}"):
        step += 1


if __name__ == "__main__":
    place = Path(sys.argv[1])
    main(place, int(sys.argv[2]), {"freeze": freezing, "import": importing}[sys.argv[3]](place))
