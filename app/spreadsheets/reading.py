"""Reading a table somebody made elsewhere, CSV or XLSX, a row at a time and every cell as text.

Excel in China saves CSV as GB18030 where it is not told otherwise, exports of shops separate by
commas, tabs or semicolons; the file itself shows which. Rows bear the numbers that a spreadsheet
shows beside them, so the heading is mostly row 1.
"""

import codecs
import csv
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import chain, islice
from typing import IO, Any

from app.spreadsheets.writing import BEGIN_FORMULAS

COLUMNS_MAX = 200
CELL_MAX = 4_000
UNPACKED_MAX_BYTES = 2 * 1024**3  # of an XLSX file, which is a ZIP archive
_CHUNK_BYTES = 1 << 20
_BY_MARK = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"))
_MARKS = (*_BY_MARK, (codecs.BOM_UTF16_BE, "utf-16"))
_SEPARATORS = (",", "\t", ";")
GUARDED = tuple(f"'{begin}" for begin in BEGIN_FORMULAS)
# What zipfile and openpyxl stumble over in a file that is damaged, locked, or no workbook.
_UNSOUND = (
    *(zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, SyntaxError),
    *(LookupError, ValueError, TypeError, AttributeError, ArithmeticError),
)


class NotATable(Exception):
    """The file cannot be read as a table; the text says why, in Chinese and English."""

    def __init__(self, zh: str, en: str):
        super().__init__(f"{zh} / {en}")
        self.zh, self.en = zh, en


@dataclass(frozen=True, slots=True)
class Table:
    """``rows`` are those below the heading, with their numbers, as long as the heading is wide;
    those with nothing in them are left out."""

    heading: Sequence[str]
    rows: Iterator[tuple[int, Sequence[str]]]


def table(file: IO[bytes]) -> Table:
    """The table in a file, which stays open while the rows are read. Raises NotATable, also while
    they are."""
    begin = file.read(4)
    file.seek(0)
    if begin == b"\xd0\xcf\x11\xe0":
        raise NotATable(
            "这是旧版 Excel 文件（.xls），请另存为 .xlsx 或 CSV",
            "this is an old Excel file (.xls): save it as .xlsx or CSV",
        )
    lines = _xlsx_lines(file) if begin == b"PK\x03\x04" else _csv_lines(file)
    filled = ((number, cells) for number, cells in lines if any(cells))
    try:
        _, heading = next(filled)
    except StopIteration:
        raise NotATable("文件是空的", "the file is empty") from None
    while heading and not heading[-1]:
        heading = heading[:-1]
    if len(heading) > COLUMNS_MAX:
        raise NotATable(f"最多 {COLUMNS_MAX} 列", f"at most {COLUMNS_MAX} columns")
    return Table(heading, _fitted(filled, len(heading)))


def _fitted(
    lines: Iterator[tuple[int, Sequence[str]]], width: int
) -> Iterator[tuple[int, Sequence[str]]]:
    for number, cells in lines:
        if any(cells[width:]):
            raise NotATable(
                f"第 {number} 行比表头多出一格", f"row {number} has more cells than the heading"
            )
        if too_long := next((cell for cell in cells if len(cell) > CELL_MAX), None):
            raise NotATable(
                f"第 {number} 行有一格太长：{too_long[:20]}…",
                f"a cell of row {number} is too long: {too_long[:20]}…",
            )
        yield number, tuple(map(_as_meant, islice(chain(cells, [""] * width), width)))


def _as_meant(cell: str) -> str:
    """Without the apostrophe by which we, and others, keep a text from being a formula."""
    return cell[1:].strip() if cell.startswith(GUARDED) else cell


def _csv_lines(file: IO[bytes]) -> Iterator[tuple[int, Sequence[str]]]:
    text = io.TextIOWrapper(file, encoding=_encoding_of(file), newline="")
    try:
        separator = _separator_of(text.readline())
        text.seek(0)
        lines = csv.reader(text, delimiter=separator, strict=True)
        before = 0
        for cells in lines:
            yield before + 1, tuple(cell.replace("\0", "").strip() for cell in cells)
            before = lines.line_num  # a cell may hold several lines
    except csv.Error as error:
        raise NotATable(
            f"第 {lines.line_num} 行不是有效的 CSV（{error}）",
            f"line {lines.line_num} is not valid CSV ({error})",
        ) from None
    finally:
        text.detach()  # the file stays its owner's


def _encoding_of(file: IO[bytes]) -> str:
    begin = file.read(4)
    file.seek(0)
    marked = [name for mark, name in _MARKS if begin.startswith(mark)]
    for name in marked or ("utf-8", "gb18030"):
        if _is_readable_as(file, name):
            return name
    raise NotATable(
        "看不出文件的编码，请另存为 UTF-8 的 CSV", "unknown encoding: save it as CSV in UTF-8"
    )


def _is_readable_as(file: IO[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := file.read(_CHUNK_BYTES):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        file.seek(0)
    return True


def _separator_of(line: str) -> str:
    return max(_SEPARATORS, key=line.count)


def _xlsx_lines(file: IO[bytes]) -> Iterator[tuple[int, Sequence[str]]]:
    """Of the first sheet, what its cells show; of formulas, what they came to when it was saved."""
    from openpyxl import load_workbook  # here, since few processes ever need it
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(file) as packed:
            if sum(part.file_size for part in packed.infolist()) > UNPACKED_MAX_BYTES:
                raise NotATable("文件解开后太大", "the file is too large once unpacked")
        file.seek(0)
        book = load_workbook(file, read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows(values_only=True)
        for number, cells in enumerate(rows, start=1):
            yield number, tuple(_shown(cell) for cell in cells)
    except (InvalidFileException, *_UNSOUND) as error:
        raise NotATable(
            "这个文件不是完好的 XLSX 表格", f"this is no sound XLSX file ({error})"
        ) from error


def _shown(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        is_day = cell.time() == time()
        return cell.date().isoformat() if is_day else cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return str(cell).strip()
