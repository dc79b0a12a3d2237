"""The audience of a plan at this moment: whom its filter means, as a query.

Says the same as ``sop.audiences`` decides for one member; a test holds the two together.
"""

from collections.abc import Callable, Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.insight.tags import MemberTag, Tag
from app.domain.loyalty.standing.tiers import Tier
from app.domain.outreach.journeys import plans
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.plans import Plan
from app.domain.people.channel_kinds import MEDIA
from app.domain.people.channels import Channel, Kind
from app.domain.people.consents import Consent
from app.domain.people.groups import Group
from app.domain.people.members import Identity, Member
from sop.audiences import Filter, GroupFilter
from sop.manners import UNASKED

MARKETING = "marketing"
# The condition on a member behind the name of a segment or a snapshot.
CrowdOf = Callable[[str], sa.ColumnElement[bool]]


class UnknownCrowd(Exception):
    """The filter names a segment or a snapshot, and what that is was not said."""


def no_crowds(name: str) -> sa.ColumnElement[bool]:
    """For filters that name none. Raises UnknownCrowd."""
    raise UnknownCrowd(name)


def of(session: Session, plan: Plan, crowd_of: CrowdOf = no_crowds) -> sa.Select[int]:
    """The ids of the members or groups that the plan's present version means and its channel
    reaches, those who are enrolled already among them."""
    definition = plans.definition_of(session, plan.id, plan.version)
    channel = session.get_one(Channel, plan.channel_id)
    return meant(channel, definition.filter, definition.category, crowd_of)


def meant(
    channel: Channel,
    chosen: Filter | GroupFilter,
    category: str = MARKETING,
    crowd_of: CrowdOf = no_crowds,
) -> sa.Select[int]:
    """The ids of the members or groups whom a filter means and the channel reaches, with what is
    of this category."""
    if isinstance(chosen, GroupFilter):
        return groups_meant(chosen, channel.id)
    medium = MEDIA.get(Kind(channel.kind))
    return (
        _narrowed(_recalled(medium), chosen, crowd_of)
        if medium
        else members_meant(chosen, channel.id, category, crowd_of)
    )


def still_meant(
    channel: Channel,
    chosen: Filter | GroupFilter,
    category: str = MARKETING,
    crowd_of: CrowdOf = no_crowds,
) -> sa.Select[int]:
    """Whom the filter means at present, also over another channel than this."""
    if isinstance(chosen, GroupFilter) or Kind(channel.kind) in MEDIA:
        return meant(channel, chosen, category, crowd_of)
    return _narrowed(_present(category), chosen, crowd_of)


def count_new(session: Session, plan: Plan, crowd_of: CrowdOf = no_crowds) -> int:
    """How many of them are not in the plan yet."""
    subjects = of(session, plan, crowd_of).subquery()
    enrolled = Enrolment.member_id if plan.audience == "member" else Enrolment.group_id
    is_in = sa.exists().where(Enrolment.plan_id == plan.id, enrolled == subjects.c.id)
    return session.scalar(sa.select(sa.func.count()).select_from(subjects).where(~is_in)) or 0


def count(session: Session, chosen: sa.Select[int]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(chosen.subquery())) or 0


def members_meant(
    chosen: Filter,
    channel_id: int,
    category: str = MARKETING,
    crowd_of: CrowdOf = no_crowds,
) -> sa.Select[int]:
    """The ids of the members whom a filter means and the channel reaches. Who has opted out is
    still served."""
    reached = sa.exists().where(
        Identity.member_id == Member.id,
        Identity.channel_id == channel_id,
        Identity.unfollowed_at.is_(None),
    )
    return _narrowed(_present(category).where(reached), chosen, crowd_of)


def _present(category: str) -> sa.Select[int]:
    """Who is here, and has not opted out of what is said in this category."""
    here = sa.select(Member.id).where(Member.left_at.is_(None))
    return here.where(Member.opted_out_at.is_(None)) if category in UNASKED else here


def _narrowed(wanted: sa.Select[int], chosen: Filter, crowd_of: CrowdOf) -> sa.Select[int]:
    if chosen.tiers:
        tier_ids = sa.select(Tier.id).where(Tier.key.in_(chosen.tiers))
        wanted = wanted.where(Member.tier_id.in_(tier_ids))
    for name in sorted(chosen.tags_all):
        wanted = wanted.where(_has_one_of([name]))
    if chosen.tags_any:
        wanted = wanted.where(_has_one_of(chosen.tags_any))
    if chosen.tags_none:
        wanted = wanted.where(~_has_one_of(chosen.tags_none))
    for name in sorted(chosen.crowds):
        wanted = wanted.where(crowd_of(name))
    return wanted


def _recalled(medium: str) -> sa.Select[int]:
    """Those who have left and agreed to be reached like this."""
    agreed = sa.exists().where(
        Consent.member_id == Member.id, Consent.purpose == medium, Consent.withdrawn_at.is_(None)
    )
    address = Member.sealed_email if medium == "mail" else Member.sealed_phone
    return sa.select(Member.id).where(
        Member.left_at.is_not(None), Member.opted_out_at.is_(None), address.is_not(None), agreed
    )


def groups_meant(chosen: GroupFilter, channel_id: int) -> sa.Select[int]:
    """The ids of the channel's groups that a filter means."""
    wanted = sa.select(Group.id).where(Group.channel_id == channel_id, Group.dismissed_at.is_(None))
    if chosen.tier_labels:
        wanted = wanted.where(Group.tier_label.in_(chosen.tier_labels))
    return wanted


def _has_one_of(names: Collection[str]) -> sa.ColumnElement[bool]:
    tag_ids = sa.select(Tag.id).where(Tag.name.in_(names))
    return sa.exists().where(
        MemberTag.member_id == Member.id,
        MemberTag.removed_at.is_(None),
        MemberTag.tag_id.in_(tag_ids),
    )
