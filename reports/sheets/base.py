"""What all sheets share: formats, headings, safe texts, widths, printing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import pandas as pd
from xlsxwriter.worksheet import Worksheet

from history.language import language, say
from history.money import decimals

from .. import style
from ..format import month, plain, unit
from ..tables import neutral

LONGEST: Final = 32_000
_A4: Final = 9
_A3: Final = 8
_FOOTER: Final = 110  # letters of the company's name; Excel takes 255 with its codes


@lru_cache(maxsize=4096)
def safe(text: object) -> str:
    r"""Make a text cell that no spreadsheet runs and none cuts.

    Examples
    --------
    >>> safe("=1+1"), safe("two\nlines")
    ("'=1+1", 'two lines')
    """
    return neutral(plain(text))[:LONGEST]


def dated(period: pd.Period) -> str:
    r"""Write a month in a sentence: as files have it, or in words where that is not English.

    Examples
    --------
    >>> from history.language import speaking
    >>> with speaking("fr"):
    ...     dated(pd.Period("2026-06", "M"))
    'juin 2026'
    """
    return str(period) if language() == "en" else month(period)


class PlainFormulas(Worksheet):  # type: ignore[misc]
    """A sheet whose formulas use functions that every Excel has.

    XlsxWriter looks through each formula for thirty newer functions, which takes longer than
    writing it.
    """

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        del expand_future_functions
        return formula.removeprefix("=")


@dataclass
class Book:
    """The workbook that is being written, with its formats; each is made once.

    Attributes
    ----------
    file : xlsxwriter.Workbook
    currency : str
    company, as_of : str
        For the foot of each printed page.
    """

    file: Any
    currency: str
    company: str
    as_of: str
    _formats: dict[tuple[tuple[str, object], ...], Any] = field(default_factory=dict)

    def format(self, **look: object) -> Any:
        """Give the format with these XlsxWriter properties."""
        key = tuple(look.items())
        if (known := self._formats.get(key)) is None:
            whole = {"font_name": "Arial", "font_size": 10, **look}
            known = self._formats[key] = self.file.add_format(dict(sorted(whole.items())))
        return known

    @property
    def minor(self) -> int:
        """Minor units of one unit of the currency."""
        return int(10 ** decimals(self.currency))

    @property
    def money(self) -> str:
        """Number format of an amount: the currency's decimals, negative in parentheses."""
        places = decimals(self.currency)
        zeros = "." + "0" * places if places else ""
        return f"#,##0{zeros}_);(#,##0{zeros});0{zeros}_)"

    @property
    def whole(self) -> str:
        """Number format of an amount without decimals, for axes and headline figures."""
        return "#,##0_);(#,##0);0_)"

    @property
    def axis(self) -> str:
        """Number format of a chart's axis, scaled to k or M by size."""
        ends = [unit(self.currency, suffix) for suffix in ("M", "k", "")]
        forms = ("#,##0.0,,", "#,##0,", "#,##0")
        scaled = [
            f"{_quoted(before)}{form}{_quoted(behind)}"
            for (before, behind), form in zip(ends, forms, strict=True)
        ]
        return "[>=1000000]{};[>=1000]{};{}".format(*scaled)

    @property
    def month(self) -> str:
        """Number format of a month: in the language of the pack, wherever it is opened."""
        return _MONTHS[language()]

    @staticmethod
    def reference(name: str) -> str:
        """Give what a formula puts before a cell of another sheet, called as it is in the code.

        Examples
        --------
        >>> Book.reference("ARR model")
        "'ARR model'!"
        """
        return "'{}'!".format(say(name).replace("'", "''"))

    def sheet(self, name: str, title: str, remark: str = "") -> Sheet:
        """Add a sheet with its title, a remark under it and its print set-up.

        `name` is as the code has it: the tab is called so in the language of the pack.
        """
        called = say(name)
        made = self.file.add_worksheet(called, PlainFormulas)
        made.hide_gridlines(2)
        made.set_landscape()
        made.set_paper(_A4)
        made.fit_to_pages(1, 0)
        made.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        company = plain(self.company)[:_FOOTER].replace("&", "&&")
        about = say(
            "{company}, as of {month}, {currency}",
            company=company, month=self.as_of, currency=self.currency,
        )  # fmt: skip
        made.set_footer(f"&L&8{about}&C&8&A&R&8&P / &N")
        made.write_string(0, 0, safe(title), self.format(bold=True, font_size=14))
        made.write_string(1, 0, safe(remark), self.format(font_color=style.MUTED))
        return Sheet(self, made, called)


PERCENT: Final = "0.0%_);(0.0%);0.0%_)"
COUNT: Final = "#,##0_);(#,##0);0_)"
RATIO: Final = "#,##0.00_);(#,##0.00);0.00_)"
RATE: Final = "0.00%_);(0.00%);0.00%_)"
_MONTHS: Final = {"en": "mmm yyyy", "fr": "[$-40C]mmm yyyy"}


def _quoted(text: str) -> str:
    """Quote a text for a number format."""
    return '"{}"'.format(text.replace("\xa0", " ")) if text else ""


@dataclass
class Sheet:
    """One sheet; remembers how wide its columns must be."""

    book: Book
    raw: Any
    name: str
    widths: dict[int, float] = field(default_factory=dict)

    def _widen(self, column: int, letters: float) -> None:
        if letters > self.widths.get(column, 8.0):
            self.widths[column] = min(letters, 60.0)

    def text(self, row: int, column: int, text: object, **look: object) -> None:
        """Write a text cell, neutralised."""
        shown = safe(text)
        self.raw.write_string(row, column, shown, self.book.format(**look))
        if not look.get("text_wrap"):
            self._widen(column, len(shown) * 1.08 + 1)

    def over(self, row: int, column: int, text: object, **look: object) -> None:
        """Write a text that may run over the cells to its right."""
        self.raw.write_string(row, column, safe(text), self.book.format(**look))

    def number(self, row: int, column: int, value: float, form: str, **look: object) -> None:
        """Write a number; what is not finite stays blank."""
        made = self.book.format(num_format=form, **look)
        if not math.isfinite(value):
            self.raw.write_blank(row, column, None, made)
            return
        self.raw.write_number(row, column, float(value), made)
        self._widen(column, len(f"{value:,.2f}") + 3)

    def formula(
        self, row: int, column: int, formula: str, value: float, form: str, **look: object
    ) -> None:
        """Write a formula with the value it has, for readers that do not calculate."""
        cached: float | str = float(value) if math.isfinite(value) else ""
        made = self.book.format(num_format=form, **look)
        self.raw.write_formula(row, column, formula, made, cached)
        self._widen(column, len(f"{value:,.2f}") + 3)

    def text_formula(self, row: int, column: int, formula: str, value: str, **look: object) -> None:
        """Write a formula that gives a text."""
        self.raw.write_formula(row, column, formula, self.book.format(**look), value)
        self._widen(column, len(value) * 1.08 + 1)

    def month(self, row: int, column: int, period: pd.Period, **look: object) -> None:
        """Write a month as the date of its first day, shown as `Jun 2026`."""
        made = self.book.format(**{"num_format": self.book.month, "align": "left", **look})
        self.raw.write_datetime(row, column, period.start_time.to_pydatetime(), made)
        self._widen(column, 10)

    def headings(self, row: int, names: Sequence[str], *, first: int = 0, left: int = 1) -> None:
        """Write a row of headings, the first `left` of them flush left."""
        for place, name in enumerate(names):
            align = "left" if place < left else "right"
            look = {
                "bold": True, "bottom": 1, "align": align, "text_wrap": True,
                "valign": "bottom", "bottom_color": style.MUTED, "font_color": style.INK,
            }  # fmt: skip
            self.raw.write_string(row, first + place, safe(name), self.book.format(**look))
            longest = max((len(word) for word in safe(name).split()), default=1)
            self._widen(first + place, longest * 1.15 + 2)

    def finish(
        self,
        *,
        freeze: tuple[int, int] | None = None,
        repeat: int | None = None,
        widths: Iterable[tuple[int, float]] = (),
        printed: tuple[int, int] | None = None,
        breaks: Sequence[int] = (),
        wide: bool = False,
    ) -> None:
        """Set widths, frozen panes and how the sheet is printed.

        Parameters
        ----------
        freeze : (row, column), optional
            The first cell that scrolls.
        repeat : int, optional
            The row repeated on each printed page.
        widths : iterable of (column, letters)
        printed : (row, column), optional
            The last cell printed; all when left out.
        breaks : sequence of int
            Rows before which a new page begins.
        wide : bool
            Print on A3.
        """
        for column, letters in {**self.widths, **dict(widths)}.items():
            self.raw.set_column(column, column, letters)
        if freeze is not None:
            self.raw.freeze_panes(*freeze)
        if repeat is not None:
            self.raw.repeat_rows(repeat)
        if printed is not None:
            self.raw.print_area(0, 0, *printed)
        if breaks:
            self.raw.set_h_pagebreaks(list(breaks))
        if wide:
            self.raw.set_paper(_A3)


def line_chart(book: Book, kind: str = "line", **options: object) -> Any:
    """Make an empty chart in the workbook's look."""
    chart = book.file.add_chart({"type": kind, **options})
    chart.set_legend({"position": "bottom", "font": {"name": "Arial", "size": 10}})
    return chart


def dress_chart(
    chart: Any,
    title: str | list[object],
    number_format: str,
    *,
    dates: bool,
    low: float | None = None,
) -> None:
    """Give a chart its title, light grid and axes.

    A title with a name in it must be given as the cell that holds it, ``[sheet, row, column]``:
    XlsxWriter takes texts such as ``a!A1`` for references.
    """
    font = {"name": "Arial", "size": 10, "bold": False}
    chart.set_title({"name": title, "name_font": {"name": "Arial", "size": 12}, "overlay": False})
    x: dict[str, object] = {
        "num_font": font,
        "line": {"color": style.MUTED},
        "label_position": "low",
    }
    if dates:
        x |= {
            "date_axis": True,
            "num_format": _MONTHS[language()],
            "major_unit": 6,
            "major_unit_type": "months",
        }
    chart.set_x_axis(x)
    y: dict[str, object] = {
        "num_font": font, "num_format": number_format, "line": {"none": True},
        "major_gridlines": {"visible": True, "line": {"color": style.GRID, "width": 0.75}},
    }  # fmt: skip
    if low is not None:
        y["min"] = low
    chart.set_y_axis(y)
