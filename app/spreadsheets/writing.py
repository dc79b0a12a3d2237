"""Writing tables for people who open them in a spreadsheet: CSV a piece at a time, or XLSX.

A cell that a spreadsheet would take for a formula stays text: what members write of themselves
must not be reckoned on an operator's machine.
"""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

MARK = "\ufeff"  # by which spreadsheets know UTF-8
_LINES_AT_ONCE = 500
BEGIN_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
_UNPRINTABLE = dict.fromkeys((*range(9), 11, 12, *range(14, 32)))  # what XLSX cannot hold


def plain(value: Any) -> str:
    """What a spreadsheet would take for a formula stays text; numbers are no formulas."""
    text = "" if value is None else str(value)
    is_text = isinstance(value, str)
    return f"'{text}" if is_text and text.startswith(BEGIN_FORMULAS) else text


def as_csv(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The rows in UTF-8 with its mark, so many at a time that a million need no memory."""
    written = io.StringIO(MARK)
    written.seek(0, io.SEEK_END)
    lines = csv.writer(written)
    for number, row in enumerate(rows, start=1):
        lines.writerow([plain(cell) for cell in row])
        if number % _LINES_AT_ONCE == 0:
            yield written.getvalue()
            written.seek(0)
            written.truncate()
    yield written.getvalue()


def as_xlsx(rows: Iterable[Sequence[Any]], title: str) -> Iterator[bytes]:
    """The rows as a sheet of this title; put together on the disk, which then holds it no more."""
    from openpyxl import Workbook  # here, since few processes ever need it

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    for row in rows:
        sheet.append([_cell(value) for value in row])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.xlsx"
        book.save(path)
        with path.open("rb") as file:
            while chunk := file.read(1 << 16):
                yield chunk


def _cell(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return plain(value).translate(_UNPRINTABLE)
    return value
