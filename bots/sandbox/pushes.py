"""The messages and events a member's phone makes the platform send (platform.md §1.3-1.4)."""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bots.sandbox.accounts import Account

MASS_SEND_REPORTER = "mphelper"
RANDOM_BITS = 20
AGENT = "agent1@sandbox"


@dataclass(frozen=True, slots=True)
class Act:
    """One thing a member does, in the words of POST /sandbox/act."""

    do: str
    text: str = ""
    scene: str = ""
    key: str = ""
    ticket: str = ""
    template: str = ""
    was_subscribed: bool = True


Push = dict[str, Any]


def of_act(account: Account, openid: str, act: Act, now: datetime) -> Push:
    """Raises KeyError if ``act.do`` is not in ACTS."""
    return _common(account, openid, now) | ACTS[act.do](act, now)


def event(account: Account, openid: str, name: str, now: datetime, **fields: Any) -> Push:
    """An event that no act of ``ACTS`` makes."""
    return _common(account, openid, now) | _event(name, **fields)


def mass_send_finished(
    account: Account, msg_id: int, total: int, sent_count: int, now: datetime
) -> Push:
    """Who could not be reached counts as an error, as nothing is filtered here."""
    return _common(account, MASS_SEND_REPORTER, now) | {
        "MsgType": "event",
        "Event": "MASSSENDJOBFINISH",
        "MsgID": msg_id,
        "Status": "send success" if sent_count else "send fail",
        "TotalCount": total,
        "FilterCount": total,
        "SentCount": sent_count,
        "ErrorCount": total - sent_count,
    }


def new_message_id(now: datetime) -> int:
    """Grows, fits 63 bits, is far above 2**53, and is not used again after the state is lost."""
    return int(now.timestamp() * 1000) << RANDOM_BITS | secrets.randbits(RANDOM_BITS)


def ticket_of(scene: str) -> str:
    """The ticket of a code that was not made through the API (printed long ago, say)."""
    return "gQ" + hashlib.sha256(scene.encode()).hexdigest()[:60]


def _common(account: Account, openid: str, now: datetime) -> Push:
    return {
        "ToUserName": account.original_id,
        "FromUserName": openid,
        "CreateTime": int(now.timestamp()),
    }


def _message(kind: str, now: datetime, **fields: Any) -> Push:
    return {"MsgType": kind, **fields, "MsgId": new_message_id(now)}


def _event(name: str, **fields: Any) -> Push:
    return {"MsgType": "event", "Event": name, **fields}


def _media_id() -> str:
    return secrets.token_urlsafe(48)


def _image(act: Act, now: datetime) -> Push:
    url = act.text or "http://mmbiz.qpic.cn/sandbox/0"
    return _message("image", now, PicUrl=url, MediaId=_media_id())


def _voice(act: Act, now: datetime) -> Push:
    heard = {"Recognition": act.text} if act.text else {}
    return _message("voice", now, MediaId=_media_id(), Format="amr", **heard)


def _location(act: Act, now: datetime) -> Push:
    place = {"Location_X": "31.230390", "Location_Y": "121.473702", "Scale": 15}
    return _message("location", now, **place, Label=act.text or "上海市黄浦区人民广场")


def _subscribe(act: Act, now: datetime) -> Push:
    if not act.scene:
        return _event("subscribe", EventKey="")
    return _event("subscribe", EventKey=f"qrscene_{act.scene}", Ticket=act.ticket)


def _scan(act: Act, now: datetime) -> Push:
    """Who does not follow yet subscribes by scanning."""
    if not act.was_subscribed:
        return _subscribe(act, now)
    return _event("SCAN", EventKey=act.scene, Ticket=act.ticket)


def _agent(event: str) -> Callable[[Act, datetime], Push]:
    """What an agent of the account does with her, ``key`` being the agent's name there (official
    documentation: "Session control" of customer service)."""
    return lambda act, now: _event(event, KfAccount=act.key or AGENT)


ACTS: Mapping[str, Callable[[Act, datetime], Push]] = {
    "text": lambda act, now: _message("text", now, Content=act.text),
    "image": _image,
    "voice": _voice,
    "location": _location,
    "subscribe": _subscribe,
    "unsubscribe": lambda act, now: _event("unsubscribe", EventKey=""),
    "scan": _scan,
    "agent_begins": _agent("kf_create_session"),
    "agent_hands_over": lambda act, now: _event(
        "kf_switch_session", FromKfAccount=AGENT, ToKfAccount=act.key or "agent2@sandbox"
    ),
    "agent_ends": _agent("kf_close_session"),
    "click": lambda act, now: _event("CLICK", EventKey=act.key),
    "menu_view": lambda act, now: _event("VIEW", EventKey=act.key or act.text, MenuId="100000001"),
}
