"""Ways in 活码去向: to which staff, or into which customer groups, a live code of WeCom leads.

The platform makes its QR code; one live code has one, which can be led elsewhere later on.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
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


def of_channel(session: Session, channel_id: int) -> Mapping[int, WayIn]:
    """By live code."""
    rows = session.scalars(
        sa.select(WayIn)
        .join(LiveCode, LiveCode.id == WayIn.live_code_id)
        .where(LiveCode.channel_id == channel_id)
    )
    return {way_in.live_code_id: way_in for way_in in rows}
