"""Whatever stands in a table that is brought along, each row gets an answer, and a file that is no
table is told to be none: nothing is broken, and nothing is half taken."""

import csv
import io
import struct
import zipfile
from collections.abc import Callable
from datetime import date, datetime

import pytest
from openpyxl import Workbook

from app import worker
from app.domain.imports import Import, Outcome
from app.imports.kinds import KINDS
from app.spreadsheets import reading
from app.spreadsheets.reading import NotATable
from tests.console_desk import Desk
from tests.importing import counts, lines_kept, taken
from tests.world import World

ODD = (
    *("NaN", "sNaN", "Infinity", "1e999999", "-1", "0", "9" * 30, "9223372036854775808"),
    *("2147483648", "1.555", "²", "０１２", "0001-01-01", "0001-01-01 00:00:00", "0202-03-01"),
    *("9999-12-31", "9999-12-31 23:59:59-14:00", "2026-02-30", "2026-11-01T10:00:00+99:99"),
    *("=1+1", "<script>alert(1)</script>", "😀" * 40, "字" * 3000, "\u202e", "\u200b", "%s{0}"),
    *("a\nb", 'a"b', "null", "true"),
)
GOOD = {
    "members": {"phone": "13800000001", "nickname": "小雨"},
    "member_tags": {"phone": "13800000001", "tags": "新客"},
    "orders": {
        "order_no": "E1",
        "source": "taobao",
        "paid_at": "2026-10-01 10:00:00",
        "amount": "10",
        "sku": "SH-500",
        "quantity": "1",
        "phone": "13800000001",
    },
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_cell_may_hold_anything_and_every_row_has_its_answer(world: World, kind: str) -> None:
    names = [field.name for field in KINDS[kind].fields]
    written = io.StringIO(newline="")
    table = csv.DictWriter(written, names, lineterminator="\n")
    table.writeheader()
    for name in names:
        for number, odd in enumerate(ODD):
            own = {"order_no": f"{name}{number}"} if kind == "orders" else {}
            table.writerow(GOOD[kind] | own | {name: odd})
    done = taken(world, [written.getvalue()], kind, adds=True, overwrites=True, makes_tags=True)
    assert done.ended_at is not None
    assert sum(counts(done)) == done.rows
    refused = [row for row in lines_kept(world) if row.outcome == Outcome.REFUSED]
    assert len(refused) > len(ODD)
    assert all(row.problem and all(row.problem) for row in refused)


def workbook(fill: Callable[[Workbook], None]) -> bytes:
    book, saved = Workbook(), io.BytesIO()
    fill(book)
    book.save(saved)
    return saved.getvalue()


def fill(book: Workbook) -> None:
    sheet = book.worksheets[0]
    sheet.append(["手机号", "昵称", "生日", "时间", "数"])
    for row in range(2, 200):
        moment = datetime(2026, 1, 1, 10, 30)  # noqa: DTZ001  as Excel has it, without a zone
        sheet.append([13800000000 + row, f"会员{row}", date(2000, 2, 29), moment, row + 0.5])


def with_more(book: Workbook) -> None:
    """Merged cells, formulas, and more sheets, of which the first is not the one in front."""
    fill(book)
    book.worksheets[0].merge_cells("A3:B4")
    book.worksheets[0]["B5"] = "=1+1"
    for name in ("二", "三"):
        book.create_sheet(name).append(["不读"])
    book.active = 2


SOUND = workbook(fill)


def encrypted(file: bytes) -> bytes:
    """Each part says that it needs a password."""
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        parts = file.split(mark)
        file = mark.join([parts[0], *(p[: at - 4] + b"\x01\x00" + p[at - 2 :] for p in parts[1:])])
    return file


def packed_wrongly(file: bytes) -> bytes:
    """The sheet's bytes are no longer what was packed."""
    with zipfile.ZipFile(io.BytesIO(file)) as packed:
        info = packed.getinfo("xl/worksheets/sheet1.xml")
    named, extra = struct.unpack("<HH", file[info.header_offset + 26 : info.header_offset + 30])
    at = info.header_offset + 30 + named + extra
    return file[:at] + b"\xff" * 40 + file[at + 40 :]


def with_part(name: str, content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(SOUND)) as packed, zipfile.ZipFile(made, "w") as again:
        for one in packed.namelist():
            again.writestr(one, content if one == name else packed.read(one))
    return made.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
NO_TABLES = {
    "nothing": b"",
    "blanks": b"\n\n , ,\n",
    "utf-16 cut in half": "手机号,昵称".encode("utf-16")[:-1],
    "utf-16 that is none": b"\xff\xfe\x00\xd8\x41\x00",
    "utf-8 with a mark that is none": b"\xef\xbb\xbf\xe6\x89\n1",
    "no encoding": b"\xff\xff\xff\x81,\x00\n",
    "an open quote": '手机号,昵称\n1,"小雨'.encode(),
    "too wide": (",".join("abc" for _ in range(300))).encode(),
    "a row too long": "手机号\n1,2\n".encode(),
    "an old workbook": b"\xd0\xcf\x11\xe0" + b"\0" * 600,
    "a parcel cut short": SOUND[: len(SOUND) // 2],
    "a parcel of nothing": b"PK\x03\x04",
    "a parcel that is locked": encrypted(SOUND),
    "a parcel with wrong bytes": packed_wrongly(SOUND),
    "a sheet that is no XML": with_part(SHEET, b"<worksheet><sheetData><row"),
    "a sheet of something else": with_part(SHEET, b"<html/>"),
    "a cell without its text": with_part(
        SHEET,
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1" t="s"><v>99999</v></c></row></sheetData></worksheet>',
    ),
    "a workbook that is no XML": with_part("xl/workbook.xml", b"<<<"),
}


@pytest.mark.parametrize("what", NO_TABLES)
def test_a_file_that_is_no_table_is_said_to_be_none(what: str) -> None:
    with pytest.raises(NotATable):
        list(reading.table(io.BytesIO(NO_TABLES[what])).rows)


def test_the_page_says_so_too_and_keeps_nothing(world: World, desk: Desk) -> None:
    for kind in KINDS:
        for what, content in NO_TABLES.items():
            form = {"kind": kind, "file": (io.BytesIO(content), f"{what}\u202e'\"<b>.xlsx")}
            how = {"page": "/imports", "content_type": "multipart/form-data"}
            answer = desk.post("/imports", form, **how)
            assert (answer.status_code, answer.location) == (303, "/console/imports"), what
            assert "alert-danger" in desk.read("/imports"), what
    assert world.rows(Import) == []


TABLES = (
    *(workbook(fill), workbook(with_more)),
    *("手机号,昵称\n13800000001,小雨\n".encode(name) for name in ("gb18030", "utf-8-sig")),
    *("手机号\t昵称\n13800000001\t小雨\n".encode(name) for name in ("utf-16", "utf-8")),
    "手机号,昵称\n138\0,小\0雨\n".encode(),
    '手机号,昵称\n13800000001,"小\n""雨"""\n'.encode(),
    "手机号,昵称\n13800000001\n,\n13800000002,a,,\n".encode(),
    "手机号\n13800000001\n".encode(),
    "手机号,昵称\n".encode(),
    "手机号,手机号,,\n1,2\n".encode(),
)


def test_a_table_is_shown_tried_and_taken_however_odd_it_is(world: World, desk: Desk) -> None:
    asked = {"column-0": "phone", "column-1": "nickname", "adds": "yes"}
    for number, content in enumerate(TABLES, start=1):
        form = {"kind": "members", "file": (io.BytesIO(content), "字" * 300 + ".csv")}
        desk.post("/imports", form, page="/imports", content_type="multipart/form-data")
        path = f"/imports/{number}"
        assert desk.read(path)
        for in_earnest in ("no", "yes"):
            desk.post(path, asked | {"in_earnest": in_earnest}, page=path)
            while worker.go_through_imports(world.siyu):
                pass
            assert desk.read(path)
            done = world.rows(Import)[-1]
            assert done.ended_at is not None
            assert sum(counts(done)) == done.rows
