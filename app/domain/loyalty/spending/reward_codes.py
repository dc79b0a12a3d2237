"""Codes that a reward hands out, such as those of gift cards: uploaded as a list, each given once,
the first uploaded first."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_all_once, partial_index

CODE_MAX = 200


class RewardCode(Base):
    __tablename__ = "reward_codes"
    __table_args__ = (
        sa.UniqueConstraint("reward_id", "code"),
        partial_index("ix_reward_codes_left", "redemption_id IS NULL", *("reward_id", "id")),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    reward_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("rewards.id"))
    code: Mapped[str]
    redemption_id: Mapped[int | None] = mapped_column(
        Id, sa.ForeignKey("redemptions.id"), unique=True
    )
    uploaded_at: Mapped[datetime]


def upload(session: Session, reward_id: int, codes: Sequence[str], now: datetime) -> int:
    """Adds those that the list does not have yet. Returns how many are new."""
    rows = [
        {"reward_id": reward_id, "code": code, "uploaded_at": now} for code in dict.fromkeys(codes)
    ]
    return insert_all_once(session, RewardCode, rows, unique=["reward_id", "code"])


def give(session: Session, reward_id: int, redemption_id: int) -> str | None:
    """The next one that nobody has, for this redemption; None when there is none. The caller has
    locked the reward."""
    code = session.scalar(
        sa.select(RewardCode)
        .where(RewardCode.reward_id == reward_id, RewardCode.redemption_id.is_(None))
        .order_by(RewardCode.id)
        .limit(1)
    )
    if code is None:
        return None
    code.redemption_id = redemption_id
    session.flush()
    return code.code


def of_redemption(session: Session, redemption_id: int) -> str | None:
    wanted = sa.select(RewardCode.code).where(RewardCode.redemption_id == redemption_id)
    return session.scalar(wanted)


def left(session: Session, reward_id: int) -> int:
    unused = sa.select(sa.func.count()).where(
        RewardCode.reward_id == reward_id, RewardCode.redemption_id.is_(None)
    )
    return session.scalar(unused) or 0
