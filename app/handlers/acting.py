"""Acting: what a member has done as earning rules see it, and how she stands then."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.domain.insight import tags
from app.domain.loyalty.earning import rules
from app.domain.loyalty.earning.acts import Act, Standing
from app.domain.loyalty.earning.terms import OfBonus
from app.domain.loyalty.orders import Buyer
from app.domain.loyalty.standing import benefits, tiers
from app.domain.people.channels import Channel
from app.domain.people.members import Member
from app.inbox import InboxEvent
from app.programme import Programme
from app.reviewing import pasts
from app.segments import crowds


def act(
    event: InboxEvent,
    channel: Channel | None,
    programme: Programme,
    kind: str,
    *,
    measure: int = 0,
    points: int | None = None,
) -> Act:
    """It was done when the event happened, which decides what it is worth, whenever we hear of
    it."""
    at = event.happened_at
    where = channel.key if channel is not None else ""
    on = programme.business_day(at)
    return Act(kind, at, on, channel=where, measure=measure, points=points)


def standing_of(session: Session, member: Member, done: Act, today: date) -> Standing:
    """How she stands as she acts: her events are handled one after another. Of an earlier day's
    act it is how she stood then, since a midnight may have ended a tier or a card of hers."""
    if done.on < today:
        return standing_at(session, member, Buyer(), done.at)
    tier, asked = tiers.of(session, member), rules.campaigns(session)
    held = benefits.of_member(session, member.id, member.tier_id, done.at)
    return Standing(
        tier=tier.key if tier else "",
        tier_factor=benefits.factor_of(held),
        birthday_on=member.birthday_on,
        tags=_tags(session, member, asked, None),
        segments=_segments(session, member, asked, done.at),
    )


def standing_at(session: Session, member: Member, named: Buyer, at: datetime) -> Standing:
    """How she stood at an earlier moment, for an order that may be told of, claimed or found to be
    hers later; ``named`` is whom it names, one of her records then. Before she was a member she had
    no tier, no card and no tags, and was in no segment; her birthday is hers anyway."""
    if not pasts.was_member(member, at):
        return Standing(birthday_on=member.birthday_on)
    tiers.by_key(session)  # once: the one she held is then known to the session
    tier, asked = pasts.tier_at(session, member, at, named), rules.campaigns(session)
    held = benefits.of_member_at(session, member.id, tier.id if tier else None, at)
    return Standing(
        tier=tier.key if tier else "",
        tier_factor=benefits.factor_of(held),
        birthday_on=member.birthday_on,
        tags=_tags(session, member, asked, at),
        segments=_segments(session, member, asked, at),
    )


def _tags(
    session: Session, member: Member, asked: Iterable[OfBonus], at: datetime | None
) -> frozenset[str]:
    """Those of now, or of an earlier moment, where campaigns ask for any."""
    if not any(one.tags for one in asked):
        return frozenset()
    if at is not None:
        return tags.names_at(session, pasts.records_at(session, member, at), at)
    return frozenset(tag.name for tag in tags.of(session, member.id))


def _segments(
    session: Session, member: Member, asked: Iterable[OfBonus], at: datetime
) -> frozenset[str]:
    """Which of those that campaigns ask for she is in: as of that moment, by what is known of her
    now."""
    keys = {key for one in asked for key in one.segments}
    if not keys:
        return frozenset()
    session.flush()
    names = {f"segment:{key}": key for key in keys}
    held = crowds.held(session, [member.id], names, at)
    return frozenset(names[name] for name in held.get(member.id, ()))
