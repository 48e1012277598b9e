"""The formulas of plan and actuals: lines, what follows from them, and the parts of a variance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from history.money import decimals
from scenarios.variance.lines import LEVELS

from .plan_grid import SIDES, Grid, Part


@dataclass(frozen=True)
class Formulas:
    """The formulas of one block: a segment, or the company, which is the sum of the segments.

    Attributes
    ----------
    grid : Grid
    block : int
    """

    grid: Grid
    block: int

    @property
    def whole(self) -> bool:
        """Whether it is the company's."""
        return self.block == self.grid.company

    def row(self, part: Part) -> int:
        """Give the row of a part."""
        return self.grid.row(self.block, part)

    def _a(self, part: Part, column: int) -> str:
        return self.grid.at(self.block, part, column)

    def of(self, part: Part, column: int) -> str | None:
        """Give the formula of a cell; None where it is a number."""
        side, what, detail = part
        same = self._in_one_column(part, column)
        if same is not None:
            return same
        if column >= self.grid.months:
            return self._over(part, *self.grid.spans[column])
        if what == "line" and detail == "opening":
            opened = self._opening(side, column)
            if opened is not None and not self.whole:
                return opened
        if part == ("actual", "line", "restatement") and column and not self.whole:
            return f"={self._a(part, 0)}"
        if part == ("check", "typed", ""):
            closing = float(self.grid.figures["actual", "line", "closing"][column, self.block])
            return f"=ROUND({self._a(('actual', 'line', 'closing'), column)}-{closing!r},4)"
        if self.whole:
            return self._mixed(part, column) or self._summed(part, column)
        if side == "driver":
            return self._driver(part, column)
        return None

    def _in_one_column(self, part: Part, column: int) -> str | None:
        """Give formulas that are alike in months and sums over months."""
        side, what, detail = part

        def a(name: str, of: str, on: str = side) -> str:
            return self._a((on, name, of), column)

        if side == "variance":
            return f"={a('line', detail, 'actual')}-{a('line', detail, 'plan')}"
        if part == ("check", "", ""):
            return self._adds_up(column)
        if side not in SIDES:
            return None
        if what == "line" and detail == "closing":
            return f"=SUM({a('line', 'opening')}:{a('line', 'fx')})"
        if what == "line" and detail == "churn" and self.grid.reasons != ("",):
            return "=" + "+".join(a("churn", reason) for reason in self.grid.reasons)
        if what == "each":
            return f"=IF({a('won', '')}>0,{a('line', 'new')}/{a('won', '')},0)"
        if what == "rate":
            of = a("churn", detail) if detail in self.grid.reasons else a("line", detail)
            return f"=IF({self._base(side, column)}>0,{of}/{self._base(side, column)},0)"
        if what == "share":
            return f"=IF({a('customers', '')}>0,{a('lost', detail)}/{a('customers', '')},0)"
        return None

    def _adds_up(self, column: int) -> str:
        """Give plan's closing + variance of the levels + parts of the others - actual closing."""
        then, now = (self._a((side, "line", "closing"), column) for side in SIDES)
        levels = (("variance", "line", line) for line in (LEVELS[0], LEVELS[-1]))
        drivers = (("driver", *self.grid.drivers[place]) for place in (0, -1))
        sums = (self._sum([self._a(part, column) for part in parts]) for parts in (levels, drivers))
        return f"=ROUND({then}+{'+'.join(sums)}-{now},4)"

    @staticmethod
    def _sum(ends: Sequence[str]) -> str:
        return f"SUM({':'.join(ends)})"

    def _base(self, side: str, column: int) -> str:
        """Give the opening as it is known now."""
        opening, restated = (
            self._a((side, "line", line), column) for line in ("opening", "restatement")
        )
        return opening if side == "plan" else f"({opening}+{restated})"

    def _over(self, part: Part, first: int, last: int) -> str:
        """Give the sum over months: of a level the first, of definitions the last."""
        _, what, detail = part
        if part == ("check", "typed", "") or detail == "policy":
            return f"={self._a(part, last)}"
        if what == "customers" or detail in ("opening", "restatement"):
            return f"={self._a(part, first)}"
        return f"=SUM({self._a(part, first)}:{self._a(part, last)})"

    def _opening(self, side: str, column: int) -> str | None:
        if not column:
            return None if side == "plan" else f"={self._a(('plan', 'line', 'opening'), 0)}"
        closing = self._a((side, "line", "closing"), column - 1)
        if side == "plan":
            return f"={closing}"
        later = (self._a((side, "line", line), column - 1) for line in ("policy", "restatement"))
        return f"={closing}-" + "-".join(later)

    def _summed(self, part: Part, column: int) -> str:
        """Give the sum of the segments."""
        return "=" + "+".join(
            self.grid.at(segment, part, column) for segment in range(self.grid.company)
        )

    def _mixed(self, part: Part, column: int) -> str | None:
        """Give volume, exposure and mix of the company: at the average of all segments."""
        side, line, of = part
        base = "volume" if line == "new" else "exposure"
        if side != "driver" or of not in (base, "mix"):
            return None
        own = self._summed((side, line, base), column).removeprefix("=")
        if of == "mix":
            return f"={own}-{self._a((side, line, base), column)}"
        if line == "new":
            then, now = (self._a((on, "won", ""), column) for on in SIDES)
        else:
            then, now = (self._base(on, column) for on in SIDES)
        planned = self._a(("plan", "line", line), column)
        return f"=IF({then}<=0,{own},{self._round(f'({now}-{then})*{planned}/{then}')})"

    def _round(self, text: str) -> str:
        return f"ROUND({text},{decimals(self.grid.variance.currency)})"

    def _driver(self, part: Part, column: int) -> str | None:
        _, line, of = part
        if line == "rounding":
            missed = [self._a(("variance", "line", name), column) for name in ("new", "fx")]
            found = [self._a(("driver", *self.grid.drivers[place]), column) for place in (0, -2)]
            return "=" + self._round(f"{self._sum(missed)}-{self._sum(found)}")
        if not of:
            return f"={self._a(('variance', 'line', line), column)}"
        if line == "new":
            return self._new(of, column)
        if line == "churn":
            return self._churn(of, column)
        return "=" + self._rated(of, ("line", line), line, column)

    def _new(self, of: str, column: int) -> str:
        new = [self._a((side, "line", "new"), column) for side in SIDES]
        won = [self._a((side, "won", ""), column) for side in SIDES]
        each = self._a(("plan", "each", ""), column)
        none = f"MIN({won[0]},{won[1]})<=0"
        if of == "volume":
            return f"=IF({none},{new[1]}-{new[0]},{self._round(f'({won[1]}-{won[0]})*{each}')})"
        return f"=IF({none},0,{self._round(f'{new[1]}-{won[1]}*{each}')})"

    def _rated(self, of: str, amount: tuple[str, str], rate: str, column: int) -> str:
        """Give exposure or rate of what comes out of opening MRR."""
        then, now = (self._a((side, *amount), column) for side in SIDES)
        base, base_now = (self._base(side, column) for side in SIDES)
        planned = self._a(("plan", "rate", rate), column)
        if of == "exposure":
            carried = self._round(f"({base_now}-{base})*{planned}")
            return f"IF({base}<=0,{now}-{then},{carried})"
        return f"IF({base}<=0,0,{self._round(f'{now}-{base_now}*{planned}')})"

    def _churn(self, of: str, column: int) -> str | None:
        if of == "exposure":
            each = (self._rated(of, *self._lost(reason), column) for reason in self.grid.reasons)
            return "=" + "+".join(each)
        reason, _, what = of.rpartition(" ")
        by_mrr = self._rated("rate", *self._lost(reason), column)
        if not self.grid.known(column, self.block, self.grid.reasons.index(reason)):
            return f"={by_mrr}" if what == "rate" else None
        base, base_now = (self._base(side, column) for side in SIDES)
        share, share_now = (self._a((side, "share", reason), column) for side in SIDES)
        there = ",".join(self._a((side, "customers", ""), column) for side in SIDES)
        amount, rate = self._lost(reason)
        planned = f"{base_now}*{self._a(('plan', 'rate', rate), column)}"
        none = f"OR({share}<=0,MIN({there})<=0)"
        if what == "rate":
            by_customers = self._round(f"{planned}*({share_now}/{share}-1)")
            return f"=IF({base}<=0,0,IF({none},{by_mrr},{by_customers}))"
        rest = self._round(f"{self._a(('actual', *amount), column)}-{planned}*{share_now}/{share}")
        return f"=IF({base}<=0,0,IF({none},0,{rest}))"

    def _lost(self, reason: str) -> tuple[tuple[str, str], str]:
        """Give where churn of a reason stands, and its rate."""
        return (("churn", reason), reason) if reason else (("line", "churn"), "churn")
