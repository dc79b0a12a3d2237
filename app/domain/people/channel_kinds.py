"""The kinds of channels there are, and by what an account of each is known, in one table.

A *part* is what an operator copies from the platform's console. Secret parts are sealed, the
others are settings that anybody in the console may read.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

WECHAT_API = "https://api.weixin.qq.com"
WECOM_API = "https://qyapi.weixin.qq.com"


class Kind(StrEnum):
    OFFICIAL_ACCOUNT = "official_account"
    MINI_PROGRAM = "mini_program"
    WECOM = "wecom"
    SMART_BOT = "smart_bot"
    GROUP_ROBOT = "group_robot"
    GROUP_GATEWAY = "group_gateway"
    SMS_TENCENT = "sms_tencent"
    SMS_ALIYUN = "sms_aliyun"
    MAIL = "mail"
    VOICE_TENCENT = "voice_tencent"
    VOICE_ALIYUN = "voice_aliyun"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to be told of an account. ``pattern`` is what it has to match as a whole;
    ``choices`` are all there are, the first of them the default; ``lines``: it has several, as a
    private key has."""

    name: str
    is_secret: bool = False
    is_needed: bool = True
    pattern: str = r"[^\x00-\x1f]{1,400}"
    choices: tuple[str, ...] = ()
    lines: bool = False

    def fits(self, value: str) -> bool:
        if not value:
            return not self.is_needed
        if self.choices:
            return value in self.choices
        return re.fullmatch(self.pattern, value) is not None


@dataclass(frozen=True, slots=True)
class Shape:
    """What an account of one kind has. ``appid`` says in words what its main id is."""

    appid: str
    parts: tuple[Part, ...]
    api_base_url: str = WECHAT_API
    has_callback: bool = True

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(part.name for part in self.parts if part.is_secret)

    @property
    def settings(self) -> tuple[str, ...]:
        return tuple(part.name for part in self.parts if not part.is_secret)


_TOKEN = Part("token", is_secret=True)
_AES_KEY = Part("encoding_aes_key", is_secret=True, pattern=r"[A-Za-z0-9+/]{43}")
_SECRET = Part("secret", is_secret=True)


_PEM = r"-----BEGIN [A-Z ]{1,40}-----[A-Za-z0-9+/=\s]{1,6000}-----END [A-Z ]{1,40}-----\s*"
# A corp that has the session archive: where its feed is, and what opens it.
_ARCHIVE = (
    Part("archive_url", is_needed=False, pattern=r"https?://[^\s]{1,300}"),
    Part("archive_secret", is_secret=True, is_needed=False),
    Part("archive_private_key", is_secret=True, is_needed=False, pattern=_PEM, lines=True),
)


def _optional(part: Part) -> Part:
    return replace(part, is_needed=False)


# How an official account answers: later, by customer-service message, which not every account may
# send; or in the answer to the callback itself.
CUSTOMER_SERVICE, PASSIVE = "customer_service", "passive"
_REPLY_MODE = Part("reply_mode", is_needed=False, choices=(CUSTOMER_SERVICE, PASSIVE))
_SECRET_ID = Part("secret_id", pattern=r"[A-Za-z0-9_-]{1,128}")
_TEMPLATE = _optional(Part("template_id", pattern=r"[A-Za-z0-9_]{1,64}"))
_REGION = _optional(Part("region", pattern=r"[a-z0-9-]{1,40}"))
_AGENT_ID = Part("agent_id", pattern=r"[0-9]{1,12}")

SHAPES: Mapping[Kind, Shape] = {
    Kind.OFFICIAL_ACCOUNT: Shape("AppID", (_TOKEN, _AES_KEY, _SECRET, _REPLY_MODE)),
    Kind.MINI_PROGRAM: Shape("AppID", (_SECRET, _optional(_TOKEN), _optional(_AES_KEY))),
    Kind.WECOM: Shape(
        "CorpID",
        (_TOKEN, _AES_KEY, _SECRET, _AGENT_ID, Part("welcome", is_needed=False), *_ARCHIVE),
        WECOM_API,
    ),
    Kind.SMART_BOT: Shape("AIBotID", (_TOKEN, _AES_KEY), WECOM_API),
    Kind.GROUP_ROBOT: Shape(
        "name",
        (_SECRET, _optional(Part("daily_report", choices=("off", "daily")))),
        WECOM_API,
        has_callback=False,
    ),
    Kind.GROUP_GATEWAY: Shape("account_id", (_SECRET,), "http://127.0.0.1:8001"),
    Kind.SMS_TENCENT: Shape(
        "SmsSdkAppId",
        (_SECRET_ID, _SECRET, _TOKEN, Part("sign_name"), _TEMPLATE, _REGION),
        "https://sms.tencentcloudapi.com",
    ),
    Kind.SMS_ALIYUN: Shape(
        "AccessKeyId",
        (_SECRET, _TOKEN, Part("sign_name"), _TEMPLATE),
        "https://dysmsapi.aliyuncs.com",
    ),
    Kind.VOICE_TENCENT: Shape(
        "VoiceSdkAppid",
        (_SECRET_ID, _SECRET, _TOKEN, _TEMPLATE, _REGION),
        "https://vms.tencentcloudapi.com",
    ),
    Kind.VOICE_ALIYUN: Shape(
        "AccessKeyId",
        (_SECRET, _TOKEN, _optional(Part("called_show_number")), _TEMPLATE),
        "https://dyvmsapi.aliyuncs.com",
    ),
    Kind.MAIL: Shape(
        "from_address",
        (
            Part("host", pattern=r"[A-Za-z0-9.:-]{1,253}"),
            Part("port", pattern=r"[0-9]{1,5}"),
            Part("security", choices=("starttls", "tls", "none")),
            _optional(Part("username")),
            _optional(_SECRET),
            _optional(Part("reply_to", pattern=r"[^@\s]{1,64}@[^@\s]{1,190}")),
        ),
        api_base_url="",  # its host and port are parts
        has_callback=False,
    ),
}
# By which medium a kind reaches a member at her own number or address.
MEDIA: Mapping[Kind, str] = {
    Kind.SMS_TENCENT: "sms",
    Kind.SMS_ALIYUN: "sms",
    Kind.VOICE_TENCENT: "voice",
    Kind.VOICE_ALIYUN: "voice",
    Kind.MAIL: "mail",
}
OFFERED: tuple[Kind, ...] = tuple(SHAPES)


def parts_of(kind: str) -> Iterator[Part]:
    yield from SHAPES[Kind(kind)].parts


def first_choices(kind: str) -> Mapping[str, str]:
    """What holds where nothing was chosen."""
    return {part.name: part.choices[0] for part in parts_of(kind) if part.choices}
