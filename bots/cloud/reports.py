"""Delivery reports, and what members answer, as providers push them to our address.

No provider signs its pushes. What proves them is the secret in the address that only the provider
was told: ``…/callback/<channel>?token=…``. Numbers do not stay in what is kept: they are masked,
with a blind index to find the member by. Sources: Tencent Cloud "下发状态通知", "短信回复",
"语音通知状态通知", "语音通知按键通知", "语音送达失败原因通知"; Aliyun "SmsReport", "SmsUp",
"VoiceReport".
"""

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from bots import hearing, wechat_xml
from bots.accounts import Account, BadCredentials
from bots.cloud import phones
from bots.messages import NotGenuine, Received, fingerprint

REPORT, REPLY = "report", "sms_reply"
BEIJING = timezone(timedelta(hours=8))
BODY_MAX_ENTRIES = 1000
TEXT_MAX = 500
NUMBERS = frozenset({"mobile", "phone_number", "callee", "caller", "call_from"})
# Beside the outcome: what a report says of it that names nobody.
KEPT = (
    *("errmsg", "description", "err_code", "err_msg", "sms_size", "out_id", "duration", "fee"),
    *("status_code", "status_msg", "hangup_direction", "failure_code", "failure_reason"),
)


class Unreadable(ValueError):
    """Genuine, but not what this provider pushes."""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one message: ``reason`` when it was not delivered."""

    platform_id: str
    phone: str
    delivered: bool
    reason: str
    at: datetime | None
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a member wrote back."""

    phone: str
    text: str
    at: datetime | None
    key: str


Reading = Callable[[Mapping[str, Any]], Report | Reply | None]


def hear(
    account: Account,
    query: Mapping[str, str],
    body: bytes,
    read: Reading,
    *,
    blind_index: Callable[[str], str],
    now: datetime,
) -> list[Received]:
    """Everything that one push says, each as a fact of its own. Raises TooLarge, BadCredentials
    without a token, and NotGenuine. Genuine entries that are not understood are ``unreadable``."""
    hearing.check_size(body)
    check_token(account, query)
    try:
        entries = _entries(body)
    except Unreadable as error:
        return [hearing.unreadable(body, str(error), now)]
    heard = []
    for entry in entries:
        try:
            said = read(entry)
        except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
            raw = json.dumps(_without_numbers(entry), ensure_ascii=True).encode()
            heard.append(hearing.unreadable(raw, str(error), now))
            continue
        if said is not None:
            heard.append(_received(said, blind_index, now))
    return heard


def check_token(account: Account, query: Mapping[str, str]) -> None:
    """Raises BadCredentials and NotGenuine."""
    if not account.token:
        raise BadCredentials("the channel has no token for its address")
    claimed = hearing.required(query, "token").encode("utf-8", "surrogatepass")
    if not any(hmac.compare_digest(token.encode(), claimed) for token in account.tokens):
        raise NotGenuine("the token does not match")


def tencent_sms(entry: Mapping[str, Any]) -> Report | Reply | None:
    phone = phones.national(_text(entry, "mobile"), str(entry.get("nationcode", "86")))
    if "text" in entry:
        at = datetime.fromtimestamp(int(entry["time"]), UTC) if "time" in entry else None
        return Reply(phone, _text(entry, "text"), at, fingerprint(entry))
    status = _text(entry, "report_status")
    if status not in ("SUCCESS", "FAIL"):
        raise Unreadable(f"report_status {status}")
    delivered = status == "SUCCESS"
    reason = "" if delivered else _failure(entry.get("errmsg"))
    at = _local(entry.get("user_receive_time"))
    return Report(_text(entry, "sid"), phone, delivered, reason, at, entry)


def aliyun_sms(entry: Mapping[str, Any]) -> Report | Reply | None:
    phone = phones.national(_text(entry, "phone_number"))
    if "content" in entry and "biz_id" not in entry:
        key = str(entry.get("sequence_id") or fingerprint(entry))
        return Reply(phone, _text(entry, "content"), _local(entry.get("send_time")), key)
    delivered = entry["success"] in (True, "true")
    reason = "" if delivered else _failure(entry.get("err_code"))
    at = _local(entry.get("report_time"))
    return Report(_text(entry, "biz_id"), phone, delivered, reason, at, entry)


def tencent_voice(entry: Mapping[str, Any]) -> Report | Reply | None:
    """Whether she answered, and if not why; a key she pressed changes nothing."""
    if "voicekey_callback" in entry:
        return None
    for name in ("voiceprompt_callback", "voice_failure_callback"):
        said = entry.get(name)
        if isinstance(said, Mapping):
            break
    else:
        raise Unreadable("no callback of a voice message")
    phone = phones.national(_text(said, "mobile"), str(said.get("nationcode", "86")))
    delivered = name == "voiceprompt_callback" and _text(said, "result") == "0"
    why = said.get("failure_reason") or {"1": "not answered"}.get(str(said.get("result")), "failed")
    reason = "" if delivered else _failure(why)
    return Report(_text(said, "callid"), phone, delivered, reason, None, said)


def aliyun_voice(entry: Mapping[str, Any]) -> Report | Reply | None:
    """She answered when the call has a beginning: that is empty "when not connected"."""
    phone = phones.national(_text(entry, "callee"))
    delivered = bool(entry.get("start_time"))
    reason = "" if delivered else _failure(entry.get("status_code"))
    at = _local(entry.get("end_time") or entry.get("originate_time"))
    return Report(_text(entry, "call_id"), phone, delivered, reason, at, entry)


def _received(said: Report | Reply, blind_index: Callable[[str], str], now: datetime) -> Received:
    index = blind_index(said.phone)
    known = {"Phone": phones.masked(said.phone), "PhoneIndex": index}
    happened_at = min(said.at or now, now)  # their clocks are not ours
    if isinstance(said, Reply):
        key, kind, own = f"reply:{index[:32]}:{said.key}", REPLY, {"Content": said.text}
    else:
        outcome = "delivered" if said.delivered else "failed"
        key, kind = f"report:{said.platform_id}:{outcome}", REPORT
        own = {"PlatformId": said.platform_id, "Outcome": outcome, "Reason": said.reason}
        own |= {name: _shown(said.said[name]) for name in KEPT if name in said.said}
    return Received(key=key, kind=kind, sender=index, happened_at=happened_at, fields=known | own)


def _failure(why: Any) -> str:
    return f"not_delivered:{_shown(why or '')[:80]}"


def _entries(body: bytes) -> list[Mapping[str, Any]]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable("not JSON") from None
    entries = said if isinstance(said, list) else [said]
    if len(entries) > BODY_MAX_ENTRIES or not all(isinstance(one, dict) for one in entries):
        raise Unreadable("neither an object nor a list of them")
    return entries


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    if not isinstance(value, (str, int)) or isinstance(value, bool) or not str(value):
        raise Unreadable(f"no {name}")
    if len(str(value)) > TEXT_MAX:
        raise Unreadable(f"{name} is too long")
    return wechat_xml.legible(str(value))


def _shown(value: Any) -> str:
    return wechat_xml.legible(str(value))[:TEXT_MAX]


def _local(written: Any) -> datetime | None:
    """``2015-10-17 08:03:04`` in Beijing; None for anything else."""
    try:
        return datetime.fromisoformat(str(written)).replace(tzinfo=BEIJING).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _without_numbers(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What nobody understands is kept for an operator to look at, but not whom it was about."""
    return {
        name: "****" if name in NUMBERS else _without_numbers(value) if _is_object(value) else value
        for name, value in entry.items()
    }


def _is_object(value: Any) -> bool:
    return isinstance(value, Mapping)
