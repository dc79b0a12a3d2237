"""What is asked about many at once costs by how many are asked about, not by how many there are."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import db, lanes
from app.db import Database
from app.domain.loyalty.item_codes import pieces
from app.domain.people.members import Identity
from app.lanes import Lease
from app.sending import attempts, waiting
from app.sending.holds import Holds

NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)


def plan_of(session: Session, asked: sa.Select[tuple[Identity]]) -> str:
    written = asked.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    rows = session.execute(sa.text(f"EXPLAIN QUERY PLAN {written}"))
    return "\n".join(row[3] for row in rows)


def test_sqlite_looks_members_on_a_channel_up_one_by_one_though_it_has_no_statistics(
    sqlite_url: str,
):
    asked = (
        sa.select(Identity)
        .where(
            Identity.channel_id == 1,
            Identity.member_id.in_(range(500)),
            Identity.unfollowed_at.is_(None),
        )
        .order_by(Identity.id)
    )
    with Session(db.engine_of(sqlite_url)) as session:
        assert "(member_id=? AND channel_id=?)" in plan_of(session, asked)


def test_a_look_at_a_copied_code_reads_a_row_however_often_it_was_looked_at(sqlite_url: str):
    asked: list[tuple[str, Any]] = []
    with Session(db.engine_of(sqlite_url)) as session:
        sa.event.listen(
            session.get_bind(),
            "before_cursor_execute",
            lambda _connection, _cursor, written, values, *_: asked.append((written, values)),
        )
        assert pieces.number_of(session, 7, "browser") == 1
        plans = [
            session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {written}", values).one()[3]
            for written, values in tuple(asked)
        ]
    assert plans == [
        "SEARCH item_scans USING INDEX ix_item_scans_browser (piece_id=? AND browser=?)",
        "SEARCH item_scans USING COVERING INDEX ix_item_scans_number (piece_id=?)",
    ]


def test_a_turn_of_the_sender_and_a_tick_go_through_no_table_that_grows(sqlite_url: str):
    lease = Lease(lanes.BROADCASTS, 7, term=2, left_at=None)
    database = Database(db.engine_of(sqlite_url))
    asked: list[tuple[str, Any]] = []
    sa.event.listen(
        database.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, written, values, *_: asked.append((written, values)),
    )
    with database.reading() as session:
        attempts.cut_off(session, lease)
        waiting.due(session, lease.pipe, lease.number, Holds(), 64, NOW)
        waiting.is_due(session, lease.pipe, lease.number, Holds(), NOW)
        waiting.lanes_due(session, Holds(), NOW)
        plans = [
            row[3]
            for written, values in tuple(asked)
            for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {written}", values)
        ]
    searches = [plan for plan in plans if "outbox" in plan]
    assert len(searches) == 5
    assert all(plan.startswith("SEARCH outbox USING") for plan in searches)
