"""What a night writes, beside those who are at work in the same hour."""

from datetime import UTC, datetime, timedelta

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import db
from app.domain.insight import figure_rules, figurings
from app.domain.insight.member_figures import MemberFigures
from app.domain.people.members import Member
from app.figuring import keeping

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def keep(session: Session, *member_ids: int, stage: str) -> None:
    rules_id, _rules = figure_rules.in_force(session)
    figuring = figurings.begin(session, rules_id, NOW.date(), NOW)
    rows = keeping.rows_without_orders(
        np.array(member_ids),
        np.array([stage] * len(member_ids), dtype=object),
        np.full(len(member_ids), -1),
        figuring.id,
        NOW,
    )
    keeping.keep(session, list(rows), figuring.id, NOW + timedelta(seconds=1), NOW)
    figuring.ended_at = NOW


def test_a_night_locks_nobody_but_whom_it_writes(postgres_url: str) -> None:
    engine = db.engine_of(postgres_url)
    with Session(engine) as night, Session(engine) as event:
        known = [{"id": number, "nickname": "", "created_at": NOW} for number in (1, 2, 3)]
        night.execute(sa.insert(Member), known)
        keep(night, 1, 2, 3, stage="new")
        night.commit()
        keep(night, 1, 3, stage="silent")
        at_once = sa.select(MemberFigures).where(MemberFigures.member_id == 2)
        assert event.scalar(at_once.with_for_update(nowait=True)) is not None
        night.commit()
        stages = event.scalars(sa.select(MemberFigures.stage).order_by(MemberFigures.member_id))
        assert stages.all() == ["silent", "new", "silent"]
    engine.dispose()
