"""The pages: deck and workbook of the example company, as LibreOffice shows them, in each language.

``python docs/pages/make_pages.py`` writes the pictures and ``docs/pages/README.md``. It needs
LibreOffice and poppler (tests/system-packages).
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from history.language import LANGUAGES

if TYPE_CHECKING:
    from reports.files import Written

FOLDER: Final = Path(__file__).parent
AS_OF, NOW, THROUGH, PATHS, SEED = "2026-06", "2026-09", "2027-12", 500, 7
COMPANY: Final = "Example Company"
NAMES: Final = {"en": "In English", "fr": "In French"}
WIDTH: Final = 720
MOST_BYTES: Final = 40_000
_CUT: Final = (1000, 560)
"""Dots of a sheet that are shown, from its upper left corner: all of it would not be legible."""

DRAWN_AT: Final = 120
"""Dots per inch at which a page is drawn before it is made small."""

_ALWAYS_RECALCULATE: Final = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""
HEAD: Final = """# Pages of a pack

The board deck and the workbook of the example company as of {now}: three scenarios, and a plan
sealed in {as_of} beside what came. LibreOffice has worked out every formula and drawn the pages; of
a sheet the upper left of its first one is shown. `python docs/pages/make_pages.py` makes this page
and its pictures. What they hold is in [deck.md](../deck.md) and [workbook.md](../workbook.md).
"""


@dataclass(frozen=True)
class Picture:
    """A page as a picture, and what it shows."""

    path: Path
    told: str


def main() -> int:
    """Write the pictures of each language, and the page that shows them."""
    shown: dict[str, dict[str, list[Picture]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for language, files in written(Path(folder)).items():
            target = FOLDER / language
            target.mkdir(parents=True, exist_ok=True)
            for old in target.glob("*.png"):
                old.unlink()
            shown[language] = {
                kind: list(pictures(made, target, kind)) for kind, made in files.items()
            }
    (FOLDER / "README.md").write_text(page(shown), encoding="utf-8")
    return 0


def written(folder: Path) -> dict[str, dict[str, Written]]:
    """Write deck and workbook of the example company in each language."""
    from forecast import Forecaster
    from history import Ledger
    from history.synthetic import example_company
    from reports import board_deck, workbook
    from scenarios import Plan, Scenario, compare, run

    simulated = example_company().generate(seed=1, through=NOW)
    before, ledger = (
        Ledger.read(simulated.ledger_frame(month), as_of=month, currency="EUR")
        for month in (AS_OF, NOW)
    )
    base = Scenario("Base")
    downturn = (
        Scenario("Downturn", based_on=base, because="a fifth less pipeline")
        .change("new_customers", times=0.8, months="2026-10/2027-06", because="less pipeline")
        .change("churn", times=1.15, months="2026-10/2027-06", because="budgets under review")
    )
    rise = Scenario("Price rise", based_on=base, because="SMB prices up 6 % in January").change(
        "price", times=1.06, months="2027-01/", where={"size": "SMB"}, because="the rise"
    )
    forecaster = Forecaster.fit(before, by="size", calibrate=False)
    runs = run([base, downturn, rise], forecaster, through=THROUGH, paths=PATHS, seed=SEED)
    Plan.freeze(runs["Base"], name="FY27", approved_by="CFO", path=folder / "fy27.plan")
    variance = Plan.read(folder / "fy27.plan").against(ledger)
    backtest = forecaster.backtest(horizon=12, origins=8)
    results = (ledger, compare(runs, against="Base"), variance)
    return {
        language: {
            "deck": board_deck(
                folder / f"deck-{language}.pptx", *results,
                backtest=backtest, company=COMPANY, language=language,
            ),
            "workbook": workbook(
                folder / f"workbook-{language}.xlsx", *results, backtest,
                company=COMPANY, language=language,
            ),
        }
        for language in LANGUAGES
    }  # fmt: skip


def pictures(made: Written, target: Path, kind: str) -> Iterator[Picture]:
    """Draw every slide, or the first page of every sheet."""
    pdf = converted(made.path)
    numbers = range(1, len(made.parts) + 1) if kind == "deck" else first_pages(made.path, pdf)
    for place, (number, told) in enumerate(zip(numbers, made.parts, strict=True), start=1):
        large = pdf.with_suffix("")
        subprocess.run(
            [program("pdftoppm"), "-png", "-singlefile", "-r", str(DRAWN_AT), "-f", str(number),
             "-l", str(number), str(pdf), str(large)],
            check=True,
        )  # fmt: skip
        path = target / f"{kind}-{place:02d}.png"
        small(large.with_suffix(".png"), path, whole=kind == "deck")
        yield Picture(path, told)


def converted(path: Path) -> Path:
    """Let LibreOffice work a file out and write it as PDF beside it."""
    settings = path.parent / "profile" / "user" / "registrymodifications.xcu"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(_ALWAYS_RECALCULATE, encoding="utf-8")
    profile = (path.parent / "profile").as_uri()
    subprocess.run(
        [program("soffice"), f"-env:UserInstallation={profile}", "--headless", "--convert-to",
         "pdf", "--outdir", str(path.parent), str(path)],
        check=True, capture_output=True,
    )  # fmt: skip
    return path.with_suffix(".pdf")


def program(name: str) -> str:
    """Find a program."""
    found = shutil.which(name)
    if found is None:
        raise RuntimeError(f"{name} is missing: run tests/system-packages (LibreOffice, poppler)")
    return found


def first_pages(book: Path, pdf: Path) -> list[int]:
    """Find the page on which each sheet begins, by its title, which no later page repeats."""
    import openpyxl

    told = subprocess.run(
        [program("pdftotext"), str(pdf), "-"], check=True, capture_output=True, text=True
    )
    pages = [_letters(text) for text in told.stdout.split("\f")]
    found, start = [], 0
    for sheet in openpyxl.load_workbook(book, read_only=True):
        title = _letters(str(sheet["A1"].value))
        start = next(n for n in range(start, len(pages)) if title in pages[n]) + 1
        found.append(start)
    return found


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", text)


def small(large: Path, path: Path, *, whole: bool) -> None:
    """Write a picture with so few colours that it weighs little, of a sheet what is upper left."""
    from PIL import Image, ImageChops

    with Image.open(large) as drawn:
        page = drawn.convert("RGB")
    if not whole:
        left, top, right, bottom = ImageChops.invert(page).getbbox() or (0, 0, *page.size)
        page = page.crop((left, top, min(right, left + _CUT[0]), min(bottom, top + _CUT[1])))
    for width, colours in ((WIDTH, 64), (WIDTH, 32), (WIDTH, 16), (640, 16), (640, 8), (480, 8)):
        picture = page.resize(
            (width, round(page.height * width / page.width)), Image.Resampling.LANCZOS
        )
        picture.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size <= MOST_BYTES:
            return
    raise ValueError(f"{path.name} weighs more than {MOST_BYTES:,} bytes")


def page(shown: Mapping[str, Mapping[str, list[Picture]]]) -> str:
    """Return the page that shows the pictures."""
    parts = [HEAD.format(now=NOW, as_of=AS_OF)]
    for language, kinds in shown.items():
        for kind, found in kinds.items():
            parts.append(f"\n## {NAMES[language]}: the {kind}\n")
            parts += [
                f"\n![{each.told}]({each.path.relative_to(FOLDER).as_posix()})\n" for each in found
            ]
    return "".join(parts)


if __name__ == "__main__":
    sys.exit(main())
