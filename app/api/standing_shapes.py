"""The shapes of a member as she stands: her tier and its time, her memberships, her benefits."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from app.api.order_shapes import BuyerNamed
from app.api.shapes import Incoming, Tier, Wording


class Missing(Wording):
    """升级的一个条件和已有的数 · a condition of the next tier, and how much of it there is."""

    measure: str = Field(examples=["growth", "spend_fen", "orders", "interaction_days"])
    at_least: int
    came_to: int = Field(description="目前已有 · what it comes to at present")


class NextTier(Tier):
    growth_missing: int = Field(
        description="只看成长值的那条路还差多少，没有这样的路则为 0 · growth value still missing by"
        " the way that asks for growth alone; 0 where there is none"
    )
    ways: list[list[Missing]] = Field(
        description="任一条路的条件全部满足即可升级 · met by all conditions of any one way"
    )


class TierTime(BaseModel):
    """等级到什么时候 · until when her tier is hers; without days it is for good."""

    last_on: date | None = Field(description="有效期的最后一天 · the last day of its period")
    falls_on: date | None = Field(
        description="宽限之后从哪天起降级 · the day on which she falls, after the grace"
    )
    is_ending: bool = Field(description="目前不够保级 · so far too little to keep it")


class MyMembership(BaseModel):
    """一张付费会员卡 · a paid membership she holds, or has bought ahead."""

    card: str = Field(description="货号 · the sku of the card")
    name: str
    name_en: str
    begins_at: datetime
    ends_at: datetime


class Me(BaseModel):
    """会员自己看到的自己 · what a member sees of herself."""

    nickname: str
    phone: str = Field(description="已打码 · masked", examples=["138****0001"])
    points: int = Field(description="现在可用 · to be spent now")
    pending: int = Field(description="待生效 · hers, to be spent later")
    reserved: int = Field(description="支付中 · on hold for a payment under way")
    arrears: int = Field(description="待抵扣的积分 · points she owes")
    growth: int
    tier: Tier | None
    next_tier: NextTier | None
    tier_time: TierTime
    memberships: list[MyMembership]
    benefits: list[Wording] = Field(description="她的权益 · her benefits, in words")
    tags: list[str] = Field(description="她可以看到的标签 · the tags she may see")
    streak_days: int
    signed_in_today: bool
    invite_code: str


class BenefitsAsked(Incoming):
    """谁的权益 · whose benefits."""

    member: BuyerNamed


class Price(BaseModel):
    sku: str
    price_fen: int


class BenefitsHeld(BaseModel):
    """她现在享有的权益，几处都有的取最好的 · what she has now, the best of each kind."""

    member_known: bool
    tier: Tier | None
    cards: list[str] = Field(description="持有的付费会员卡的货号 · skus of the cards she holds")
    off_percent: int = Field(description="订单减百分之几 · percent off every order")
    points_factor: int = Field(description="积分倍数，百分之几 · points factor in percent")
    priority_shipping: bool
    own_agent: bool
    member_prices: list[Price] = Field(description="每个商品最低的会员价 · the lowest of each")
    words: list[Wording]
