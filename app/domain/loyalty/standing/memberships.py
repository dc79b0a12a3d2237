"""Paid memberships 付费会员: who holds which card from when to when, and by which order.

Each line of an order that carries a card's sku is one membership, up to the end of its last
business day; another one bought meanwhile begins when the one before it ends. When the order is
paid back it ends at once, and what was bought after it moves up, so whoever renewed keeps all the
days that she paid for. Of an order that is paid back in part, the card is meant as soon as less is
left of the order than the card cost.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once, partial_index
from app.domain.loyalty import orders
from app.domain.loyalty.orders import Order, OrderLine
from app.domain.loyalty.standing import membership_cards
from app.domain.loyalty.standing.membership_cards import MembershipCard
from app.domain.loyalty.standing.periods import DAY
from app.domain.people.members import Member
from sop.times import wall_clocks

REFUNDED, LAPSED = "refunded", "lapsed"
QUANTITY_MAX = 12  # of one line: whoever buys more has them as so many


class Membership(Base):
    """It is hers from ``begins_at`` up to ``ends_at``, or to ``ended_at`` when that came first;
    once it is over, ``ended_at`` and the reason say so."""

    __tablename__ = "memberships"
    __table_args__ = (
        sa.Index("ix_memberships_member_id", "member_id", "card_id", "paid_at"),
        sa.Index("ix_memberships_card_id", "card_id", "ends_at"),
        sa.Index("ix_memberships_order_id", "order_id"),
        partial_index("ix_memberships_running", "ended_at IS NULL", "ends_at", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    order_line_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("order_lines.id"), unique=True)
    order_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("orders.id"))
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    card_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("membership_cards.id"))
    quantity: Mapped[int]
    paid_at: Mapped[datetime]
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    event_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("inbox.id"))
    created_at: Mapped[datetime]


def begin(
    session: Session, order: Order, event_id: int | None, zone: ZoneInfo, now: datetime
) -> Sequence[Membership]:
    """What the order's lines make her a holder of, each line once. The order's member is known and
    held by the caller. Returns the new ones."""
    assert order.member_id is not None, "nobody holds a card without being known"
    cards = {card.sku: card for card in membership_cards.all_of(session)}
    begun = []
    for line in orders.lines_of(session, order.id) if cards else ():
        card = cards.get(line.sku)
        if card is None:
            continue
        values = _row(order, line, card, event_id, now)
        made = insert_once(session, Membership, values, unique=["order_line_id"])
        if made is not None:
            _chain(session, order.member_id, card, zone)
            begun.append(session.get_one(Membership, made, populate_existing=True))
    return begun


def end(session: Session, order: Order, zone: ZoneInfo) -> Sequence[Membership]:
    """Ends what was bought with an order and has been paid back since. Returns those that ended by
    this call. The caller holds the member."""
    if not membership_cards.all_of(session):
        return []
    bought = sa.select(Membership, OrderLine).join(
        OrderLine, OrderLine.id == Membership.order_line_id
    )
    ended = []
    for membership, line in session.execute(bought.where(Membership.order_id == order.id)):
        ended_at = _taken_back_at(session, order, line)
        if ended_at is None or membership.end_reason == REFUNDED:
            continue
        membership.ended_at, membership.end_reason = ended_at, REFUNDED
        session.flush()
        card = session.get_one(MembershipCard, membership.card_id)
        _chain(session, membership.member_id, card, zone)
        ended.append(membership)
    return ended


def running(session: Session, member_id: int, now: datetime) -> Sequence[Membership]:
    """What she holds at this moment, the one that ends last first."""
    return [it for it in going_on(session, member_id, now) if it.begins_at <= now]


def held_at(session: Session, member_id: int, at: datetime) -> Sequence[Membership]:
    """What she held at an earlier moment, whatever became of it since."""
    if not membership_cards.all_of(session):
        return []
    hers = sa.select(Membership).where(
        Membership.member_id == member_id,
        Membership.begins_at <= at,
        Membership.ends_at > at,
        sa.or_(Membership.ended_at.is_(None), Membership.ended_at > at),
    )
    return session.scalars(hers.order_by(Membership.ends_at.desc(), Membership.id)).all()


def going_on(session: Session, member_id: int, now: datetime) -> Sequence[Membership]:
    """What she holds and what follows on it, the one that ends last first."""
    hers = sa.select(Membership).where(
        Membership.member_id == member_id, Membership.ends_at > now, Membership.ended_at.is_(None)
    )
    return session.scalars(hers.order_by(Membership.ends_at.desc(), Membership.id)).all()


def until(session: Session, member_id: int, card_id: int) -> datetime | None:
    """Until when she holds this card, with everything that she has bought ahead."""
    return session.scalar(
        sa.select(sa.func.max(Membership.ends_at)).where(
            Membership.member_id == member_id,
            Membership.card_id == card_id,
            Membership.ended_at.is_(None),
        )
    )


def of_member(session: Session, member_id: int, limit: int) -> Sequence[Membership]:
    """Hers, what was bought last first."""
    hers = sa.select(Membership).where(Membership.member_id == member_id)
    return session.scalars(
        hers.order_by(Membership.paid_at.desc(), Membership.id.desc()).limit(limit)
    ).all()


def of_card(
    session: Session, card_id: int, now: datetime, limit: int
) -> Sequence[sa.Row[Membership, Member]]:
    """Who holds a card and will, what ends first first."""
    return session.execute(
        sa.select(Membership, Member)
        .join(Member, Member.id == Membership.member_id)
        .where(
            Membership.card_id == card_id,
            Membership.ended_at.is_(None),
            Membership.ends_at > now,
        )
        .order_by(Membership.ends_at, Membership.id)
        .limit(limit)
    ).all()


def holders(session: Session, now: datetime) -> dict[int, int]:
    """By card: how many members hold it."""
    rows = session.execute(
        sa.select(Membership.card_id, sa.func.count(Membership.member_id.distinct()))
        .where(Membership.ended_at.is_(None), Membership.begins_at <= now, Membership.ends_at > now)
        .group_by(Membership.card_id)
    )
    return {card_id: count for card_id, count in rows}  # noqa: C416  rows, not pairs


def lapse(session: Session, now: datetime, limit: int) -> Sequence[Membership]:
    """Those whose time is over and of which nobody has taken note; they end by this."""
    over = sa.select(Membership).where(Membership.ended_at.is_(None), Membership.ends_at <= now)
    lapsed = session.scalars(
        over.order_by(Membership.ends_at, Membership.id).limit(limit).with_for_update()
    ).all()
    for membership in lapsed:
        membership.ended_at, membership.end_reason = membership.ends_at, LAPSED
    session.flush()
    return lapsed


def _row(
    order: Order, line: OrderLine, card: MembershipCard, event_id: int | None, now: datetime
) -> dict[str, object]:
    return {
        "order_line_id": line.id,
        "order_id": order.id,
        "member_id": order.member_id,
        "card_id": card.id,
        "quantity": min(max(line.quantity, 1), QUANTITY_MAX),
        "paid_at": order.paid_at,
        "begins_at": order.paid_at,
        "ends_at": order.paid_at,
        "event_id": event_id,
        "created_at": now,
    }


def _chain(session: Session, member_id: int, card: MembershipCard, zone: ZoneInfo) -> None:
    """Puts hers of one card one behind the other, in the order in which they were paid."""
    session.flush()
    hers = sa.select(Membership).where(
        Membership.member_id == member_id, Membership.card_id == card.id
    )
    free_from: datetime | None = None
    run: _Run | None = None
    for it in session.scalars(hers.order_by(Membership.paid_at, Membership.id)):
        follows = free_from is not None and free_from >= it.paid_at
        it.begins_at = max(it.paid_at, free_from or it.paid_at)
        if follows and run is not None and run.ends_at(card, zone) == it.begins_at:
            longer = _Run(run.first_on, run.quantity + it.quantity)
        else:
            longer = _Run(_first_on(it.begins_at, zone, follows=follows), it.quantity)
        it.ends_at = longer.ends_at(card, zone)
        if it.end_reason == LAPSED:
            it.ended_at = it.ends_at
        used_to = it.ends_at if it.ended_at is None else min(it.ends_at, it.ended_at)
        if used_to > it.begins_at:
            run = longer
        free_from = max(free_from or used_to, used_to)
    session.flush()


@dataclass(frozen=True, slots=True)
class _Run:
    """So many periods without a gap are counted from their first day together, so that months from
    the 31st on end on the 31st again after a shorter one."""

    first_on: date
    quantity: int

    def ends_at(self, card: MembershipCard, zone: ZoneInfo) -> datetime:
        """The end of the last day."""
        return wall_clocks.moment(card.last_day(self.first_on, self.quantity) + DAY, time(), zone)


def _first_on(begins_at: datetime, zone: ZoneInfo, *, follows: bool) -> date:
    """From which day periods are counted. What ``follows`` on another one begins at midnight, and
    the day it begins on is the first that counts; the day on which one is bought is hers on top,
    also where a shop tells the day alone, which is midnight too."""
    on = begins_at.astimezone(zone).date()
    return on - DAY if follows and begins_at == wall_clocks.moment(on, time(), zone) else on


def _taken_back_at(session: Session, order: Order, line: OrderLine) -> datetime | None:
    """When so much had been paid back that the card was meant; None while it is not."""
    for left_fen, at in _left_after_refunds(session, order):
        if left_fen < line.amount_fen or left_fen == 0:
            return at
    return None


def _left_after_refunds(session: Session, order: Order) -> Iterator[tuple[int, datetime]]:
    left_fen = order.amount_fen
    for refund in orders.refunds_of(session, order.id):
        left_fen -= refund.amount_fen
        yield left_fen, refund.refunded_at
