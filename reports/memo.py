"""The methodology memo: what due diligence asks for, from definitions to known limits."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from history.language import figure, marked, retold, say, say_many, significant
from history.money import decimals

from .digest.headline import where_arr_stands, where_it_goes
from .files import Written
from .format import count, label_words, month, percent, span
from .meanings import definition, meanings, switch_meaning
from .pack import Pack, spoken
from .paper import Block, Document, Heading, Table, Text, write

if TYPE_CHECKING:
    from forecast import Backtest
    from history import Ledger
    from history.language import Language
    from history.reconcile import Reconciliation
    from scenarios import Comparison

SECTIONS: Final = (
    marked("What is reported"),
    marked("Definitions and policy in force"),
    marked("The data, and what was done with it"),
    marked("Models chosen, and why"),
    marked("How good the forecast has been"),
    marked("What each scenario assumes"),
    marked("Agreement with accounting"),
    marked("Known limits"),
)
_COVERAGES: Final = ("coverage_80", "coverage_95")
_SEVERITIES: Final = {
    "error": marked("error"),
    "warning": marked("warning"),
    "note": marked("note"),
}


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
        blocks += [Heading(f"{number}. {say(head)}"), *part]
    title = say("{company}: methodology of the ARR forecast", company=pack.name)
    return Document(title, pack.footer, tuple(blocks))


def where_it_stands_and_goes(pack: Pack) -> str:
    """Say where ARR stands and where the main scenario takes it, as one sentence."""
    return say("{stands}; {goes}.", stands=where_arr_stands(pack), goes=where_it_goes(pack))


def _reported(pack: Pack) -> Iterator[Block]:
    runs = pack.comparison.runs
    months = pack.comparison.months
    yield Text(where_it_stands_and_goes(pack))
    made = runs.forecaster.as_of
    if made != pack.as_of:
        yield Text(
            say(
                "The forecast was made with what was known as of {made}; the history shown goes on "
                "to {as_of}.",
                made=month(made),
                as_of=month(pack.as_of),
            )
        )
    yield Text(
        say(
            "Projected are {first} to {last} on {paths} paths (seed {seed}); all scenarios share "
            "the same random draws, so that a difference between two of them is the scenarios and "
            "not chance.",
            first=month(months[0]),
            last=month(months[-1]),
            paths=figure(runs.paths),
            seed=runs.seed,
        )
    )


def _definitions(pack: Pack) -> Iterator[Block]:
    policy = pack.ledger.policy
    yield Table((say("Word"), say("Meaning")), meanings(pack), left=2)
    told = {metric.name: definition(metric) for metric in pack.ledger.metrics(period=12)}
    yield Table((say("Metric"), say("Definition")), list(told.items()), left=2)
    rows = [
        (
            name,
            say("no limit") if value is None else str(value),
            say("differs") if name in policy.changed else say("default"),
            switch_meaning(name),
        )
        for name, value in policy.model_dump().items()
    ]
    note = say("Policy, sha256 {digest}: equal figures need an equal policy.", digest=policy.digest)
    heads = (say("Switch"), say("In force"), say("Against the default"), say("What it decides"))
    yield Table(heads, rows, left=4, note=note)


def _data(pack: Pack) -> Iterator[Block]:
    ledger = pack.ledger
    yield Text(
        say(
            "Billing lines of {first} to {last}, in {currency}; nothing after that month was used.",
            first=month(ledger.first_month),
            last=month(ledger.as_of),
            currency=pack.currency,
        )
    )
    digest = ledger.fingerprint().digest
    yield Text(say("Fingerprint of the ledger (sha256): {digest}.", digest=digest))
    groups = ledger.findings.alike()
    if not groups:
        yield Text(say("No line was changed, left out or guessed at."))
        return
    rows = []
    for group in groups:
        first = group.items[0]
        found = group.values_text()
        rows.append(
            (
                say(_SEVERITIES[first.severity]),
                first.rule,
                first.column,
                count(len(group)),
                found,
                retold(first.action),
            )
        )
    heads = (say("Rule"), say("Column"), say("Times"), say("Found"), say("What was done"))
    yield Table(("", *heads), rows, left=3, texts=(4, 5))


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
        say(
            "Each part of the forecast, the model that the data chose for it, its level now and "
            "the standard error of that."
        )
    )
    heads = (
        *(say("Part"), say("Segment"), say("Model"), say("Value")),
        *(say("Unit"), say("Error"), say("Rests on"), say("Notes")),
    )
    yield Table(heads, rows, left=3, texts=(4, 6, 7))
    for sentence in told.summary.splitlines():
        yield Text(sentence, point=True)


def _quality(pack: Pack) -> Iterator[Block]:
    if pack.backtest is None:
        yield Text(say("Not measured for this memo: run `arrcast backtest`."))
        return
    table = pack.backtest.table
    skills = [name for name in table.columns if name.startswith("skill")]
    rows = [
        (
            count(row["horizon"]),
            count(row["n"]),
            percent(row["error"]),
            percent(row["bias"], signed=True),
            *("" if math.isnan(row[n]) else percent(row[n], 0) for n in _COVERAGES),
            *(percent(row[name], 0, signed=True) for name in skills),
        )
        for row in table.to_dict("records")
    ]
    yield Text(
        say(
            "The forecast was made again at earlier months, with what was known then, and laid "
            "beside what came. Skill is the share of a baseline's error that it avoids; below 0 "
            "the baseline was better."
        )
    )
    named = [name.removeprefix("skill").strip("_").replace("_", " ") for name in skills]
    heads = (
        *(say("Months ahead"), say("Forecasts"), say("Error"), say("Bias")),
        *(say("80% held"), say("95% held")),
        *(say("Skill {baseline}", baseline=say(name)) for name in named),
    )
    yield Table(heads, rows, left=0)
    for note in pack.backtest.notes:
        yield Text(retold(note), point=True)


def _assumptions(pack: Pack) -> Iterator[Block]:
    for name in pack.comparison.scenarios:
        scenario = pack.comparison.runs[name].scenario
        yield Heading(name, 2)
        yield Text(scenario.because or say("No reason is given."))
        rows = [
            (
                label_words(change.effect),
                span(change.months),
                _where(change.where),
                change.because or say("no reason given"),
            )
            for change in scenario.all_changes
        ]
        if rows:
            heads = (say("Change"), say("Months"), say("Where"), say("Because"))
            yield Table(heads, rows, left=4)
        else:
            yield Text(say("It changes nothing: the forecast as it is."))


def _accounting(found: Sequence[Reconciliation]) -> Iterator[Block]:
    if not found:
        yield Text(say("No figures of accounting were given to compare with."))
        return
    for each in found:
        places = decimals(each.currency)
        rows = [
            (
                month(row["month"]),
                *(figure(row[name], places) for name in ("finance", "ledger", "difference")),
            )
            for row in each.table.to_dict("records")
        ]
        if each.ok:
            verdict = say("Every month agrees.")
        else:
            verdict = say("The differences are to be explained.")
        measure = say(each.measure)
        yield Heading(f"{measure[:1].upper()}{measure[1:]}, {each.currency}", 2)
        heads = (say("Month"), say("Accounting"), say("Ledger"), say("Difference"))
        yield Table(heads, rows, note=verdict)


def _limits(pack: Pack) -> Iterator[Block]:
    for text in _limits_told(pack):
        yield Text(text, point=True)


def _limits_told(pack: Pack) -> Iterator[str]:
    yield say_many(
        "The forecast rests on {months} month of this company's history.",
        "The forecast rests on {months} months of this company's history.",
        n := (pack.as_of - pack.ledger.first_month).n + 1,
        months=count(n),
    )
    yield say(
        "Intervals hold what the models know of: how rates drift and scatter, the fit's error, "
        "chance. Events that the history has not seen are for scenarios."
    )
    yield say(
        "Customers and segments are believed to behave as their like have; a change of prices, "
        "product or market that no scenario names is not foreseen."
    )
    yield say(
        "MRR is not revenue: usage, one-off and variable lines are not in it, and recognition "
        "follows its own rules."
    )
    if pack.backtest is not None and pack.backtest.table["coverage_80"].isna().any():
        yield say(
            "At some horizons the past holds too few forecasts to measure coverage: those cells "
            "are blank."
        )
    said = {note for run in pack.comparison.runs.values() for note in run.projection.notes}
    yield from (retold(note) for note in sorted(said))


def _where(where: Mapping[str, Sequence[str]] | None) -> str:
    told = "; ".join(f"{name}: {', '.join(keys)}" for name, keys in (where or {}).items())
    return told or say("all segments")


def _figure(value: float) -> str:
    if math.isnan(value):
        return ""
    return figure(value, 1) if abs(value) >= 10 else significant(value, 4)
