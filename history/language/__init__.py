"""The language of a report: English in the code, every other one in a catalogue beside it.

A text is said with :func:`say`, figures put in where braces stand; :func:`speaking` chooses the
language for all that is said inside it. A text kept for later is :func:`marked`, so that the
catalogues know it. Errors, commands and files that programs read stay in English.
"""

from .figures import decimal_mark, figure, month_name, percent_sign, share
from .speech import LANGUAGES, Language, language, marked, say, say_many, speaking, spoken_language

__all__ = [
    "LANGUAGES",
    "Language",
    "decimal_mark",
    "figure",
    "language",
    "marked",
    "month_name",
    "percent_sign",
    "say",
    "say_many",
    "share",
    "speaking",
    "spoken_language",
]
