"""Me: a member as she sees herself."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.api.shapes import Tier, Wording
from app.api.standing_shapes import Me, Missing, MyMembership, NextTier, TierTime
from app.domain.insight import tags
from app.domain.loyalty import points, sign_ins
from app.domain.loyalty.standing import benefits, memberships, tier_words
from app.domain.loyalty.standing.membership_cards import MembershipCard
from app.domain.people import invites, members
from app.domain.people.members import Member
from app.programme import Programme
from app.reviewing import outlooks, records
from app.reviewing.outlooks import Outlook


def of(session: Session, member: Member, programme: Programme, now: datetime) -> Me:
    today = programme.business_day(now)
    balance = points.balance_of(session, member.id)
    outlook = outlooks.of(session, member, programme, now)
    tier = outlook.tier
    held = benefits.of_member(session, member.id, tier.id if tier else None, now)
    names = benefits.names_in(session, held)
    return Me(
        nickname=member.nickname,
        phone=members.masked_phone_of(member, programme.vault),
        points=balance.points,
        pending=balance.pending,
        reserved=balance.reserved,
        arrears=balance.arrears,
        growth=records.growth_of(session, [member.id]).get(member.id, 0),
        tier=Tier(key=tier.key, name=tier.name, name_en=tier.name_en) if tier else None,
        next_tier=_next_tier(outlook),
        tier_time=_tier_time(outlook),
        memberships=_memberships(session, member, now),
        benefits=[Wording(zh=zh, en=en) for zh, en in benefits.words(held, names)],
        tags=[tag.name for tag in tags.of(session, member.id) if tag.visible],
        streak_days=sign_ins.streak_days(session, member.id, today),
        signed_in_today=sign_ins.has_signed_in(session, member.id, today),
        invite_code=invites.code_of(member.id, programme.vault),
    )


def _tier_time(outlook: Outlook) -> TierTime:
    """Of what an operator has given, its last day; else of what her own rows make of her."""
    if outlook.given is not None:
        return TierTime(last_on=outlook.given.until_on, falls_on=None, is_ending=False)
    place = outlook.place
    return TierTime(
        last_on=place.last_on, falls_on=place.falls_on, is_ending=outlook.ending is not None
    )


def _memberships(session: Session, member: Member, now: datetime) -> list[MyMembership]:
    """What she holds and has bought ahead, the one that ends last first."""
    mine = []
    for it in memberships.going_on(session, member.id, now):
        card = session.get_one(MembershipCard, it.card_id)
        mine.append(
            MyMembership(
                card=card.sku,
                name=card.name,
                name_en=card.name_en,
                begins_at=it.begins_at,
                ends_at=it.ends_at,
            )
        )
    return mine


def _next_tier(outlook: Outlook) -> NextTier | None:
    tier = outlook.next_tier
    if tier is None:
        return None
    return NextTier(
        key=tier.key,
        name=tier.name,
        name_en=tier.name_en,
        growth_missing=outlook.growth_missing,
        ways=[
            [
                Missing(
                    measure=it.condition.measure,
                    at_least=it.condition.at_least,
                    came_to=it.came_to,
                    **dict(zip(("zh", "en"), tier_words.condition(it.condition), strict=True)),
                )
                for it in way
            ]
            for way in outlook.ways
        ],
    )
