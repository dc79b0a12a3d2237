"""Compiling: a rule as one condition on a member, for either database.

Says the same as ``tagging.segments.deciding``; tests hold the two together. Every leaf is true or
false and never NULL, whatever is missing, so that ``not`` turns it round; and every look into
another table is an EXISTS on an index that begins with the member.
"""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.domain.insight.member_figures import MemberFigures
from app.domain.insight.tags import MemberTag, Tag
from app.domain.loyalty.lots import Lot
from app.domain.loyalty.points import Balance
from app.domain.loyalty.standing.tiers import Tier
from app.domain.outreach.journeys import positions
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.people.channels import Channel
from app.domain.people.groups import GroupMember
from app.domain.people.members import Identity, Member
from app.segments import nicknames
from app.segments.sources import SOURCES
from tagging.segments import rules
from tagging.segments.deciding import NotInItsPlace
from tagging.segments.rules import Rule

Condition = sa.ColumnElement[bool]

MOMENTS = {
    "joined": Member.joined_at,
    "left": Member.left_at,
    "signed_up": Member.signed_up_at,
    "seen": Member.last_seen_at,
    "opted_out": Member.opted_out_at,
}
POSSESSIONS: dict[str, Condition] = {
    "nickname": Member.nickname != "",
    "birthday": Member.birthday_on.is_not(None),
    "phone": Member.sealed_phone.is_not(None),
    "email": Member.sealed_email.is_not(None),
    "unionid": Member.unionid.is_not(None),
    "zone": Member.zone.is_not(None),
}
STANDINGS: dict[str, Condition] = {
    "been_in": sa.true(),
    "in_now": sa.and_(Enrolment.ended_at.is_(None), Enrolment.held_out_at.is_(None)),
    "finished": Enrolment.end_reason == positions.FINISHED,
    "left_early": sa.and_(
        Enrolment.end_reason.is_not(None), Enrolment.end_reason != positions.FINISHED
    ),
    "reached_goal": Enrolment.goal_at.is_not(None),
    "held_out": Enrolment.held_out_at.is_not(None),
}


def members(rule: Rule, now: datetime) -> sa.Select[int]:
    """The ids of the members whom a rule means, as one select."""
    return sa.select(Member.id).where(Member.same_as_id.is_(None), condition(rule, now))


def condition(rule: Rule, now: datetime) -> Condition:
    """What has to hold of ``Member``, a record that stands for itself. Raises NotInItsPlace."""
    match rule:
        case rules.All(parts):
            return sa.and_(sa.true(), *(condition(part, now) for part in parts))
        case rules.AnyOf(parts):
            return sa.or_(sa.false(), *(condition(part, now) for part in parts))
        case rules.Not(part):
            return sa.not_(condition(part, now))
        case rules.Since(what, days):
            return _is_late(MOMENTS[what], days, now)
        case rules.TagHeld():
            return _has_tag(rule, now)
        case rules.PointsExpiring(least, days):
            return _points_expire(least, days, now)
        case rules.Happened():
            return _has_happened(rule, now)
        case _:
            return _is_so(rule)


def _is_so(leaf: Rule) -> Condition:
    """What no moment matters to."""
    match leaf:
        case rules.NicknameContains(text):
            return nicknames.contain(text)
        case rules.BornIn(months):
            month = sa.extract("month", Member.birthday_on)
            return sa.and_(Member.birthday_on.is_not(None), month.in_(sorted(months)))
        case rules.Has(what):
            return POSSESSIONS[what]
        case rules.Follows(channel):
            return _follows(channel)
        case rules.OneOf():
            return _is_one_of(leaf)
        case rules.PointsBetween(least, most):
            return _points_between(least, most)
        case rules.FigureBetween(figure, least, most):
            column = getattr(MemberFigures, figure)
            return _figure(column.is_not(None), *_bounds(column, least, most))
        case rules.FigureIs(figure, values):
            return _figure(getattr(MemberFigures, figure).in_(sorted(values)))
        case rules.InGroup(groups):
            among = [GroupMember.group_id.in_(sorted(groups))] if groups else []
            here = GroupMember.member_id == Member.id, GroupMember.left_at.is_(None)
            return sa.exists().where(*here, *among)
        case rules.InPlan(plan, standing):
            hers = Enrolment.member_id == Member.id, Enrolment.plan_id == plan
            return sa.exists().where(*hers, STANDINGS[standing])
        case _:
            raise NotInItsPlace(leaf)


def _follows(channel: str) -> Condition:
    """She does at present, as anybody the channel knows her as."""
    channel_id = sa.select(Channel.id).where(Channel.key == channel).scalar_subquery()
    return sa.exists().where(
        Identity.member_id == Member.id,
        Identity.channel_id == channel_id,
        Identity.followed_at.is_not(None),
        Identity.unfollowed_at.is_(None),
    )


def _is_one_of(leaf: rules.OneOf) -> Condition:
    values = sorted(leaf.values)
    if leaf.what == "tier":
        tier_ids = sa.select(Tier.id).where(Tier.key.in_(values))
        return sa.and_(Member.tier_id.is_not(None), Member.tier_id.in_(tier_ids))
    column: sa.SQLColumnExpression[Any] = (
        Member.zone if leaf.what == "zone" else Member.live_code_id
    )
    return sa.and_(column.is_not(None), column.in_(values))


def _has_tag(leaf: rules.TagHeld, now: datetime) -> Condition:
    tag_id = sa.select(Tag.id).where(Tag.name == leaf.tag).scalar_subquery()
    return sa.exists().where(
        MemberTag.member_id == Member.id,
        MemberTag.tag_id == tag_id,
        MemberTag.removed_at.is_(None),
        _is_late(MemberTag.given_at, leaf.within_days, now),
    )


def _points_between(least: int | None, most: int | None) -> Condition:
    """Who has no balance has 0: where 0 will do, nobody is meant whose balance will not."""
    hers, bounds = Balance.member_id == Member.id, sa.and_(*_bounds(Balance.points, least, most))
    if (least is None or least <= 0) and (most is None or most >= 0):
        return ~sa.exists().where(hers, ~bounds)
    return sa.exists().where(hers, bounds)


def _points_expire(least: int, within_days: int, now: datetime) -> Condition:
    lapsing = (
        Lot.member_id == Member.id,
        Lot.remaining > 0,
        Lot.expires_at > now,
        Lot.expires_at <= now + timedelta(days=within_days),
    )
    if least == 1:
        return sa.exists().where(*lapsing)
    total = sa.select(sa.func.sum(Lot.remaining)).where(*lapsing).scalar_subquery()
    return sa.func.coalesce(total, 0) >= least


def _has_happened(leaf: rules.Happened, now: datetime) -> Condition:
    """Whether it did, or did not, is one look; only other numbers have to be counted."""
    source = SOURCES[leaf.kind]
    meant = (
        source.of_member(Member.id),
        source.narrowed(dict(leaf.narrowed)),
        _is_late(source.at, leaf.within_days, now),
    )
    did = (
        sa.select(sa.literal(1)).select_from(source.from_).where(*meant).correlate(Member).exists()
    )
    if leaf.most is None and leaf.least == 1:
        return did
    if leaf.most == 0:
        return ~did
    number = sa.select(sa.func.count()).select_from(source.from_).where(*meant)
    return sa.and_(*_bounds(number.correlate(Member).scalar_subquery(), leaf.least, leaf.most))


def _figure(*asked: Condition) -> Condition:
    return sa.exists().where(MemberFigures.member_id == Member.id, *asked)


def _is_late(
    at: sa.SQLColumnExpression[datetime | None], days: int | None, now: datetime
) -> Condition:
    """The moment is there, and not longer ago than that."""
    if days is None:
        return at.is_not(None)
    return sa.and_(at.is_not(None), at >= now - timedelta(days=days))


def _bounds(
    number: sa.SQLColumnExpression[Any], least: float | None, most: float | None
) -> list[Condition]:
    """Each end that is not open; the number is not missing."""
    found = [number >= least] if least is not None else []
    return [*found, number <= most] if most is not None else found
