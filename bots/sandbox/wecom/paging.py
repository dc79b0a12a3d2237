"""Pages of a list: a cursor says after which row the next one begins."""

import base64
import binascii
import sqlite3
from collections.abc import Sequence

from bots.sandbox.refusals import Refused


def after(cursor: str) -> int:
    """The row number in a cursor; 0 for the first page. Raises Refused 40058."""
    if not cursor:
        return 0
    try:
        return int(base64.urlsafe_b64decode(cursor.encode()).decode().removeprefix("row:"))
    except (binascii.Error, ValueError) as error:
        raise Refused(40058, "invalid Request Parameter, cursor") from error


def cut(rows: Sequence[sqlite3.Row], limit: int) -> tuple[Sequence[sqlite3.Row], str]:
    """Of ``limit + 1`` rows with a column ``number``: the page, and the cursor of the next one,
    empty on the last."""
    if len(rows) <= limit:
        return rows, ""
    return rows[:limit], cursor_after(rows[limit - 1]["number"])


def cursor_after(number: int) -> str:
    return base64.urlsafe_b64encode(f"row:{number}".encode()).decode()
