"""Policies on the command line: presets, switches, the spread, and the digest in every output."""

import json
import zipfile

import duckdb

from history import Policy

LINES = """customer,start,end,mrr,quantity,churn_reason,region
A,2024-11-01,2025-02-01,100,10,,EU
A,2025-02-01,,144,12,,EU
B,2024-11-01,2025-03-01,50,5,card_declined,US
"""


def options(tmp_path):
    path = tmp_path / "lines.csv"
    path.write_text(LINES)
    return ["--ledger", path, "--as-of", "2025-03", "--currency", "EUR"]


def test_the_spread_and_the_presets_as_json(arrcast, tmp_path):
    said = options(tmp_path)
    found = arrcast("metrics", *said, "--spread", "--period", 3, "--json", "--policy", "profitwell")
    assert found.returncode == 0, found.stderr
    document = json.loads(found.stdout)
    assert document["policy"] == Policy.preset("profitwell").digest
    assert {row["name"] for row in document["metrics"]} >= {"nrr_all_flows", "grr_flows"}
    presets = {each["preset"]: each for each in document["presets"]}
    assert presets["stripe"]["policy"] == Policy.preset("stripe").digest
    assert presets["stripe"]["lacks"]["churn_date = effective"] == ["effective"]
    assert presets["chartmogul"]["nrr"] == 144 / 150


def test_a_wrong_policy_says_what_there_is(arrcast, tmp_path):
    said = options(tmp_path)
    for words, told in [
        (["strip"], "Did you mean 'stripe'"),
        (["gapdays=3"], "Did you mean 'gap_days'"),
        (["gap_days=x"], "gap_days"),
        (["stripe", "maxio"], "preset is said twice"),
    ]:
        called = [part for word in words for part in ("--policy", word)]
        found = arrcast("history", *said, *called)
        assert found.returncode == 2
        assert told in found.stderr


def test_the_digest_travels_with_parquet_and_workbooks(arrcast, tmp_path):
    said = [*options(tmp_path), "--policy", "gap_days=3"]
    digest = Policy(gap_days=3).digest
    assert arrcast("history", *said, "--out", tmp_path / "t.parquet").returncode == 0
    pairs = duckdb.sql(f"SELECT key, value FROM parquet_kv_metadata('{tmp_path / 't.parquet'}')")
    assert (b"policy", digest.encode()) in pairs.fetchall()
    assert arrcast("history", *said, "--out", tmp_path / "t.xlsx").returncode == 0
    with zipfile.ZipFile(tmp_path / "t.xlsx") as book:
        assert digest in book.read("docProps/core.xml").decode()


def test_parts_of_movements(arrcast, tmp_path):
    said = options(tmp_path)
    rows = json.loads(arrcast("history", *said, "--churn-reasons", "--json").stdout)["rows"]
    assert {row["reason"]: row["mrr"] for row in rows if row["month"] == "2025-03"} == {
        "voluntary": 0, "involuntary": -50, "unknown": 0,
    }  # fmt: skip
    split = arrcast("history", *said, "--price-volume", "--by", "region", "--json")
    found = {
        (row["region"], row["effect"]): row["mrr"]
        for row in json.loads(split.stdout)["rows"]
        if row["month"] == "2025-02" and row["movement"] == "expansion" and row["mrr"]
    }
    amounts = {"price": 20, "volume": 20, "mix": 4}
    assert found == {(each, name): mrr for each in ("EU", "total") for name, mrr in amounts.items()}
    both = arrcast("history", *said, "--price-volume", "--churn-reasons")
    assert both.returncode == 2
    assert "one at a time" in both.stderr


def test_a_workspace_names_a_preset(arrcast, tmp_path):
    options(tmp_path)
    (tmp_path / "people.csv").write_text("customer,tier\nA,gold\nB,tin\n")
    (tmp_path / "arrcast.yaml").write_text(
        "company: Example\ncurrency: EUR\nas_of: 2025-03\n"
        'ledger: {file: lines.csv, customers: people.csv, mrr_bands: ["60"]}\n'
        "by: [tier, mrr_band]\npolicy: {preset: maxio, gap_days: 2}\n"
    )
    found = arrcast("history", "--workspace", tmp_path, "--json")
    assert found.returncode == 0, found.stderr
    document = json.loads(found.stdout)
    wanted = Policy.preset("maxio").model_copy(update={"gap_days": 2})
    assert document["policy"] == wanted.digest
    assert {(r["tier"], r["mrr_band"]) for r in document["rows"]} == {
        ("gold", "2: from 60"), ("tin", "1: below 60"), ("total", "total"),
    }  # fmt: skip


def test_stages_of_life_from_the_command_line(arrcast, tmp_path):
    said = options(tmp_path)
    printed = arrcast("history", *said, "--stages", "3,12", "--json")
    assert printed.returncode == 0, printed.stderr
    document = json.loads(printed.stdout)
    assert document["schema"] == "arrcast.stages/1"
    found = {
        (row["stage"], row["movement"]): row["mrr"]
        for row in document["rows"]
        if row["month"] == "2025-02" and row["mrr"]
    }
    assert found == {
        ("0-2", "opening"): 150,
        ("0-2", "aged_out"): -150,
        ("3-11", "aged_in"): 150,
        ("3-11", "expansion"): 44,
        ("3-11", "closing"): 194,
    }
    by = json.loads(arrcast("history", *said, "--stages", "3", "--by", "region", "--json").stdout)
    assert {row["region"] for row in by["rows"]} == {"EU", "US", "total"}
    table = arrcast("history", *said, "--stages", "3,12").stdout.splitlines()
    assert table[0].split()[:4] == ["month", "stage", "opening", "aged_in"]
    out = tmp_path / "stages.csv"
    assert arrcast("history", *said, "--stages", "3,12", "--out", out).returncode == 0
    assert len(out.read_text().splitlines()) == 1 + 4 * 3 * 10


def test_what_stages_do_not_take_is_refused(arrcast, tmp_path):
    said = options(tmp_path)
    for words, told in [
        (["--stages", "24,12"], "rise from above 0"),
        (["--stages", "12,two"], "'12,two'"),
        (["--stages", "0"], "rise from above 0"),
        (["--stages", "12", "--churn-reasons"], "one at a time"),
    ]:
        found = arrcast("history", *said, *words)
        assert found.returncode == 2
        assert told in found.stderr


def test_a_policy_that_lacks_its_column_warns_and_goes_on(arrcast, tmp_path):
    said = options(tmp_path)
    found = arrcast("metrics", *said, "--policy", "chartmogul")
    assert found.returncode == 0
    assert "warning  policy-lacks-column [effective]" in found.stderr
    assert "error" not in found.stderr
    assert arrcast("check", *said, "--policy", "chartmogul").returncode == 1


def test_a_band_of_nobody_is_written_and_not_printed(arrcast, tmp_path):
    """Z came and left between two closes: it has no MRR at a first close, so no band."""
    path = tmp_path / "lines.csv"
    path.write_text(LINES + "Z,2025-01-03,2025-01-20,70,1,,EU\n")
    said = ["--ledger", path, "--as-of", "2025-03", "--currency", "EUR", "--mrr-bands", "60"]
    said += ["--by", "mrr_band", "--by", "region"]
    for command, rows in (("history", "rows"), ("metrics", "metrics")):
        document = json.loads(arrcast(command, *said, "--json").stdout)
        assert "(blank)" in {row["mrr_band"] for row in document[rows]}
        printed = arrcast(command, *said).stdout
        assert "(blank)" not in printed
        assert "1: below 60" in printed
    assert "(blank)" in arrcast("history", *said, "--policy", "same_month=count").stdout
