"""The directory: members found by what an operator knows of them."""

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.insight.tags import MemberTag, Tag
from app.domain.loyalty.points import Balance
from app.domain.people.channels import Channel
from app.domain.people.members import Identity, Member
from app.domain.vault import Vault

ID_DIGITS_MAX = 9  # longer numbers are phone numbers


def find(
    session: Session,
    wanted: str,
    vault: Vault,
    *,
    tier_id: int | None = None,
    tag_id: int | None = None,
    before_id: int | None = None,
    limit: int,
) -> Sequence[Member]:
    """Members, newest first, before the id ``before_id``. ``wanted`` is an id, an openid or a
    whole phone number, else a part of the nickname."""
    statement = sa.select(Member).order_by(Member.id.desc()).limit(limit)
    if wanted:
        exact = _known_exactly(session, wanted, vault)
        by_name = Member.nickname.contains(wanted, autoescape=True)
        statement = statement.where(Member.id.in_(exact) if exact else by_name)
    if tier_id is not None:
        statement = statement.where(Member.tier_id == tier_id)
    if tag_id is not None:
        statement = statement.where(
            sa.exists().where(
                MemberTag.tag_id == tag_id,
                MemberTag.removed_at.is_(None),
                MemberTag.member_id == Member.id,
            )
        )
    if before_id is not None:
        statement = statement.where(Member.id < before_id)
    return session.scalars(statement).all()


def points_of(session: Session, member_ids: Collection[int]) -> Mapping[int, int]:
    """The balances of a page of members."""
    rows = session.execute(
        sa.select(Balance.member_id, Balance.points).where(Balance.member_id.in_(member_ids))
    )
    return dict(rows.all())


def tags_of(session: Session, member_ids: Collection[int]) -> Mapping[int, list[Tag]]:
    """The present tags of a page of members."""
    found: dict[int, list[Tag]] = {member_id: [] for member_id in member_ids}
    rows = session.execute(
        sa.select(MemberTag.member_id, Tag)
        .join(Tag, Tag.id == MemberTag.tag_id)
        .where(MemberTag.member_id.in_(member_ids), MemberTag.removed_at.is_(None))
        .order_by(Tag.dimension, Tag.name)
    )
    for member_id, tag in rows:
        found[member_id].append(tag)
    return found


def identities_of(session: Session, member_id: int) -> Sequence[tuple[Identity, Channel]]:
    """As whom the channels know a member."""
    rows = session.execute(
        sa.select(Identity, Channel)
        .join(Channel, Channel.id == Identity.channel_id)
        .where(Identity.member_id == member_id)
        .order_by(Identity.id)
    )
    return rows.all()


def _known_exactly(session: Session, wanted: str, vault: Vault) -> set[int]:
    channel_ids = session.scalars(sa.select(Channel.id)).all()  # the index begins with the channel
    found = set(
        session.scalars(
            sa.select(Identity.member_id).where(
                Identity.channel_id.in_(channel_ids), Identity.external_id == wanted
            )
        )
    )
    digits = wanted.removeprefix("+86").replace(" ", "").replace("-", "").removeprefix("#")
    if digits.isascii() and digits.isdigit():
        phone = Member.phone_index == vault.blind_index(digits)
        found |= set(session.scalars(sa.select(Member.id).where(phone)))
        if len(digits) <= ID_DIGITS_MAX:
            found |= set(session.scalars(sa.select(Member.id).where(Member.id == int(digits))))
    return found
