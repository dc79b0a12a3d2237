"""The shapes of coupons: what a member has, and what a till uses."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from app.api.order_shapes import Number, Source
from app.api.shapes import Incoming
from app.domain.loyalty.coupons import CouponKind

State = Literal["usable", "used", "expired"]


class CouponTerms(BaseModel):
    name: str
    kind: CouponKind = Field(
        description="立减、折扣、满减 · an amount, a share, or an amount from so much on"
    )
    amount_fen: int | None = Field(description="减多少分 · how many fen are taken off")
    percent: int | None = Field(
        description="减百分之几，20 即八折 · how many percent are taken off"
    )
    threshold_fen: int = Field(description="满多少分可用 · from how many fen on")


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
