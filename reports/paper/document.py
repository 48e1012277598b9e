"""What a document is made of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is a chapter, 2 a section."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Text:
    """A paragraph, or a point of a list."""

    text: str
    point: bool = False


@dataclass(frozen=True)
class Table:
    """A table of texts.

    Attributes
    ----------
    heads : sequence of str
    rows : sequence of sequence of str
        As many cells as heads each.
    left : int
        So many columns are flush left, the others flush right but for `texts`.
    texts : collection of int
        Further columns that are flush left.
    note : str
        Said under it.
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: int = 1
    texts: Collection[int] = ()
    note: str = ""

    def flush_left(self, column: int) -> bool:
        """Whether a column is flush left."""
        return column < self.left or column in self.texts


@dataclass(frozen=True)
class Figure:
    """A figure.

    Attributes
    ----------
    name : str
        For its file.
    describe : str
        What it shows, for who cannot see it.
    draw : callable
        Draws on the axes that it is given.
    width, height : float
        Inches.
    """

    name: str
    describe: str
    draw: Callable[[Axes], object]
    width: float = 10.0
    height: float = 5.0

    @cached_property
    def drawn(self) -> Any:
        """The figure as matplotlib has it, drawn once."""
        from ..figures.canvas import canvas

        made, ax = canvas(self.width, self.height)
        self.draw(ax)
        return made

    @cached_property
    def svg(self) -> bytes:
        """The figure as a file, made once for all that holds it."""
        from ..figures.canvas import saved

        return saved(self.drawn, "svg")


Block = Heading | Text | Table | Figure


@dataclass(frozen=True)
class Document:
    """A title, a line under it, and the blocks."""

    title: str
    subtitle: str
    blocks: Sequence[Block] = field(default_factory=tuple)
