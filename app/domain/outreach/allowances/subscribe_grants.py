"""Subscribe grants: how many messages by which template a member has agreed to and not had yet.
Source: the platform's "Subscribe messages": one agreement is one message, a refusal ends them.
"""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once

WAY = "subscribe"  # of the outbox


class SubscribeGrant(Base):
    __tablename__ = "subscribe_grants"
    __table_args__ = (sa.UniqueConstraint("identity_id", "template_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    identity_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("identities.id"))
    template_id: Mapped[str]
    left: Mapped[int]


def agree(session: Session, identity_id: int, template_id: str) -> None:
    """One message more."""
    row = {"identity_id": identity_id, "template_id": template_id, "left": 1}
    if insert_once(session, SubscribeGrant, row, unique=["identity_id", "template_id"]) is None:
        _change(session, identity_id, template_id, SubscribeGrant.left + 1)


def refuse(session: Session, identity_id: int, template_id: str) -> None:
    """None any more, until she agrees anew."""
    _change(session, identity_id, template_id, 0)


def take(session: Session, identity_id: int, template_id: str) -> bool:
    """Uses one up. False when there is none; the database counts."""
    return bool(take_all(session, [identity_id], template_id))


def take_all(session: Session, identity_ids: Collection[int], template_id: str) -> frozenset[int]:
    """Uses one of each one's up. Returns who had one."""
    taken = session.scalars(
        sa.update(SubscribeGrant)
        .where(
            SubscribeGrant.identity_id.in_(identity_ids),
            SubscribeGrant.template_id == template_id,
            SubscribeGrant.left > 0,
        )
        .values(left=SubscribeGrant.left - 1)
        .returning(SubscribeGrant.identity_id)
        .execution_options(synchronize_session=False)
    )
    return frozenset(taken)


def give_back(session: Session, identity_id: int, template_id: str) -> None:
    """What the platform did not take has used up nothing."""
    _change(session, identity_id, template_id, SubscribeGrant.left + 1)


def left(session: Session, identity_id: int, template_id: str) -> int:
    of_hers = _of(identity_id, template_id)
    return session.scalar(sa.select(SubscribeGrant.left).where(of_hers)) or 0


def holders(session: Session, identity_ids: Collection[int], template_id: str) -> set[int]:
    """Those of them who have agreed to a message that they have not had yet."""
    return set(
        session.scalars(
            sa.select(SubscribeGrant.identity_id).where(
                SubscribeGrant.identity_id.in_(identity_ids),
                SubscribeGrant.template_id == template_id,
                SubscribeGrant.left > 0,
            )
        )
    )


def _change(
    session: Session, identity_id: int, template_id: str, to: sa.ColumnElement[int] | int
) -> None:
    session.execute(
        sa.update(SubscribeGrant)
        .where(_of(identity_id, template_id))
        .values(left=to)
        .execution_options(synchronize_session=False)
    )


def _of(identity_id: int, template_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(
        SubscribeGrant.identity_id == identity_id, SubscribeGrant.template_id == template_id
    )
