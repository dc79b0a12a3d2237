"""Lookups: members, identities and channels, many in one question to the database, and once a
transaction."""

from collections.abc import Collection
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.people import members
from app.domain.people.channels import Channel
from app.domain.people.member_records import IdentityRecord, MemberRecord
from app.domain.people.members import Identity, Member


def records(session: Session, member_ids: Collection[int]) -> dict[int, MemberRecord]:
    """The records of these ids, as they stand."""
    known = cast(dict[int, MemberRecord], _known(session, Member))
    if missing := set(member_ids) - known.keys():
        found = session.execute(_RECORDS, {"ids": list(missing)})
        known.update((row.id, MemberRecord._make(row)) for row in found)
    return {member_id: known[member_id] for member_id in member_ids if member_id in known}


def members_behind(session: Session, member_ids: Collection[int]) -> dict[int, MemberRecord]:
    """The members behind these ids; an absorbed record stands for the one that absorbed it."""
    found = records(session, member_ids)
    while absorbed := {it.same_as_id for it in found.values() if it.same_as_id is not None}:
        absorbing = records(session, absorbed)
        found = {
            member_id: record if record.same_as_id is None else absorbing[record.same_as_id]
            for member_id, record in found.items()
        }
    return found


def member_behind(session: Session, member_id: int) -> Member | None:
    is_known = session.get(Member, member_id) is not None
    return members.get(session, member_id) if is_known else None


def identities(
    session: Session, channel_id: int, external_ids: Collection[str]
) -> dict[str, IdentityRecord]:
    """Those whom a channel knows by these names."""
    known = cast(dict[str, IdentityRecord], _known(session, (Identity, channel_id)))
    if missing := set(external_ids) - known.keys():
        found = session.execute(_KNOWN_BY, {"channel_id": channel_id, "names": list(missing)})
        known.update((row.external_id, IdentityRecord._make(row)) for row in found)
    return {name: known[name] for name in external_ids if name in known}


def channel(session: Session, channel_id: int) -> Channel:
    known = cast(dict[int, Channel], _known(session, Channel))
    if channel_id not in known:
        known[channel_id] = session.scalars(_CHANNEL, {"id": channel_id}).one()
    return known[channel_id]


# Written once, since they are asked before every batch of messages.
_RECORDS = sa.select(*(getattr(Member, name) for name in MemberRecord._fields)).where(
    Member.id.in_(sa.bindparam("ids", expanding=True))
)
_KNOWN_BY = sa.select(*(getattr(Identity, name) for name in IdentityRecord._fields)).where(
    Identity.channel_id == sa.bindparam("channel_id"),
    Identity.external_id.in_(sa.bindparam("names", expanding=True)),
)
_CHANNEL = sa.select(Channel).where(Channel.id == sa.bindparam("id"))


def _known(session: Session, what: object) -> dict[Any, Any]:
    """What this transaction, or this savepoint of it, has looked up; a session itself forgets what
    nobody holds."""
    transaction = session.get_nested_transaction() or session.get_transaction()
    within, known = session.info.get((records, what), (None, {}))
    if within is None or within is not transaction:
        known = {}
        session.info[records, what] = transaction, known
    return cast(dict[Any, Any], known)
