"""Whom a message by staff is for, as the platform names them, and how it is divided: one message
takes so many recipients, and one for groups is confirmed by the owner of its groups."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach import audience, crowds, staff_messages
from app.domain.outreach.allowances import limit_table, limits, months
from app.domain.outreach.audience import CrowdOf, no_crowds
from app.domain.outreach.staff_messages import CONTACTS
from app.domain.people import lookups
from app.domain.people.customer_groups import CustomerGroup
from app.domain.people.groups import Group
from app.domain.people.members import Identity
from app.domain.people.staff import Staff
from sop.audiences import Filter, GroupFilter

MARKETING = "marketing"
AT_ONCE = 500  # ids in one question to the database
Part = tuple[str, Sequence[str]]  # who is to confirm, empty for whoever it concerns; and whom for


def contacts(
    session: Session, channel_id: int, chosen: Filter, crowd_of: CrowdOf = no_crowds
) -> list[str]:
    """The external_userids of the members whom the filter means."""
    meant = audience.members_meant(chosen, channel_id, crowd_of=crowd_of)
    return list(
        session.scalars(
            sa.select(Identity.external_id)
            .where(
                Identity.channel_id == channel_id,
                Identity.unfollowed_at.is_(None),
                Identity.member_id.in_(meant),
            )
            .order_by(Identity.id)
        )
    )


def take_bearable(
    session: Session, channel_id: int, external_ids: Sequence[str], zone: ZoneInfo, now: datetime
) -> list[str]:
    """Those of these contacts who may be spoken to now, by the operators' manners. They count:
    staff are about to be asked to."""
    known = {
        external_id: identity.member_id
        for start in range(0, len(external_ids), AT_ONCE)
        for external_id, identity in lookups.identities(
            session, channel_id, external_ids[start : start + AT_ONCE]
        ).items()
    }
    against = crowds.refused(session, set(known.values()), MARKETING, zone, now)
    free = [one for one in external_ids if known.get(one) not in against]
    crowds.count(session, {known[one] for one in free if one in known}, MARKETING, zone, now)
    return free


def groups(session: Session, channel_id: int, chosen: GroupFilter) -> Mapping[str, list[str]]:
    """The chat_ids of the customer groups that the filter means, by the userid of their owner.
    Groups whose owner nobody knows yet are not among them."""
    meant = audience.groups_meant(chosen, channel_id)
    rows = session.execute(
        sa.select(Staff.userid, Group.external_id)
        .join(CustomerGroup, CustomerGroup.group_id == Group.id)
        .join(Staff, Staff.id == CustomerGroup.owner_id)
        .where(Group.id.in_(meant))
        .order_by(Staff.userid, Group.id)
    )
    by_owner: dict[str, list[str]] = {}
    for userid, chat_id in rows:
        by_owner.setdefault(userid, []).append(chat_id)
    return by_owner


def parts(
    session: Session,
    channel_id: int,
    chat_type: str,
    meant: Mapping[str, Sequence[str]],
    now: datetime,
) -> Iterator[Part]:
    """The messages it takes to reach them all, without those who may get none any more."""
    is_for_contacts = chat_type == CONTACTS
    size = limits.value(
        session,
        limit_table.STAFF_MESSAGE_CONTACTS if is_for_contacts else limit_table.STAFF_MESSAGE_GROUPS,
    )
    for sender, external_ids in meant.items():
        for start in range(0, len(external_ids), size):
            chosen = external_ids[start : start + size]
            refused = _used_up(session, channel_id, chosen, now)
            left = [one for one in chosen if one not in refused]
            if left:
                yield sender, left


def _used_up(
    session: Session, channel_id: int, external_ids: Sequence[str], now: datetime
) -> set[str]:
    most = limits.value(session, limit_table.STAFF_MESSAGES_A_MONTH)
    since = months.began_at(now)
    used_up: set[str] = set()
    for start in range(0, len(external_ids), AT_ONCE):
        some = external_ids[start : start + AT_ONCE]
        used_up |= staff_messages.used_up(session, channel_id, some, most, since)
    return used_up
