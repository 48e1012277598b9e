"""Memo, page and summary of odd companies: right, or saying why something is left out."""

from __future__ import annotations

import re
import subprocess

import pandas as pd
import pytest
import reports_fakes as fakes

from forecast.explain import Explanation
from history import Policy
from history.findings import Findings
from reports.memo import write_memo
from reports.overview import write_page, write_summary
from reports.pack import Pack

LONG = "Nordwestdeutsche " * 12
TURNED = "עברית العربية 👩‍💻 =SUM(A1)"
FORTY = [f"Segment {number:02}" for number in range(40)]


class Ledger(fakes.FakeLedger):
    """The fake one with what a memo asks for besides."""

    policy = Policy()
    findings = Findings()


class Forecaster(fakes.FakeForecaster):
    """The fake one with a table of models."""

    def explain(self):
        row = {
            "part": "churn now",
            "segment": "all segments",
            "model": "level",
            "value": 1.0,
            "unit": "times the curves",
            "error": float("nan"),
            "rests_on": "12 months",
            "notes": "",
        }
        return Explanation(pd.DataFrame([row]), "not calibrated, as asked for")


CASES = {
    "usual": {},
    "one scenario": {"names": ("Base",)},
    "one month of history": {"months": 1},
    "a year and a month": {"months": 13},
    "forty segments": {"labels": FORTY},
    "long names": {"names": (LONG, LONG + "b", LONG + "c")},
    "names from right to left": {"names": ("Base", TURNED)},
    "a company that shrinks": {"churn": 0.09},
    "no churn": {"churn": 0.0},
    "yen": {"currency": "JPY", "scale": 150.0},
    "dinars": {"currency": "KWD", "scale": 0.3},
    "with a plan": {"variance": fakes.variance()},
}


def pack_of(monkeypatch, language, *, names=("Base", "Upside"), variance=None, **shape):
    monkeypatch.setattr(fakes, "FakeForecaster", Forecaster)
    moves = fakes.movements(**shape)
    company = names[0] if len(names[0]) > 100 else TURNED
    view = fakes.comparison(moves, names)
    return Pack(Ledger(moves), view, variance, None, company, language=language)


@pytest.mark.parametrize(
    ("case", "language"), [*((case, "fr") for case in CASES), ("usual", "en"), ("long names", "en")]
)
def test_odd_companies_have_a_memo_a_page_and_a_summary(case, language, monkeypatch, tmp_path):
    pack = pack_of(monkeypatch, language, **CASES[case])
    write_memo(pack, tmp_path / "m.md")
    written = write_summary(pack, tmp_path / "s.pdf")
    memo = (tmp_path / "m.md").read_text(encoding="utf-8")
    assert not re.search(r"\b(nan|None|inf|NaT)\b", memo)
    for name in pack.comparison.scenarios:
        assert f"### {name.strip()}" in memo.replace("\\", "")
    left_out = {item.part for item in written.left_out}
    assert len(left_out) == (pack.variance is None) + (pack.year is None)
    _all_on_one_page(tmp_path / "s.pdf")


def _all_on_one_page(path):
    told = subprocess.run(
        ["pdftotext", "-bbox", path, "-"], capture_output=True, text=True, check=True
    ).stdout
    assert told.count("<page ") == 1
    box = re.compile(r'xMin="([-.\d]+)" yMin="([-.\d]+)" xMax="([-.\d]+)" yMax="([-.\d]+)">(.*)<')
    words = [(*map(float, found[:4]), found[4]) for found in box.findall(told)]
    assert len(words) > 20
    outside = [word for word in words if word[0] < 20 or word[1] < 8 or word[2] > 590]
    assert not outside


@pytest.mark.parametrize(
    "case", ["one scenario", "names from right to left", "one month of history"]
)
def test_the_page_of_odd_companies_is_whole(case, monkeypatch, tmp_path):
    pack = pack_of(monkeypatch, "fr", **CASES[case])
    write_page(pack, tmp_path / "p.html")
    text = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert text.endswith("</html>\n")
    assert text.count("<figure") == text.count("</svg>")
    assert len(pack.comparison.scenarios) == text.count("<h4>") or "<h4>" in text
