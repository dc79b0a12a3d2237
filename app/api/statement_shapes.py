"""The shapes of a statement."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from app.api.shapes import Incoming, Wording


class StatementAsked(Incoming):
    before: Annotated[
        int | None,
        Field(ge=1, le=2**62, description="上一页最后一行的 id · the id of the last line seen"),
    ] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class StatementLine(BaseModel):
    id: int
    at: datetime
    about: Wording
    points: int = Field(description="可用积分的变化 · the change of what can be spent")
    pending: int = Field(description="待生效积分的变化 · the change of what is pending")
    left: int = Field(description="这之后的可用积分 · what could be spent after it")
    available_at: datetime | None = Field(description="何时生效 · when it can be spent")
    expires_at: datetime | None = Field(description="何时过期 · when it lapses")


class Statement(BaseModel):
    """积分明细，最近的在前 · the points' history, the last line first."""

    lines: list[StatementLine]
    has_more: bool
