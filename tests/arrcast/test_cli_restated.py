"""Two exports on the command line: what is printed, written, and how it ends."""

import json
from pathlib import Path

import pandas as pd
import pytest

JUNE = """\
customer_id,subscription_id,start,end,mrr
A,S-1,2026-01-01,,500.00
B,S-2,2026-02-01,,300.00
"""


@pytest.fixture
def exports(tmp_path: Path) -> tuple[str, ...]:
    (tmp_path / "june.csv").write_text(JUNE, encoding="utf-8")
    july = JUNE.replace("300.00", "310.50") + "C,S-3,2026-07-01,,1.00\n"
    (tmp_path / "july.csv").write_text(july, encoding="utf-8")
    return (str(tmp_path / "june.csv"), str(tmp_path / "july.csv"))


HOW = ("--as-of", "2026-06", "--currency", "EUR")


def test_what_was_restated_as_json_and_file(arrcast, exports, tmp_path: Path) -> None:
    out = ("--detail", "customers", "--out", str(tmp_path / "restated.csv"))
    result = arrcast("restated", *exports, *HOW, "--json", *out)
    assert result.returncode == 1, result.stderr
    said = json.loads(result.stdout)
    assert (said["schema"], said["as_of"], said["ok"]) == ("arrcast.restated/1", "2026-06", False)
    row = {"month": "2026-02", "customer": "B", "movement": "new", "earlier": 300.0,
           "later": 310.5, "difference": 10.5, "because": "amount changed"}  # fmt: skip
    assert said["customers"] == [row]
    assert {each["month"] for each in said["movements"]} == {f"2026-0{n}" for n in range(2, 7)}
    assert said["lines"][0]["detail"] == "mrr 300.00 -> 310.50"
    assert (said["lines"][0]["earlier_row"], said["lines"][0]["later_row"]) == (3, 3)
    assert pd.read_csv(tmp_path / "restated.csv").to_dict("records") == [row]


def test_nothing_restated_ends_with_0(arrcast, exports) -> None:
    result = arrcast("restated", exports[0], exports[0], *HOW)
    assert result.returncode == 0
    assert result.stdout.strip() == "nothing up to 2026-06 was restated"


def test_a_wrong_call_says_how(arrcast, exports) -> None:
    for option in ("--ledger", "--by", "--table", "--query"):
        result = arrcast("restated", *exports, *HOW, option, "plan")
        assert result.returncode == 2
        assert f"No such option: {option}" in result.stderr
        assert f" {option} " not in arrcast("restated", "-h").stdout
    assert arrcast("restated", *exports, *HOW, "--detail", "rows").returncode == 2
