"""Columns: rows of the database as arrays of whole numbers. Whoever reads much reads it by
``ranges``, so that ten million orders never are in memory together.

PostgreSQL gathers each column into one array and copies it out in its binary form, in which a whole
number has a fixed width: what a row costs is a few machine instructions on either side, where even
a copied row costs the driver some microseconds.
"""

import struct
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.orm import Session

Ints = NDArray[np.int64]

EPOCH_US = 946_684_800_000_000  # PostgreSQL counts moments from the year 2000
SORT_MEMORY = "128MB"
_NOTHING_BYTES = -1  # the size of what is NULL: the array of no rows
_HEADER_BYTES, _FIELDS, _SIZE, _ARRAY = 19, struct.Struct(">h"), struct.Struct(">i"), 20
_ELEMENT = np.dtype([("size", ">i4"), ("value", ">i8")])


def ranges(session: Session, column: Any, width: int) -> Iterator[sa.ColumnElement[bool]]:
    """Conditions that between them take in every id there is, in order, ``width`` ids each."""
    last = session.scalar(sa.select(sa.func.max(column)))
    for start in range(0, (last or 0) + 1, width):
        yield column.between(start, start + width - 1)


def moment(session: Session, column: Any) -> sa.ColumnElement[Any]:
    """A moment as microseconds since 2000 (``EPOCH_US`` later than since 1970), exactly."""
    if session.get_bind().dialect.name == "postgresql":
        return sa.type_coerce(column, sa.BigInteger)
    seconds = sa.cast(sa.func.strftime("%s", column), sa.BigInteger)
    fraction = sa.cast(sa.func.substr(sa.type_coerce(column, sa.String), 21), sa.BigInteger)
    return seconds * 1_000_000 + fraction - EPOCH_US


def read(session: Session, *columns: Any, rows: sa.Select[Any]) -> Sequence[Ints]:
    """The ``columns`` of the ``rows`` as arrays, in the order of the rows. None may be NULL."""
    numbers = [sa.cast(it, sa.BigInteger) if _is_narrow(it) else it for it in columns]
    wanted = rows.with_only_columns(
        *(number.label(f"number{place}") for place, number in enumerate(numbers))
    )
    if session.get_bind().dialect.name == "postgresql":
        return _copied(session, wanted)
    found = session.connection().execute(wanted).all()
    table = np.array([tuple(row) for row in found], dtype=np.int64).reshape(-1, len(columns))
    return [table[:, place] for place in range(len(columns))]


def _is_narrow(column: Any) -> bool:
    return not isinstance(column.type, sa.BigInteger)


def _copied(session: Session, wanted: sa.Select[Any]) -> Sequence[Ints]:
    connection = session.connection()
    connection.exec_driver_sql(f"SET LOCAL work_mem = '{SORT_MEMORY}'")
    in_order = wanted.subquery()
    gathered = sa.select(*(sa.func.array_agg(column) for column in in_order.c))
    compiled = gathered.compile(connection, compile_kwargs={"literal_binds": True})
    written = str(compiled).replace("%%", "%")  # which is doubled for statements with parameters
    driver: Any = connection.connection.driver_connection
    copying = f"COPY ({written}) TO STDOUT (FORMAT BINARY)"
    with driver.cursor() as cursor, cursor.copy(copying) as copy:
        return _arrays(b"".join(copy))


def _arrays(copied: bytes) -> Sequence[Ints]:
    """The fields of the only row; each begins with its size in bytes, and an array with twenty more
    bytes on its shape."""
    (many,) = _FIELDS.unpack_from(copied, _HEADER_BYTES)
    at, arrays = _HEADER_BYTES + _FIELDS.size, list[Ints]()
    for _ in range(many):
        (size,) = _SIZE.unpack_from(copied, at)
        at += _SIZE.size
        if size == _NOTHING_BYTES:
            arrays.append(np.array([], dtype=np.int64))
            continue
        count = (size - _ARRAY) // _ELEMENT.itemsize
        elements = np.frombuffer(copied, _ELEMENT, count, at + _ARRAY)
        arrays.append(elements["value"].astype(np.int64))
        at += size
    return arrays
