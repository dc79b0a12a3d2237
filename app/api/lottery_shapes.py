"""The shapes of lotteries: what can be won, and what a draw has brought."""

from datetime import datetime

from pydantic import BaseModel, Field

from app.api.reward_shapes import Word
from app.api.shapes import Incoming
from app.domain.loyalty.spending.lotteries import Why


class LotteryPrize(BaseModel):
    name: str
    odds_ppm: int = Field(description="百万分之几 · of a million draws")
    left: int | None = Field(description="还剩几份，空为不限 · null: no end of it")


class OfferedLottery(BaseModel):
    id: int
    name: str
    intro: str
    points: int | None = Field(description="抽一次多少积分，空为不能用积分 · null: not for points")
    is_free: bool = Field(description="下一次是不是免费 · whether her next draw is free")
    why_not: Why | None
    prizes: list[LotteryPrize]
    commitment: str = Field(description="种子的 SHA-256 · the SHA-256 of the seed")


class Lotteries(BaseModel):
    """正在进行的抽奖 · lotteries that are running."""

    lotteries: list[OfferedLottery]


class DrawWish(Incoming):
    key: Word


class DrawnPrize(BaseModel):
    """一次抽奖 · one draw."""

    lottery_id: int
    number: int = Field(description="第几次，可验证 · the number that can be verified")
    ticket: int = Field(description="0–999999")
    prize: str
    points_won: int
    points_paid: int
    redemption_code: str | None = Field(
        description="奖品在「我的兑换」里的编号 · the redemption it has made, if it is a reward"
    )
    drawn_at: datetime
    taken_back_at: datetime | None


class MyDraws(BaseModel):
    draws: list[DrawnPrize]
