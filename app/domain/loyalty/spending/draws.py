"""Draws: the n-th draw of a lottery, recorded so that it can be reckoned again.

A draw has a key from the business fact that brought it: ``draw:{member}:{her own word}``,
``box:{rule}:{order}`` for a blind box of an order, ``redeem:…:box`` for one that was redeemed.
"""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.domain.loyalty.entries import Cause
from app.domain.loyalty.spending import lotteries, odds, prizes
from app.domain.loyalty.spending.lotteries import Lottery
from app.domain.loyalty.spending.prizes import Prize
from app.domain.vault import Vault


class Draw(Base):
    """``fell_on_id``: the prize that the ticket says; ``prize_id``: the one that was given, the
    consolation if the other was out of stock. ``free_on``: the business day of a free draw."""

    __tablename__ = "draws"
    __table_args__ = (
        sa.UniqueConstraint("lottery_id", "number"),
        sa.Index("ix_draws_of_member", "member_id", "lottery_id", "drawn_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    lottery_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("lotteries.id"))
    number: Mapped[int]
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    key: Mapped[str] = mapped_column(unique=True)
    ticket: Mapped[int]
    fell_on_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("prizes.id"))
    prize_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("prizes.id"))
    points: Mapped[int]
    free_on: Mapped[date | None]
    rule: Mapped[str]
    event_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("inbox.id"))
    drawn_at: Mapped[datetime]
    taken_back_at: Mapped[datetime | None]


def draw(
    session: Session,
    lottery: Lottery,
    member_id: int,
    vault: Vault,
    *,
    key: str,
    points: int = 0,
    free_on: date | None = None,
    cause: Cause,
    now: datetime,
) -> Draw | None:
    """The next draw, once for each key; None when it was drawn before. The caller has locked the
    lottery, so numbers follow one another without a gap."""
    number = lottery.drawn + 1
    drawn = odds.ticket(lotteries.seed_of(lottery, vault), number)
    offered = prizes.of(session, lottery.id)
    fell_on = offered[odds.chosen([one.odds_ppm for one in offered], drawn)]
    prize = given_for(fell_on, offered)
    values = {
        "lottery_id": lottery.id,
        "number": number,
        "member_id": member_id,
        "key": key,
        "ticket": drawn,
        "fell_on_id": fell_on.id,
        "prize_id": prize.id,
        "points": points,
        "free_on": free_on,
        "rule": cause.rule,
        "event_id": cause.event_id,
        "drawn_at": now,
    }
    made = insert_once(session, Draw, values, unique=["key"])
    if made is None:
        return None
    lottery.drawn = number
    prize.won += 1
    session.flush()
    return session.get_one(Draw, made)


def given_for(fell_on: Prize, offered: Sequence[Prize]) -> Prize:
    """What is given for a ticket that fell on this prize."""
    if fell_on.stock is None or fell_on.won < fell_on.stock:
        return fell_on
    return next(one for one in offered if one.is_consolation)


def by_key(session: Session, key: str) -> Draw | None:
    return session.scalar(sa.select(Draw).where(Draw.key == key))


def hers(session: Session, lottery_id: int, member_id: int) -> Sequence[Draw]:
    """Her own draws of a lottery, without those that blind boxes brought."""
    own = sa.select(Draw).where(
        Draw.lottery_id == lottery_id,
        Draw.member_id == member_id,
        sa.or_(Draw.points > 0, Draw.free_on.is_not(None)),
    )
    return session.scalars(own.order_by(Draw.id.desc())).all()


def of_member(
    session: Session, member_id: int, limit: int
) -> Sequence[sa.Row[Draw, Prize, Lottery]]:
    """Hers with what each brought, the newest first."""
    return session.execute(
        sa.select(Draw, Prize, Lottery)
        .join(Prize, Prize.id == Draw.prize_id)
        .join(Lottery, Lottery.id == Draw.lottery_id)
        .where(Draw.member_id == member_id)
        .order_by(Draw.drawn_at.desc(), Draw.id.desc())
        .limit(limit)
    ).all()


def of_lottery(session: Session, lottery_id: int, after: int, limit: int) -> Sequence[Draw]:
    """In the order of their numbers, those above ``after``."""
    following = sa.select(Draw).where(Draw.lottery_id == lottery_id, Draw.number > after)
    return session.scalars(following.order_by(Draw.number).limit(limit)).all()
