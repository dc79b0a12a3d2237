"""Kf accounts 微信客服账号: where members talk to us, and up to where we have read it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once


class KfAccount(Base):
    __tablename__ = "kf_accounts"
    __table_args__ = (sa.UniqueConstraint("channel_id", "open_kfid"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("channels.id"))
    open_kfid: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    cursor: Mapped[str] = mapped_column(default="")  # the platform's: what is before it is read
    called_at: Mapped[datetime | None]  # when it last said that there is something
    read_at: Mapped[datetime | None]  # when a page last came
    created_at: Mapped[datetime]


def meet(session: Session, channel_id: int, open_kfid: str, now: datetime) -> KfAccount:
    """The account that a callback speaks of, made on first sight."""
    wanted = sa.select(KfAccount).where(
        KfAccount.channel_id == channel_id, KfAccount.open_kfid == open_kfid
    )
    known = session.scalar(wanted)
    if known is not None:
        return known
    values = {"channel_id": channel_id, "open_kfid": open_kfid, "created_at": now}
    insert_once(
        session, KfAccount, values | {"name": "", "cursor": ""}, unique=["channel_id", "open_kfid"]
    )
    return session.scalars(wanted).one()


def name(session: Session, channel_id: int, names: Mapping[str, str], now: datetime) -> None:
    """What the platform says its accounts are called; one that is gone keeps its last name."""
    for open_kfid, known_as in names.items():
        meet(session, channel_id, open_kfid, now).name = known_as


def advance(session: Session, account: KfAccount, read_from: str, read_to: str) -> bool:
    """The page from ``read_from`` is kept. False when another page has moved the cursor on since
    it was asked for: then that one's word stands, and this page's messages are known already or
    will be read once more."""
    moved = session.execute(
        sa.update(KfAccount)
        .where(KfAccount.id == account.id, KfAccount.cursor == read_from)
        .values(cursor=read_to)
        .returning(KfAccount.id)
    )
    return moved.scalar_one_or_none() is not None


def of(session: Session, channel_id: int) -> Sequence[KfAccount]:
    return session.scalars(
        sa.select(KfAccount).where(KfAccount.channel_id == channel_id).order_by(KfAccount.id)
    ).all()


def all_of(session: Session) -> Sequence[KfAccount]:
    return session.scalars(sa.select(KfAccount).order_by(KfAccount.id)).all()
