"""Damage for the fuzz tests: sound small files of every kind, and ways to spoil them."""

from __future__ import annotations

import gzip
import io
import re
import tempfile
import zipfile
from functools import cache
from pathlib import Path

import duckdb
import pandas as pd
from hypothesis import strategies as st

ROWS = [
    ["customer_id", "start", "end", "amount", "interval", "currency", "size"],
    ["Ä", "2024-01-05", "2024-06-30", "1,200.00", "year", "EUR", "SMB"],
    ['B "x"', "2024-02-01", "", "99.5", "month", "EUR", "Mid, market"],
    ["C,\nInc", "2024-03-31", "2024-02-01", "-7", "quarter", "EUR", ""],
    ["D", "31.12.2024", "", "12", "week", "EUR", "SMB"],
    ["Ä", "2024-07-01", "2025-01-01", "(15)", "month", "EUR", "SMB"],
    ["E", "2024-07-01", "2025-01-01", "8", "month", "EUR", "SMB"],
]
ODD = [
    "", " ", '"', '""', "'", "\0", "\ufeff", "\u200f\u202e", "😀", "𝒳" * 40, "x" * 140_000,
    "0000-00-00", "9999-12-31", "99999-01-01", "-0001-01-01", "2024-02-30", "45292", "1e400",
    "-1e-400", "9" * 45, "1" * 19, "0." + "0" * 50 + "1", "NaN", "inf", "-", "--", "1,2,3.4.5",
    "٣٤", "½", "#N/A", "#REF!", "=1+1", "Total", "true", "NULL", "customer_id", "\r", "\n", "\r\n",
    "\x1b[31m", "\x85", "\u2028", "USD", "XXX", "99.99%", "€", "day", "P1M", "2024-13", "Jan 2024",
]  # fmt: skip
_UNFIT = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@cache
def sound(kind: str) -> bytes:
    """Give the bytes of a sound file: csv, utf16, cp1252, semicolon, csv.gz, xlsx, parquet."""
    frame = pd.DataFrame(ROWS[1:], columns=ROWS[0])
    if kind == "parquet":
        return _parquet(frame)
    if kind == "xlsx":
        return workbook_of(ROWS)
    if kind == "semicolon":
        return frame.to_csv(index=False, sep=";", lineterminator="\r\n").encode("utf-8-sig")
    text = frame.to_csv(index=False)
    if kind == "csv.gz":
        return gzip.compress(text.encode(), mtime=0)
    return text.encode({"utf16": "utf-16", "cp1252": "cp1252"}.get(kind, "utf-8"))


def _parquet(frame: pd.DataFrame) -> bytes:
    typed = frame.assign(
        start=pd.to_datetime(frame["start"], errors="coerce"), amount=[1200.0, 99.5, -7, 12, 15, 8]
    )
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        path = Path(folder) / "a.parquet"
        connection.register("typed", typed)
        connection.execute(f"COPY typed TO '{path}' (FORMAT parquet)")
        return path.read_bytes()


def workbook_of(rows: list[list[str]]) -> bytes:
    """Write rows into a workbook; what no workbook can hold is left out of its cell."""
    from openpyxl import Workbook

    book = Workbook()
    for row in rows:
        book.active.append([_UNFIT.sub("", cell)[:32_000] for cell in row])
    book.active["H2"] = "=1+1"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def text_of(rows: list[list[str]], delimiter: str, quote: bool) -> str:
    """Write rows as somebody might who knows csv by hearsay only."""
    cells = [[f'"{cell}"' if quote else cell for cell in row] for row in rows]
    return "\n".join(delimiter.join(row) for row in cells) + "\n"


@st.composite
def spoiled(draw: st.DrawFn, content: bytes) -> bytes:  # noqa: C901 - one way of spoiling a branch
    """Change bytes: flip, cut, insert, duplicate, swap, zero."""
    data = bytearray(content)
    for _ in range(draw(st.integers(1, 5))):
        if not data:
            break
        at = draw(st.integers(0, len(data) - 1))
        size = draw(st.integers(1, 40))
        match draw(st.sampled_from(["flip", "set", "cut", "end", "put", "twice", "swap", "zero"])):
            case "flip":
                data[at] ^= 1 << draw(st.integers(0, 7))
            case "set":
                data[at] = draw(st.integers(0, 255))
            case "cut":
                del data[at : at + size]
            case "end":
                del data[at:]
            case "put":
                odd = st.sampled_from(ODD).map(lambda text: text[:200].encode())
                data[at:at] = draw(st.one_of(st.binary(min_size=1, max_size=8), odd))
            case "twice":
                data[at:at] = data[at : at + size]
            case "swap":
                other = draw(st.integers(0, len(data) - 1))
                data[at], data[other] = data[other], data[at]
            case "zero":
                data[at : at + size] = bytes(len(data[at : at + size]))
    return bytes(data)


@st.composite
def odd_rows(draw: st.DrawFn) -> list[list[str]]:
    """Change cells: odd values, rows that are too long, short, doubled or blank."""
    rows = [list(row) for row in ROWS]
    text = st.one_of(st.sampled_from(ODD), st.text(max_size=12))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0 if draw(st.integers(0, 9)) == 0 else 1, len(rows) - 1))
        row = rows[at]
        match draw(st.sampled_from(["cell", "cell", "cell", "more", "less", "twice", "blank"])):
            case "cell":
                place = draw(st.integers(0, len(row) - 1)) if row else 0
                row[place : place + 1] = [draw(text)]
            case "more":
                row.append(draw(text))
            case "less":
                del row[draw(st.integers(0, len(row))) :]
            case "twice":
                rows.insert(at, list(row))
            case "blank":
                rows.insert(at, [""] * draw(st.integers(0, 9)))
    return rows


@st.composite
def spoiled_parts(draw: st.DrawFn, content: bytes) -> bytes:
    """Change parts of a workbook inside its zip, their checksums right again."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name in draw(st.lists(st.sampled_from(sorted(parts)), min_size=1, max_size=2)):
        match draw(st.sampled_from(["spoil", "spoil", "spoil", "odd", "gone"])):
            case "spoil":
                parts[name] = draw(spoiled(parts[name])) if name in parts else b""
            case "odd":
                old, new = draw(st.sampled_from(_SWAPS))
                parts[name] = parts.get(name, b"").replace(old, new)
            case "gone":
                parts.pop(name, None)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return stream.getvalue()


_SWAPS = [
    (b'r="A2"', b'r="XFD1048576"'),
    (b'r="A2"', b'r="ZZZZZZZ99999999999"'),
    (b'r="A2"', b'r="A0"'),
    (b'r="A2"', b""),
    (b't="s"', b't="e"'),
    (b't="s"', b't="d"'),
    (b't="s"', b't="b"'),
    (b't="inlineStr"', b't="n"'),
    (b"<v>1</v>", b"<v>99999999999</v>"),
    (b"<v>1</v>", b"<v>-1</v>"),
    (b"<v>1</v>", b"<v>1e999</v>"),
    (b'sheetId="1"', b'sheetId="x"'),
    (b"worksheets/sheet1.xml", b"../../../etc/passwd"),
    (b'numFmtId="0"', b'numFmtId="14"'),
    (b"<si>", b"<si></si><si>"),
    (b"</row>", b""),
    (b"<?xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><?xml"),
]
