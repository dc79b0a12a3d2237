"""Gifts: the coupons that a tier or a card brings when it is reached, her agent, and what she gets
on her birthday. A gift names the version of the benefits that brings it, and is given once."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import assignments
from app.domain.loyalty import entries, points
from app.domain.loyalty.spending import coupons
from app.domain.loyalty.spending.coupons import NoneLeft, TooManyForHer
from app.domain.loyalty.standing import benefits, tiers
from app.domain.loyalty.standing.benefits import Held
from app.domain.loyalty.standing.tiers import UP, Tier
from app.domain.people import members
from app.handlers import texts
from app.handlers.scene import Scene, say
from app.inbox import InboxEvent
from app.reviewing import pasts
from sop.times import wall_clocks


def of_tier(session: Session, scene: Scene, now: datetime) -> None:
    """She has come to a higher tier: its coupons, once for each time she reaches it, and a word to
    who looks after her. Whoever an event finds fallen again since gets nothing."""
    fields = scene.event.fields
    tier = tiers.by_key(session).get(fields["to"])
    if fields.get("direction", UP) != UP or tier is None or scene.member.tier_id != tier.id:
        return
    held = benefits.present(session, benefits.of_tier(tier.id))
    give(session, scene, held, scene.event.key, now)
    if held.terms.own_agent:
        _tell_agent(session, scene, held, tier, now)


def give(session: Session, scene: Scene, held: Held, key: str, now: datetime) -> None:
    """The coupons of reaching it, one of each, once under this key."""
    for coupon_id in held.terms.coupon_ids:
        _give_coupon(session, scene, held, coupon_id, f"coupon:{key}:{coupon_id}", now)


def of_birthday(session: Session, scene: Scene, now: datetime) -> None:
    """Once a year, from everything that she holds on that day; see ``app.clockwork.birthdays``."""
    member, year = scene.member, scene.event.fields["year"]
    if _was_kept_by_another_record(session, scene, year):
        return
    key = f"birthday:{member.id}:{year}"
    for held in _held_on_birthday(session, scene, now):
        terms, cause = held.terms, entries.Cause(held.rule, held.version, scene.event.id)
        points_key = f"{key}:{held.holder}"
        if terms.birthday_points and points.award(
            session,
            member.id,
            terms.birthday_points,
            key=points_key,
            cause=cause,
            growth=0,
            now=now,
        ):
            text = texts.birthday_points(terms.birthday_points)
            say(session, scene, text, rule=held.rule, rule_version=held.version, now=now)
        if terms.birthday_coupon_id is not None:
            coupon_id = terms.birthday_coupon_id
            _give_coupon(session, scene, held, coupon_id, f"coupon:{key}:{held.holder}", now)


def _was_kept_by_another_record(session: Session, scene: Scene, year: int) -> bool:
    """That was found to be hers since: then she has had what this year brings."""
    keys = [f"birthday:{its}:{year}" for its in members.records_of(session, scene.member.id)]
    others = sa.select(InboxEvent.id).where(
        InboxEvent.key.in_(keys),
        InboxEvent.id != scene.event.id,
        InboxEvent.handled_at.is_not(None),
    )
    return session.scalar(others.limit(1)) is not None


def _held_on_birthday(session: Session, scene: Scene, now: datetime) -> Sequence[Held]:
    """What she holds; or, where the day has been missed, what she held at its end."""
    member, zone = scene.member, scene.programme.zone
    today = scene.programme.business_day(now)
    on = date.fromisoformat(scene.event.fields.get("on", str(today)))  # older events had none
    if on == today:
        return benefits.of_member(session, member.id, member.tier_id, now)
    end_at = wall_clocks.moment(on + timedelta(days=1), time(), zone) - timedelta(microseconds=1)
    if not pasts.was_member(member, end_at):
        return []
    tier = pasts.tier_at(session, member, end_at)
    return benefits.of_member_at(session, member.id, tier.id if tier else None, end_at)


def _give_coupon(
    session: Session, scene: Scene, held: Held, coupon_id: int, key: str, now: datetime
) -> None:
    """Where there is none left, somebody of ours has to make good on what was promised."""
    cause = entries.Cause(held.rule, held.version, scene.event.id)
    try:
        coupons.issue(session, scene.member.id, coupon_id, key=key, cause=cause, now=now)
    except (NoneLeft, TooManyForHer) as reason:
        text = texts.gift_missing(coupon_id, str(reason))
        assignments.assign(
            session, key=f"todo:{key}", text=text, member_id=scene.member.id, now=now
        )


def _tell_agent(session: Session, scene: Scene, held: Held, tier: Tier, now: datetime) -> None:
    assignments.assign(
        session,
        key=f"todo:agent:{scene.event.key}",
        text=texts.own_agent(tier.name),
        member_id=scene.member.id,
        staff_id=held.terms.agent_staff_id,
        now=now,
    )
