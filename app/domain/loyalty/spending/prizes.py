"""Prizes of a lottery: what a draw can bring, how likely, and how often in all."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id
from app.domain.loyalty.spending import odds
from app.domain.loyalty.spending.odds import BadOdds
from app.domain.loyalty.spending.rewards import Reward


class BadPrizes(ValueError):
    """They contradict each other; the text names what is wrong."""


class Prize(Base):
    """``odds_ppm`` of a million draws fall on it, as long as ``won`` is below ``stock``."""

    __tablename__ = "prizes"
    __table_args__ = (
        sa.UniqueConstraint("lottery_id", "place"),
        sa.CheckConstraint("stock IS NULL OR won <= stock", name="won_within_stock"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    lottery_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("lotteries.id"))
    place: Mapped[int]
    name: Mapped[str]
    odds_ppm: Mapped[int]
    stock: Mapped[int | None]
    won: Mapped[int] = mapped_column(default=0)
    points: Mapped[int] = mapped_column(default=0)
    reward_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("rewards.id"))
    is_consolation: Mapped[bool] = mapped_column(default=False)

    @property
    def left(self) -> int | None:
        return None if self.stock is None else self.stock - self.won


@dataclass(frozen=True, slots=True)
class Offered:
    """A prize as an operator writes it down."""

    name: str
    odds_ppm: int
    stock: int | None = None
    points: int = 0
    reward_id: int | None = None
    is_consolation: bool = False


def put(session: Session, lottery_id: int, prizes: Sequence[Offered]) -> None:
    """Instead of those there are. Raises BadPrizes."""
    check(prizes)
    if not own_boxes(session, lottery_id).isdisjoint(one.reward_id for one in prizes):
        raise BadPrizes("own_box")
    session.execute(sa.delete(Prize).where(Prize.lottery_id == lottery_id))
    for place, one in enumerate(prizes):
        session.add(
            Prize(
                lottery_id=lottery_id,
                place=place,
                name=one.name,
                odds_ppm=one.odds_ppm,
                stock=one.stock,
                won=0,
                points=one.points,
                reward_id=one.reward_id,
                is_consolation=one.is_consolation,
            )
        )
    session.flush()


def of(session: Session, lottery_id: int) -> Sequence[Prize]:
    """In their order on the million."""
    its = sa.select(Prize).where(Prize.lottery_id == lottery_id).order_by(Prize.place)
    return session.scalars(its.execution_options(populate_existing=True)).all()


def own_boxes(session: Session, lottery_id: int) -> set[int]:
    """The ids of rewards that lead back into this lottery: its blind boxes, those of lotteries that
    have one of these for a prize, and so on."""
    found, lotteries = set[int](), {lottery_id}
    while lotteries:
        boxes = sa.select(Reward.id).where(Reward.lottery_id.in_(lotteries))
        added = set(session.scalars(boxes)) - found
        found |= added
        lotteries = set(
            session.scalars(sa.select(Prize.lottery_id).where(Prize.reward_id.in_(added)))
        )
    return found


def check(prizes: Sequence[Prize | Offered]) -> None:
    """Raises BadPrizes."""
    try:
        odds.check([one.odds_ppm for one in prizes])
    except BadOdds as error:
        raise BadPrizes("odds_ppm") from error
    consolations = [one for one in prizes if one.is_consolation]
    if len(consolations) != 1 or consolations[0].stock is not None:
        raise BadPrizes("consolation")
    for one in prizes:
        if one.points < 0 or (one.points and one.reward_id) or (one.stock or 0) < 0:
            raise BadPrizes("prizes")
