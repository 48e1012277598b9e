"""A scenario: a named set of changes, based on another scenario or on nothing."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from history.errors import InputError, unknown_name

from .changes.any_change import AnyChange
from .changes.change import Change, cross_problems
from .costs import Costs
from .files.fields import LONGEST_REASON, clean_text
from .files.file import LONGEST_NAME, Read, ScenarioFile, read_file, render
from .files.yamltext import refuse
from .plans.sealing import write_new


@dataclass(frozen=True)
class Stated:
    """A change, and where it is stated.

    Attributes
    ----------
    change
        The change.
    by
        Name of the scenario that states it.
    position
        Its place among that scenario's own changes, from 1.
    """

    change: AnyChange
    by: str
    position: int

    def __str__(self) -> str:
        return f"change {self.position} of {self.by} ({self.change.label})"


@dataclass(frozen=True)
class Scenario:
    """A named set of changes to the forecast's levers.

    Attributes
    ----------
    name
        What it is called, 1 to 200 characters.
    based_on
        The scenario whose changes are applied first, or None for the forecast as it is.
    because
        Why it is looked at.
    changes
        Its own changes, in the order in which they are applied.
    source, file
        The file it was read from, byte for byte, and how it is called in messages; None otherwise.
        No part of equality or digest.
    costs
        What the company costs before its changes, for unit economics; None is that of the scenario
        it is based on.
    sum_of
        Of a sum: the scenarios whose changes it took up; no part of equality or digest, nor of the
        file.

    Raises
    ------
    InputError
        A name that does not print, or that already stands in the chain of `based_on`.

    Examples
    --------
    >>> base = Scenario("Base")
    >>> down = Scenario("Downturn", based_on=base).change("new_customers", times=0.8,
    ...                                                   months="2026-10/2027-06")
    >>> down.lineage
    ('Base', 'Downturn')
    >>> [change.effect for change in down.flattened().changes]
    ['new_customers x 0.8']

    Scenarios add up: what both are based on counts once, then come the changes of the second.

    >>> price = Scenario("Price", based_on=base).change("price", times=1.05)
    >>> both = down + price
    >>> both.name, both.lineage
    ('Downturn + Price', ('Base', 'Downturn', 'Downturn + Price'))
    >>> [change.effect for change in both.all_changes]
    ['new_customers x 0.8', 'price x 1.05']
    """

    name: str
    based_on: Scenario | None = None
    because: str | None = None
    changes: tuple[AnyChange, ...] = ()
    source: bytes | None = field(default=None, repr=False, compare=False)
    costs: Costs | None = None
    file: str | None = field(default=None, repr=False, compare=False)
    sum_of: tuple[Scenario, ...] = field(default=(), repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_text("name", self.name, LONGEST_NAME)
        if self.name != self.name.strip() or not self.name or "\n" in self.name:
            raise InputError(f"scenario name {self.name!r}: give one line of text, without margins")
        if self.because is not None:
            _check_text("because", self.because, LONGEST_REASON)
        if self.based_on is not None and not isinstance(self.based_on, Scenario):
            raise InputError(
                f"scenario {self.name!r}: based_on must be a Scenario, not {self.based_on!r:.60}"
            )
        if self.based_on is not None and self.name in self.based_on.lineage:
            chain = " -> ".join([*self.based_on.lineage, self.name])
            raise InputError(
                f"scenario {self.name!r} is based on itself ({chain}): rename one of them"
            )

    def change(
        self,
        lever: str,
        *,
        times: float | None = None,
        plus: float | None = None,
        set: float | None = None,  # noqa: A002 - the word of the scenario files
        months: str | None = None,
        ramp: int | None = None,
        where: Mapping[str, str | Sequence[str]] | None = None,
        because: str | None = None,
    ) -> Scenario:
        """Give the scenario with one more change at its end; this one stays as it is.

        Parameters
        ----------
        lever
            Name of a lever (`forecast.levers.LEVERS`).
        times, plus, set
            Exactly one, in the lever's unit; see `Change`.
        months
            Span, both ends included; None is the whole horizon.
        ramp
            Months of phase-in: 1/ramp of the effect in the first month, 2/ramp in the second ...
        where
            Segments it touches: dimension to value or values.
        because
            The reason.

        Returns
        -------
        Scenario
            A new one.

        Raises
        ------
        InputError
            With every problem of the change.
        """
        given: dict[str, Any] = {
            "times": times,
            "plus": plus,
            "set": set,
            "months": months,
            "ramp": ramp,
        }
        given |= {"where": where, "because": because}
        try:
            added = Change.model_validate({"lever": lever, **given})
        except ValidationError as error:
            found = [_words(problem) for problem in error.errors()]
            given_too = {key: value for key, value in given.items() if value is not None}
            for _, message in cross_problems({"lever": lever, **given_too}):
                if not any(message in said for said in found):
                    found.append(message)
            said = "; ".join(found)
            raise InputError(f"scenario {self.name!r}, change of {lever!r}: {said}") from None
        return replace(self, changes=(*self.changes, added))

    def __add__(self, other: Scenario) -> Scenario:
        """Give both at once, called "A + B": all of this one, then what the other has beyond it.

        What both have counts once, be it that they are based on it or that it was added before
        (of a sum that was read from a file, its name and its changes tell what was added), so a
        sum with an ancestor, with itself or with a part of it is the larger of the two. The order
        is that of the sum: a `set` of the other replaces what this one did to the same lever
        (`overlaps` finds that). The sum is based on this one, and what it takes from the other are
        its own changes, so that it can be written as a file.
        """
        if not isinstance(other, Scenario):
            return NotImplemented
        mine, theirs = self.parts, other.parts
        added = tuple(each for each in theirs if not each._is_among(mine))  # noqa: SLF001
        if not added:
            return self
        if all(each._is_among(theirs) for each in mine):  # noqa: SLF001
            return other
        reasons = [f"{each.name}: {each.because}" for each in added if each.because]
        return Scenario(
            f"{self.name} + {other.name}",
            based_on=self,
            because="; ".join(reasons) or None,
            changes=tuple(change for each in added for change in each.changes),
            costs=self.costs_in_force or other.costs_in_force,
            sum_of=added,
        )

    def add(self, *changes: AnyChange) -> Scenario:
        """Give the scenario with more changes at its end, of any kind; this one stays as it is.

        Examples
        --------
        >>> from scenarios import PriceRise
        >>> rise = Scenario("Rise").add(PriceRise(uplift=0.06, months="2027-01/"))
        >>> rise.changes[0].label
        'prices of existing customers +6 %, from 2027-01 on'
        """
        for change in changes:
            if not isinstance(change, AnyChange):
                raise InputError(f"scenario {self.name!r}: {change!r:.60} is not a change")
        return replace(self, changes=(*self.changes, *changes))

    @property
    def chain(self) -> tuple[Scenario, ...]:
        """The scenarios it is based on, oldest first, and itself at the end."""
        before = () if self.based_on is None else self.based_on.chain
        return (*before, self)

    @property
    def parts(self) -> tuple[Scenario, ...]:
        """The scenarios of the chain, each sum among them taken apart into what was added.

        Examples
        --------
        >>> a, b, c = (Scenario(name).change("churn", times=0.9) for name in "ABC")
        >>> [each.name for each in (a + (b + c)).parts], ((a + b) + b).name
        (['A', 'B', 'C'], 'A + B')
        """
        return tuple(part for each in self.chain for part in each._taken_apart())  # noqa: SLF001

    def _is_among(self, parts: Sequence[Scenario]) -> bool:
        """Whether it is one of the parts, or was added to one that has been a file since."""
        return self in parts or any(part._has_added(self) for part in parts)  # noqa: SLF001

    def _has_added(self, other: Scenario) -> bool:
        """Whether its name calls it a sum with the other, and the other's changes stand in it."""
        length = len(other.changes)
        starts = range(len(self.changes) - length + 1)
        named = self.name != other.name and f" + {other.name} + " in f" + {self.name} + "
        return named and any(self.changes[at : at + length] == other.changes for at in starts)

    def _taken_apart(self) -> tuple[Scenario, ...]:
        held = tuple(change for part in self.sum_of for change in part.changes)
        if not self.sum_of or self.changes[: len(held)] != held:
            return (self,)
        own = self.changes[len(held) :]
        return (*self.sum_of, replace(self, changes=own, sum_of=())) if own else self.sum_of

    @property
    def lineage(self) -> tuple[str, ...]:
        """Names of the chain, oldest first."""
        return tuple(scenario.name for scenario in self.chain)

    @property
    def stated(self) -> tuple[Stated, ...]:
        """Every change of the chain with the scenario that states it, in the order applied."""
        return tuple(
            Stated(change, scenario.name, position)
            for scenario in self.chain
            for position, change in enumerate(scenario.changes, 1)
        )

    @property
    def all_changes(self) -> tuple[AnyChange, ...]:
        """Every change of the chain in the order in which they are applied."""
        return tuple(change for scenario in self.chain for change in scenario.changes)

    @property
    def costs_in_force(self) -> Costs | None:
        """Its own costs, or those of the nearest scenario that it is based on and that has some."""
        return next((one.costs for one in reversed(self.chain) if one.costs is not None), None)

    def flattened(self) -> Scenario:
        """Give the whole chain as one scenario on nothing; its results are the same."""
        return Scenario(
            self.name,
            because=self.because,
            changes=self.all_changes,
            costs=self.costs_in_force,
        )

    @property
    def digest(self) -> str:
        """SHA-256 over names, reasons and changes of the whole chain, as hexadecimal text."""
        text = json.dumps(self.as_dict(), sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """Name, reason and the chain with its changes, as plain values."""
        chain = [
            {
                "name": s.name,
                "because": s.because,
                "changes": [c.as_dict() for c in s.changes],
                **({} if s.costs is None else {"costs": s.costs.as_dict()}),
            }
            for s in self.chain
        ]
        return {"name": self.name, "chain": chain}

    @classmethod
    def read(
        cls, path: str | Path, based_on: Scenario | Mapping[str, Scenario] | None = None
    ) -> Scenario:
        """Read a scenario file.

        Parameters
        ----------
        path
            A YAML file.
        based_on
            The scenario it builds on, or several by name to find it among. A file that names one
            needs it here, by that name; a file that names none takes the one given.

        Returns
        -------
        Scenario
            It remembers the file's bytes, so that writing it back keeps the comments.

        Raises
        ------
        InputError
            Every problem as ``file:line:column``.
        """
        found = read_file(path)
        if isinstance(based_on, Mapping):
            named = found.file.based_on
            if named is not None and named not in based_on:
                said = str(unknown_name("scenario", named, based_on))
                raise refuse([found.document.problem(("based_on",), f"based_on: {said}")])
            based_on = based_on[named] if named is not None else None
        return from_file(found, based_on)

    def write(self, path: str | Path, *, force: bool = False) -> Path:
        """Write the scenario's own changes as a file; the chain is named by `based_on`.

        Parameters
        ----------
        path
            Where to.
        force
            Replace a file that is there.

        Returns
        -------
        Path
            The path written.

        Raises
        ------
        OverwriteError
            There is a file and `force` is not given.
        """
        return write_new(Path(path), self.to_yaml(), force=force)

    def to_yaml(self) -> bytes:
        """Give the bytes of the scenario's file: those it was read from if nothing has changed."""
        based_on = None if self.based_on is None else self.based_on.name
        file = ScenarioFile(
            name=self.name,
            based_on=based_on,
            because=self.because,
            costs=self.costs,
            changes=self.changes,
        )
        return render(file, self.source)


def from_file(found: Read, based_on: Scenario | None) -> Scenario:
    """Give the scenario of a file that was read, on the scenario given.

    Raises
    ------
    InputError
        The file names another scenario than the one given, or one and none is given.
    """
    file, document = found.file, found.document
    named = file.based_on
    if named is not None and (based_on is None or based_on.name != named):
        said = "none is given" if based_on is None else f"the one given is {based_on.name!r}"
        message = (
            f"based_on: {named} is not there, {said}: pass based_on=, or read the folder "
            "with read_scenarios"
        )
        raise refuse([document.problem(("based_on",), message)])
    return Scenario(
        file.name,
        based_on=based_on,
        because=file.because,
        changes=file.changes,
        source=document.content,
        costs=file.costs,
        file=document.name,
    )


def _check_text(what: str, text: object, longest: int) -> None:
    if not isinstance(text, str):
        raise InputError(f"scenario {what} must be text, not {text!r:.60}")
    if len(text) > longest:
        raise InputError(f"scenario {what} has {len(text)} characters; {longest} are allowed")
    try:
        clean_text(text)
    except ValueError as error:
        raise InputError(f"scenario {what}: {error}") from None


def _words(problem: Any) -> str:
    message = str(problem["msg"]).removeprefix("Value error, ").replace("Input should", "should")
    key = ".".join(str(part) for part in problem["loc"])
    return f"{key}: {message}" if key and not re.match(rf"{re.escape(key)}\b", message) else message
