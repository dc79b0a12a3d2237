"""Reaching: who can be told something over one way at this moment, many members at once.

Each answer is an address, or the reason why there is none. Nothing is used up by asking: a window,
a month or an agreement is taken when the message is sent.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach import message_templates, staff_messages
from app.domain.outreach.allowances import (
    limit_table,
    limits,
    mass_months,
    months,
    subscribe_grants,
    windows,
)
from app.domain.people import contacts, customer_groups, kf_accounts
from app.domain.people.channels import Kind
from app.domain.people.groups import Group
from app.domain.people.members import Identity, Member
from app.outbox import Address
from app.sending import direct_lines
from app.sending.ways import CUSTOMER_SERVICE, MASS, STAFF, SUBSCRIBE, TEMPLATE, Way
from sop.contents import Message

NOT_REACHABLE = "not_reachable"
Reached = Mapping[int, Address | str]  # by member or group: where, or why not
Found = Mapping[int, Identity]  # by member: as whom the way's channel knows her


def members_over(
    session: Session,
    way: Way,
    member_ids: Collection[int],
    message: Message,
    now: datetime,
    *,
    at_once: bool = True,
) -> Reached:
    """``at_once``: it has to be allowed at this very moment. Otherwise only whether there is
    anywhere to reach her; the sender asks for the rest."""
    if way.medium is not None:
        return _by_direct_line(session, way, member_ids, at_once)
    found = _followers(session, member_ids, way.channel.id)
    reasons = dict.fromkeys(set(member_ids) - found.keys(), NOT_REACHABLE)
    if at_once and way.name in _CHECKS:
        reasons |= _CHECKS[way.name](session, way, found, message, now)
    through = _through(session, way, found)
    return {
        member_id: reasons.get(member_id)
        or Address(
            way.channel.id,
            found[member_id].external_id,
            member_id,
            way=way.outbox_way,
            through=through.get(member_id, ""),
        )
        for member_id in member_ids
    }


def groups_over(session: Session, way: Way, group_ids: Collection[int], now: datetime) -> Reached:
    """Groups are told on the channel that they belong to, customer groups by their owner."""
    found = session.scalars(sa.select(Group).where(Group.id.in_(group_ids))).all()
    by_staff = way.name == STAFF
    owners = customer_groups.owners(session, group_ids) if by_staff else {}
    told: dict[int, Address | str] = dict.fromkeys(group_ids, NOT_REACHABLE)
    used_up = _months_used_up(session, way, [one.external_id for one in found], now)
    for group in found:
        if group.dismissed_at is not None:
            told[group.id] = "group_dismissed"
        elif by_staff and group.id not in owners:
            told[group.id] = "no_owner" if group.channel_id == way.channel.id else NOT_REACHABLE
        elif group.external_id in used_up:
            told[group.id] = "staff_month_used_up"
        elif group.channel_id == way.channel.id:
            told[group.id] = Address(
                group.channel_id,
                group.external_id,
                None,
                group.id,
                way=way.outbox_way,
                through=owners.get(group.id, ""),
            )
    return told


def _followers(session: Session, member_ids: Collection[int], channel_id: int) -> Found:
    """Who does not follow this very account is missing."""
    found = session.scalars(
        sa.select(Identity)
        .where(
            Identity.channel_id == channel_id,
            Identity.member_id.in_(member_ids),
            Identity.unfollowed_at.is_(None),
        )
        .order_by(Identity.id)
    )
    return {identity.member_id: identity for identity in found}


def _by_direct_line(
    session: Session, way: Way, member_ids: Collection[int], at_once: bool
) -> Reached:
    told: dict[int, Address | str] = {
        member_id: direct_lines.address(way.channel.id, member_id) for member_id in member_ids
    }
    if at_once and way.medium is not None:
        people = session.scalars(sa.select(Member).where(Member.id.in_(member_ids))).all()
        told |= direct_lines.reasons_against(session, people, way.medium)
    return told


_Check = Callable[[Session, Way, Found, Message, datetime], Mapping[int, str]]


def _check_window(
    session: Session, way: Way, found: Found, message: Message, now: datetime
) -> Mapping[int, str]:
    if way.channel.replies_passively:
        return dict.fromkeys(found, "no_customer_service")
    if not windows.needed(way.channel.kind, way.outbox_way):
        return {}
    return {
        member_id: "window_closed"
        for member_id, identity in found.items()
        if not windows.is_open(identity, now)
    }


def _check_template(
    session: Session, way: Way, found: Found, message: Message, now: datetime
) -> Mapping[int, str]:
    template_id = str(message.content.get("template_id", ""))
    if message_templates.is_approved(session, way.channel.id, template_id, way.name):
        return {}
    return dict.fromkeys(found, "template_not_approved")


def _check_grants(
    session: Session, way: Way, found: Found, message: Message, now: datetime
) -> Mapping[int, str]:
    unknown = _check_template(session, way, found, message, now)
    if unknown:
        return unknown
    identity_ids = [identity.id for identity in found.values()]
    template_id = str(message.content["template_id"])
    granted = subscribe_grants.holders(session, identity_ids, template_id)
    return {
        member_id: "not_subscribed"
        for member_id, identity in found.items()
        if identity.id not in granted
    }


def _check_month(
    session: Session, way: Way, found: Found, message: Message, now: datetime
) -> Mapping[int, str]:
    identity_ids = [identity.id for identity in found.values()]
    used_up = mass_months.used_up(session, identity_ids, months.of(now))
    return {
        member_id: "mass_month_used_up"
        for member_id, identity in found.items()
        if identity.id in used_up
    }


def _check_staff(
    session: Session, way: Way, found: Found, message: Message, now: datetime
) -> Mapping[int, str]:
    known = contacts.of_somebody(session, [identity.id for identity in found.values()])
    used_up = _months_used_up(session, way, [one.external_id for one in found.values()], now)
    return {
        member_id: "no_contact" if identity.id not in known else "staff_month_used_up"
        for member_id, identity in found.items()
        if identity.id not in known or identity.external_id in used_up
    }


_CHECKS: Mapping[str, _Check] = {
    CUSTOMER_SERVICE: _check_window,
    TEMPLATE: _check_template,
    SUBSCRIBE: _check_grants,
    MASS: _check_month,
    STAFF: _check_staff,
}


def _through(session: Session, way: Way, found: Found) -> Mapping[int, str]:
    """In a conversation with WeChat customer service, the account that she wrote to last."""
    if way.outbox_way != windows.KF:
        return {}
    known = kf_accounts.of(session, way.channel.id)
    first = known[0].open_kfid if known else ""
    return {member_id: identity.chat_through or first for member_id, identity in found.items()}


def _months_used_up(
    session: Session, way: Way, external_ids: Sequence[str], now: datetime
) -> Collection[str]:
    if way.channel.kind != Kind.WECOM:
        return ()
    most = limits.value(session, limit_table.STAFF_MESSAGES_A_MONTH)
    since = months.began_at(now)
    return staff_messages.used_up(session, way.channel.id, external_ids, most, since)
