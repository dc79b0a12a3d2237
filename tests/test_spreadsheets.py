"""Spreadsheets: whatever program saved a table, it reads the same; what we write opens as text."""

import csv
import io
import zipfile
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from app.spreadsheets import reading, writing
from app.spreadsheets.reading import NotATable

ROWS = [
    ["手机号", "昵称", "标签"],
    ["13800000001", "小雨", "油性发质，新客"],
    ["13800000002", "", ""],
]


def read(content: bytes) -> list[list[str]]:
    found = reading.table(io.BytesIO(content))
    return [list(found.heading), *(list(cells) for _, cells in found.rows)]


def comma_separated(rows: list[list[str]], separator: str = ",") -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=separator).writerows(rows)
    return written.getvalue()


def xlsx(rows: list[list[object]]) -> bytes:
    book, written = Workbook(), io.BytesIO()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(written)
    return written.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_a_table_reads_the_same_however_it_was_saved(encoding: str, separator: str) -> None:
    assert read(comma_separated(ROWS, separator).encode(encoding)) == ROWS


def test_an_excel_file_reads_the_same_and_its_numbers_stay_numbers() -> None:
    cells = [
        datetime.fromisoformat("2026-05-01 10:30"),
        date(2026, 5, 1),
        13800000001.0,
        12.5,
        True,
        None,
    ]
    told = ["2026-05-01 10:30:00", "2026-05-01", "13800000001", "12.5", "true", ""]
    assert read(xlsx([list("abcdef"), cells])) == [list("abcdef"), told]


def test_rows_bear_the_numbers_a_spreadsheet_shows() -> None:
    content = b'name\n\n"two\nlines"\nlast\n'
    assert list(reading.table(io.BytesIO(content)).rows) == [(3, ("two\nlines",)), (5, ("last",))]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"\n \n,,\n", "empty"),
        (b"a,b\n1,2,3\n", "row 2 has more cells"),
        (b'a,b\n1,"2\n', "line 2 is not valid CSV"),
        (b"a\n" + b"x" * 5000, "too long"),
        (b"a\n\x81\xff\xff", "unknown encoding"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Excel file"),
        (b"PK\x03\x04 and then nothing", "no sound XLSX"),
        (b",".join(b"c" for _ in range(201)), "at most 200 columns"),
    ],
)
def test_what_is_no_table_is_refused_with_the_place(content: bytes, why: str) -> None:
    with pytest.raises(NotATable, match=why):
        read(content)


def test_a_parcel_that_is_no_workbook_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as parcel:
        parcel.writestr("hello.txt", "hello")
    with pytest.raises(NotATable, match="no sound XLSX"):
        read(packed.getvalue())


@given(st.lists(st.lists(st.text(max_size=8), min_size=2, max_size=2), max_size=6))
def test_whatever_members_write_comes_back_as_text(rows: list[list[str]]) -> None:
    written = "".join(writing.as_csv([["a", "b"], *rows]))
    assert written.startswith(writing.MARK)
    cells = [cell for row in csv.reader(io.StringIO(written[1:])) for cell in row]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


def test_a_sheet_that_is_written_opens_and_holds_no_formula() -> None:
    content = b"".join(writing.as_xlsx([["名称", "数"], ["=1+1", -3], ["a\x00b", 2.5]], "会员"))
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    assert [[cell.value for cell in row] for row in sheet.rows] == [
        ["名称", "数"],
        ["'=1+1", -3],
        ["ab", 2.5],
    ]


def test_many_rows_are_written_piece_by_piece() -> None:
    pieces = list(writing.as_csv([n] for n in range(1200)))
    assert len(pieces) == 3
    assert "".join(pieces).count("\r\n") == 1200
