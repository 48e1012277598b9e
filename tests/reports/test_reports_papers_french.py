"""Memo, page and summary in French: no English is left, files say their language, data stay."""

from __future__ import annotations

import html
import re
import subprocess

import pytest
from docx import Document as Word

from forecast import Forecaster
from history import Ledger
from history.language import retold, speaking
from history.synthetic import example_company
from reports import memo, summary_page, web_report
from scenarios import NamedCustomer, Plan, PriceRise, Scenario, compare, run

ENGLISH = set(
    re.findall(
        r"\w+",
        """the of and by from is are was were been with without in at to for than that this which
        who whose what when where not no none all any each every more most less month months year
        years customer customers lost share new planned actual below above same path paths band
        given
        left""",
    )
)
DATA = re.compile(
    r"'[^']*'|`[^`]*`|\bread as \w+|[\w.+-]*_[\w.+-]*|\b(?:new|all|end|zero|counts)\b$"
)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    made = example_company().generate(seed=1, through="2026-09")
    ledger, later = (
        Ledger.read(made.ledger_frame(month), as_of=month, currency="EUR")
        for month in ("2026-06", "2026-08")
    )
    forecaster = Forecaster.fit(ledger, by="size", calibrate=False)
    base = Scenario("Socle", because="la prévision telle quelle")
    many = Scenario("Repli", based_on=base, because="marché tendu").change(
        "churn", times=1.15, months="2026-10/2027-03", where={"size": "SMB"}, because="tension"
    )
    many = many.add(
        PriceRise(
            uplift=0.05, months="2027-01", who="existing", when="renewal", churn_per_percent=0.02
        )
    ).add(NamedCustomer(customer="ACME", event="win", mrr=4000, months="2026-12", probability=0.5))
    runs = run([base, many], forecaster, months=18, paths=200)
    folder = tmp_path_factory.mktemp("plans")
    plan = Plan.freeze(runs["Socle"], name="Budget", approved_by="DAF", path=folder / "a.plan")
    backtest = forecaster.backtest(horizon=6, origins=2)
    return later, compare(runs, against="Socle"), plan.against(later), backtest


def english(text: str) -> list[str]:
    """Give the lines that hold English function words outside names and quotations."""
    found = []
    for line in text.splitlines():
        words = re.findall(r"[A-Za-zÀ-ÿ]+", DATA.sub(" ", line.replace("| customers |", "")))
        if {word.lower() for word in words} & ENGLISH:
            found.append(line)
    return found


def told(markdown: str) -> str:
    """Leave out what the reader of the data wrote, and the names of switches and their values."""
    lines = markdown.replace("\\", "").splitlines()
    return "\n".join(
        line
        for line in lines
        if not re.match(r"\| (remarque|avertissement|erreur) \|", line)
        and not re.search(r"\| (par défaut|modifié) \|", line)
    )


def test_the_memo_holds_no_english(results, tmp_path):
    ledger, view, _, backtest = results
    accounting = [ledger.reconcile({"2026-06": "1.00"})]
    options = {"accounting": accounting, "backtest": backtest, "language": "fr"}
    memo(tmp_path / "m.md", ledger, view, company="Société", **options)
    assert english(told((tmp_path / "m.md").read_text(encoding="utf-8"))) == []


def test_the_page_holds_no_english(results, tmp_path):
    ledger, view, variance, _ = results
    web_report(tmp_path / "p.html", ledger, view, variance, language="fr")
    text = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert '<html lang="fr">' in text
    shown = re.sub(r"<style.*?</style>|<svg.*?</svg>", "", text, flags=re.DOTALL)
    shown = re.sub(r"</tr>", "\n", re.sub(r"</t[dh]>", " | ", shown))
    rows = [html.unescape(re.sub(r"<[^>]+>", "", line)) for line in shown.splitlines()]
    lines = "\n".join(f"| {row}" for row in rows)
    assert english(told(lines)) == []
    assert "Budget" in lines or "plan" in lines


def test_the_summary_holds_no_english_and_says_its_language(results, tmp_path):
    ledger, view, variance, _ = results
    summary_page(tmp_path / "s.pdf", ledger, view, variance, company="Société", language="fr")
    text = subprocess.run(
        ["pdftotext", tmp_path / "s.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    assert english(text) == []
    assert b"/Lang (fr)" in (tmp_path / "s.pdf").read_bytes()
    facts = subprocess.run(
        ["pdfinfo", tmp_path / "s.pdf"], capture_output=True, text=True, check=True
    )
    assert "synthèse ARR" in facts.stdout
    assert not facts.stderr


def test_word_spells_in_french(results, tmp_path):
    ledger, view, *_ = results
    memo(tmp_path / "m.docx", ledger, view, language="fr")
    word = Word(str(tmp_path / "m.docx"))
    assert word.core_properties.language == "fr-FR"
    spelled = re.findall(r'<w:lang w:val="([^"]+)"', word.styles.element.xml)
    assert set(spelled) == {"fr-FR"}


def test_what_was_kept_with_a_fit_is_told_in_the_language_of_the_moment(results):
    *_, view, _, backtest = results
    reason = view.runs.forecaster.calibration.reason
    assert reason == "not calibrated, as asked for"
    with speaking("fr"):
        assert retold(reason) == "non calibrée, comme demandé"
        assert all(english(retold(note)) == [] for note in backtest.notes)
        assert english(view.runs.forecaster.explain().summary) == []
    assert "months" in " ".join(view.runs.forecaster.explain().table["rests_on"])
