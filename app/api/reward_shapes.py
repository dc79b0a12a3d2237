"""The shapes of what points can be had for: rewards, redemptions, lotteries."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from app.api.order_shapes import Line, Number, Phone, Source
from app.api.shapes import Incoming, Name
from app.domain.loyalty.spending.redemptions import State
from app.domain.loyalty.spending.rewards import RewardKind, Why

Word = Annotated[
    Name,
    Field(
        examples=["2f1c0c9e"],
        description="每次操作自己生成一个；重发同一个，结果相同 · a new one for each wish; "
        "the same again is the same wish",
    ),
]


class OfferedReward(BaseModel):
    id: int
    name: str
    intro: str
    kind: RewardKind = Field(description="goods 实物要填收货信息 · goods need an address")
    points: int
    money_fen: int = Field(description="另付多少分 · paid on top, in fen")
    left: int | None = Field(description="还剩多少，空为不限 · how many are left; null: no end")
    why_not: Why | None = Field(
        description="现在为什么不能兑换，空为可以 · why she cannot have it now; null: she can"
    )
    opens_at: datetime | None = Field(
        description="没开放时，下次什么时候开放 · when it opens next, if it is not open"
    )


class Offers(BaseModel):
    """她看到的积分商城 · what she can have for points."""

    points: int
    rewards: list[OfferedReward]


class DeliveryAddress(Incoming):
    """收货信息，加密保存 · where goods go; kept sealed."""

    name: Line
    phone: Phone
    address: Line


class RedeemWish(Incoming):
    key: Word
    delivery: DeliveryAddress | None = None


class RedeemedReward(BaseModel):
    """一次兑换 · what was redeemed or won."""

    code: str
    reward_id: int
    name: str
    kind: RewardKind
    state: State
    points: int
    money_fen: int
    redeemed_at: datetime
    pay_until: datetime | None
    fulfilled_at: datetime | None
    cancelled_at: datetime | None
    needs_address: bool = Field(description="还没填收货信息 · no address was given yet")
    coupon_code: str | None
    gift_code: str | None = Field(description="兑换码 · the code it brought")
    note: str | None = Field(description="如快递单号 · such as the parcel's number")


class MyRedemptions(BaseModel):
    redemptions: list[RedeemedReward]


class PaidWith(Incoming):
    """用哪张订单付的款 · the order that paid it."""

    source: Source
    order_no: Number


class HandedOver(Incoming):
    """在哪里交给她的 · where she was given it."""

    source: Source = Field(description="哪个店铺或系统 · which shop or system")
    note: Annotated[str, Field(max_length=200, description="备注，如经手人 · such as by whom")] = ""
