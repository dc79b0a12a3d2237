"""The shapes of coupons: what a member has, and what a till uses."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictInt

from app.api.order_shapes import LINES_MAX, Line, Number, Paid, Source
from app.api.shapes import Incoming
from app.domain.loyalty.spending.baskets import Why
from app.domain.loyalty.spending.coupon_terms import CouponKind

State = Literal["usable", "used", "expired", "taken_back"]
ITEMS_MAX = 1_000_000


class CouponTerms(BaseModel):
    name: str
    kind: CouponKind = Field(
        description="立减、折扣、满减、第 N 件优惠、赠品 · an amount, a share, "
        "an amount from so much on, a share of every N-th item, a product for nothing"
    )
    amount_fen: int | None = Field(description="减多少分 · how many fen are taken off")
    percent: int | None = Field(
        description="减百分之几，20 即八折 · how many percent are taken off"
    )
    threshold_fen: int = Field(description="满多少分可用 · from how many fen on")
    nth: int | None = Field(description="第几件优惠 · every how many-th item")
    times: int | None = Field(description="一单最多优惠几件 · of how many items in one basket")
    gift_sku: str | None = Field(description="赠品 · which product")
    gift_name: str | None
    scope: dict[str, list[str]] = Field(
        description="限哪些商品、类目、店铺，空着即不限 · for which goods and shops; empty is all"
    )


class MyCoupon(CouponTerms):
    code: str
    state: State
    issued_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    url: str = Field(description="给店员看的页面 · the page to show at the till")


class MyCoupons(BaseModel):
    """会员的优惠券 · a member's coupons."""

    coupons: list[MyCoupon]


class CouponUse(Incoming):
    """用在哪张订单上 · for which order."""

    source: Source
    order_no: Number


class CouponUsed(CouponTerms):
    """已核销 · used, and what it takes off."""

    code: str
    source: str
    order_no: str
    used_at: datetime


class BasketLine(Incoming):
    sku: Line
    category: Annotated[str, Field(max_length=200)] = ""
    quantity: Annotated[StrictInt, Field(ge=1, le=ITEMS_MAX)]
    amount_fen: Annotated[Paid, Field(description="这一行用券前的金额 · before the coupon, in fen")]


class Basket(Incoming):
    """一张还没付款的订单 · an order that is not paid yet."""

    source: Source
    lines: Annotated[list[BasketLine], Field(min_length=1, max_length=LINES_MAX)]


class Priced(BaseModel):
    """用券能减多少；什么也没用掉 · what the coupon would take off; nothing has been used."""

    code: str
    discount_fen: int
    payable_fen: int
    line_fen: list[int] = Field(
        description="每一行减多少，合计等于 discount_fen · off each line; adds up to discount_fen"
    )
    why_not: Why | None = Field(
        description="为什么不能减：other_shop 别的店铺，other_goods 没有适用的商品，"
        "too_little 没满，too_few 件数不够，gift_missing 赠品还没放进来 · why nothing is taken off"
    )
