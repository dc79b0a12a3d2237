"""Lookups: members and identities, many in one question to the database."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.people import members
from app.domain.people.members import Identity, Member


def records(session: Session, member_ids: Collection[int]) -> dict[int, Member]:
    """The records of these ids, as they stand."""
    if not member_ids:
        return {}
    found = session.scalars(sa.select(Member).where(Member.id.in_(set(member_ids))))
    return {member.id: member for member in found}


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
    found = session.scalars(
        sa.select(Identity).where(
            Identity.channel_id == channel_id, Identity.external_id.in_(set(external_ids))
        )
    )
    return {identity.external_id: identity for identity in found}
