"""Memo, web page, summary and raw files: complete, safe, the same each time, and readable."""

from __future__ import annotations

import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from docx import Document as Word
from rendering import pages

from forecast import Forecaster
from history import Ledger
from history.errors import InputError, OverwriteError
from history.synthetic import example_company
from reports import memo, summary_page, web_report, write_figures, write_tables
from reports.memo import SECTIONS
from reports.pack import Pack
from reports.paper import Document, Figure, Heading, Table, Text, write
from scenarios import Plan, Scenario, compare, run

ODD = "Ö=<b>|*x*|</b> שלום 👩‍💻"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    made = example_company().generate(seed=1, through="2026-09")
    ledger, later = (
        Ledger.read(made.ledger_frame(month), as_of=month, currency="EUR")
        for month in ("2026-06", "2026-07")
    )
    forecaster = Forecaster.fit(ledger, by="size", calibrate=False)
    base = Scenario("Base")
    odd = Scenario(ODD, based_on=base, because="why <not>").change(
        "churn", times=1.15, months="2026-10/", where={"size": "SMB"}, because="a | b"
    )
    runs = run([base, odd], forecaster, months=18, paths=200)
    folder = tmp_path_factory.mktemp("plans")
    plan = Plan.freeze(runs["Base"], name="Budget", approved_by="CFO", path=folder / "a.plan")
    backtest = forecaster.backtest(horizon=6, origins=2)
    return later, compare(runs, against="Base"), plan.against(later), backtest


def test_the_memo_has_every_section_and_the_digests(results, tmp_path):
    ledger, view, _, backtest = results
    found = [
        ledger.reconcile({"2026-06": "1.00"}),
        ledger.reconcile({"2026-06": str(ledger.movements().matrix("closing").iloc[-2].sum())}),
    ]
    written = memo(
        tmp_path / "m.md", ledger, view, backtest=backtest, accounting=found, company="North & Co"
    )
    text = (tmp_path / "m.md").read_text(encoding="utf-8")
    assert [head for head in written.parts if head[0].isdigit()] == [
        f"{number}. {head}" for number, head in enumerate(SECTIONS, start=1)
    ]
    for told in (ledger.policy.digest, ledger.fingerprint().digest, "why \\<not\\>", "a \\| b"):
        assert told in text
    assert text.count("The differences are to be explained.") == 1
    assert "Every month agrees." in text
    assert all(row.count("|") - row.count("\\|") == 5 for row in _rows(text, "| Change |"))


def _rows(text, head):
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(head))
    return [line for line in lines[start:] if line.startswith("|")][:3]


def test_without_backtest_and_accounting_the_memo_says_so(results, tmp_path):
    ledger, view, *_ = results
    memo(tmp_path / "m.md", ledger, view)
    text = (tmp_path / "m.md").read_text(encoding="utf-8")
    assert "Not measured for this memo" in text
    assert "No figures of accounting were given" in text


def test_word_holds_what_markdown_holds(results, tmp_path):
    ledger, view, _, backtest = results
    memo(tmp_path / "m.docx", ledger, view, backtest=backtest)
    word = Word(str(tmp_path / "m.docx"))
    heads = [p.text for p in word.paragraphs if p.style.name.startswith("Heading")]
    assert [head for head in heads if head[0].isdigit()] == [
        f"{number}. {head}" for number, head in enumerate(SECTIONS, start=1)
    ]
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    assert "a | b" in cells
    assert "SMB" in " ".join(cells)
    assert len(word.tables) == 7


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.seen, self.loaded = [], set(), []

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        if tag not in {"meta", "br", "hr"}:
            self.open.append(tag)
        self.loaded += [value for name, value in attrs if name in {"src", "srcset", "data"}]
        self.loaded += [v for n, v in attrs if n == "href" and not str(v).startswith("#")]

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_loads_nothing_and_is_well_formed(results, tmp_path):
    ledger, view, variance, backtest = results
    written = web_report(tmp_path / "r.html", ledger, view, variance, backtest=backtest)
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    page = _Page()
    page.feed(text)
    assert not page.open
    assert not page.loaded
    assert {"svg", "table", "h1", "h2"} <= page.seen
    assert "<script" not in text
    assert "@import" not in text
    assert "<b>" not in text
    assert not re.findall(r"url\((?!#)", text)
    assert len(written.parts) == 6
    assert "Plan and actuals" in written.parts


def test_equal_results_make_equal_files(results, tmp_path):
    ledger, view, variance, _ = results
    for number in (1, 2):
        web_report(tmp_path / f"{number}.html", ledger, view, variance)
        summary_page(tmp_path / f"{number}.pdf", ledger, view, variance)
        memo(tmp_path / f"{number}.md", ledger, view)
    for ending in ("html", "pdf", "md"):
        one, two = ((tmp_path / f"{n}.{ending}").read_bytes() for n in (1, 2))
        assert one == two, ending


def test_the_summary_is_one_page_on_which_nothing_leaves_the_paper(results, tmp_path):
    ledger, view, variance, _ = results
    with_plan = summary_page(tmp_path / "s.pdf", ledger, view, variance, company="x" * 200)
    without = summary_page(tmp_path / "t.pdf", ledger, view)
    assert with_plan.parts[-1] == "plan versus actuals"
    assert [item.part for item in without.left_out] == ["plan versus actuals"]
    box = re.compile(r'<word xMin="([-.\d]+)" yMin="([-.\d]+)" xMax="([-.\d]+)" yMax="([-.\d]+)"')
    for name in ("s.pdf", "t.pdf"):
        told = subprocess.run(
            ["pdftotext", "-bbox", tmp_path / name, "-"], capture_output=True, text=True, check=True
        ).stdout
        assert told.count("<page ") == 1
        words = [tuple(map(float, found)) for found in box.findall(told)]
        assert len(words) > 60
        outside = [word for word in words if _outside(*word)]
        assert not outside


def _outside(left, top, right, foot):
    return left < 20 or top < 10 or right > 585 or foot > 835


def test_the_memo_in_word_renders(results, tmp_path):
    ledger, view, _, backtest = results
    memo(tmp_path / "m.docx", ledger, view, backtest=backtest)
    (shown,) = pages([tmp_path / "m.docx"], tmp_path)
    assert 4 <= len(shown) <= 12
    assert all((page < 200).mean() > 0.005 for page in shown)


def _parquet(path):
    return duckdb.read_parquet(str(path)).df()


def test_tables_and_figures_are_written_beside(results, tmp_path):
    ledger, view, variance, backtest = results
    pack = Pack(ledger, view, variance, backtest)
    tables = write_tables(pack, tmp_path / "tables")
    for path in tables:
        if path.suffix == ".csv":
            one, two = pd.read_csv(path), _parquet(path.with_suffix(".parquet"))
            assert one.shape == two.shape
            assert len(one)
    assert {path.stem for path in tables} == {
        "movements", "cohorts", "scenarios", "forecast", "assumptions", "variance", "backtest",
    }  # fmt: skip
    forecast = _parquet(tmp_path / "tables" / "forecast.parquet")
    assert set(forecast["scenario"]) == {"Base", ODD}
    figures = write_figures(pack, tmp_path / "figures")
    assert len(figures) == 10
    assert all(path.stat().st_size > 5000 for path in figures)
    with pytest.raises(OverwriteError):
        write_tables(pack, tmp_path / "tables")


def test_a_file_is_not_overwritten_and_another_ending_refused(results, tmp_path):
    ledger, view, *_ = results
    (tmp_path / "m.md").write_text("mine")
    with pytest.raises(OverwriteError):
        memo(tmp_path / "m.md", ledger, view)
    with pytest.raises(InputError, match="its ending must be"):
        memo(tmp_path / "m.txt", ledger, view)
    assert (tmp_path / "m.md").read_text() == "mine"


def test_texts_stay_texts_in_every_form(tmp_path):
    blocks = (
        Heading("# not a heading"),
        Text("*a* <i>b</i>"),
        Table(("a|b", "n"), [("1|2\n3", "4")], note="[x](y)"),
        Figure("f", "a line", lambda ax: ax.plot([0, 1])),
    )
    document = Document("T", "s", blocks)
    text = write(document, tmp_path / "d.md").read_text(encoding="utf-8")
    assert "| 1\\|2 3 | 4 |" in text
    assert "\\*a\\* \\<i\\>b\\</i\\>" in text
    assert "\\[x\\]" in text
    page = write(document, tmp_path / "d.html").read_text(encoding="utf-8")
    assert "&lt;i&gt;" in page
    assert page.count("<svg") == 1
    word = Word(str(write(document, tmp_path / "d.docx")))
    assert len(word.inline_shapes) == 1
    assert Path(tmp_path / "d.docx").stat().st_size > 10_000
