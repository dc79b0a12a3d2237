"""Me: a member as she sees herself."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.api.shapes import Me, NextTier, Tier
from app.domain.insight import tags
from app.domain.loyalty import points, sign_ins, tiers
from app.domain.people import invites, members
from app.domain.people.members import Member
from app.programme import Programme


def of(session: Session, member: Member, programme: Programme, now: datetime) -> Me:
    today = programme.business_day(now)
    balance = points.balance_of(session, member.id)
    return Me(
        nickname=member.nickname,
        phone=members.masked_phone_of(member, programme.vault),
        points=balance.points,
        arrears=balance.arrears,
        growth=balance.growth,
        tier=_tier(session, member),
        next_tier=_next_tier(session, member, balance.growth),
        tags=[tag.name for tag in tags.of(session, member.id) if tag.visible],
        streak_days=sign_ins.streak_days(session, member.id, today),
        signed_in_today=sign_ins.has_signed_in(session, member.id, today),
        invite_code=invites.code_of(member.id, programme.vault),
    )


def _tier(session: Session, member: Member) -> Tier | None:
    tier = tiers.of(session, member)
    return Tier(key=tier.key, name=tier.name, name_en=tier.name_en) if tier else None


def _next_tier(session: Session, member: Member, growth: int) -> NextTier | None:
    present = tiers.of(session, member)
    reached = max(growth, present.growth_min if present else 0)
    for tier in tiers.all_of(session):
        if tier.growth_min > reached:
            missing = tier.growth_min - growth
            return NextTier(
                key=tier.key, name=tier.name, name_en=tier.name_en, growth_missing=missing
            )
    return None
