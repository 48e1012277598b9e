"""Saying a text in the language that is being spoken, and keeping one to be told later."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, Literal, get_args

from ..errors import InputError

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

Language = Literal["en", "fr"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
_SPOKEN: ContextVar[Language] = ContextVar("language", default="en")


def language() -> Language:
    """Give the language that is being spoken."""
    return _SPOKEN.get()


def spoken_language(chosen: str) -> Language:
    """Give a language by its code; an error names those that there are.

    Examples
    --------
    >>> spoken_language("fr")
    'fr'
    """
    if chosen not in LANGUAGES:
        raise InputError(f"language {chosen!r} is not spoken; choose one of {', '.join(LANGUAGES)}")
    return chosen


@contextmanager
def speaking(chosen: str) -> Iterator[None]:
    """Say everything inside in a language.

    Parameters
    ----------
    chosen : str
        One of :data:`LANGUAGES`.

    Raises
    ------
    InputError
        There is no catalogue of this language.

    Examples
    --------
    >>> with speaking("fr"):
    ...     say("Total")
    'Total'
    """
    before = _SPOKEN.set(spoken_language(chosen))
    try:
        yield
    finally:
        _SPOKEN.reset(before)


def say(text: str, /, **figures: object) -> str:
    """Say a text, with figures already worded put in by name.

    Parameters
    ----------
    text : str
        English, a literal: the catalogues are made by reading the code. Braces name the figures.
    **figures
        Texts, or numbers that are written alike in every language.

    Examples
    --------
    >>> say("{share} of MRR left", share="4.2%")
    '4.2% of MRR left'
    """
    told = text if language() == "en" else _translated(language(), text)
    return told.format(**figures)


def say_many(one: str, many: str, n: int, /, **figures: object) -> str:
    """Say a text in the number that belongs to `n`, which is put in as ``{n}``.

    Examples
    --------
    >>> say_many("{n} customer", "{n} customers", 1), say_many("{n} customer", "{n} customers", 3)
    ('1 customer', '3 customers')
    """
    if language() == "en":
        told = one if n == 1 else many
    else:
        told = _forms(language(), one, many)[_number(language())(n)]
    return told.format(**{"n": n, **figures})


def marked(text: str, /) -> str:
    """Give the text unchanged; it is in the catalogues and will be said later."""
    return text


class Kept(str):
    """A text in English that can be told again in another language; made by :func:`kept`."""

    __slots__ = ("_figures", "_text")
    _text: str
    _figures: Mapping[str, object]

    def __new__(cls, text: str, figures: Mapping[str, object]) -> Kept:
        """Word the text in English and keep what it was made of."""
        with speaking("en"):
            made = super().__new__(cls, say(text, **_worded(figures)))
        made._text, made._figures = text, figures
        return made

    def __reduce__(self) -> tuple[type[Kept], tuple[str, Mapping[str, object]]]:
        """Let copies remember as well."""
        return Kept, (self._text, self._figures)

    def again(self) -> str:
        """Say it in the language that is being spoken."""
        return say(self._text, **_worded(self._figures))


def kept(text: str, /, **figures: object) -> Kept:
    r"""Make a text that is stored with a result, and told again where the result is reported.

    Parameters
    ----------
    text : str
        English, a literal with braces, as for :func:`say`.
    **figures
        Texts, kept texts, or functions without arguments that word a figure when it is told
        (``partial(share, 0.5)``).

    Returns
    -------
    Kept
        The text in English, in every respect a `str`.

    Examples
    --------
    >>> from functools import partial
    >>> from history.language import share
    >>> note = kept("{share} of MRR left", share=partial(share, 0.5))
    >>> note
    '50.0% of MRR left'
    >>> with speaking("fr"):
    ...     retold(note), note
    ('50,0\xa0% of MRR left', '50.0% of MRR left')
    """
    return Kept(text, figures)


def retold(text: str) -> str:
    """Say a kept text in the language that is being spoken; another text stays as it is."""
    return text.again() if isinstance(text, Kept) else text


def _worded(figures: Mapping[str, object]) -> dict[str, object]:
    return {name: _word(figure) for name, figure in figures.items()}


def _word(figure: object) -> object:
    if isinstance(figure, Kept):
        return figure.again()
    return figure() if callable(figure) else figure


def read_catalogue(spoken: str) -> Catalog:
    """Read the catalogue of a language from its file."""
    from babel.messages.pofile import read_po

    with files(__package__).joinpath(f"{spoken}.po").open("rb") as file:
        return read_po(file, locale=spoken)


@cache
def _catalogue(spoken: Language) -> Catalog:
    return read_catalogue(spoken)


@cache
def _number(spoken: Language) -> Callable[[int], int]:
    """Give which form of a text a number takes: French counts 0 and 1 as one."""
    from gettext import c2py

    return c2py(_catalogue(spoken).plural_expr)


@cache
def _forms(spoken: Language, one: str, many: str) -> tuple[str, ...]:
    found = _catalogue(spoken).get((one, many))
    forms = found.string if found is not None and isinstance(found.string, tuple | list) else ()
    return tuple(forms) if any(forms) else (one, many)


@cache
def _translated(spoken: Language, text: str) -> str:
    found = _catalogue(spoken).get(text)
    return str(found.string) if found is not None and found.string else text
