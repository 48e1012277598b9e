"""Any ledger, written as csv, csv.gz, xlsx, parquet or kept as a frame, gives the same lines."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reading_help import read

from history.errors import ArrcastError

names = st.text(
    alphabet=st.characters(
        min_codepoint=33, max_codepoint=0x2FFF, exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")
    ),
    min_size=1,
    max_size=12,
).map(lambda text: f"C{text}")
days = st.dates(dt.date(2015, 1, 1), dt.date(2025, 12, 31))


@st.composite
def ledgers(draw):
    rows = draw(
        st.lists(
            st.tuples(
                names,
                days,
                st.one_of(st.none(), st.integers(0, 900)),
                st.integers(-(10**9), 10**11),
                st.sampled_from(["month", "year", "quarter", "week"]),
                st.one_of(st.none(), st.sampled_from(["SMB", "Mid, market", 'Big "deal"'])),
                st.integers(1, 500),
            ),
            min_size=1,
            max_size=15,
        )
    )
    frame = pd.DataFrame(
        rows, columns=["customer_id", "start", "end", "amount", "interval", "size", "quantity"]
    )
    frame["end"] = pd.to_datetime(
        [None if row[2] is None else row[1] + dt.timedelta(days=row[2]) for row in rows]
    )
    frame["start"] = pd.to_datetime(frame["start"])
    frame["amount"] = frame["amount"] / 100
    frame["subscription_id"] = [f"S{i}" for i in range(len(frame))]
    return frame


@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(ledgers())
def test_same_lines_from_every_format(tmp_path, frame):
    import duckdb

    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_csv(tmp_path / "a.csv.gz", index=False)
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    connection = duckdb.connect()
    connection.register("frame", frame)
    connection.execute(f"COPY frame TO '{tmp_path / 'a.parquet'}' (FORMAT parquet)")
    options = {"currency": "EUR", "decimal": "."}
    reading, lines = read(frame, **options)
    assert len(lines) == len(frame)
    assert lines["customer"].tolist() == frame["customer_id"].tolist()
    for name in ("a.csv", "a.csv.gz", "a.xlsx", "a.parquet"):
        other, same = read(tmp_path / name, **options)
        pd.testing.assert_frame_equal(lines, same, check_dtype=False, obj=name)
        assert other.dimensions == reading.dimensions == ("size",)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
@pytest.mark.parametrize("ending", ["csv", "csv.gz", "xlsx", "parquet"])
def test_damaged_files_never_end_in_a_traceback(tmp_path, ending, data):
    """Bytes changed, cut or put in: lines or a clear error, never another exception."""
    import duckdb

    frame = pd.DataFrame(
        {"customer_id": ["Ä", 'B "x"', "C,\n"], "start": ["2024-01-05"] * 3, "mrr": [1.5, 2, 3]}
    )
    path = tmp_path / f"sound.{ending}"
    if not path.exists():
        if ending == "parquet":
            connection = duckdb.connect()
            connection.register("frame", frame)
            connection.execute(f"COPY frame TO '{path}' (FORMAT parquet)")
        elif ending == "xlsx":
            frame.to_excel(path, index=False)
        else:
            frame.to_csv(path, index=False)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(0, len(content) - 1)))
        what = data.draw(st.sampled_from(["change", "cut", "put"]))
        if what == "change" and content:
            content[at] = data.draw(st.integers(0, 255))
        elif what == "cut":
            del content[at : at + data.draw(st.integers(1, 30))]
        else:
            content[at:at] = data.draw(st.binary(min_size=1, max_size=8))
    damaged = tmp_path / f"damaged.{ending}"
    damaged.write_bytes(bytes(content))
    said = ""
    try:
        reading, lines = read(damaged, currency="EUR")
    except ArrcastError as error:
        said = str(error).strip()
    assert said or len(lines) + len(reading.rejected) > 0
