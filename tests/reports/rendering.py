"""Rendering and recalculating by LibreOffice, for the tests that look at what is written."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openpyxl
from PIL import Image

# Off by default for files of other programs: LibreOffice would show the cached values.
_ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


def pages(paths: Sequence[Path], folder: Path, dpi: int = 40) -> list[list[np.ndarray]]:
    """Render decks and workbooks: for each file its pages, grey pictures (rows x columns)."""
    program = _program("pdftoppm")
    shown = []
    for pdf in _convert(paths, folder, "pdf"):
        subprocess.run([program, "-r", str(dpi), "-png", pdf, pdf.with_suffix("")], check=True)
        files = sorted(folder.glob(f"made/{pdf.stem}-*.png"))
        shown.append([np.asarray(Image.open(file).convert("L")) for file in files])
    return shown


_SIDES = " ".join(f'{side}="([-\\d.]+)"' for side in ("xMin", "yMin", "xMax", "yMax"))
_WORD = re.compile(f"<word {_SIDES}>(.*?)</word>")


@dataclass(frozen=True)
class Word:
    """A word on a rendered page: its box in points from the upper left corner."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    def covers(self, other: Word, share: float = 0.3) -> bool:
        """Tell whether the words lie on each other by more than a share of the smaller one."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        smaller = min(self.area, other.area)
        return wide > 0 and high > 0 and smaller > 0 and wide * high > share * smaller

    @property
    def said(self) -> bool:
        """Tell whether it has letters or digits: what joins emojis has a box, and is not seen."""
        return any(letter.isalnum() for letter in html.unescape(self.text))

    @property
    def area(self) -> float:
        """Square points."""
        return (self.right - self.left) * (self.bottom - self.top)


def words(pdf: Path) -> list[list[Word]]:
    """Read every page's words from a PDF."""
    program = _program("pdftotext")
    told = subprocess.run([program, "-bbox", pdf, "-"], check=True, capture_output=True, text=True)
    found = []
    for page in told.stdout.split("<page ")[1:]:
        places = _WORD.findall(page)
        found.append([Word(text, *map(float, sides)) for *sides, text in places])
    return found


def recalculated(paths: Sequence[Path], folder: Path) -> list[Path]:
    """Load workbooks, compute every formula anew, and save them again under `folder`."""
    return _convert(paths, folder, "xlsx")


def cells(path: Path, *, formulas: bool = False) -> dict[tuple[str, str], object]:
    """Values (or formulas) of a workbook by sheet and cell."""
    book = openpyxl.load_workbook(path, data_only=not formulas, read_only=True)
    found = {
        (sheet.title, cell.coordinate): cell.value
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }
    book.close()
    return found


def _convert(paths: Sequence[Path], folder: Path, ending: str) -> list[Path]:
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    settings = profile / "user" / "registrymodifications.xcu"
    settings.write_text(_ALWAYS_RECALCULATE, encoding="utf-8")
    made = folder / "made"
    made.mkdir(exist_ok=True)
    words = [_program("soffice"), f"-env:UserInstallation={profile.as_uri()}", "--headless"]
    words += ["--convert-to", ending, "--outdir", str(made), *map(str, paths)]
    subprocess.run(words, check=True, capture_output=True, timeout=300)
    found = [made / f"{path.stem}.{ending}" for path in paths]
    missing = [path.name for path in found if not path.exists()]
    if missing:
        raise RuntimeError(f"LibreOffice made no {', '.join(missing)}")
    return found


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise RuntimeError(f"{name} is missing: run tests/system-packages (LibreOffice, poppler)")
    return found
