"""Staff 企业微信成员: the people of a corp whose contacts our members are."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once


class Staff(Base):
    __tablename__ = "staff"
    __table_args__ = (sa.UniqueConstraint("channel_id", "userid"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("channels.id"))
    userid: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]  # may have no contacts any more


def meet(session: Session, channel_id: int, userid: str, now: datetime) -> Staff:
    """The member of staff a corp speaks of, made on first sight."""
    values = {"channel_id": channel_id, "userid": userid, "name": "", "created_at": now}
    insert_once(session, Staff, values, unique=["channel_id", "userid"])
    known = by_userid(session, channel_id, userid)
    assert known is not None, "the index said that it is there"
    return known


def by_userid(session: Session, channel_id: int, userid: str) -> Staff | None:
    return session.scalar(
        sa.select(Staff).where(Staff.channel_id == channel_id, Staff.userid == userid)
    )


def of(session: Session, channel_id: int) -> Sequence[Staff]:
    """All there have ever been, those who are gone last."""
    wanted = sa.select(Staff).where(Staff.channel_id == channel_id)
    return session.scalars(wanted.order_by(Staff.gone_at.is_not(None), Staff.userid)).all()


def gone(session: Session, channel_ids: Collection[int]) -> set[tuple[int, str]]:
    """By account and userid: who of them may have no contacts any more."""
    rows = session.execute(
        sa.select(Staff.channel_id, Staff.userid).where(
            Staff.channel_id.in_(channel_ids), Staff.gone_at.is_not(None)
        )
    )
    return {(channel_id, userid) for channel_id, userid in rows}


def present(session: Session, channel_id: int) -> int:
    """How many there are."""
    here = sa.select(sa.func.count()).where(Staff.channel_id == channel_id, Staff.gone_at.is_(None))
    return session.scalar(here) or 0


def keep_to(session: Session, channel_id: int, userids: Collection[str], now: datetime) -> None:
    """Exactly these may have contacts at present."""
    for userid in userids:
        meet(session, channel_id, userid, now).gone_at = None
    session.flush()
    session.execute(
        sa.update(Staff)
        .where(
            Staff.channel_id == channel_id,
            Staff.userid.not_in(list(userids)),
            Staff.gone_at.is_(None),
        )
        .values(gone_at=now)
    )
