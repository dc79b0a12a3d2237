"""The shapes of what shops post: orders and refunds."""

from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    Field,
    StrictInt,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.api.shapes import Incoming, Name
from app.domain.phones import national

AMOUNT_FEN_MAX = 2_000_000_000  # 20 million yuan
LINES_MAX = 200
SOLD_MIN = datetime(2000, 1, 1, tzinfo=UTC)
_LINE = r"^[^\u0000-\u001f\u007f]+$"  # one line, nothing that cannot be seen


def _written_as_text(value: object) -> object:
    if not isinstance(value, str):
        raise PydanticCustomError("moment_as_text", "a moment is written in ISO 8601")
    return value


def _after_2000(at: datetime) -> datetime:
    if at.year < SOLD_MIN.year:
        raise PydanticCustomError("too_long_ago", "before 2000")
    return at.astimezone(UTC)


Moment = Annotated[
    AwareDatetime,
    Field(examples=["2026-11-02T12:00:00+08:00"]),
    BeforeValidator(_written_as_text, json_schema_input_type=AwareDatetime),
    AfterValidator(_after_2000),
]
Number = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.\-]+$")]
Source = Annotated[
    str, Field(min_length=1, max_length=32, pattern=r"^[a-z0-9_\-]+$", examples=["youzan"])
]
Line = Annotated[str, Field(min_length=1, max_length=200, pattern=_LINE)]
Paid = Annotated[StrictInt, Field(ge=0, le=AMOUNT_FEN_MAX, description="分 · fen")]
PaidBack = Annotated[StrictInt, Field(ge=1, le=AMOUNT_FEN_MAX, description="分 · fen")]
Phone = Annotated[
    str,
    Field(pattern=r"^\+?[0-9]{7,17}$", examples=["13800000001"]),
    AfterValidator(national),
]


class BuyerNamed(Incoming):
    """买家：知道的都可以填，最确切的一个算数 · whichever are known; the surest decides."""

    member_id: Annotated[StrictInt, Field(ge=1, le=2**62)] | None = None
    unionid: Name | None = None
    phone: Phone | None = None
    openid: Annotated[Name | None, Field(description="要同时填 channel · with channel")] = None
    channel: Annotated[
        Name | None, Field(description="openid 所在的渠道键 · where the openid is of")
    ] = None

    @model_validator(mode="after")
    def _of_a_channel(self) -> Self:
        if (self.openid is None) != (self.channel is None):
            raise PydanticCustomError("openid_with_channel", "an openid is of a channel")
        return self


class SoldLine(Incoming):
    sku: Line
    name: Line
    quantity: Annotated[StrictInt, Field(ge=1, le=1_000_000)]
    amount_fen: Paid
    category: Annotated[
        Line | None, Field(description="店铺的商品分类 · as the shop sorts its products")
    ] = None


class PaidOrder(Incoming):
    """一张已付款的订单 · an order that has been paid."""

    source: Source = Field(description="哪个店铺或系统 · which shop or system")
    order_no: Number
    paid_at: Moment
    amount_fen: Paid
    member: Annotated[
        BuyerNamed | None,
        Field(description="不知道是谁可以不填 · left out when nobody knows whose it is"),
    ] = None
    lines: Annotated[list[SoldLine], Field(max_length=LINES_MAX)] = []


class Refund(Incoming):
    """一笔退款 · what was paid back."""

    refund_no: Number
    amount_fen: PaidBack
    at: Moment


class OrderKept(BaseModel):
    """订单现在的样子 · the order as it now stands."""

    source: str
    order_no: str
    amount_fen: int
    refunded_fen: int
    member_known: bool = Field(description="是否已归到某位会员 · whether we know whose it is")
