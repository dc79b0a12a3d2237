"""Days: what a business day brought, for whoever reports on it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.loyalty.entries import PointsEntry
from app.domain.loyalty.quizzes import QuizAnswer
from app.domain.loyalty.sign_ins import SignIn
from app.domain.people.members import Member


@dataclass(frozen=True, slots=True)
class Day:
    joined: int
    signed_in: int
    answered: int
    points_awarded: int
    points_spent: int


def of(session: Session, zone: ZoneInfo, on: date) -> Day:
    """``on`` is a day where the shop is; ``zone`` says where that is."""
    begins_at = datetime.combine(on, time(), zone)
    ends_at = datetime.combine(on + timedelta(days=1), time(), zone)

    def within(moment: sa.SQLColumnExpression[Any]) -> sa.ColumnElement[bool]:
        return sa.and_(moment >= begins_at, moment < ends_at)

    def number(condition: sa.ColumnElement[bool]) -> int:
        return session.scalar(sa.select(sa.func.count()).where(condition)) or 0

    def points(*kinds: str) -> int:
        total = sa.select(sa.func.sum(PointsEntry.amount))
        booked = total.where(within(PointsEntry.booked_at), PointsEntry.kind.in_(kinds))
        return int(session.scalar(booked) or 0)

    return Day(
        joined=number(within(Member.joined_at)),
        signed_in=number(SignIn.signed_in_on == on),
        answered=number(within(QuizAnswer.answered_at)),
        points_awarded=points("award"),
        points_spent=points("spend", "post"),
    )
