"""A member was invited; a friend has stayed, or has not; both get what was promised."""

from datetime import datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from app import inbox
from app.domain.insight import tags
from app.domain.loyalty.earning import kinds
from app.domain.loyalty.entries import Cause
from app.domain.loyalty.referrals import referrals, terms
from app.domain.loyalty.referrals.referrals import Referral
from app.domain.loyalty.referrals.terms import ReferralTerms
from app.domain.loyalty.spending import coupons
from app.domain.people import members
from app.domain.people.members import Member
from app.handlers import member_tags, texts
from app.handlers.scene import Scene, earn_own, say

DIMENSION = "value"  # of the tag of a KOC


class Side(StrEnum):
    FRIEND = "friend"
    INVITER = "inviter"


def come_by(
    session: Session, scene: Scene, inviter_id: int, *, is_new: bool, now: datetime
) -> None:
    """She came by this member's invitation: the first one who invited her stays. Whoever was a
    member before brings nobody anything; nor does a ring."""
    if session.get(Member, inviter_id) is None:
        return
    members.lock(session, members.get(session, inviter_id).id)  # two cannot bring each other
    inviter = members.get(session, inviter_id)
    if not is_new or referrals.reason_against(session, inviter, scene.member) is not None:
        return
    scene.member.inviter_id = inviter.id
    present = terms.present(session)
    if present is not None:
        referrals.invite(session, inviter, scene.member, present, scene.event.id, now)


def accept(session: Session, scene: Scene, now: datetime) -> None:
    """She has opened a friend's invitation and WeChat has said who she is."""
    inviter_id = int(scene.event.fields["InviterId"])
    come_by(session, scene, inviter_id, is_new=is_new(scene.member, now), now=now)


def is_new(member: Member, now: datetime) -> bool:
    """Who has not signed up, and has not been with us for longer than it takes to do so."""
    if member.signed_up_at is not None:
        return False
    return member.joined_at is None or now - member.joined_at <= referrals.NEW_FOR


def decide(session: Session, scene: Scene, now: datetime) -> None:
    """Her time has come."""
    month = scene.programme.business_day(now).replace(day=1)
    begins_at = datetime.combine(month, time(), scene.programme.zone)
    referral = referrals.decide(session, scene.event.fields["referral"], begins_at, now)
    if referral is None:
        return
    promised = session.get_one(ReferralTerms, referral.terms_id)
    points, coupon_id = promised.friend_points, promised.friend_coupon_id
    _give(session, scene, referral, promised.version, Side.FRIEND, points, coupon_id, now)
    inbox.receive_own(
        session,
        key=f"referral_stayed:{referral.id}",
        kind="referral_stayed",
        subject=f"member:{referral.inviter_id}",
        fields={"referral": referral.id},
        member_id=members.get(session, referral.inviter_id).id,
        now=now,
    )


def reward_inviter(session: Session, scene: Scene, now: datetime) -> None:
    referral = session.get_one(Referral, scene.event.fields["referral"])
    promised = session.get_one(ReferralTerms, referral.terms_id)
    points, coupon_id = promised.inviter_points, promised.inviter_coupon_id
    version, side = promised.version, Side.INVITER
    earned = _give(session, scene, referral, version, side, points, coupon_id, now)
    friend = members.get(session, referral.friend_id)
    text = texts.friend_stayed(friend.nickname, earned)
    say(session, scene, text, rule="referral", rule_version=promised.version, now=now)
    stayed = referrals.stayed_count(session, scene.member.id)
    if promised.koc_from is not None and stayed >= promised.koc_from:
        member_tags.give(
            session,
            scene,
            tags.named(session, promised.koc_tag, DIMENSION, now).id,
            rule="referral",
            rule_version=promised.version,
            evidence=f"{stayed}",
            now=now,
        )


def _give(
    session: Session,
    scene: Scene,
    referral: Referral,
    version: int,
    side: Side,
    points: int,
    coupon_id: int | None,
    now: datetime,
) -> int:
    """What the terms promise this side, as the earning rule for referrals gives it. Returns the
    points that came of it."""
    key = f"referral:{referral.id}:{side}"
    about: dict[str, Any] = {"key": key, "rule": "referral", "rule_version": version}
    earned = earn_own(session, scene, kinds.REFERRAL, points, **about, now=now)
    if coupon_id is not None:
        _give_coupon(session, scene, coupon_id, key, version, now)
    return earned


def _give_coupon(
    session: Session, scene: Scene, coupon_id: int, key: str, version: int, now: datetime
) -> None:
    cause = Cause("referral", version, scene.event.id)
    try:
        coupons.issue(
            session, scene.member.id, coupon_id, key=f"coupon:{key}", cause=cause, now=now
        )
    except (coupons.NoneLeft, coupons.TooManyForHer):
        return
