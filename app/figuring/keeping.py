"""Keeping: the figures of many members written at once, and what has changed by them noted.

They go through a table of this transaction's own, so that what was before and what is now are
compared and exchanged in a few statements. A row that was figured since the orders were read (an
order came meanwhile) is left alone, and so is one that somebody is writing at this moment: both are
worked out once more in the end, see ``nightly``.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.domain.insight.figure_changes import SEGMENT, STAGE, FigureChange
from app.domain.insight.member_figures import MemberFigures
from app.figuring.columns import Ints
from tagging.figure_columns import FigureColumns, Floats, Words
from tagging.order_columns import OrderSums

_TABLE = MemberFigures.__table__
_NAMES = tuple(column.name for column in _TABLE.columns)
_ANEW = sa.Table(
    "figured_anew",
    sa.MetaData(),
    *(sa.Column(column.name, column.type) for column in _TABLE.columns),
    prefixes=["TEMPORARY"],
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def keep(
    session: Session,
    rows: Sequence[tuple[Any, ...]],
    figuring_id: int,
    read_at: datetime,
    now: datetime,
) -> None:
    """Writes ``rows`` (as ``rows_of`` makes them, by member), unless figured since ``read_at``."""
    if not rows:
        return
    _bring(session, rows)
    _leave_alone(session, read_at)
    for figure in (STAGE, SEGMENT):
        _note_changes(session, figure, figuring_id, now)
    _exchange(session)


def rows_of(
    sums: OrderSums, found: FigureColumns, hours: Ints, figuring_id: int, now: datetime
) -> Iterator[tuple[Any, ...]]:
    """A row for each member who has bought, in the order of the table's columns. ``hours`` is -1
    where nothing is known."""
    scores = found.scores or ()
    many = len(sums.member_ids)
    nothing = [None] * many
    columns: list[Iterable[Any]] = [
        sums.member_ids.tolist(),
        sums.orders.tolist(),
        sums.spent_fen.tolist(),
        map(_moment, sums.first_paid_us.tolist()),
        map(_moment, sums.last_paid_us.tolist()),
        found.recency_days.tolist(),
        *([score.tolist() for score in scores] or [nothing] * 3),
        *(band.tolist() for band in found.bands),
        nothing if found.segments is None else found.segments.tolist(),
        found.stages.tolist(),
        _or_none(sums.rhythm_days),
        [None if hour < 0 else hour for hour in hours.tolist()],
        nothing if found.clusters is None else found.clusters.tolist(),
        _or_none(found.expected_orders_year),
        [
            None if value is None else int(value)
            for value in _or_none(found.expected_value_fen_year)
        ],
        _or_none(found.alive_chances),
        [now] * many,
        [figuring_id] * many,
    ]
    return zip(*columns, strict=True)


def rows_without_orders(
    member_ids: Ints, stages: Words, hours: Ints, figuring_id: int, now: datetime
) -> Iterator[tuple[Any, ...]]:
    """The same of members who have never bought."""
    known: dict[str, Any] = {"orders": 0, "spent_fen": 0, "figured_at": now}
    known["figuring_id"] = figuring_id
    for member_id, stage, hour in zip(
        member_ids.tolist(), stages.tolist(), hours.tolist(), strict=True
    ):
        hers = {"member_id": member_id, "stage": stage, "active_hour": None if hour < 0 else hour}
        yield tuple((known | hers).get(name) for name in _NAMES)


def _bring(session: Session, rows: Sequence[tuple[Any, ...]]) -> None:
    connection = session.connection()
    _ANEW.create(connection, checkfirst=True)
    session.execute(sa.delete(_ANEW))
    if connection.dialect.name != "postgresql":
        session.execute(sa.insert(_ANEW), [dict(zip(_NAMES, row, strict=True)) for row in rows])
        return
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy("COPY figured_anew FROM STDIN") as copy:
        copy.write("".join(map(_line, rows)))
    connection.exec_driver_sql("ANALYZE figured_anew")


def _line(row: tuple[Any, ...]) -> str:
    """As COPY reads it; nothing of ours has a tab or a backslash in it."""
    return "\t".join(["\\N" if value is None else str(value) for value in row]) + "\n"


def _leave_alone(session: Session, read_at: datetime) -> None:
    """Takes out of what was brought whatever may not be written over. Nobody else's row is locked,
    though she may come between those who were brought."""
    brought = sa.select(_ANEW.c.member_id)
    known = sa.select(MemberFigures.member_id).where(MemberFigures.member_id.in_(brought))
    is_older = sa.or_(MemberFigures.figuring_id.is_not(None), MemberFigures.figured_at < read_at)
    free = known.where(is_older).with_for_update(skip_locked=True)
    left = sa.delete(_ANEW).where(_ANEW.c.member_id.in_(known), _ANEW.c.member_id.not_in(free))
    session.execute(left)


def _note_changes(session: Session, figure: str, figuring_id: int, now: datetime) -> None:
    """Of whom the figure was known and is another now. Who had none has not changed."""
    was, became = _TABLE.c[figure], _ANEW.c[figure]
    changed = (
        sa.select(
            _ANEW.c.member_id,
            sa.literal(figure),
            was,
            became,
            sa.literal(now, FigureChange.changed_at.type),
            sa.literal(figuring_id),
        )
        .join(_TABLE, _TABLE.c.member_id == _ANEW.c.member_id)
        .where(was != became)
        .order_by(_ANEW.c.member_id)
    )
    names = ["member_id", "figure", "was", "became", "changed_at", "figuring_id"]
    session.execute(sa.insert(FigureChange).from_select(names, changed))


def _exchange(session: Session) -> None:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    brought = sa.select(*_ANEW.c).order_by(_ANEW.c.member_id)
    written = insert(MemberFigures).from_select(list(_NAMES), brought)
    values = {name: written.excluded[name] for name in _NAMES if name != "member_id"}
    session.execute(written.on_conflict_do_update(index_elements=["member_id"], set_=values))


def _moment(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def _or_none(column: Floats) -> list[float | None]:
    """NaN, which alone is not equal to itself, is what nobody knows."""
    return [None if value != value else value for value in column.tolist()]
