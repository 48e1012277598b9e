"""Catalogues: every text that the code says, and what it is called in each language.

``python -m history.language.catalogues`` reads the code of all floors and brings the catalogues
in line with it: new texts come in without a translation, texts that are said no longer go.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Final

from .speech import LANGUAGES, read_catalogue

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

FLOORS: Final = ("history", "forecast", "scenarios", "reports")
KEYWORDS: Final = {"say": None, "marked": None, "kept": None, "say_many": (1, 2)}
ROOT: Final = Path(__file__).resolve().parents[2]
_HEADER: Final = r"""msgid ""
msgstr ""
"Language: {language}\n"
"Plural-Forms: {plural}\n"
"Content-Type: text/plain; charset=utf-8\n"

"""


def said_in_code() -> Catalog:
    """Give every text that the code of all floors says, with the files that say it."""
    from babel.messages.catalog import Catalog
    from babel.messages.extract import extract_from_dir

    found = Catalog()
    for floor in FLOORS:
        for file, _, text, _, _ in sorted(
            extract_from_dir(ROOT / floor, keywords=KEYWORDS), key=lambda row: (row[0], row[1])
        ):
            name = f"{floor}/{Path(file).as_posix()}"
            if _speaks(ROOT / name):
                found.add(text, locations=[(name, 0)])
    return found


def _speaks(path: Path) -> bool:
    """Tell whether a file says texts with this package, and not with a function named alike."""
    return "language import" in path.read_text() and path.parent != Path(__file__).parent


def problems(language: str) -> Iterator[str]:
    """Say what is wrong with a catalogue: texts missing, left over, untranslated, unlike."""
    said, known = said_in_code(), read_catalogue(language)
    for message in said:
        if message.id and known.get(message.id) is None:
            yield f"{_short(message)}: not in the catalogue"
    for message in known:
        if not message.id:
            continue
        if said.get(message.id) is None:
            yield f"{_short(message)}: no longer said"
        yield from _unlike(message)


def _unlike(message: Message) -> Iterator[str]:
    """Compare the figures of a text with those of its translation."""
    if message.fuzzy:
        yield f"{_short(message)}: marked as fuzzy"
    texts = _forms(message.string)
    if not texts or not all(texts):
        yield f"{_short(message)}: not translated"
        return
    asked = {name for text in _forms(message.id) for name in _figures(text)}
    free = {"n"} if message.pluralizable else set()  # "one customer" needs no figure
    for text in texts:
        named = set(_figures(text))
        if not asked - free <= named <= asked:
            yield f"{_short(message)}: names {sorted(named)} instead of {sorted(asked)}"


def _figures(text: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(text) if name is not None]


def _forms(texts: object) -> tuple[str, ...]:
    """Give the one text, or its forms for one and for many."""
    return tuple(map(str, texts)) if isinstance(texts, list | tuple) else (str(texts or ""),)


def _short(message: Message) -> str:
    return repr(re.sub(r"\s+", " ", _forms(message.id)[0])[:60])


def update(language: str) -> None:
    """Bring a catalogue in line with the code; translations of texts that stay are kept."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    path = Path(__file__).with_name(f"{language}.po")
    known = read_catalogue(language) if path.exists() else None
    fresh = Catalog(locale=language)
    for message in said_in_code():
        if message.id:
            before = known.get(message.id) if known is not None else None
            string = before.string if before is not None else None
            fresh.add(message.id, string, locations=message.locations)
    with path.open("wb") as file:
        file.write(_HEADER.format(language=language, plural=fresh.plural_forms).encode())
        write_po(file, fresh, width=100, sort_by_file=True, include_lineno=False, omit_header=True)


if __name__ == "__main__":
    for spoken in LANGUAGES[1:]:
        update(spoken)
        for problem in problems(spoken):
            sys.stderr.write(f"{spoken}: {problem}\n")
