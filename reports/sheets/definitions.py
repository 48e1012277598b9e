"""Sheet Definitions: what the words mean, the policy in force, where the figures come from."""

from __future__ import annotations

from typing import Any, Final

from history.language import marked, say

from .. import style
from ..meanings import definition, meanings
from ..pack import Pack
from .base import Book, Sheet, dated

NAME: Final = marked("Definitions")


def write(book: Book, pack: Pack) -> None:
    """Write the sheet."""
    sheet = book.sheet(
        NAME,
        say("Definitions and method"),
        say("Every figure in this workbook follows these."),
    )
    row = _block(sheet, 3, say("Words"), meanings(pack))
    metrics = {metric.name: definition(metric) for metric in pack.ledger.metrics(period=12)}
    row = _block(sheet, row, say("Metrics"), list(metrics.items()))
    row = _block(sheet, row, say("Policy in force"), _policy(pack.ledger.policy))
    mark = pack.ledger.fingerprint()
    _block(
        sheet, row, say("Where the figures come from"),
        [
            (say("as of"), dated(pack.as_of)),
            (say("currency"), pack.currency),
            (say("policy (sha256)"), pack.ledger.policy.digest),
            (say("ledger (sha256)"), mark.digest),
            *_seeds(pack),
        ],
    )  # fmt: skip
    sheet.finish(freeze=(3, 1), widths=[(0, 34), (1, 120)])


def _policy(policy: Any) -> list[tuple[str, str]]:
    dump = getattr(policy, "model_dump", None)
    return [] if dump is None else [(name, str(value)) for name, value in dump().items()]


def _seeds(pack: Pack) -> list[tuple[str, str]]:
    runs = pack.comparison.runs
    return [(say("paths"), str(runs.paths)), (say("seed"), str(runs.seed))]


def _block(sheet: Sheet, row: int, title: str, pairs: list[tuple[str, str]]) -> int:
    if not pairs:
        return row
    sheet.over(row, 0, title, bold=True, font_size=12)
    for place, (word, meaning) in enumerate(pairs, start=row + 1):
        sheet.over(place, 0, word, bold=True, valign="top")
        sheet.over(place, 1, meaning, text_wrap=True, valign="top", font_color=style.INK)
    return row + 2 + len(pairs)
