"""Members 会员: who they are to us, whichever door they came through."""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.domain.people.channels import Channel
from app.domain.vault import Vault


class Member(Base):
    __tablename__ = "members"
    __table_args__ = (
        sa.Index("ix_members_joined_at", "joined_at"),
        sa.Index("ix_members_created_at", "created_at"),
        sa.Index("ix_members_tier_id", "tier_id"),
        sa.Index("ix_members_nickname", "nickname"),
        sa.Index("ix_members_live_code_id", "live_code_id"),
        sa.Index("ix_members_same_as_id", "same_as_id"),
        sa.Index("ix_members_email_index", "email_index"),
        sa.Index("ix_members_birthday_on", "birthday_on"),
        sa.Index("ix_members_last_seen_at", "last_seen_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    nickname: Mapped[str] = mapped_column(default="")
    birthday_on: Mapped[date | None]
    unionid: Mapped[str | None] = mapped_column(unique=True)
    sealed_phone: Mapped[bytes | None]
    phone_index: Mapped[str | None] = mapped_column(unique=True)
    sealed_email: Mapped[bytes | None]
    email_index: Mapped[str | None]
    tier_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("tiers.id"))
    live_code_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("live_codes.id"))
    inviter_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("members.id"))
    created_at: Mapped[datetime]
    joined_at: Mapped[datetime | None]  # subscribed to an account or signed up
    left_at: Mapped[datetime | None]
    signed_up_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    opted_out_at: Mapped[datetime | None]  # wants no marketing
    zone: Mapped[str | None]  # of the IANA; else she lives by the programme's clock
    # until when somebody of ours is in conversation with her, and who; see conversations
    attended_until: Mapped[datetime | None]
    attended_by: Mapped[str | None]
    # found to be the same person as an older record, which has absorbed this one
    same_as_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("members.id"))


class Identity(Base):
    """A member as one channel knows her: her openid there, and until when we may speak."""

    __tablename__ = "identities"
    __table_args__ = (
        sa.UniqueConstraint("channel_id", "external_id"),
        # Of many members on one channel: without the second column SQLite would go through all
        # that follow the channel.
        sa.Index("ix_identities_member_id", "member_id", "channel_id"),
        sa.Index(
            "ix_identities_followed",
            "channel_id",
            "id",
            sqlite_where=sa.text("unfollowed_at IS NULL AND followed_at IS NOT NULL"),
            postgresql_where=sa.text("unfollowed_at IS NULL AND followed_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    channel_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("channels.id"))
    external_id: Mapped[str]
    created_at: Mapped[datetime]
    followed_at: Mapped[datetime | None]
    unfollowed_at: Mapped[datetime | None]
    profile_asked_at: Mapped[datetime | None]  # when we asked the platform who she is
    listed_at: Mapped[datetime | None]  # the last night whose list of followers she was on
    # windows of the platform for customer-service messages, see outreach.windows
    chat_until: Mapped[datetime | None]
    chat_left: Mapped[int] = mapped_column(default=0)
    action_until: Mapped[datetime | None]
    action_left: Mapped[int] = mapped_column(default=0)
    chat_through: Mapped[str | None]  # the kf account that she wrote to last


def known_by(session: Session, unionid: str | None, phone_index: str | None) -> Member | None:
    """The member whom a unionid, or else a verified phone number, names for certain."""
    if unionid:
        member = session.scalar(sa.select(Member).where(Member.unionid == unionid))
        if member is not None:
            return member
    if phone_index:
        member = session.scalar(sa.select(Member).where(Member.phone_index == phone_index))
        return member and get(session, member.id)
    return None


def lock(session: Session, *member_ids: int) -> None:
    """Nobody else changes these records, or makes two of them one, until the transaction ends.
    Lowest id first, so that two who want the same records wait for each other in turn."""
    session.execute(
        sa.select(Member.id)
        .where(Member.id.in_(member_ids))
        .order_by(Member.id)
        .with_for_update(key_share=True)
    )


def hold_free(session: Session, member_ids: Sequence[int]) -> frozenset[int]:
    """Locks those of the records that nobody else has locked, as ``lock`` does, and says which."""
    free = (
        sa.select(Member.id)
        .where(Member.id.in_(member_ids))
        .with_for_update(key_share=True, skip_locked=True)
    )
    return frozenset(session.scalars(free))


def hold(session: Session, member_id: int) -> Member:
    """The member behind an id, locked as by ``lock`` and read anew: an absorbed record stands for
    the one that has absorbed it."""
    while True:
        member = session.scalars(
            sa.select(Member)
            .where(Member.id == member_id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        ).one()
        if member.same_as_id is None:
            return member
        member_id = member.same_as_id


def meet(
    session: Session,
    channel_id: int,
    external_id: str,
    now: datetime,
    *,
    certain: Member | None = None,
) -> Identity:
    """The identity of somebody a channel speaks of, made on first sight: another one of the
    member we know for ``certain``, or that of a new member.

    Two workers may meet the same newcomer at once: the unique index lets one of them make the
    member, and the other takes hers.
    """
    known = identity_of(session, channel_id, external_id)
    if known is not None:
        return known
    savepoint = session.begin_nested()
    member = certain or Member(nickname="", created_at=now)
    session.add(member)
    session.flush()
    identity = {
        "member_id": member.id,
        "channel_id": channel_id,
        "external_id": external_id,
        "created_at": now,
        "chat_left": 0,
        "action_left": 0,
    }
    if insert_once(session, Identity, identity, unique=["channel_id", "external_id"]) is None:
        savepoint.rollback()
    else:
        savepoint.commit()
    met = identity_of(session, channel_id, external_id)
    assert met is not None, "the index said that it is there"
    return met


def identity_of(session: Session, channel_id: int, external_id: str) -> Identity | None:
    return session.scalar(
        sa.select(Identity).where(
            Identity.channel_id == channel_id, Identity.external_id == external_id
        )
    )


def identities_on(session: Session, member_id: int, channel_id: int) -> Sequence[Identity]:
    """All as whom one channel knows the member."""
    return session.scalars(
        sa.select(Identity)
        .where(Identity.member_id == member_id, Identity.channel_id == channel_id)
        .order_by(Identity.id)
    ).all()


def reachable(session: Session, member_id: int, channel_kind: str) -> Identity | None:
    """Where we can write to her: the account of this kind that she followed last."""
    return session.scalar(
        sa.select(Identity)
        .join(Channel, Channel.id == Identity.channel_id)
        .where(
            Identity.member_id == member_id,
            Identity.unfollowed_at.is_(None),
            Channel.kind == channel_kind,
        )
        .order_by(Identity.followed_at.desc(), Identity.id)
        .limit(1)
    )


def on_channel(session: Session, member_id: int, channel_id: int) -> Identity | None:
    """As whom the member follows this very account, if she does."""
    return session.scalar(
        sa.select(Identity)
        .where(
            Identity.member_id == member_id,
            Identity.channel_id == channel_id,
            Identity.unfollowed_at.is_(None),
        )
        .order_by(Identity.id.desc())
        .limit(1)
    )


def get(session: Session, member_id: int) -> Member:
    """The member behind an id; an absorbed record stands for the one that has absorbed it."""
    member = session.get_one(Member, member_id)
    while member.same_as_id is not None:
        member = session.get_one(Member, member.same_as_id)
    return member


def records_of(session: Session, member_id: int) -> list[int]:
    """The ids that stand for a member: her own, and those of the records it has absorbed."""
    ids = [member_id]
    for known in ids:
        ids += session.scalars(sa.select(Member.id).where(Member.same_as_id == known))
    return ids


def join(member: Member, identity: Identity, at: datetime, now: datetime) -> bool:
    """She followed the account at the moment ``at``. Returns whether she joins for the first
    time."""
    first_time = member.joined_at is None
    member.joined_at = member.joined_at or now
    follow(member, identity, at)
    return first_time


def follow(member: Member, identity: Identity, at: datetime) -> None:
    """At the moment ``at`` she was there. What happened later but was heard of earlier stands."""
    if identity.unfollowed_at is not None and at < identity.unfollowed_at:
        return
    if identity.followed_at is None or identity.unfollowed_at is not None:
        identity.followed_at = at
    identity.unfollowed_at = member.left_at = None


def leave(session: Session, member: Member, identity: Identity, at: datetime) -> None:
    """She left the account at the moment ``at``, unless she is known to have come back since; she
    has left us when no account is followed any more."""
    if identity.followed_at is not None and at < identity.followed_at:
        return
    identity.unfollowed_at = at
    session.flush()
    still_followed = session.scalar(
        sa.select(Identity.id)
        .where(
            Identity.member_id == member.id,
            Identity.followed_at.is_not(None),
            Identity.unfollowed_at.is_(None),
        )
        .limit(1)
    )
    if still_followed is None:
        member.left_at = at


def keep_phone(member: Member, phone: str, vault: Vault) -> None:
    member.sealed_phone = vault.seal(phone, context=f"member:{member.id}:phone")
    member.phone_index = vault.blind_index(phone)


def phone_of(member: Member, vault: Vault) -> str | None:
    """The number itself: for unmasking, which the caller has to audit."""
    if member.sealed_phone is None:
        return None
    return vault.open(member.sealed_phone, context=f"member:{member.id}:phone")


def masked_phone_of(member: Member, vault: Vault) -> str:
    """``138****1234``, as every page shows it; empty when there is none."""
    phone = phone_of(member, vault) or ""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 7 else ""


def opt_out(member: Member, now: datetime) -> None:
    """She wants no marketing any more, by any way."""
    member.opted_out_at = member.opted_out_at or now


def come_back(member: Member) -> None:
    """She may be told of everything again."""
    member.opted_out_at = None
