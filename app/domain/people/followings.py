"""Followings 关注: who follows an account of ours, as the nightly comparison needs to know it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.people.members import Identity, Member


class Following(NamedTuple):
    """What we know of somebody on an account."""

    member_id: int
    follows: bool
    unionid: str | None


def of(session: Session, channel_id: int, openids: Sequence[str]) -> Mapping[str, Following]:
    """Those of them whom we have met."""
    rows = session.execute(
        sa.select(Identity, Member)
        .join(Member, Member.id == Identity.member_id)
        .where(Identity.channel_id == channel_id, Identity.external_id.in_(openids))
    )
    return {
        identity.external_id: Following(member.id, _follows(identity), member.unionid)
        for identity, member in rows
    }


def known_since(
    session: Session, channel_id: int, openids: Sequence[str], moment: datetime
) -> frozenset[str]:
    """Those of them who follow as far as we know, and whose profile was read since."""
    return frozenset(
        session.scalars(
            sa.select(Identity.external_id).where(
                Identity.channel_id == channel_id,
                Identity.external_id.in_(openids),
                Identity.followed_at.is_not(None),
                Identity.unfollowed_at.is_(None),
                Identity.profile_asked_at >= moment,
            )
        )
    )


def note_listed(
    session: Session, channel_id: int, openids: Sequence[str], night_at: datetime
) -> None:
    _note(session, channel_id, openids, listed_at=night_at)


def note_asked(session: Session, channel_id: int, openids: Sequence[str], now: datetime) -> None:
    _note(session, channel_id, openids, profile_asked_at=now)


def unlisted(
    session: Session, channel_id: int, night_at: datetime, after_id: int, limit: int
) -> Sequence[Identity]:
    """Who followed before the night and is not on its list, by id, from after ``after_id`` on."""
    return session.scalars(
        sa.select(Identity)
        .where(
            Identity.channel_id == channel_id,
            Identity.id > after_id,
            Identity.unfollowed_at.is_(None),
            Identity.followed_at < night_at,
            sa.or_(Identity.listed_at.is_(None), Identity.listed_at < night_at),
        )
        .order_by(Identity.id)
        .limit(limit)
    ).all()


def _note(session: Session, channel_id: int, openids: Sequence[str], **values: datetime) -> None:
    session.execute(
        sa.update(Identity)
        .where(Identity.channel_id == channel_id, Identity.external_id.in_(openids))
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _follows(identity: Identity) -> bool:
    return identity.followed_at is not None and identity.unfollowed_at is None
