"""What became of messages that an official account or a mini-program took, and what members agree
to be told: events of the platform about our own messages."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.outreach.allowances import subscribe_grants
from app.domain.people import members
from app.handlers.scene import AccountScene, Scene
from app.outbox import State
from app.sending import reports
from app.sending.reports import Told

_COUNTS = {
    "total": "TotalCount",
    "filtered": "FilterCount",
    "sent": "SentCount",
    "errors": "ErrorCount",
}


def template_ended(session: Session, account: AccountScene, now: datetime) -> None:
    """Its status is ``success``, ``failed:user block`` or ``failed: system failed``, spaced at
    will."""
    fields = account.event.fields
    status = "".join(str(fields.get("Status", "")).lower().split())
    reasons = {"failed:userblock": "user_block", "failed:systemfailed": "system_failed"}
    told = (
        Told(State.DELIVERED)
        if status == "success"
        else Told(State.FAILED, reasons.get(status, "template_failed"))
    )
    reports.tell(session, account.channel.id, _message_id(fields), told, now)


def mass_ended(session: Session, account: AccountScene, now: datetime) -> None:
    """Status is ``send success``, ``send fail`` or ``err(10001)`` and its like."""
    fields = account.event.fields
    status = " ".join(str(fields.get("Status", "")).lower().split())
    counts: dict[str, Any] = {name: _number(fields.get(its)) for name, its in _COUNTS.items()}
    counts["status"] = status
    is_sent = status in ("send success", "sendsuccess")
    told = (
        Told(State.DELIVERED, None, counts)
        if is_sent
        else Told(State.FAILED, f"mass_failed:{status}", counts)
    )
    reports.tell(session, account.channel.id, _message_id(fields), told, now)


def subscribe_ended(session: Session, account: AccountScene, now: datetime) -> None:
    for entry in _entries(account.event.fields, "SubscribeMsgSentEvent"):
        code = str(entry.get("ErrorCode", "0"))
        told = (
            Told(State.DELIVERED)
            if code == "0"
            else Told(State.FAILED, f"subscribe_failed:{entry.get('ErrorStatus') or code}")
        )
        reports.tell(session, account.channel.id, _message_id(entry), told, now)


def decide(session: Session, scene: Scene, now: datetime) -> None:
    """She has agreed to a template's next message, or refuses its messages."""
    fields = scene.event.fields
    assert scene.channel is not None
    identity = members.identity_of(session, scene.channel.id, scene.event.sender)
    assert identity is not None, "the scene has met her"
    for name in ("SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent"):
        for entry in _entries(fields, name):
            template_id = str(entry.get("TemplateId", ""))
            status = str(entry.get("SubscribeStatusString", ""))
            if status == "accept" and scene.event.kind == "event.subscribe_msg_popup_event":
                subscribe_grants.agree(session, identity.id, template_id)
            elif status == "reject":
                subscribe_grants.refuse(session, identity.id, template_id)


def _entries(fields: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    """The platform sends one entry as an object and several as a list; in JSON, without the
    element around them."""
    around = fields.get(name, fields if _is_bare(fields, name) else {})
    listed = around.get("List", []) if isinstance(around, Mapping) else []
    for entry in listed if isinstance(listed, list) else [listed]:
        if isinstance(entry, Mapping):
            yield entry


def _is_bare(fields: Mapping[str, Any], name: str) -> bool:
    event = str(fields.get("Event", "")).replace("_", "").lower()
    return "List" in fields and event == name.lower()


def _message_id(fields: Mapping[str, Any]) -> str:
    """MsgID, which the platform also writes MsgId and msgid."""
    named = {name.lower(): value for name, value in fields.items()}
    return str(named.get("msgid", ""))


def _number(text: Any) -> int | None:
    return int(text) if str(text).isdecimal() else None
