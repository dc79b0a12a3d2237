"""The shapes of invitations: a member's code, and whom she has brought."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field


class Friend(BaseModel):
    nickname: str
    state: Literal["waiting", "stayed", "refused"] = Field(
        description="等待中、已留下、未达成 · waiting, stayed, or not reached"
    )
    invited_at: datetime


class Promise(BaseModel):
    """好友留下后双方得到什么 · what both get once the friend has stayed."""

    stays_days: int
    needs_order: bool
    inviter_points: int
    friend_points: int


class MyInvites(BaseModel):
    """我的邀请 · my invitations."""

    code: str = Field(description="邀请码，注册时填写 · the friend gives it when she signs up")
    url: str = Field(description="邀请页，可做成二维码 · the page to pass on, or to draw as a code")
    promise: Promise | None
    friends: list[Friend]
