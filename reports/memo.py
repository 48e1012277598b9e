"""The methodology memo: what due diligence asks for, from definitions to known limits."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from .digest.headline import where_arr_stands, where_it_goes
from .files import Written
from .format import count, lever_words, month, percent, span
from .meanings import definition, meanings
from .pack import Pack, spoken
from .paper import Block, Document, Heading, Table, Text, write

if TYPE_CHECKING:
    from forecast import Backtest
    from history import Ledger
    from history.language import Language
    from history.reconcile import Reconciliation
    from scenarios import Comparison

SECTIONS: Final = (
    "What is reported",
    "Definitions and policy in force",
    "The data, and what was done with it",
    "Models chosen, and why",
    "How good the forecast has been",
    "What each scenario assumes",
    "Agreement with accounting",
    "Known limits",
)


def memo(
    path: str | os.PathLike[str],
    ledger: Ledger,
    comparison: Comparison,
    *,
    backtest: Backtest | None = None,
    accounting: Sequence[Reconciliation] = (),
    company: str | None = None,
    language: Language = "en",
    force: bool = False,
) -> Written:
    """Write the methodology memo.

    Parameters
    ----------
    path : path
        Ending in ``.md``, ``.docx`` or ``.html``.
    ledger : Ledger
    comparison : Comparison
    backtest : Backtest, optional
        The forecast's measured error; without it the memo says that it was not measured.
    accounting : sequence of Reconciliation
        Results of `Ledger.reconcile` or `Ledger.reconcile_revenue` with accounting's figures.
    company : str, optional
    language : str
        In which everything is written, ``en`` or ``fr``.
    force : bool
        Replace an existing file.

    Returns
    -------
    Written
        The headings.
    """
    pack = Pack(ledger, comparison, None, backtest, company, language=language)
    return write_memo(pack, path, accounting, force=force)


@spoken
def write_memo(
    pack: Pack,
    path: str | os.PathLike[str],
    accounting: Sequence[Reconciliation] = (),
    *,
    force: bool = False,
) -> Written:
    """Write the memo of a pack; as `memo`."""
    document = memo_of(pack, accounting)
    target = write(document, path, force=force)
    heads = (block.text for block in document.blocks if isinstance(block, Heading))
    return Written(target, tuple(heads))


def memo_of(pack: Pack, accounting: Sequence[Reconciliation] = ()) -> Document:
    """Give the memo as a document."""
    parts = (
        _reported(pack),
        _definitions(pack),
        _data(pack),
        _models(pack),
        _quality(pack),
        _assumptions(pack),
        _accounting(accounting),
        _limits(pack),
    )
    blocks: list[Block] = []
    for number, (head, part) in enumerate(zip(SECTIONS, parts, strict=True), start=1):
        blocks += [Heading(f"{number}. {head}"), *part]
    return Document(f"{pack.name}: methodology of the ARR forecast", pack.footer, tuple(blocks))


def _reported(pack: Pack) -> Iterator[Block]:
    runs = pack.comparison.runs
    months = pack.comparison.months
    yield Text(f"{where_arr_stands(pack)}; {where_it_goes(pack)}.")
    yield Text(
        f"Projected are {month(months[0])} to {month(months[-1])} on {runs.paths:,} paths "
        f"(seed {runs.seed}); all scenarios share the same random draws, so that a difference "
        "between two of them is the scenarios and not chance."
    )


def _definitions(pack: Pack) -> Iterator[Block]:
    policy = pack.ledger.policy
    yield Table(("Word", "Meaning"), meanings(pack), left=2)
    told = {metric.name: definition(metric) for metric in pack.ledger.metrics(period=12)}
    yield Table(("Metric", "Definition"), list(told.items()), left=2)
    rows = [
        (name, str(value), "differs" if name in policy.changed else "default")
        for name, value in policy.model_dump().items()
    ]
    note = f"Policy, sha256 {policy.digest}: equal figures need an equal policy."
    yield Table(("Switch", "In force", "Against the default"), rows, left=3, note=note)


def _data(pack: Pack) -> Iterator[Block]:
    ledger = pack.ledger
    yield Text(
        f"Billing lines of {month(ledger.first_month)} to {month(ledger.as_of)}, in "
        f"{pack.currency}; nothing after that month was used."
    )
    yield Text(f"Fingerprint of the ledger (sha256): {ledger.fingerprint().digest}.")
    groups = ledger.findings.alike()
    if not groups:
        yield Text("No line was changed, left out or guessed at.")
        return
    rows = []
    for group in groups:
        first = group.items[0]
        found = group.values_text()
        rows.append(
            (first.severity, first.rule, first.column, count(len(group)), found, first.action)
        )
    yield Table(
        ("", "Rule", "Column", "Times", "Found", "What was done"), rows, left=3, texts=(4, 5)
    )


def _models(pack: Pack) -> Iterator[Block]:
    forecaster = pack.comparison.runs.forecaster
    told = forecaster.explain()
    rows = [
        (
            str(row["part"]),
            str(row["segment"]),
            str(row["model"]),
            _figure(row["value"]),
            str(row["unit"]),
            "" if math.isnan(row["error"]) else percent(row["error"], 0),
            str(row["rests_on"]),
            str(row["notes"]),
        )
        for row in told.table.to_dict("records")
    ]
    yield Text(
        "Each part of the forecast, the model that the data chose for it, its level now and the "
        "standard error of that."
    )
    heads = ("Part", "Segment", "Model", "Value", "Unit", "Error", "Rests on", "Notes")
    yield Table(heads, rows, left=3, texts=(4, 6, 7))
    for sentence in told.summary.splitlines():
        yield Text(sentence, point=True)


def _quality(pack: Pack) -> Iterator[Block]:
    if pack.backtest is None:
        yield Text("Not measured for this memo: run `arrcast backtest`.")
        return
    table = pack.backtest.table
    skills = [name for name in table.columns if name.startswith("skill")]
    rows = [
        (
            count(row["horizon"]),
            count(row["n"]),
            percent(row["error"]),
            percent(row["bias"], signed=True),
            percent(row["coverage_80"], 0),
            percent(row["coverage_95"], 0),
            *(percent(row[name], 0, signed=True) for name in skills),
        )
        for row in table.to_dict("records")
    ]
    yield Text(
        "The forecast was made again at earlier months, with what was known then, and laid beside "
        "what came. Skill is the share of a baseline's error that it avoids; below 0 the baseline "
        "was better."
    )
    named = [name.removeprefix("skill").strip("_").replace("_", " ") for name in skills]
    heads = ("Months ahead", "Forecasts", "Error", "Bias", "80% held", "95% held")
    yield Table((*heads, *(f"Skill {name}" for name in named)), rows, left=0)
    for note in pack.backtest.notes:
        yield Text(note, point=True)


def _assumptions(pack: Pack) -> Iterator[Block]:
    for name in pack.comparison.scenarios:
        scenario = pack.comparison.runs[name].scenario
        yield Heading(name, 2)
        yield Text(scenario.because or "No reason is given.")
        rows = [
            (
                lever_words(change.effect),
                span(change.months),
                _where(change.where),
                change.because or "no reason given",
            )
            for change in scenario.all_changes
        ]
        if rows:
            yield Table(("Change", "Months", "Where", "Because"), rows, left=4)
        else:
            yield Text("It changes nothing: the forecast as it is.")


def _accounting(found: Sequence[Reconciliation]) -> Iterator[Block]:
    if not found:
        yield Text("No figures of accounting were given to compare with.")
        return
    for each in found:
        rows = [
            (
                str(row["month"]),
                f"{row['finance']:,}",
                f"{row['ledger']:,}",
                f"{row['difference']:,}",
            )
            for row in each.table.to_dict("records")
        ]
        verdict = "Every month agrees." if each.ok else "The differences are to be explained."
        yield Heading(f"{each.measure[:1].upper()}{each.measure[1:]}, {each.currency}", 2)
        yield Table(("Month", "Accounting", "Ledger", "Difference"), rows, note=verdict)


def _limits(pack: Pack) -> Iterator[Block]:
    months = (pack.as_of - pack.ledger.first_month).n + 1
    yield Text(
        f"The forecast rests on {count(months)} months of this company's history.", point=True
    )
    yield Text(
        "Intervals hold what the models know of: how rates drift and scatter, the fit's error, "
        "chance. Events that the history has not seen are for scenarios.",
        point=True,
    )
    yield Text(
        "Customers and segments are believed to behave as their like have; a change of prices, "
        "product or market that no scenario names is not foreseen.",
        point=True,
    )
    yield Text(
        "MRR is not revenue: usage, one-off and variable lines are not in it, and recognition "
        "follows its own rules.",
        point=True,
    )
    if pack.backtest is not None and pack.backtest.table["coverage_80"].isna().any():
        yield Text(
            "At some horizons the past holds too few forecasts to measure coverage: those cells "
            "are blank.",
            point=True,
        )
    said = {note for run in pack.comparison.runs.values() for note in run.projection.notes}
    for note in sorted(said):
        yield Text(note, point=True)


def _where(where: Mapping[str, Sequence[str]] | None) -> str:
    return "; ".join(f"{name}: {', '.join(keys)}" for name, keys in (where or {}).items()) or "all"


def _figure(value: float) -> str:
    if math.isnan(value):
        return ""
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:.4g}"
