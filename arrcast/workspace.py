"""A company's folder: settings, ledger, scenarios, plans, and what the commands write.

::

    arrcast.yaml        company, currency, ledger and its column mapping, segments, policy, horizon
    scenarios/*.yaml    one named scenario a file
    plans/*.plan        sealed plans
    out/                what the commands write
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from history import InputError, Ledger, Policy
from history.language import Language
from history.reading.database import has_password, is_address
from scenarios.costs import Costs, unseen_costs
from scenarios.files.file import parse_yaml
from scenarios.files.yamltext import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from scenarios import Scenario

SETTINGS_FILE = "arrcast.yaml"
ADDRESS_REFUSED = (
    "a password stands in the address of the database; write the name of a variable of the "
    "environment instead, as in postgresql://user:${BILLING_PASSWORD}@host/database, or leave it "
    "to PGPASSWORD or ~/.pgpass"
)
"""Why an address is not kept in the settings."""


class _Section(BaseModel):
    """A part of the settings: immutable, and every unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LedgerSource(_Section):
    """Where the ledger is and how its columns are read; what is left out is guessed and reported.

    A `file` is a path within the folder, also one of a folder of files; an `address` is that of a
    database, with a `table` or a `query`. Passwords come from the environment: `${NAME}`.
    """

    file: str | None = None
    address: str | None = None
    table: str | None = None
    query: str | None = None
    profile: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    date_order: Literal["dmy", "mdy"] | None = None
    decimal: Literal[".", ","] | None = None
    encoding: str | None = None
    sheet: str | None = None
    fx: str | None = None
    customers: str | None = None
    mrr_bands: tuple[str, ...] = ()
    part_months: Literal["days", "calendar"] = "days"

    @model_validator(mode="after")
    def _one_place(self) -> LedgerSource:
        if (self.file is None) == (self.address is None):
            raise ValueError("write either file or address: where the ledger is")
        return self


class ForecastSettings(_Section):
    """How far and how finely the commands project."""

    months: Annotated[int, Field(ge=1, le=120)] = 18
    paths: Annotated[int, Field(ge=100, le=100_000)] = 2_000
    seed: Annotated[int, Field(ge=0)] = 7


def _slide(name: str) -> str:
    """Check the name of a slide; the message has the nearest right one."""
    from reports.deck.names import slide_name

    try:
        return slide_name(name)
    except InputError as error:
        raise ValueError(str(error)) from None


class ReportSettings(_Section):
    """How the board deck is made."""

    template: str | None = None
    """The company's own pptx or potx, a path within the folder."""
    slides: tuple[Annotated[str, AfterValidator(_slide)], ...] | None = None
    """Names of slides in their order; all when left out."""
    language: Language = "en"
    """In which the pack is written, en or fr."""


class Settings(_Section):
    """The content of ``arrcast.yaml``."""

    company: str
    ledger: LedgerSource
    currency: str | None = None
    as_of: str | None = None
    fiscal_year_start: Annotated[int, Field(ge=1, le=12)] = 1
    """Month in which the fiscal year begins; a year is named by the calendar year it ends in."""
    by: tuple[str, ...] = ()
    policy: Policy = Policy()
    forecast: ForecastSettings = ForecastSettings()
    report: ReportSettings = ReportSettings()
    costs: Costs | None = None
    """What the company costs a month: of every scenario that names no costs of its own."""
    closing: dict[str, str] = Field(default_factory=dict)
    """Closing MRR by month as finance has it: ``check`` reconciles the ledger with it."""


@dataclass(frozen=True)
class Workspace:
    """A folder with its settings."""

    folder: Path
    settings: Settings

    @classmethod
    def open(cls, folder: str | Path) -> Workspace:
        """Read ``arrcast.yaml`` of a folder.

        Raises
        ------
        InputError
            There is none, or it has errors: all of them, with line and column.
        """
        path = Path(folder) / SETTINGS_FILE
        if not path.is_file():
            raise InputError(
                f"{path}: not found. Name a billing file with --ledger FILE --as-of YYYY-MM, a "
                "company's folder with --workspace DIR, or make one: arrcast init DIR --ledger FILE"
            )
        return cls(Path(folder), parse_yaml(path, Settings))

    def unseen_costs(self, last: pd.Period) -> Iterator[str]:
        """Give the costs told of months after the last one projected, each with its line."""
        if (costs := self.settings.costs) is None:
            return
        document = load(self.folder / SETTINGS_FILE)
        for keys, message in unseen_costs(costs, last):
            found = document.problem(("costs", *keys), f"costs.{keys[0]}: {message}")
            yield f"{found.place}: {found.message}"

    @property
    def scenarios_folder(self) -> Path:
        """One named scenario a file."""
        return self.folder / "scenarios"

    @property
    def plans_folder(self) -> Path:
        """Sealed plans."""
        return self.folder / "plans"

    @property
    def out_folder(self) -> Path:
        """What the commands write."""
        return self.folder / "out"

    def ledger(self, *, as_of: str | None = None, file: str | Path | None = None) -> Ledger:
        """Read the ledger as the settings say; `file` reads another export the same way."""
        source = self.settings.ledger
        place = str(file) if file is not None else self._place()
        database = is_address(place)
        return Ledger.read(
            place,
            as_of=as_of or (None if file is not None else self.settings.as_of),
            currency=self.settings.currency,
            columns=source.columns or None,
            date_order=source.date_order,
            decimal=source.decimal,
            encoding=source.encoding,
            sheet=source.sheet,
            fx=self.folder / source.fx if source.fx else None,
            part_months=source.part_months,
            customers=self.folder / source.customers if source.customers else None,
            mrr_bands=source.mrr_bands,
            policy=self.settings.policy,
            profile=source.profile,
            table=source.table if database else None,
            query=source.query if database else None,
        )

    def _place(self) -> str:
        source = self.settings.ledger
        if source.address is None:
            return str(self.folder / str(source.file))
        if has_password(source.address):
            raise InputError(f"{SETTINGS_FILE}: {ADDRESS_REFUSED}")
        if source.address.startswith("sqlite:///") and not source.address.startswith("sqlite:////"):
            return f"sqlite:///{self.folder / source.address.removeprefix('sqlite:///')}"
        return source.address

    def scenarios(self) -> dict[str, Scenario]:
        """Every scenario of the folder by name, ``based_on`` resolved between the files."""
        from scenarios import Scenario, read_scenarios

        base = {"Base": Scenario("Base")}
        if not self.scenarios_folder.is_dir():
            return base
        return {**base, **read_scenarios(self.scenarios_folder, known=base)}


def settings_text(settings: Settings, comments: dict[str, str] | None = None) -> str:
    """Return ``arrcast.yaml`` as text, defaults left out, a comment line before named keys."""
    from io import StringIO

    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap

    content: dict[str, Any] = settings.model_dump(mode="json", exclude_defaults=True)
    document = CommentedMap(content)
    for key, comment in (comments or {}).items():
        if key in document:
            document.yaml_set_comment_before_after_key(key, before=comment)
    yaml = YAML()
    yaml.default_flow_style = False
    stream = StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()
