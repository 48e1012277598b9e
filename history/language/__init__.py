"""The language of a report: English in the code, every other one in a catalogue beside it.

A text is said with :func:`say`, figures put in where braces stand; :func:`speaking` chooses the
language for all that is said inside it. A constant that is said later is :func:`marked`, so that
the catalogues know it; a text stored with a result is :func:`kept` with its figures, and
:func:`retold` where the result is reported. Errors, commands and files that programs read stay in
English.
"""

from .figures import (
    decimal_mark,
    figure,
    month_name,
    month_told,
    percent_sign,
    share,
    significant,
    spelt,
)
from .speech import (
    LANGUAGES,
    Kept,
    Language,
    kept,
    language,
    marked,
    retold,
    say,
    say_many,
    speaking,
    spoken_language,
)

__all__ = [
    "LANGUAGES",
    "Kept",
    "Language",
    "decimal_mark",
    "figure",
    "kept",
    "language",
    "marked",
    "month_name",
    "month_told",
    "percent_sign",
    "retold",
    "say",
    "say_many",
    "share",
    "significant",
    "speaking",
    "spelt",
    "spoken_language",
]
