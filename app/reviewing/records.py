"""Records: what members have done, as the measures of tiers count it, for many at a time.

- Growth is that of an award on the day it was booked, less what was taken back of it since.
- Spend and orders are of the day on which they were paid, less what was paid back since.
- An interaction is a sign-in, an answer to a quiz, a form that was sent, a link that was read, or
  a message written to us or in a group of ours.

What an absorbed record of hers has done counts as hers, on its own days.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.domain.insight.form_submissions import FormSubmission
from app.domain.loyalty import balances, orders
from app.domain.loyalty.entries import PointsEntry
from app.domain.loyalty.orders import Order
from app.domain.loyalty.quizzes import QuizAnswer
from app.domain.loyalty.sign_ins import SignIn
from app.domain.loyalty.standing import histories
from app.domain.loyalty.standing.histories import Gain, History
from app.domain.loyalty.standing.tier_terms import Measure
from app.domain.outreach.journeys.merged_enrolments import SAME_MEMBER
from app.domain.people.members import Member
from app.inbox import MESSAGES, InboxEvent

READ = "radar_read"
INTERACTIONS = (*MESSAGES, READ)

_Read = Callable[[Session, Collection[int], ZoneInfo], Iterator[tuple[int, Gain]]]


def histories_of(
    session: Session, member_ids: Collection[int], measures: Collection[Measure], zone: ZoneInfo
) -> Mapping[int, History]:
    """The history of each member, of these measures."""
    whose = _records(session, member_ids)
    gains: dict[int, list[Gain]] = {member_id: [] for member_id in member_ids}
    for measure in measures:
        found = _READERS[measure](session, whose.keys(), zone)
        hers = ((whose[record_id], gain) for record_id, gain in found)
        # a day on which two records of hers did something is one day
        for member_id, gain in set(hers) if measure is Measure.INTERACTION_DAYS else hers:
            gains[member_id].append(gain)
    return {member_id: histories.of(hers) for member_id, hers in gains.items()}


def growth_now(session: Session, member_ids: Collection[int]) -> Mapping[int, History]:
    """Histories of which only the growth value there is now is wanted, whatever its days."""
    held = growth_of(session, member_ids)
    return {
        member_id: histories.of([(Measure.GROWTH, date.min, held.get(member_id, 0))])
        for member_id in member_ids
    }


def growth_of(session: Session, member_ids: Collection[int]) -> Mapping[int, int]:
    """The growth value of each member who has any. It is never carried from record to record, so
    where she has absorbed another it is what all of them were given, less what was taken back of
    it. (Merges did carry it once, which their entries still say.)"""
    found = balances.growth_of(session, member_ids)
    whose = _records(session, member_ids)
    merged = {whose[record_id] for record_id in whose.keys() - set(member_ids)}
    if not merged:
        return found
    records = [record_id for record_id, member_id in whose.items() if member_id in merged]
    rows = session.execute(
        sa.select(PointsEntry.member_id, sa.func.sum(PointsEntry.growth))
        .where(PointsEntry.member_id.in_(records), PointsEntry.rule != SAME_MEMBER)
        .group_by(PointsEntry.member_id)
    )
    found |= dict.fromkeys(merged, 0)
    for record_id, growth in rows:
        found[whose[record_id]] += int(growth)
    return found


def _records(session: Session, member_ids: Collection[int]) -> dict[int, int]:
    """By record, the member it stands for: herself, and what she has absorbed."""
    whose = {member_id: member_id for member_id in member_ids}
    newest: Collection[int] = member_ids
    while newest:
        absorbed = session.execute(
            sa.select(Member.id, Member.same_as_id).where(Member.same_as_id.in_(newest))
        ).all()
        whose |= {record_id: whose[same_as] for record_id, same_as in absorbed if same_as}
        newest = [record_id for record_id, _ in absorbed]
    return whose


def _growth(session: Session, ids: Collection[int], zone: ZoneInfo) -> Iterator[tuple[int, Gain]]:
    original = aliased(PointsEntry)
    booked_at = sa.func.coalesce(original.booked_at, PointsEntry.booked_at)
    rows = session.execute(
        sa.select(PointsEntry.member_id, booked_at, PointsEntry.growth)
        .outerjoin(original, original.id == PointsEntry.reverses_id)
        .where(
            PointsEntry.member_id.in_(ids),
            PointsEntry.growth != 0,
            PointsEntry.rule != SAME_MEMBER,
        )
    )
    for record_id, at, growth in rows:
        yield record_id, (Measure.GROWTH, _day(at, zone), growth)


def _spend(session: Session, ids: Collection[int], zone: ZoneInfo) -> Iterator[tuple[int, Gain]]:
    for record_id, at, fen in _orders(session, ids):
        yield record_id, (Measure.SPEND_FEN, _day(at, zone), fen)


def _orders_made(
    session: Session, ids: Collection[int], zone: ZoneInfo
) -> Iterator[tuple[int, Gain]]:
    for record_id, at, _ in _orders(session, ids):
        yield record_id, (Measure.ORDERS, _day(at, zone), 1)


def _orders(session: Session, ids: Collection[int]) -> Iterator[tuple[int, datetime, int]]:
    hers = sa.select(Order.member_id, Order.paid_at, orders.net_fen())
    for record_id, at, fen in session.execute(
        hers.where(Order.member_id.in_(ids), orders.counts())
    ):
        assert record_id is not None, "it was asked for by whose it is"
        yield record_id, at, fen


def _interactions(
    session: Session, ids: Collection[int], zone: ZoneInfo
) -> Iterator[tuple[int, Gain]]:
    days = set(_signed_in(session, ids))
    for statement in (
        sa.select(QuizAnswer.member_id, QuizAnswer.answered_at).where(
            QuizAnswer.member_id.in_(ids)
        ),
        sa.select(FormSubmission.member_id, FormSubmission.submitted_at).where(
            FormSubmission.member_id.in_(ids)
        ),
        sa.select(InboxEvent.member_id, InboxEvent.happened_at).where(
            InboxEvent.member_id.in_(ids), InboxEvent.kind.in_(INTERACTIONS)
        ),
    ):
        found = session.execute(statement)
        days |= {(record_id, _day(at, zone)) for record_id, at in found if record_id is not None}
    for record_id, on in days:
        yield record_id, (Measure.INTERACTION_DAYS, on, 1)


def _signed_in(session: Session, ids: Collection[int]) -> Iterator[tuple[int, date]]:
    hers = sa.select(SignIn.member_id, SignIn.signed_in_on).where(SignIn.member_id.in_(ids))
    yield from session.execute(hers)


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


_READERS: Mapping[Measure, _Read] = {
    Measure.GROWTH: _growth,
    Measure.SPEND_FEN: _spend,
    Measure.ORDERS: _orders_made,
    Measure.INTERACTION_DAYS: _interactions,
}
