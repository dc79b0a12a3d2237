"""Birthdays: once a year and member, an event of our own, for those whose tier or paid card has a
gift for the day. It comes with the first look of the day where the shop is; what a house that was
down has missed is made up for within ``GRACE_DAYS``, by what she held on the day itself. The 29th
of February is kept on the 28th in common years.

Fields of ``birthday``: year, and on, the day on which it was kept.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import inbox
from app.domain.loyalty.standing import benefits, membership_cards, tiers
from app.domain.loyalty.standing.benefits import Held
from app.domain.loyalty.standing.memberships import Membership
from app.domain.loyalty.standing.tiers import TierChange
from app.domain.people.members import Member
from app.inbox import InboxEvent
from app.journeys.clock_triggers import born_on
from app.programme import Programme
from sop.times import wall_clocks

BATCH, GRACE_DAYS = 500, 7
KIND = "birthday"


def put(session: Session, programme: Programme, now: datetime) -> bool:
    """Keeps what nobody has been told of yet, up to a batch of each day. Returns whether there may
    be more."""
    today, giving = programme.business_day(now), _giving_now(session)
    if not giving:
        return False
    days = (today - timedelta(days=late) for late in range(GRACE_DAYS + 1))
    are_full = [_put(session, programme, on, giving, now) for on in days]
    return any(are_full)


def _put(
    session: Session, programme: Programme, on: date, giving: Collection[str], now: datetime
) -> bool:
    found = session.scalars(_of_day(programme, on, giving, now).limit(BATCH)).all()
    for member_id in found:
        inbox.receive_own(
            session,
            key=f"{KIND}:{member_id}:{on.year}",
            kind=KIND,
            subject=f"member:{member_id}",
            fields={"year": on.year, "on": str(on)},
            member_id=member_id,
            now=now,
        )
    return len(found) == BATCH


def _giving_now(session: Session) -> frozenset[str]:
    """The holders of which a birthday brings anything."""
    holders = [benefits.of_tier(tier.id) for tier in tiers.all_of(session)]
    holders += [benefits.of_card(card.id) for card in membership_cards.all_of(session)]
    return frozenset(_giving(benefits.of_holders(session, holders).values()))


def _of_day(
    programme: Programme, on: date, giving: Collection[str], now: datetime
) -> sa.Select[int]:
    """Whoever may have a gift coming and has not been told. Of an earlier day it is decided with
    the gift what she held then."""
    begins_at = wall_clocks.moment(on, time(), programme.zone)
    ends_at = min(now, wall_clocks.moment(on + timedelta(days=1), time(), programme.zone))
    tier_ids, card_ids = (_numbers(kind, giving) for kind in ("tier", "card"))
    had_card = sa.exists().where(
        Membership.member_id == Member.id,
        Membership.card_id.in_(card_ids),
        Membership.begins_at <= ends_at,
        Membership.ends_at > begins_at,
        sa.or_(Membership.ended_at.is_(None), Membership.ended_at > begins_at),
    )
    has_left_tier = sa.exists().where(
        TierChange.member_id == Member.id,
        TierChange.changed_at >= ends_at,
        TierChange.from_tier_id.in_(tier_ids),
    )
    key = sa.literal(f"{KIND}:") + sa.cast(Member.id, sa.String) + sa.literal(f":{on.year}")
    return (
        sa.select(Member.id)
        .where(
            Member.birthday_on.in_(born_on(on)),
            Member.same_as_id.is_(None),
            sa.or_(Member.tier_id.in_(tier_ids), has_left_tier, had_card),
            ~sa.exists().where(InboxEvent.key == key),
        )
        .order_by(Member.id)
    )


def _numbers(kind: str, holders: Iterable[str]) -> list[int]:
    """The numbers of the holders of this kind, such as ``tier:7``."""
    parted = (holder.partition(":") for holder in sorted(holders))
    return [int(number) for of_kind, _colon, number in parted if of_kind == kind]


def _giving(held: Iterable[Held]) -> Iterable[str]:
    for it in held:
        if it.terms.birthday_points or it.terms.birthday_coupon_id is not None:
            yield it.holder
