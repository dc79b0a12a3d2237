"""At once: the figures of one member, worked out in the transaction of what has changed them.

Her own orders are summed up; the limits, rhythms and parameters are those of the newest night. No
array is needed for that, so that every worker can do it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.domain.insight import figure_rules, figurings, member_figures
from app.domain.insight.figure_changes import SEGMENT, STAGE, FigureChange
from app.domain.insight.member_figures import MemberFigures
from app.domain.loyalty import orders
from app.domain.people.members import Member
from app.journeys import active_hours
from app.programme import Programme
from tagging import figures, order_sums
from tagging.figures import Sums


def figure(
    session: Session,
    member: Member,
    programme: Programme,
    now: datetime,
    *,
    event_id: int | None = None,
) -> Sequence[FigureChange]:
    """Works the figures of ``member`` out, whom the caller holds, and keeps them. Returns what has
    changed, which is still to be told."""
    paid = orders.counting(session, member.id)
    sums = _sums(member, paid, programme)
    if not paid and member.last_seen_at is None:
        forget(session, member.id)
        return []
    (_, rules), (figuring_id, fitted) = figure_rules.in_force(session), figurings.fitted(session)
    found = figures.of(sums, rules, fitted, programme.business_day(now).toordinal())
    was = member_figures.of(session, member.id)
    before = {STAGE: was.stage, SEGMENT: was.rfm_segment} if was else {}
    _keep(
        session, _row(member, sums, found, paid, _hour(session, member, programme.zone, now), now)
    )
    if was is not None:
        session.expire(was)  # it was written beside the session
    after = {STAGE: found.stage, SEGMENT: found.scores and str(found.scores.segment)}
    changes = [
        FigureChange(
            member_id=member.id,
            figure=name,
            was=before.get(name),
            became=str(became),
            changed_at=now,
            event_id=event_id,
            figuring_id=None if event_id else figuring_id,
        )
        for name, became in after.items()
        if became is not None and became != before.get(name) and (was or paid)
    ]
    session.add_all(changes)
    session.flush()
    return changes


def forget(session: Session, member_id: int) -> None:
    """There is nothing to say of her: she has become one with another record, or has done nothing
    that counts."""
    session.execute(sa.delete(MemberFigures).where(MemberFigures.member_id == member_id))


def _sums(member: Member, paid: Sequence[tuple[datetime, int]], programme: Programme) -> Sums:
    def day(moment: datetime) -> int:
        return programme.business_day(moment).toordinal()

    seen = None if member.last_seen_at is None else day(member.last_seen_at)
    return order_sums.of([(day(at), fen) for at, fen in paid], day(member.created_at), seen)


def _hour(session: Session, member: Member, zone: ZoneInfo, now: datetime) -> int | None:
    hour = active_hours.of_members(session, {member.id: zone}, now).get(member.id)
    return None if hour is None else hour.hour


def _row(
    member: Member,
    sums: Sums,
    found: figures.Figures,
    paid: Sequence[tuple[datetime, int]],
    hour: int | None,
    now: datetime,
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "member_id": member.id,
        "orders": sums.orders,
        "spent_fen": sums.spent_fen,
        "first_paid_at": paid[0][0] if paid else None,
        "last_paid_at": paid[-1][0] if paid else None,
        "recency_days": found.recency_days,
        "rfm_segment": found.scores and str(found.scores.segment),
        "stage": str(found.stage),
        "rhythm_days": sums.rhythm_days,
        "active_hour": hour,
        "cluster": found.cluster,
        "expected_orders_year": found.expected_orders_year,
        "expected_value_fen_year": found.expected_value_fen_year,
        "alive_chance": found.alive_chance,
        "figured_at": now,
        "figuring_id": None,
    }
    for kind, scale in (("score", found.scores), ("band", found.bands)):
        row[f"r_{kind}"] = scale and scale.recency
        row[f"f_{kind}"] = scale and scale.frequency
        row[f"m_{kind}"] = scale and scale.money
    return row


def _keep(session: Session, row: dict[str, Any]) -> None:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {name: value for name, value in row.items() if name != "member_id"}
    session.execute(
        insert(MemberFigures)
        .values(row)
        .on_conflict_do_update(index_elements=["member_id"], set_=values)
    )
