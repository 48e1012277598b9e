"""A bridge: how one figure becomes another, step by step, adding up."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

import pandas as pd

from history.errors import InputError

# The amounts are sums of float means; anything above this is a step that is missing.
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Step:
    """One step of a bridge.

    Attributes
    ----------
    label
        What changed, in a few words.
    amount
        By how much it moves the figure, in the bridge's unit, signed.
    because
        The reason given for it, or None.
    """

    label: str
    amount: float
    because: str | None = None


@dataclass(frozen=True)
class Bridge:
    """The way from `start` to `end`; the steps add up, which is checked when it is made.

    Attributes
    ----------
    start, end
        The two figures, in `unit`.
    steps
        What lies between them, in order.
    unit
        Unit of all amounts, such as ``"EUR ARR"``.
    title
        What is bridged, in one line.
    start_label, end_label
        What the two figures are.

    Raises
    ------
    InputError
        When the steps do not add up from start to end.

    Examples
    --------
    >>> bridge = Bridge(100.0, (Step("churn x 0.9", 8.0), Step("interaction", -1.0)), 107.0,
    ...                 unit="EUR ARR", title="Base to Programme")
    >>> bridge.table()["amount"].tolist()
    [100.0, 8.0, -1.0, 107.0]
    """

    start: float
    steps: tuple[Step, ...]
    end: float
    unit: str
    title: str
    start_label: str = "start"
    end_label: str = "end"

    def __post_init__(self) -> None:
        parts = [self.start, *(step.amount for step in self.steps)]
        if not all(map(math.isfinite, [*parts, self.end])):
            raise InputError(f"{self.title}: a figure of the bridge is not a finite number")
        gap = math.fsum(parts) - self.end
        if abs(gap) > _TOLERANCE * max(1.0, *(abs(part) for part in parts)):
            raise InputError(
                f"{self.title}: the steps miss the end by {gap:,.6f} {self.unit}; "
                "every difference needs a step of its own"
            )

    @property
    def difference(self) -> float:
        """End less start, in `unit`."""
        return self.end - self.start

    def table(self) -> pd.DataFrame:
        """Start, steps and end as rows.

        Returns
        -------
        DataFrame
            Columns ``kind`` (start, step, end), ``label``, ``amount`` (in `unit`), ``running``
            (the figure after this row) and ``because`` (text or None).
        """
        rows: list[tuple[str, str, float, float, str | None]] = [
            ("start", self.start_label, self.start, self.start, None)
        ]
        running = self.start
        for step in self.steps:
            running += step.amount
            rows.append(("step", step.label, step.amount, running, step.because))
        rows.append(("end", self.end_label, self.end, self.end, None))
        table = pd.DataFrame(rows, columns=["kind", "label", "amount", "running", "because"])
        # As objects, so that no reason stays None instead of NaN.
        return table.assign(because=pd.Series([row[4] for row in rows], dtype=object))

    def rounded(self, decimals: int = 0) -> "Bridge":
        """Round so that the printed figures foot.

        Start and end are rounded by themselves; the steps take what is left by the largest
        remainder, so each is off by less than one unit of the last digit.

        Parameters
        ----------
        decimals
            Digits kept after the point; -3 rounds to thousands.

        Returns
        -------
        Bridge
            The same bridge with rounded figures.

        Examples
        --------
        >>> thirds = Bridge(0.0, (Step("a", 1 / 3), Step("b", 1 / 3), Step("c", 1 / 3)), 1.0,
        ...                 unit="EUR", title="thirds")
        >>> [step.amount for step in thirds.rounded(1).steps]
        [0.4, 0.3, 0.3]
        """
        start, end = _units(self.start, decimals), _units(self.end, decimals)
        exact = [_scaled(step.amount, decimals) for step in self.steps]
        units = foot(exact, end - start)
        steps = tuple(
            Step(step.label, _amount(unit, decimals), step.because)
            for step, unit in zip(self.steps, units, strict=True)
        )
        return Bridge(
            _amount(start, decimals),
            steps,
            _amount(end, decimals),
            unit=self.unit,
            title=self.title,
            start_label=self.start_label,
            end_label=self.end_label,
        )

    def __str__(self) -> str:
        rows = self.rounded().table()
        lines = [f"{self.title} ({self.unit})"]
        width = max(len(label) for label in rows["label"])
        for row in rows.to_dict("records"):
            amount = format(row["amount"], "+,.0f" if row["kind"] == "step" else ",.0f")
            reason = f"  {row['because']}" if row["because"] else ""
            lines.append(f"  {row['label']:<{width}}  {amount:>16}{reason}")
        return "\n".join(lines)


def foot(exact: Iterable[Decimal], total: int) -> list[int]:
    """Round parts to integers that add up to `total` (largest remainder).

    Parameters
    ----------
    exact
        The parts before rounding.
    total
        What the rounded parts have to add up to.

    Returns
    -------
    list of int
        One integer a part, each moved as little as possible.

    Examples
    --------
    >>> foot([Decimal("1.4"), Decimal("1.4"), Decimal("1.2")], 4)
    [2, 1, 1]
    """
    parts = list(exact)
    floors = [int(part.to_integral_value(ROUND_FLOOR)) for part in parts]
    left = total - sum(floors)
    if not parts:
        return floors
    # Ties go to the earlier step; what exceeds one unit each (it happens when start and end
    # round apart) is spread evenly.
    each, left = divmod(left, len(parts))
    order = sorted(range(len(parts)), key=lambda i: (floors[i] - parts[i], i))
    for rank, i in enumerate(order):
        floors[i] += each + (1 if rank < left else 0)
    return floors


def _scaled(value: float, decimals: int) -> Decimal:
    return Decimal(value).scaleb(decimals)


def _units(value: float, decimals: int) -> int:
    return int(_scaled(value, decimals).to_integral_value())


def _amount(units: int, decimals: int) -> float:
    return float(Decimal(units).scaleb(-decimals))
