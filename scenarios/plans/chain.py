"""Chains: a folder of plans, each naming the one before it, and what of them was rewritten."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from history.errors import InputError
from history.wording import counted

from .plan import Plan, checked_plan

_TELLING = 8
"""Characters of a hash that tell it from all others."""


@dataclass(frozen=True)
class Chain:
    """The plans of a folder, checked one by one and one after the other.

    Attributes
    ----------
    folders
        Where they are.
    plans
        The unbroken ones, oldest first: sealed, and their figures add up.
    problems
        What was changed, is missing or forks, in words; empty when nothing is.
    notes
        What is no fault, such as a file that a killed freeze left behind.
    """

    folders: tuple[Path, ...]
    plans: tuple[Plan, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @classmethod
    def read(cls, folder: str | Path | Sequence[str | Path], expected: Sequence[str] = ()) -> Chain:
        """Check every plan of a folder, or of several, and how they follow each other.

        Parameters
        ----------
        folder
            Its ``*.plan`` files are read, once each. Several where plans of one follow plans of
            another.
        expected
            Content hashes or seals, or their first eight characters or more, that are known from
            elsewhere (the minutes): a plan with each of them has to be there.

        Raises
        ------
        InputError
            There is no such folder, no plan in it, or an expected hash is too short to tell.
        """
        given = [folder] if isinstance(folder, str | Path) else folder
        places = tuple(dict.fromkeys(Path(each) for each in given))
        files = [path for place in places for path in _files(place)]
        plans: list[Plan] = []
        broken: list[Plan] = []
        problems: list[str] = []
        for path in files:
            try:
                found, plan = checked_plan(path)
            except InputError as error:
                problems.append(str(error))
                continue
            problems += [f"{path.name}: {problem}" for problem in found.problems]
            if plan is not None:
                (plans if found.ok else broken).append(plan)
        plans.sort(key=lambda plan: (plan.as_of, plan.manifest.frozen_at, plan.name))
        once, notes = _once(plans)
        problems += _broken_links(once, broken, len(files) > len(plans) + len(broken))
        problems += _forks(once)
        problems += missing(plans, expected)
        for left in [left for place in places for left in sorted(place.glob(".*.plan.*.tmp"))]:
            notes.append(f"{left.name} was left by a freeze that was killed; it can be deleted")
        return cls(places, tuple(once), tuple(problems), tuple(notes))

    @property
    def ok(self) -> bool:
        """Whether nothing is broken, missing or forked."""
        return not self.problems

    @property
    def heads(self) -> tuple[Plan, ...]:
        """The plans that no other follows."""
        followed = {_before(plan) for plan in self.plans}
        return tuple(plan for plan in self.plans if plan.seal not in followed)

    def followers(self, plan: Plan) -> tuple[Plan, ...]:
        """Give the plans that follow one."""
        return tuple(each for each in self.plans if _before(each) == plan.seal)

    def __str__(self) -> str:
        known = {plan.seal for plan in self.plans}
        first = [plan for plan in self.plans if _before(plan) not in known]
        rows = [row for plan in first for row in self._rows(plan, 0)]
        width = max((len(row[0]) for row in rows), default=0)
        lines = [
            f"{name:<{width}}  knows {plan.as_of}  content {plan.content_hash[:12]}  "
            f"seal {plan.seal[:12]}"
            for name, plan in rows
        ]
        plans = counted(len(self.plans), "plan")
        told = "unbroken" if self.ok else f"{counted(len(self.problems), 'problem')} FOUND"
        end = [f"{', '.join(map(str, self.folders))}: {plans}, {told}"]
        end += [f"  {problem}" for problem in self.problems]
        return "\n".join([*lines, *end, *(f"  note: {note}" for note in self.notes)])

    def _rows(self, plan: Plan, depth: int) -> Iterator[tuple[str, Plan]]:
        kind = f" ({plan.manifest.kind})" if plan.manifest.kind else ""
        yield f"{'  ' * depth}{plan.name}{kind}", plan
        for follower in self.followers(plan):
            yield from self._rows(follower, depth + 1)


def _files(place: Path) -> list[Path]:
    files = sorted(place.glob("*.plan"))
    if not place.is_dir() or not files:
        raise InputError(f"{place}: no plan is there (*.plan)")
    return files


def _before(plan: Plan) -> str | None:
    """Give the seal of the plan that it follows."""
    named = plan.manifest.predecessor
    return None if named is None else named.seal


def _once(plans: Sequence[Plan]) -> tuple[list[Plan], list[str]]:
    """Give each plan once, and which files are copies of another."""
    found: dict[str, Plan] = {}
    notes = []
    for plan in plans:
        first = found.setdefault(plan.seal, plan)
        if first is not plan:
            notes.append(f"{plan.path.name} is a copy of {first.path.name}")
    return list(found.values()), notes


def _broken_links(
    plans: Sequence[Plan], broken: Sequence[Plan], some_unread: bool
) -> Iterator[str]:
    known = {plan.seal: plan for plan in plans}
    unsound = {plan.seal: plan for plan in broken}
    for plan in plans:
        named = plan.manifest.predecessor
        if named is None:
            continue
        said = f"{plan.path.name}: {plan.name!r} follows {named.name!r}"
        before = known.get(named.seal)
        if before is not None:
            if before.manifest.frozen_at > plan.manifest.frozen_at:
                yield f"{said}, which was sealed later: a clock was wrong, or a time made up"
            continue
        if named.seal in unsound:
            yield f"{said}, but {unsound[named.seal].path.name} is broken: its figures are no base"
            continue
        same = [each for each in plans if each.content_hash == named.content_hash]
        namesakes = [each for each in plans if each.name == named.name]
        if same:
            yield (
                f"{said}, but {same[0].path.name} was sealed anew: approver, time or versions are "
                f"others, the content is the same (sealed in: {named.seal[:12]}, there: "
                f"{same[0].seal[:12]})"
            )
        elif namesakes:
            yield (
                f"{said} with the content {named.content_hash[:12]}, but {namesakes[0].path.name} "
                f"holds {namesakes[0].content_hash[:12]}: it was rewritten"
            )
        else:
            unread = ", unless it is one of the broken files" if some_unread else ""
            yield (
                f"{said} with the content {named.content_hash[:12]}, which is missing{unread}; if "
                "it lies in another folder, verify both together (arrcast verify DIR OTHER)"
            )


def _forks(plans: Sequence[Plan]) -> Iterator[str]:
    followers: dict[str, list[Plan]] = {}
    for plan in plans:
        if (named := plan.manifest.predecessor) is not None:
            followers.setdefault(named.seal, []).append(plan)
    for both in followers.values():
        if len(both) > 1:
            files = " and ".join(each.path.name for each in both)
            named = both[0].manifest.predecessor
            assert named is not None  # noqa: S101 - they are those that name one
            yield f"{files} follow {named.name!r}: the chain forks; a plan has one successor"


def missing(plans: Sequence[Plan], expected: Sequence[str]) -> Iterator[str]:
    """Say which hashes, known from elsewhere, no plan has.

    Raises
    ------
    InputError
        A hash is too short to tell.
    """
    for wanted in expected:
        plain = wanted.strip().casefold()
        if len(plain) < _TELLING:
            raise InputError(f"{wanted!r}: give {_TELLING} characters of the hash or more")
        if not any(h.startswith(plain) for p in plans for h in (p.content_hash, p.seal)):
            yield f"no plan has the content hash or seal {wanted}: it was changed or removed"
