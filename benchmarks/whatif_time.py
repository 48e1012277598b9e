"""A lever moved: time until the new quantiles of ARR are there, beside a projection from scratch.

python -m benchmarks.whatif_time [--sizes 2000x36x10 10000x60x30] [--repeat 11] [--clock cpu]

A size is paths x months x segments, on a company with that many segments. Each move has a new
number, so that nothing is found among earlier results; what a lever does not touch is. The last
rows are a hundred scenarios of the first size, and `solve` on it: the seconds until a lever's
number is known at which ARR of the last month is so much higher, on average or with a probability,
and how many projections that took. On a machine that others use as well, processor seconds say
what an idle one would take (`--clock cpu`).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

from forecast import Forecaster, Levers
from forecast.forecaster import forget_projections
from forecast.luck import Luck
from history import Ledger
from history.synthetic import example_company
from scenarios import Scenario, Target, run, solve

Clock = Callable[[], float]

QUANTILES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
TARGETS = {"2000x36x10": 0.1, "10000x60x30": 0.25}
DRAWS = 12
"""Normals of every month, segment and path: ten, and six walks with a knot every third month."""

MOVED = ("churn", "expansion", "new_customers", "new_arpa", "price")
TURNED = ("churn", "expansion", "new_customers", "new_arpa")
HIGHER = 1.03
CLOCKS: dict[str, Clock] = {"wall": time.perf_counter, "cpu": time.process_time}
WANTED = {"the mean": None, "the median": 0.5, "80 % of the paths": 0.8}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sizes", nargs="+", default=list(TARGETS))
    parser.add_argument("--repeat", type=int, default=11)
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    options = parser.parse_args()
    clock = CLOCKS[options.clock]
    for size in options.sizes:
        paths, months, segments = (int(part) for part in size.split("x"))
        forecaster = company(segments)
        print(f"\n{paths:,} paths x {months} months x {segments} segments")
        measure(forecaster, paths, months, options.repeat, TARGETS.get(size), clock)
    paths, months, segments = (int(part) for part in options.sizes[0].split("x"))
    forecaster = company(segments)
    hundred(forecaster, paths, months, clock)
    solving(forecaster, paths, months, clock)


def company(segments: int) -> Forecaster:
    """Fit the example company, its customers dealt to so many segments."""
    lines = example_company().generate(seed=1).ledger_frame("2026-06")
    number = lines["customer_id"].astype("category").cat.codes % segments
    lines["team"] = number.map("team {:02d}".format)
    ledger = Ledger.read(lines, as_of="2026-06", currency="EUR")
    return Forecaster.fit(ledger, by="team", calibrate=False)


def measure(
    forecaster: Forecaster,
    paths: int,
    months: int,
    repeat: int,
    target: float | None,
    clock: Clock,
) -> None:
    """Print the median time of every kind of move."""
    segments = len(forecaster.segments)

    def quantiles(levers: Levers) -> np.ndarray:
        projection = forecaster.project(months=months, paths=paths, levers=levers)
        return np.quantile(projection.draws("arr"), QUANTILES, axis=0)

    def scratch() -> None:
        forget_projections()
        quantiles(Levers.none())

    first = timed(scratch, 3, clock)
    print(f"  {'projection from scratch, draws included':44s} {first:7.3f} s")
    alone = timed(lambda: draws(months, paths, segments), 3, clock)
    print(f"  {f'the draws of it alone, {DRAWS} of each cell':44s} {alone:7.3f} s")
    everywhere = np.ones((months, segments))
    one = everywhere * (np.arange(segments) == segments // 2)
    aim = "" if target is None else f"  target {target:.2f}"
    medians = []
    for where, weight in (("one segment", one), ("all segments", everywhere)):
        for name in MOVED:
            numbers = iter(range(1, 1000))
            median = timed(
                lambda: quantiles(moved(name, next(numbers), weight)),  # noqa: B023
                repeat,
                clock,
            )
            medians.append(median)
            print(
                f"  {name + ' moved in ' + where:44s} {median:7.3f} s{aim}"
                f"   1/{first / median:.0f} of from scratch"
            )
        middle = np.median(medians[-len(MOVED) :])
        print(f"  {'median of these levers, ' + where:44s} {middle:7.3f} s{aim}")
    print(f"  {'median of all these moves':44s} {np.median(medians):7.3f} s{aim}")


def draws(months: int, paths: int, segments: int) -> None:
    """Draw as many standard normals as a projection needs."""
    luck = Luck(7, [str(number) for number in range(segments)], months, paths)
    for number in range(DRAWS):
        luck.normals(str(number))


def moved(name: str, number: int, weight: np.ndarray) -> Levers:
    """Give a lever moved by a new amount."""
    return Levers.none().then(name, times=1.0 - number / 2000.0, weight=weight)


def hundred(forecaster: Forecaster, paths: int, months: int, clock: Clock) -> None:
    """Print the time of a hundred scenarios that move all levers in turn."""
    segments = len(forecaster.segments)
    forecaster.project(months=months, paths=paths)
    print()
    for words, rows in (
        ("a segment each", np.eye(segments)),
        ("all segments", np.ones((1, segments))),
    ):
        start = clock()
        for number in range(100):
            weight = np.tile(rows[number % len(rows)], (months, 1))
            levers = moved(MOVED[number % len(MOVED)], 100 + number, weight)
            forecaster.project(months=months, paths=paths, levers=levers).draws("arr")
        taken = clock() - start
        print(f"  {f'a hundred scenarios, {words}':44s} {taken:7.2f} s  target 5.00")


def solving(forecaster: Forecaster, paths: int, months: int, clock: Clock) -> None:
    """Print the time of solving for a lever's number in all segments."""
    runs = run(Scenario("Base"), forecaster, months=months, paths=paths)
    arr = runs["Base"].projection.draws("arr")[:, -1]
    print()
    for words, probability in WANTED.items():
        level = arr.mean() if probability is None else np.quantile(arr, 1.0 - probability)
        for name in TURNED:
            start = clock()
            answer = solve(
                runs, "Base", name, Target(arr=float(HIGHER * level)), probability=probability
            )
            taken = clock() - start
            print(
                f"  {f'solve: {words} by {name}':44s} {taken:7.3f} s  target 2.00"
                f"   {answer.projections} projections"
            )


def timed(work: Callable[[], object], repeat: int, clock: Clock) -> float:
    """Give the median seconds of several runs."""
    found = []
    for _ in range(repeat):
        start = clock()
        work()
        found.append(clock() - start)
    return float(np.median(found))


if __name__ == "__main__":
    main()
