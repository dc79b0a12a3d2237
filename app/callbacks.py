"""Callbacks: how each kind of channel is heard, in one table. The front door asks here what a
platform's call says, and what that platform wants to read as the answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.people import channel_kinds
from app.domain.people.channel_kinds import Kind
from bots import group_gateway, wechat_callbacks, wecom
from bots.accounts import Account
from bots.cloud import reports
from bots.messages import NotGenuine, Received
from bots.official_account import passive_replies
from bots.official_account.passive_replies import Reply
from bots.wechat_replies import Sealed
from bots.wecom import smart_bot


@dataclass(frozen=True, slots=True)
class Called:
    """One call of a platform, as it came. ``blind_index`` stands in for phone numbers;
    ``plaintext_allowed`` under the setting named for it."""

    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    now: datetime
    blind_index: Callable[[str], str]
    skew_max_s: int = 300
    plaintext_allowed: bool = False


@dataclass(frozen=True, slots=True)
class Stream:
    """The platform comes back for the answer until it is finished. ``answer`` seals what there is,
    and whether that is all."""

    name: str
    answer: Callable[[str, bool], bytes]


@dataclass(frozen=True, slots=True)
class Heard:
    """What it says: usually one thing, reports may come several at once. ``answer`` is given once
    all of it is kept; with ``seal`` a reply may stand in its place."""

    received: Sequence[Received]
    answer: str = "success"
    mimetype: str = "text/plain"
    seal: Callable[[Reply], Sealed] | None = None
    stream: Stream | None = None


@dataclass(frozen=True, slots=True)
class Hearer:
    """``verify`` answers the platform's check of our address; both raise NotGenuine, TooLarge and
    BadCredentials."""

    hear: Callable[[Account, Called], Heard]
    verify: Callable[[Account, Called], str]


def verify(kind: str, account: Account, called: Called) -> str:
    """The echo to give back. Raises NotGenuine and BadCredentials."""
    return _hearer(kind).verify(account, called)


def hear(kind: str, account: Account, called: Called) -> Heard:
    """Raises NotGenuine, TooLarge and BadCredentials."""
    return _hearer(kind).hear(account, called)


def _hearer(kind: str) -> Hearer:
    hearer = HEARERS.get(Kind(kind))
    if hearer is None:
        raise NotGenuine("nobody calls this kind of channel")
    return hearer


def _hear_wechat(account: Account, called: Called) -> Heard:
    received = wechat_callbacks.hear(
        account,
        called.query,
        called.body,
        now=called.now,
        skew_max_s=called.skew_max_s,
        plaintext_allowed=called.plaintext_allowed,
    )
    if account.settings.get("reply_mode") != channel_kinds.PASSIVE:
        return Heard([received])

    def seal(reply: Reply) -> Sealed:
        to = passive_replies.Asked(account, called.query, called.body, received)
        return passive_replies.sealed(to, reply, called.now)

    return Heard([received], seal=seal)


def _verify_wechat(account: Account, called: Called) -> str:
    return wechat_callbacks.verify(account, called.query)


def _hear_mini_program(account: Account, called: Called) -> Heard:
    _check_pushes_are_wanted(account)
    return _hear_wechat(account, called)


def _verify_mini_program(account: Account, called: Called) -> str:
    _check_pushes_are_wanted(account)
    return _verify_wechat(account, called)


def _check_pushes_are_wanted(account: Account) -> None:
    """A mini-program need not push anything: without a token, nobody can prove to be WeChat."""
    if not account.token:
        raise NotGenuine("this mini-program has no message push")


def _hear_group_gateway(account: Account, called: Called) -> Heard:
    received = group_gateway.hear(
        account, called.headers, called.body, now=called.now, skew_max_s=called.skew_max_s
    )
    return Heard([received])


def _hear_wecom(account: Account, called: Called) -> Heard:
    received = wecom.hear(
        account, called.query, called.body, now=called.now, skew_max_s=called.skew_max_s
    )
    return Heard([received], answer="")


def _verify_wecom(account: Account, called: Called) -> str:
    return wecom.verify(account, called.query)


def _hear_smart_bot(account: Account, called: Called) -> Heard:
    asked = smart_bot.hear(
        account, called.query, called.body, now=called.now, skew_max_s=called.skew_max_s
    )

    def answer(text: str, is_finished: bool) -> bytes:
        return asked.answer(text, called.now, is_finished=is_finished)

    received = [asked.received] if asked.received is not None else []
    stream = Stream(asked.stream, answer) if asked.stream else None
    return Heard(received, answer="", stream=stream)


def _verify_smart_bot(account: Account, called: Called) -> str:
    return smart_bot.verify(account, called.query)


def _hear_reports(read: reports.Reading, answer: str) -> Callable[[Account, Called], Heard]:
    """``answer`` is what this provider takes for "we have it"."""

    def hear_reports(account: Account, called: Called) -> Heard:
        received = reports.hear(
            account,
            called.query,
            called.body,
            read,
            blind_index=called.blind_index,
            now=called.now,
        )
        return Heard(received, answer, "application/json")

    return hear_reports


def _nobody_verifies(account: Account, called: Called) -> str:
    raise NotGenuine("this platform never checks an address")


_TENCENT_OK, _ALIYUN_OK = '{"result":0,"errmsg":"OK"}', '{"code":0,"msg":"OK"}'
HEARERS: Mapping[Kind, Hearer] = {
    Kind.WECOM: Hearer(_hear_wecom, _verify_wecom),
    Kind.OFFICIAL_ACCOUNT: Hearer(_hear_wechat, _verify_wechat),
    Kind.MINI_PROGRAM: Hearer(_hear_mini_program, _verify_mini_program),
    Kind.SMART_BOT: Hearer(_hear_smart_bot, _verify_smart_bot),
    Kind.GROUP_GATEWAY: Hearer(_hear_group_gateway, _nobody_verifies),
    Kind.SMS_TENCENT: Hearer(_hear_reports(reports.tencent_sms, _TENCENT_OK), _nobody_verifies),
    Kind.VOICE_TENCENT: Hearer(_hear_reports(reports.tencent_voice, _TENCENT_OK), _nobody_verifies),
    Kind.SMS_ALIYUN: Hearer(_hear_reports(reports.aliyun_sms, _ALIYUN_OK), _nobody_verifies),
    Kind.VOICE_ALIYUN: Hearer(_hear_reports(reports.aliyun_voice, _ALIYUN_OK), _nobody_verifies),
}
