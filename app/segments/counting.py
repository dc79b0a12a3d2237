"""Counting: how many a rule means, exactly where that is quick, else by a sample of the members."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.people.members import Member
from app.segments import compiling, time_limits
from app.segments.time_limits import TookTooLong
from tagging.segments.rules import Rule

TIMEOUT_S = 2.0
SAMPLE = 5_000


@dataclass(frozen=True, slots=True)
class Counted:
    number: int
    is_exact: bool


def count(
    session: Session, rule: Rule, now: datetime, timeout_s: float = TIMEOUT_S
) -> Counted | None:
    """How many are meant, found out in twice ``timeout_s`` at the most; None when that was not
    enough even for a sample."""
    try:
        with time_limits.within(session, timeout_s):
            return Counted(_number(session, compiling.members(rule, now)), is_exact=True)
    except TookTooLong:
        pass
    try:
        with time_limits.within(session, timeout_s):
            return estimate(session, rule, now)
    except TookTooLong:
        return None


def estimate(session: Session, rule: Rule, now: datetime) -> Counted:
    """By every so manyeth member: they lie evenly over old and new ones."""
    newest = session.scalar(sa.select(sa.func.max(Member.id))) or 0
    step = max(1, -(-newest // SAMPLE))
    meant = sample(rule, now, range(step, newest + 1, step))
    return Counted(_number(session, meant) * step, is_exact=step == 1)


def sample(rule: Rule, now: datetime, ids: Collection[int]) -> sa.Select[int]:
    """Who of these is meant. They are named one by one, so that the database looks up what is known
    of them and goes through no table."""
    return compiling.members(rule, now).where(Member.id.in_(ids))


def _number(session: Session, meant: sa.Select[int]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(meant.subquery())) or 0
