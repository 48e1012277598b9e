"""Files as they come: encodings, delimiters, damage, and files that are not what they say."""

import gzip
import os
import zipfile

import pandas as pd
import pytest
from reading_help import found, read, read_text

from history.errors import InputError, UnknownNameError
from history.reading import parts

HEADER = "customer_id,start,mrr"


def write(tmp_path, data: bytes | str, name="ledger.csv"):
    path = tmp_path / name
    path.write_bytes(data.encode("utf-8") if isinstance(data, str) else data)
    return path


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode("utf-8"),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),
        lambda text: text.replace("\n", "\r\n").encode("utf-8"),
        lambda text: text.replace("\n", "\r").encode("utf-8"),
        lambda text: text.replace(",", ";").encode("utf-8"),
        lambda text: text.replace(",", "\t").encode("utf-8"),
        lambda text: text.replace(",", "|").encode("utf-8"),
        lambda text: b"sep=;\n" + text.replace(",", ";").encode("utf-8"),
    ],
)
def test_one_text_in_many_bytes(tmp_path, encode):
    text = f"{HEADER}\nÉlan,2024-01-01,7\nBüro,2024-02-01,8\n"
    reading, lines = read(write(tmp_path, encode(text)), currency="EUR")
    assert lines["customer"].tolist() == ["Élan", "Büro"]
    assert lines["mrr"].tolist() == [700, 800]
    assert reading.rejected.empty


def test_bytes_that_are_not_utf8_are_located_and_read_as_cp1252(tmp_path):
    data = f"{HEADER}\nA,2024-01-01,7\n".encode() + "Müller,2024-01-01,8\nÜ,2024-01-01,9\n".encode(
        "cp1252"
    )
    reading, lines = read(write(tmp_path, data), currency="EUR")
    assert lines["customer"].tolist() == ["A", "Müller", "Ü"]
    assert found(reading, "encoding") == [(None, "", "line 3"), (None, "", "line 4")]


def test_valid_lines_stay_utf8_beside_damaged_ones(tmp_path):
    data = f"{HEADER}\nÉlan,2024-01-01,7\n".encode() + b"M\xfcller,2024-01-01,8\n"
    _, lines = read(write(tmp_path, data), currency="EUR")
    assert lines["customer"].tolist() == ["Élan", "Müller"]


def test_told_encoding_is_used_and_checked(tmp_path):
    path = write(tmp_path, f"{HEADER}\nŁódź,2024-01-01,7\n".encode("cp1250"))
    _, lines = read(path, currency="EUR", encoding="cp1250")
    assert lines["customer"].tolist() == ["Łódź"]
    with pytest.raises(InputError, match="is not utf-8"):
        read(path, currency="EUR", encoding="utf-8")
    with pytest.raises(InputError, match="encoding 'klingon' is unknown"):
        read(path, currency="EUR", encoding="klingon")


def test_utf16_without_mark_is_refused_with_the_cure(tmp_path):
    path = write(tmp_path, f"{HEADER}\nA,2024-01-01,7\n".encode("utf-16-le"))
    with pytest.raises(InputError, match="encoding='utf-16-le'"):
        read(path, currency="EUR")
    _, lines = read(path, currency="EUR", encoding="utf-16-le")
    assert lines["customer"].tolist() == ["A"]


def test_damaged_rows_are_rejected_one_by_one_with_their_numbers(tmp_path):
    text = (
        f"{HEADER}\n"
        "A,2024-01-01,1\n"
        "B,2024-01-01\n"
        "C,2024-01-01,3,surplus\n"
        'D,"2024-01-01,4\n'
        '"Ev"e,2024-01-01,5\n'
        "F,2024-01-01,6\0\n"
        "\n"
        "G,2024-01-01,7,,\n"
        '"two\nlines",2024-01-01,8\n'
        'tool 5" wide,2024-01-01,9\n'
        "H,2024-01-01,10\n"
    )
    reading, lines = read(write(tmp_path, text), currency="EUR")
    assert dict(zip(lines["row"], lines["customer"], strict=True)) == {
        2: "A",
        9: "G",
        10: "two\nlines",
        11: 'tool 5" wide',
        12: "H",
    }
    assert [row for row, _, _ in found(reading, "ragged-row")] == [3, 4]
    assert [row for row, _, _ in found(reading, "damaged-quotes")] == [5, 6]
    assert found(reading, "nul-byte") == [(7, "", "F,2024-01-01,6\\0")]
    assert found(reading, "blank-row") == [(8, "", "")]
    rejected = reading.rejected
    assert rejected["row"].tolist() == [3, 4, 5, 6, 7]
    assert rejected["customer_id"].tolist()[:2] == ["B", "C"]
    assert rejected.columns.tolist() == ["customer_id", "start", "mrr", "row", "reason"]


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_line_breaks_inside_a_name_beside_a_damaged_row(tmp_path, line_break):
    path = tmp_path / "ledger.csv"
    name = f"C,{line_break}Inc"
    rows = ["customer_id,start,mrr", "A,2024-01-05", f'"{name}",2024-01-05,3.0']
    path.write_bytes("\n".join(rows).encode())
    reading, lines = read(path, currency="EUR")
    assert lines["customer"].str.replace("\r\n", "\n").tolist() == [name.replace("\r\n", "\n")]
    assert [row for row, *_ in found(reading, "ragged-row")] == [2]


def test_careful_and_fast_way_give_the_same_lines(tmp_path):
    rows = "".join(f'"C{i}, Inc.",2024-01-01,{i}.50\n' for i in range(1, 300))
    _, fast = read(write(tmp_path, f"{HEADER}\n{rows}"), currency="EUR")
    _, careful = read(write(tmp_path, f"{HEADER}\n{rows}\n"), currency="EUR")
    pd.testing.assert_frame_equal(fast, careful)
    assert fast["row"].tolist() == list(range(2, 301))


def test_rows_keep_their_order_in_a_large_file(tmp_path):
    rows = "".join(f"C{i},2024-01-01,{i}\n" for i in range(60_000))
    _, lines = read(write(tmp_path, f"{HEADER}\n{rows}"), currency="JPY")
    assert (lines["row"] - lines["mrr"] == 2).all()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        (f"{HEADER}\n", "has a header but no rows"),
        (f"{HEADER}\n,,\n", "has no usable row"),
        ("A,2024-01-01,7\nB,2024-01-01,8\n", "looks like data, not like a header"),
        (f"{HEADER},Start\nA,2024-01-01,7,x\n", r"same name twice: 'start' in columns 2, 4"),
        (f"{HEADER},\nA,2024-01-01,7,x\n", r"column 4 \(D\) has values but no name"),
        (f"{HEADER}\n,2024-01-01,7\nB,,8\n", r"no usable row(.|\n)*row 2(.|\n)*row 3"),
    ],
)
def test_files_that_cannot_be_a_ledger(tmp_path, data, message):
    with pytest.raises(InputError, match=message):
        read(write(tmp_path, data), currency="EUR")


def test_blank_column_without_a_name_is_dropped(tmp_path):
    _, lines = read(write(tmp_path, f"{HEADER},\nA,2024-01-01,7,\n"), currency="EUR")
    assert lines["mrr"].tolist() == [700]


def test_missing_file_folder_and_address(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for source, message in [
        (tmp_path / "no.csv", "does not exist"),
        (tmp_path / "pipe", "pipe is a pipe or a device.*write it to a file"),
        (tmp_path / "folder", "has no table in it; put csv, csv.gz, xlsx or parquet files there"),
        ("postgresql://server/base", "either a table or a query"),
        (7, "cannot be read from int"),
    ]:
        with pytest.raises(InputError, match=message):
            read(source, currency="EUR")


def test_files_that_are_not_what_their_ending_says(tmp_path):
    frame = pd.DataFrame({"customer_id": ["A"], "start": ["2024-01-01"], "mrr": [7]})
    frame.to_excel(tmp_path / "book.xlsx", index=False)
    with zipfile.ZipFile(tmp_path / "plain.zip", "w") as archive:
        archive.writestr("ledger.csv", "x")
    book = (tmp_path / "book.xlsx").read_bytes()
    cases = [
        ("a.xlsx", b"customer_id,start,mrr\n", "is plain text, not what its ending .xlsx says"),
        ("b.csv", book, "is an Excel workbook.*Rename it to .xlsx"),
        ("c.csv", (tmp_path / "plain.zip").read_bytes(), "is a zip archive.*Unpack it"),
        ("d.csv.gz", b"customer_id,start,mrr\n", "is plain text"),
        ("e.csv", gzip.compress(b"x"), "is a gzip file.*csv.gz"),
        ("f.parquet", b"customer_id,start,mrr\n", "is plain text"),
        ("g.csv", b"PAR1....PAR1", "is a parquet file"),
        ("h.csv", b"%PDF-1.7", "is a PDF.*Export it"),
        ("i.parquet", b"PAR1....PAR1", "cannot be read as parquet"),
        ("j.xlsx", b"PK\x03\x04garbage", "is damaged"),
        ("k.csv.gz", gzip.compress(f"{HEADER}\nA,2024-01-01,7\n".encode())[:-12], "is damaged"),
        ("l.csv.gz", gzip.compress(book), "holds an Excel workbook"),
        ("m.duckdb", bytes(8) + b"DUCK" + bytes(99), "is a DuckDB database.*relation"),
        ("n.db", b"SQLite format 3\0" + bytes(99), "is an SQLite database.*sqlite:///FILE"),
    ]
    for name, data, message in cases:
        with pytest.raises(InputError, match=message):
            read(write(tmp_path, data, name), currency="EUR")


def test_unknown_ending_and_patterns_in_a_name_are_read(tmp_path):
    text = f"{HEADER}\nA,2024-01-01,7\n"
    reading, lines = read(write(tmp_path, text, "ledger [1]*.dat"), currency="EUR")
    assert lines["mrr"].tolist() == [700]
    assert found(reading, "file-ending") == [(None, "", ".dat")]
    frame = pd.DataFrame({"customer_id": ["A"], "start": ["2024-01-01"], "mrr": [7]})
    frame.to_excel(tmp_path / "book.xlsx", index=False)


def test_names_of_any_length_and_letter(tmp_path):
    names = ["x" * 200, "名前", "😀", "=1+1", "O'Brien", 'say "hi"']
    frame = pd.DataFrame({"customer_id": names, "start": "2024-01-01", "mrr": 7})
    frame.to_csv(tmp_path / "a.csv", index=False)
    _, lines = read(tmp_path / "a.csv", currency="EUR")
    assert lines["customer"].tolist() == names


def test_lines_above_the_header_are_passed_over_with_a_note(tmp_path):
    reading, lines = read_text(
        tmp_path,
        """
        Billing export,,
        ,,
        customer_id,start,mrr
        A,2024-01-01,7
        """,
        currency="EUR",
    )
    assert lines["row"].tolist() == [4]
    assert found(reading, "header-row") == [(None, "", "Billing export")]


def test_workbook_with_title_totals_serials_and_errors(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = "Lines"
    sheet["A1"] = "Billing 2024"
    sheet.merge_cells("A1:E1")
    for row in [
        [],
        ["Customer", "Start date", "End date", "MRR", "Seats"],
        ["A", 45292, pd.Timestamp("2024-06-01"), 1234.5, 3],
        ["B", "2024-02-01", None, "=1+1", 1],
        ["C", "2024-02-01", "#N/A", 20, None],
        [],
        ["D", pd.Timestamp("2024-03-01 08:30"), None, "#DIV/0!", 1],
        ["Total", None, None, 1254.5, 4],
    ]:
        sheet.append(row)
    book.create_sheet("Notes")["A1"] = "nothing here"
    book.save(tmp_path / "book.xlsx")
    reading, lines = read(tmp_path / "book.xlsx", currency="USD")
    assert lines["row"].tolist() == [4, 6]
    assert lines["mrr"].tolist() == [123450, 2000]
    assert lines["start_date"].astype(str).tolist() == ["2024-01-01", "2024-02-01"]
    assert found(reading, "formula-without-value") == [
        (5, "MRR", ""),
        (6, "End date", "#N/A"),
        (8, "MRR", "#DIV/0!"),
    ]
    assert found(reading, "amount-blank") == [(5, "MRR", "")]
    assert found(reading, "amount-unreadable") == [(8, "MRR", "#DIV/0!")]
    assert found(reading, "blank-row") == [(7, "", "")]
    assert found(reading, "total-row") == [(9, "Customer", "Total")]
    assert reading.rejected["row"].tolist() == [5, 8, 9]
    assert [value for _, _, value in found(reading, "sheet")] == ["Lines, Notes"]


def test_sheet_by_name_and_unknown_sheet(tmp_path):
    frame = pd.DataFrame({"customer_id": ["A"], "start": ["2024-01-01"], "mrr": [7]})
    with pd.ExcelWriter(tmp_path / "book.xlsx") as writer:
        frame.assign(mrr=1).to_excel(writer, sheet_name="old", index=False)
        frame.to_excel(writer, sheet_name="new", index=False)
    _, lines = read(tmp_path / "book.xlsx", currency="EUR", sheet="new")
    assert lines["mrr"].tolist() == [700]
    with pytest.raises(UnknownNameError, match="Did you mean 'new'"):
        read(tmp_path / "book.xlsx", currency="EUR", sheet="nwe")


def test_workbook_that_unpacks_too_large_is_refused(tmp_path, monkeypatch):
    frame = pd.DataFrame({"customer_id": ["A"], "start": ["2024-01-01"], "mrr": [7]})
    frame.to_excel(tmp_path / "book.xlsx", index=False)
    monkeypatch.setattr(parts, "LARGEST_WORKBOOK", 1 << 10)
    with pytest.raises(InputError, match="when unpacked"):
        read(tmp_path / "book.xlsx", currency="EUR")


def test_date_system_of_1904_counts_from_there(tmp_path):
    from openpyxl import Workbook
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    book = Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.active.append(["customer_id", "start", "mrr"])
    book.active.append(["A", 43830, 7])
    book.save(tmp_path / "mac.xlsx")
    _, lines = read(tmp_path / "mac.xlsx", currency="EUR")
    assert lines["start_date"].astype(str).tolist() == ["2024-01-01"]
