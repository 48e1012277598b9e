"""Findings: what was found in a ledger, row by row, and what was done about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RULES", "Finding", "Findings", "Rule", "Severity", "rule"]

Severity = Literal["error", "warning", "note"]

_ROWS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule code means and how to cure what it found."""

    code: str
    meaning: str
    cure: str


RULES: dict[str, Rule] = {}
"""All known rules by code; a module adds its own with :func:`rule` where it is imported."""


def rule(code: str, meaning: str, cure: str) -> str:
    """Register a rule and return its code.

    Parameters
    ----------
    code
        Short name in kebab case, unique.
    meaning
        One sentence: what is the case.
    cure
        One sentence: what the reader of the finding can do.

    Raises
    ------
    ValueError
        The code is registered with another meaning.

    Examples
    --------
    >>> rule("example-only", "This is an example.", "Read on.")
    'example-only'
    >>> RULES["example-only"].cure
    'Read on.'
    """
    new = Rule(code, meaning, cure)
    if RULES.setdefault(code, new) != new:
        raise ValueError(f"rule {code!r} is already registered with another text")
    return code


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in one row (or in the whole ledger).

    Parameters
    ----------
    row
        Row number as in the file (the header is row 1), or None for the whole ledger.
    column
        Name of the column as in the file, or "" for the whole row.
    rule
        Code of a registered rule.
    value
        What stood there, as text.
    action
        What was done about it.
    severity
        "error" (the row was left out, or a figure is certainly wrong), "warning" or "note".
    file
        Name of the file that the row stands in where the source is a folder of files, else "".
    """

    row: int | None
    column: str
    rule: str
    value: str
    action: str
    severity: Severity
    file: str = ""

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise ValueError(f"rule {self.rule!r} is not registered; see history.findings.rule")

    def __str__(self) -> str:
        return str(Findings((self,)))


@dataclass(frozen=True)
class Findings:
    """All findings of a ledger, in the order in which they were made.

    Examples
    --------
    >>> code = rule("example-negative", "The amount is negative.", "Check that it is a credit.")
    >>> found = Findings([Finding(7, "amount", code, "-5", "kept", "warning")])
    >>> print(found)
    warning  example-negative [amount] row 7: The amount is negative. Found '-5'; kept. Check that it is a credit.
    >>> len(found), len(found.errors)
    (1, 0)
    """  # noqa: E501

    items: tuple[Finding, ...] = ()

    def __init__(self, items: Iterable[Finding] = ()) -> None:
        object.__setattr__(self, "items", tuple(items))

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __add__(self, other: Findings | Iterable[Finding]) -> Findings:
        return Findings((*self.items, *other))

    def of(self, severity: Severity) -> Findings:
        """Give the findings of one severity."""
        return Findings(item for item in self.items if item.severity == severity)

    @property
    def errors(self) -> Findings:
        """The findings that are errors."""
        return self.of("error")

    @property
    def warnings(self) -> Findings:
        """The findings that are warnings."""
        return self.of("warning")

    @property
    def notes(self) -> Findings:
        """The findings that are notes."""
        return self.of("note")

    def frame(self) -> pd.DataFrame:
        """Give one line a finding.

        Returns
        -------
        DataFrame
            Columns row (Int64, blank for the whole ledger), column, rule, value, action,
            severity, meaning, cure, file.
        """
        import pandas as pd

        columns = ["row", "column", "rule", "value", "action", "severity", "file"]
        frame = pd.DataFrame([astuple(f) for f in self.items], columns=columns)
        frame.insert(6, "meaning", [RULES[f.rule].meaning for f in self.items])
        frame.insert(7, "cure", [RULES[f.rule].cure for f in self.items])
        return frame.astype({"row": "Int64"})

    def alike(self) -> list[Findings]:
        """Give the findings that differ in row and value only together, the gravest first."""
        groups: dict[tuple[str, str, str, str], list[Finding]] = {}
        for item in self.items:
            groups.setdefault((item.severity, item.rule, item.column, item.action), []).append(item)
        order = {"error": 0, "warning": 1, "note": 2}
        ranked = sorted(groups.values(), key=lambda group: order[group[0].severity])
        return [Findings(group) for group in ranked]

    def rows_text(self, shown: int = _ROWS_SHOWN) -> str:
        """Write the numbers of the rows, by file where there are several; after ``shown`` the rest.

        Examples
        --------
        >>> code = rule("example-rows", "This is an example.", "Read on.")
        >>> found = [Finding(row, "", code, "", "kept", "note", file) for row, file in
        ...          ((2, "eu.csv"), (9, "eu.csv"), (3, "us.csv"))]
        >>> Findings(found).rows_text(), Findings(found).rows_text(1)
        ('2, 9 in eu.csv; 3 in us.csv', '2 in eu.csv and 2 more')
        """
        placed = [item for item in self.items if item.row is not None]
        more = f" and {len(placed) - shown} more" if len(placed) > shown else ""
        files: dict[str, list[str]] = {}
        for item in placed[:shown]:
            files.setdefault(item.file, []).append(str(item.row))
        told = (f"{', '.join(rows)}{f' in {file}' if file else ''}" for file, rows in files.items())
        return "; ".join(told) + more

    def values_text(self, shown: int = 3) -> str:
        """Write the different values that were found."""
        values = list(dict.fromkeys(item.value for item in self.items if item.value))
        more = ", ..." if len(values) > shown else ""
        return ", ".join(repr(value) for value in values[:shown]) + more

    def __str__(self) -> str:
        return "\n".join(_line(group) for group in self.alike()) or "no findings"


def _line(group: Findings) -> str:
    first = group.items[0]
    known = RULES[first.rule]
    where = f" [{first.column}]" if first.column else ""
    values, rows = group.values_text(), group.rows_text()
    done = (
        f"Found {values}; {first.action}" if values else first.action[:1].upper() + first.action[1:]
    )
    if rows:
        rows = f" row{'s' if len(group) > 1 else ''} {rows}"
    return f"{first.severity:<7}  {first.rule}{where}{rows}: {known.meaning} {done}. {known.cure}"
