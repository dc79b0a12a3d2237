"""What is kept of an act is what the ledger has of it, whatever becomes of the rules meanwhile."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.loyalty.earning import earnings, kinds, rules
from app.domain.loyalty.earning.acts import Act, Standing
from app.domain.loyalty.earning.earnings import Earning
from app.domain.loyalty.points import Cause, PointsEntry, balance_of
from app.domain.people.members import Member

NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)
SAID = Act(kinds.GROUP_CHAT, NOW, NOW.date(), measure=8)


def rule(key: str, chars: int) -> dict[str, Any]:
    return {
        "key": key,
        "points": 3,
        "name": "",
        "written": {"chars": chars},
        "operator_id": None,
        "now": NOW,
    }


def give(session: Session, member_id: int) -> list[Earning]:
    zone, said = ZoneInfo("Asia/Shanghai"), f"chat:{member_id}:2026-11-02"
    return earnings.give(
        session, member_id, SAID, Standing(), key=said, cause=Cause(""), zone=zone, now=NOW
    )


def test_an_act_that_was_paid_for_earns_nothing_by_a_rule_that_was_eased_since(session: Session):
    member = Member(nickname="小雨", created_at=NOW)
    session.add(member)
    rules.add(session, kind=kinds.GROUP_CHAT, **rule("group_chat", chars=20))
    rules.add(session, kind=kinds.GROUP_CHAT, **rule("november", chars=1))
    session.flush()
    assert [one.rule for one in give(session, member.id)] == ["november"]
    rules.change(session, **rule("group_chat", chars=1))
    assert give(session, member.id) == []
    kept = session.scalars(sa.select(Earning.key)).all()
    assert kept == session.scalars(sa.select(PointsEntry.key)).all()
    assert balance_of(session, member.id).points == 3
