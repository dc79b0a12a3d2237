"""The shapes of what comes in and goes out. OpenAPI is made from them, so they say it all."""

import unicodedata
from datetime import date, datetime
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool
from pydantic_core import PydanticCustomError

SCHEMAS = "#/components/schemas/"  # where the description keeps them
NICKNAME_MAX = 32
BORN_MIN = date(1900, 1, 1)
# Marks that turn the direction of text: a nickname could disguise what stands beside it.
_TURNS = {*"\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}


def _cleaned(nickname: str) -> str:
    kept = "".join(
        letter
        for letter in nickname
        if unicodedata.category(letter) != "Cc" and letter not in _TURNS
    ).strip()
    if not kept:
        raise PydanticCustomError("blank", "has nothing to show")
    return kept


def _written_as_day(value: object) -> object:
    if value is not None and not (isinstance(value, str) and len(value) == 10):
        raise PydanticCustomError("day_as_text", "a day is written YYYY-MM-DD")
    return value


def _after_1900(born_on: date | None) -> date | None:
    if born_on is not None and born_on < BORN_MIN:
        raise PydanticCustomError("too_long_ago", "before 1900")
    return born_on


Code = Annotated[str, Field(min_length=1, max_length=512, pattern=r"^[!-~]+$")]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.\-]+$")]
Zone = Annotated[
    str,
    Field(examples=["Asia/Shanghai"], json_schema_extra={"enum": sorted(available_timezones())}),
]
Nickname = Annotated[
    str, Field(min_length=1, max_length=NICKNAME_MAX, examples=["小雨"]), AfterValidator(_cleaned)
]
Birthday = Annotated[
    date | None,
    Field(examples=["1992-05-06"], description="不能在未来，也不能早于 1900 年 · 1900 to today"),
    BeforeValidator(_written_as_day),
    AfterValidator(_after_1900),
]


class Incoming(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Login(Incoming):
    """wx.login() 给的 code · what wx.login() gave."""

    code: Code
    channel: Name | None = Field(
        None, description="小程序的渠道键；只有一个小程序时可不填 · which mini-program, if several"
    )


class LoggedIn(BaseModel):
    token: str = Field(description="Authorization: Bearer …")
    expires_at: datetime
    signed_up: bool = Field(description="是否已经注册会员 · whether she is a member already")


class SignUp(Incoming):
    """注册会员 · what a member fills in."""

    phone_code: Code = Field(description="getPhoneNumber 给的 code · what getPhoneNumber gave")
    nickname: Nickname
    birthday: Birthday = None
    consent_version: Name = Field(description="她同意的协议版本 · the notice she agreed to")
    marketing: StrictBool = Field(
        False, description="是否同意接收营销信息 · whether she agrees to marketing"
    )
    live_code: Name | None = Field(
        None, description="渠道活码的场景值 · the scene of the live code she came through"
    )
    zone: Zone | None = Field(
        None, description="她所在的时区，如 Asia/Shanghai · her time zone, as the IANA names it"
    )
    inviter: Name | None = Field(None, description="邀请码 · the invite code of who invited her")


class Wording(BaseModel):
    zh: str
    en: str


class Tier(BaseModel):
    key: str
    name: str
    name_en: str


class SignedIn(BaseModel):
    """签到的结果 · what came of signing in."""

    signed_in_on: date
    streak_days: int
    points: int = Field(description="这一天的签到积分 · points for this day")
    bonus_points: int = Field(description="连签奖励 · points for the streak it completed")
    balance: int
    already: bool = Field(description="之前已经签过 · she had signed in that day before")


class Accepted(BaseModel):
    """已收到，稍后生效；请稍后查询 /me · kept, and done in a moment: ask /me."""

    accepted: bool = True
    zh: str
    en: str


class Refusal(Wording):
    code: str
    fields: dict[str, Wording] | None = Field(
        None, description="哪些字段有问题 · which fields are not right, and why"
    )


class Refused(BaseModel):
    """为什么不行 · why not."""

    error: Refusal
