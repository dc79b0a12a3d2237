"""The shapes of item codes: what a member claims, and what came of it."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from app.api.shapes import Incoming


class CodeClaim(Incoming):
    code: str = Field(
        min_length=1,
        max_length=64,
        description="码，大小写、空格和短横不限 · the code, however it is set off",
        examples=["0001-9F3K-7TQX-2M8C-VH4D"],
    )


class Claimed(BaseModel):
    """这件商品的奖励归谁 · whose what the piece is worth is."""

    state: Literal["hers", "taken", "too_late", "withdrawn", "nothing"] = Field(
        description="hers 归她；taken 归别人；too_late 太晚；withdrawn 已作废；nothing 没有奖励"
    )
    product: str
    points: int = Field(description="奖励的积分 · the points it is worth")
    claimed_at: datetime | None
    balance: int
