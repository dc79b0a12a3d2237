"""Audiences: whether those who are enrolled in plans still belong to whom these mean, asked for
many at once."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.insight import tags
from app.domain.loyalty.standing.tiers import Tier
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.plans import Plan
from app.domain.people import lookups
from app.domain.people.channel_kinds import MEDIA
from app.domain.people.channels import Channel, Kind
from app.domain.people.groups import Group
from app.domain.people.member_records import MemberRecord
from app.segments import crowds
from app.sending import direct_lines
from sop import audiences as filters
from sop import presences
from sop.audiences import Filter, GroupFilter
from sop.plans import PlanDefinition

Enrolled = tuple[PlanDefinition, Enrolment]


def reasons_outside(
    session: Session, enrolled: Sequence[Enrolled], now: datetime
) -> Mapping[int, str]:
    """Why enrolled members or groups are not in their plan's audience at present, by enrolment;
    who belongs to it is not in the answer."""
    reasons = {}
    for definition, enrolment in enrolled:
        if isinstance(definition.filter, GroupFilter):
            group = session.get_one(Group, enrolment.group_id)
            reason = filters.reason_against_group(definition.filter, group.tier_label)
            if reason is not None:
                reasons[enrolment.id] = reason
    people = [one for one in enrolled if isinstance(one[0].filter, Filter)]
    return reasons | _reasons_of_members(session, people, now)


def _reasons_of_members(
    session: Session, enrolled: Sequence[Enrolled], now: datetime
) -> dict[int, str]:
    found = lookups.records(session, [_member_id(enrolment) for _, enrolment in enrolled])
    reasons = _reasons_of_presence(session, enrolled, found)
    asked = [one for one in enrolled if one[1].id not in reasons]
    held = tags.names_held(session, [_member_id(it) for one, it in asked if _asks_tags(one)])
    names = {name for definition, _ in asked for name in definition.crowds}
    within = crowds.held(session, {found[_member_id(it)].id for _, it in asked}, names, now)
    for definition, enrolment in asked:
        member = found[_member_id(enrolment)]
        tier = session.get(Tier, member.tier_id) if member.tier_id else None
        assert isinstance(definition.filter, Filter)
        reason = filters.reason_against(
            definition.filter,
            tier.key if tier else "",
            held.get(member.id, frozenset()),
            within.get(member.id, frozenset()),
        )
        if reason is not None:
            reasons[enrolment.id] = reason
    return reasons


def _reasons_of_presence(
    session: Session, enrolled: Iterable[Enrolled], found: Mapping[int, MemberRecord]
) -> dict[int, str]:
    """A plan over a direct line recalls those who have left, any other is for those who are
    here. Who has opted out is served all the same."""
    reasons, recalled = {}, dict[str, list[Enrolment]]()
    for definition, enrolment in enrolled:
        member = found[_member_id(enrolment)]
        plan = session.get_one(Plan, enrolment.plan_id)
        medium = MEDIA.get(Kind(session.get_one(Channel, plan.channel_id).kind))
        has_left, has_opted_out = member.left_at is not None, member.opted_out_at is not None
        against_her = presences.reason_against(
            has_left, has_opted_out, medium is not None, definition.category
        )
        if against_her is not None:
            reasons[enrolment.id] = against_her
        elif medium is not None:
            recalled.setdefault(medium, []).append(enrolment)
    for medium, those in recalled.items():
        people = [found[_member_id(enrolment)] for enrolment in those]
        against = direct_lines.reasons_against(session, people, medium)
        reasons |= {it.id: against[_member_id(it)] for it in those if _member_id(it) in against}
    return reasons


def _member_id(enrolment: Enrolment) -> int:
    assert enrolment.member_id is not None
    return enrolment.member_id


def _asks_tags(definition: PlanDefinition) -> bool:
    chosen = definition.filter
    assert isinstance(chosen, Filter)
    return bool(chosen.tags_all or chosen.tags_any or chosen.tags_none)
