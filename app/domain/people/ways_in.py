"""Ways in 活码去向: to which staff, or into which customer groups, a live code of WeCom leads.

The platform makes its QR code; one live code has one, which can be led elsewhere later on.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.domain.people.groups import Group
from app.domain.people.live_codes import LiveCode


class WayIn(Base):
    __tablename__ = "ways_in"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    live_code_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("live_codes.id"), unique=True)
    userids: Mapped[list[Any]]
    chat_ids: Mapped[list[Any]]
    skip_verify: Mapped[bool]
    config_id: Mapped[str]
    qr_url: Mapped[str]
    made_at: Mapped[datetime]


def of_code(session: Session, live_code_id: int) -> WayIn | None:
    return session.scalar(sa.select(WayIn).where(WayIn.live_code_id == live_code_id))


def keep(
    session: Session,
    live_code_id: int,
    *,
    userids: Sequence[str],
    chat_ids: Sequence[str],
    skip_verify: bool,
    config_id: str,
    qr_url: str,
    now: datetime,
) -> None:
    """What the platform has made for the live code, or has led elsewhere."""
    told: dict[str, Any] = {
        "userids": list(userids),
        "chat_ids": list(chat_ids),
        "skip_verify": skip_verify,
        "config_id": config_id,
        "qr_url": qr_url,
    }
    row = {"live_code_id": live_code_id, "made_at": now, **told}
    if insert_once(session, WayIn, row, unique=["live_code_id"]) is None:
        session.execute(sa.update(WayIn).where(WayIn.live_code_id == live_code_id).values(**told))


def forget(session: Session, live_code_id: int) -> None:
    session.execute(sa.delete(WayIn).where(WayIn.live_code_id == live_code_id))


def into(session: Session, group: Group) -> WayIn | None:
    """The newest live code of the corp that leads into this very group."""
    return _newest(session, group.channel_id).get(group.external_id)


def led_into(session: Session) -> Sequence[Group]:
    """The groups into which a live code leads."""
    open_ones = session.scalars(
        sa.select(Group)
        .where(Group.dismissed_at.is_(None), Group.channel_id.in_(_CHANNELS))
        .order_by(Group.id)
    )
    newest: dict[int, Mapping[str, WayIn]] = {}
    found = []
    for group in open_ones:
        if group.channel_id not in newest:
            newest[group.channel_id] = _newest(session, group.channel_id)
        if group.external_id in newest[group.channel_id]:
            found.append(group)
    return found


def of_channel(session: Session, channel_id: int) -> Mapping[int, WayIn]:
    """By live code."""
    rows = session.scalars(
        sa.select(WayIn)
        .join(LiveCode, LiveCode.id == WayIn.live_code_id)
        .where(LiveCode.channel_id == channel_id)
    )
    return {way_in.live_code_id: way_in for way_in in rows}


_CHANNELS = sa.select(LiveCode.channel_id).join(WayIn, WayIn.live_code_id == LiveCode.id)


def _newest(session: Session, channel_id: int) -> Mapping[str, WayIn]:
    """By the platform's id of the group."""
    rows = session.scalars(
        sa.select(WayIn)
        .join(LiveCode, LiveCode.id == WayIn.live_code_id)
        .where(LiveCode.channel_id == channel_id)
        .order_by(WayIn.made_at, WayIn.id)
    )
    return {str(chat_id): way_in for way_in in rows if way_in.qr_url for chat_id in way_in.chat_ids}
