"""Lookups: members and identities, many in one question to the database, and once a transaction."""

from collections.abc import Collection
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.people import members
from app.domain.people.members import Identity, Member


def records(session: Session, member_ids: Collection[int]) -> dict[int, Member]:
    """The records of these ids, as they stand."""
    known = cast(dict[int, Member], _known(session, Member))
    if missing := set(member_ids) - known.keys():
        found = session.scalars(sa.select(Member).where(Member.id.in_(missing)))
        known.update((member.id, member) for member in found)
    return {member_id: known[member_id] for member_id in member_ids if member_id in known}


def members_behind(session: Session, member_ids: Collection[int]) -> dict[int, Member]:
    """The members behind these ids; an absorbed record stands for the one that absorbed it."""
    found = records(session, member_ids)
    return {
        member_id: member if member.same_as_id is None else members.get(session, member_id)
        for member_id, member in found.items()
    }


def identities(
    session: Session, channel_id: int, external_ids: Collection[str]
) -> dict[str, Identity]:
    """Those whom a channel knows by these names."""
    known = cast(dict[str, Identity], _known(session, (Identity, channel_id)))
    if missing := set(external_ids) - known.keys():
        found = session.scalars(
            sa.select(Identity).where(
                Identity.channel_id == channel_id, Identity.external_id.in_(missing)
            )
        )
        known.update((identity.external_id, identity) for identity in found)
    return {name: known[name] for name in external_ids if name in known}


def _known(session: Session, what: object) -> dict[Any, Any]:
    """What this transaction, or this savepoint of it, has looked up; a session itself forgets what
    nobody holds."""
    transaction = session.get_nested_transaction() or session.get_transaction()
    within, known = session.info.get((records, what), (None, {}))
    if within is None or within is not transaction:
        known = {}
        session.info[records, what] = transaction, known
    return cast(dict[Any, Any], known)
