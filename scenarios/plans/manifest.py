"""The manifest of a plan: everything about it that is not a table."""

import importlib.metadata
import platform
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
)

from .sealing import canonical, sha256

Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Month = Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")]
_STRICT = ConfigDict(frozen=True, extra="forbid")

COUNTS = "counts.npy"
"""Member with the numbers of customers of every path; older plans and budgets have none."""

_NOT_CONTENT: Any = {
    **dict.fromkeys(("approved_by", "frozen_at", "versions", "content_hash"), True),
    # When and by whom the plan before was sealed is no content of this one.
    "predecessor": {"seal"},
}
_TOLD = ("arrcast", "duckdb", "numpy", "pandas", "scipy", "statsmodels")


class Assumptions(BaseModel):
    """The scenario of a plan.

    Attributes
    ----------
    name, because
        Of the scenario.
    lineage
        Names of the chain, oldest first.
    changes
        All changes of the chain in order, each as in a scenario file.
    costs
        The scenario's costs as in its file; not written where there are none.
    digest
        `Scenario.digest`.
    levers
        SHA-256 over the levers' arrays, by month and segment.
    """

    model_config = _STRICT

    name: str
    because: str | None
    lineage: tuple[str, ...]
    changes: tuple[dict[str, Any], ...]
    costs: dict[str, Any] | None = None
    digest: Hash
    levers: Hash

    @model_serializer(mode="wrap")
    def _without_blank(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return _said(handler(self), "costs")


class Known(BaseModel):
    """What was known of the past when the plan was sealed.

    Attributes
    ----------
    as_of
        Last month of history.
    digest
        Of the whole ledger as known then.
    policy
        Digest of the definitions in force.
    switches
        Those of the policy that were not at their default; not written where none was.
    months
        SHA-256 over each month's logical content.
    """

    model_config = _STRICT

    as_of: Month
    digest: str
    policy: str
    switches: dict[str, Any] | None = None
    months: dict[str, str]

    @model_serializer(mode="wrap")
    def _without_blank(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return _said(handler(self), "switches")


class Predecessor(BaseModel):
    """The plan before this one, named so that it cannot be replaced unnoticed.

    Attributes
    ----------
    name
        Its name.
    content_hash
        What it says.
    seal
        Every byte of its file: also who approved it, and when.
    """

    model_config = _STRICT

    name: str
    content_hash: Hash
    seal: Hash


class Origin(BaseModel):
    """The file of a plan that comes from outside.

    Attributes
    ----------
    file, sheet, sha256
        Its name, the sheet of a workbook, and the hash of its bytes, which are sealed in.
    first
        Its first month; the months of the plan before it were filled.
    given
        The lines that stand in it; the others follow from them, or were assumed.
    by_segment
        Segments with the lines that stand in it for each; not written where all have the same.
    unused
        Every cell that was not used: name, what stands there, why.
    used
        How many cells with numbers were used or checked.
    options
        With what it was read.
    """

    model_config = _STRICT

    file: str
    sheet: str
    sha256: Hash
    first: Month
    given: tuple[str, ...]
    by_segment: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] | None = None
    unused: tuple[tuple[str, str, str], ...]
    used: int
    options: dict[str, Any]

    @property
    def planned(self) -> frozenset[str]:
        """Lines that finance planned: those of the file, and the closing that they lead to.

        Of the whole company only those that stand there for every segment.
        """
        lines = [set(given) for _, given in self.by_segment or ()] or [set(self.given)]
        return frozenset({*set.intersection(*lines), "closing"}) - {"opening"}

    def planned_in(self, segment: tuple[str, ...]) -> frozenset[str]:
        """Lines that finance planned for one segment."""
        given = dict(self.by_segment or ()).get(segment, self.given)
        return frozenset({*given, "closing"}) - {"opening"}

    @model_serializer(mode="wrap")
    def _without_blank(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return _said(handler(self), "by_segment")


class Manifest(BaseModel):
    """What stands in ``manifest.json``.

    Attributes
    ----------
    name, approved_by, frozen_at
        Of the plan; the time is UTC, ISO 8601.
    assumptions, known
        What was assumed and what was known.
    currency, by, segments
        Of all figures; the tables name segments by their position here.
    first, last
        Months planned.
    seed, paths, paths_kept
        Of the projection, and how many of its paths are in the plan.
    notes
        What the projection had to bend.
    predecessor
        The plan before this one, or None.
    kind
        ``budget``, ``reforecast``, or months known + months forecast such as ``3+9``; not written
        where none was said.
    calibrated
        Whether the spread was measured on the company's past; older plans do not say.
    origin
        Of a plan that was imported; not written in others. Its notes are what was assumed.
    versions
        Of the programs that made it.
    members
        SHA-256 of each table.
    content_hash
        Over all of this but approver, time and versions.
    """

    model_config = _STRICT

    name: str
    approved_by: str
    frozen_at: str
    assumptions: Assumptions
    known: Known
    currency: str
    by: tuple[str, ...]
    segments: tuple[tuple[str, ...], ...]
    first: Month
    last: Month
    seed: int
    paths: int
    paths_kept: int
    notes: tuple[str, ...]
    predecessor: Predecessor | None
    kind: str | None = None
    calibrated: bool | None = None
    origin: Origin | None = None
    versions: dict[str, str]
    members: dict[str, Hash]
    content_hash: str

    @model_serializer(mode="wrap")
    def _without_blank(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return _said(handler(self), "kind", "calibrated", "origin")

    def content(self) -> str:
        """Give the content hash that follows from what stands here.

        Equal inputs give an equal hash, also in another process and for another approver.
        """
        content = self.model_dump(mode="json", exclude=_NOT_CONTENT)
        return sha256(canonical(content))

    def to_bytes(self) -> bytes:
        """Give the bytes of ``manifest.json``."""
        return canonical(self.model_dump(mode="json"))


def _said(found: dict[str, Any], *later: str) -> dict[str, Any]:
    """Leave out blank keys that came later: plans sealed before them stay byte for byte."""
    return {k: value for k, value in found.items() if k not in later or value is not None}


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that shape the figures."""
    found = {"python": platform.python_version()}
    for name in _TOLD:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
