"""What a row tells of a person: by which names she is known, and what is said of her."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.domain.people import zones
from app.imports import fields
from app.imports.fields import BadRow, Field, Row
from app.programme import Programme

FIELDS = (
    Field("member_id", "会员编号", "member id", ("id", "会员id")),
    Field("phone", "手机号", "phone", ("手机", "手机号码", "电话", "联系电话", "mobile", "tel")),
    Field("unionid", "unionid", "unionid", ("union_id",)),
    Field("openid", "openid", "openid", ("open_id",)),
    Field("nickname", "昵称", "nickname", ("姓名", "微信昵称", "会员昵称", "称呼", "name")),
    Field("birthday", "生日", "birthday", ("出生日期", "birth date", "dob")),
    Field("email", "邮箱", "email", ("电子邮箱", "mail", "e-mail")),
    Field("zone", "时区", "time zone", ("timezone", "zone")),
    Field("joined_at", "加入时间", "joined at", ("入会时间", "注册时间", "注册日期", "joined")),
    Field("marketing", "接受营销", "marketing consent", ("同意营销", "营销授权", "marketing")),
    Field("tags", "标签", "tags", ("会员标签", "tag")),
)
REMOVED = Field("removed", "去掉的标签", "tags to remove", ("移除标签", "remove"))
NAMING = ("member_id", "phone", "unionid", "openid")
NUMBER_DIGITS_MAX = 9
CODE = re.compile(r"[!-~]{4,64}")  # openid, unionid: visible, without blanks


@dataclass(frozen=True, slots=True)
class Options:
    """How rows are taken. ``channel_id`` is the account that openids are of. Of orders: ``source``
    is the shop where the rows do not name one, and without ``earns`` they bring no points."""

    channel_id: int | None = None
    adds: bool = True
    overwrites: bool = False
    makes_tags: bool = False
    tags: Sequence[str] = ()
    source: str = ""
    earns: bool = True


@dataclass(frozen=True, slots=True)
class Told:
    """What a row tells of a person."""

    row: Row
    member_id: int | None
    phone: str | None
    phone_index: str | None
    unionid: str | None
    openid: str | None
    nickname: str | None
    birthday_on: date | None
    email: str | None
    zone: str | None
    joined_at: datetime | None
    marketing: bool | None
    tags: Sequence[str]
    removed: Sequence[str]


def of(row: Row, options: Options, programme: Programme, now: datetime) -> Told:
    """Raises BadRow."""
    if not any(name in row.told for name in NAMING):
        raise BadRow(
            "没有手机号、unionid、openid 或会员编号，不知道是谁",
            "no phone, unionid, openid or member id: nobody knows who this is",
        )
    if "openid" in row.told and options.channel_id is None:
        raise BadRow("没有说 openid 属于哪个渠道账号", "which account is the openid of?")
    phone = fields.told(row, "phone", fields.phone)
    given_tags = fields.told(row, "tags", fields.names) or ()
    return Told(
        row,
        member_id=fields.told(row, "member_id", number),
        phone=phone,
        phone_index=programme.vault.blind_index(phone) if phone else None,
        unionid=fields.told(row, "unionid", code),
        openid=fields.told(row, "openid", code),
        nickname=fields.told(row, "nickname", fields.name),
        birthday_on=fields.told(row, "birthday", lambda text: _birthday(text, programme, now)),
        email=fields.told(row, "email", fields.email),
        zone=fields.told(row, "zone", _zone),
        joined_at=fields.told(row, "joined_at", lambda text: _joined(text, programme, now)),
        marketing=fields.told(row, "marketing", fields.yes),
        tags=tuple(dict.fromkeys((*given_tags, *options.tags))),
        removed=tuple(fields.told(row, "removed", fields.names) or ()),
    )


def _birthday(text: str, programme: Programme, now: datetime) -> date:
    on = fields.day(text)
    if not on.year >= 1900 or on > programme.business_day(now):
        raise BadRow(f"生日不可能是 {on}", f"nobody was born on {on}")
    return on


def _joined(text: str, programme: Programme, now: datetime) -> datetime:
    at = fields.moment(text, programme.zone)
    if at > now:
        raise BadRow(f"加入时间在将来：{text}", f"joined in the future: {text}")
    return at


def number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > NUMBER_DIGITS_MAX:
        raise BadRow(f"会员编号不对：{text}", f"this is no member id: {text}")
    return int(text)


def code(text: str) -> str:
    if not CODE.fullmatch(text):
        raise BadRow(f"这不是微信给的编号：{text}", f"this is no id of WeChat's: {text}")
    return text


def _zone(text: str) -> str:
    if not zones.is_known(text):
        raise BadRow(f"没有这个时区：{text}", f"there is no time zone {text}")
    return text
