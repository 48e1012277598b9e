"""Documents: written once as headings, texts, tables and figures, given out in several forms."""

from .document import Block, Document, Figure, Heading, Table, Text
from .forms import write

__all__ = ["Block", "Document", "Figure", "Heading", "Table", "Text", "write"]
