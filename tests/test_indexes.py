"""What is asked about many at once costs by how many are asked about, not by how many there are."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import db
from app.domain.people.members import Identity


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
