"""Files that ask for more room than there is: refused before they get it, measured in a process."""

import gzip
import io
import json
import os
import re
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from damage import sound
from reading_help import read

from history.errors import InputError
from history.reading import parts

MOST_MB = 64
"""MiB by which all of these may raise the peak of a process that has read a sound file."""

READ_THEM = """
import json, resource, sys
from history import Ledger
from history.errors import ArrcastError

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

said = {}
for name in sys.argv[1:]:
    try:
        Ledger.read(name, currency="EUR")
        said[name] = "read"
    except ArrcastError as error:
        said[name] = str(error)
    said.setdefault("before", peak())
said["after"] = peak()
print(json.dumps(said))
"""


def changed(change):
    """Give a sound workbook with its parts changed by name."""
    with zipfile.ZipFile(io.BytesIO(sound("xlsx"))) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    change(content)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in content.items():
            archive.writestr(name, part)
    return stream.getvalue()


ENV = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
SHEET = "xl/worksheets/sheet1.xml"


def zeros(content):
    content[SHEET] = b"<worksheet><sheetData>" + bytes(32 << 20)


def far_cell(content):
    content[SHEET] = content[SHEET].replace(b'r="A2"', b'r="XFD1048576"')


def far_cell_otherwise_written(content):
    content[SHEET] = content[SHEET].replace(b'r="A2"', b"r\n=\t'xfd1048576'")


def one_text_in_all_cells(content):
    texts = b"<si><t>" + b"ab" * 15_000 + b"</t></si>"
    content["xl/sharedStrings.xml"] = b"<sst>" + texts + b"</sst>"
    cells = b"".join(
        b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (i, i) for i in range(36_000)
    )
    content[SHEET] = b"<worksheet><sheetData>" + cells + b"</sheetData></worksheet>"


def lying():
    """Give a workbook whose sheet is 8 MiB and says to be 1,000 bytes, in both directories."""
    size = 8 << 20
    data = bytearray(changed(lambda content: content.update({SHEET: bytes(size)})))
    return bytes(data).replace(struct.pack("<I", size), struct.pack("<I", 1_000))


def overlapping():
    """Give a workbook in which a thousand names share the bytes of one part."""
    stream = io.BytesIO(sound("xlsx"))
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/big.xml", b"<a>" + b"0123456789abcdef" * (1 << 16) + b"</a>")
        first = archive.getinfo("xl/big.xml")
        for i in range(1_100):
            twin = zipfile.ZipInfo(f"xl/{i:03}.xml")
            for name in ("header_offset", "compress_size", "file_size", "CRC", "compress_type"):
                setattr(twin, name, getattr(first, name))
            archive.filelist.append(twin)
    return stream.getvalue()


def twice():
    stream = io.BytesIO(sound("xlsx"))
    with zipfile.ZipFile(stream, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(SHEET, b"<worksheet/>")
    return stream.getvalue()


def crowded():
    stream = io.BytesIO(sound("xlsx"))
    with zipfile.ZipFile(stream, "a") as archive:
        for i in range(11_000):
            archive.writestr(f"xl/{i}.xml", b"")
    return stream.getvalue()


BOMBS = {
    "zeros.xlsx": (lambda: changed(zeros), r"its part xl/worksheets/sheet1.xml says to unpack"),
    "far.xlsx": (lambda: changed(far_cell), r"1,048,576 rows and 16,384 columns"),
    "far2.xlsx": (lambda: changed(far_cell_otherwise_written), r"1,048,576 rows and 16,384 col"),
    "text.xlsx": (lambda: changed(one_text_in_all_cells), r"more than 1,073,741,824 bytes of text"),
    "lying.xlsx": (lying, r"is damaged: Bad CRC-32"),
    "overlapping.xlsx": (overlapping, r"xl/.*.xml|Overlapped"),
    "twice.xlsx": (twice, r"it has xl/worksheets/sheet1.xml twice"),
    "crowded.xlsx": (crowded, r"parts; a workbook has some dozens"),
    "line.csv": (lambda: b"customer_id,start,mrr\n" + b"x" * (20 << 20), r"line of 20,971,520 byt"),
    "returns.csv": (
        lambda: b"customer_id,start,mrr\r" + b"A,2024-01-01,1\r" * 20 + b"x" * (20 << 20),
        r"line of 20,971,520 bytes",
    ),
    "columns.csv": (
        lambda: ",".join(f"c{i}" for i in range(20_000)).encode() + b"\n1\n",
        r"20,000 columns; 2,000 are allowed",
    ),
    "zeros.csv.gz": (lambda: gzip.compress(bytes(48 << 20), 6), r"more than 500 times its size"),
    "gz.csv.gz": (lambda: gzip.compress(sound("csv.gz")), r"holds a gzip file, not text"),
    "footer.parquet": (lambda: sound("parquet")[:-8] + b"\xff\xff\xff\x7fPAR1", "as parquet"),
}


def test_bombs_are_refused_and_take_no_memory(tmp_path):
    (tmp_path / "sound.xlsx").write_bytes(sound("xlsx"))
    for name, (make, _) in BOMBS.items():
        (tmp_path / name).write_bytes(make())
    command = [sys.executable, "-c", READ_THEM, "sound.xlsx", *BOMBS]
    told = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=True, env=ENV
    )
    said = json.loads(told.stdout)
    assert said["sound.xlsx"] == "read"
    for name, (_, message) in BOMBS.items():
        assert name in said[name]
        assert re.search(message, said[name]), f"{name}: {said[name]}"
    assert said["after"] - said["before"] < MOST_MB


@pytest.mark.parametrize("cut", ["LARGEST_WORKBOOK", "LARGEST_SHEET"])
def test_limits_of_a_workbook_are_in_the_message(tmp_path, monkeypatch, cut):
    (tmp_path / "a.xlsx").write_bytes(sound("xlsx"))
    monkeypatch.setattr(parts, cut, 50)
    with pytest.raises(InputError, match=r"a.xlsx: its part .* 50 are allowed"):
        read(tmp_path / "a.xlsx", currency="EUR")


def test_cells_that_do_not_say_where_they_are_count_as_well(tmp_path, monkeypatch):
    sheet = b"<worksheet><sheetData>" + b"<row><c/><c/><c/></row>" * 4 + b"</sheetData></worksheet>"
    (tmp_path / "a.xlsx").write_bytes(changed(lambda content: content.update({SHEET: sheet})))
    monkeypatch.setattr(parts, "LARGEST_SHEET", 11)
    with pytest.raises(InputError, match="values for 12 cells; 11 are allowed"):
        read(tmp_path / "a.xlsx", currency="EUR")
