"""Route checks: what is wrong with the ways of a definition that can be known before anybody is
told anything."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app import personal
from app.domain.outreach import material_uses, message_templates, sayable
from app.domain.people.channels import Channel
from app.sending import routes, ways
from app.sending.ways import Way
from sop import routes as sop_routes
from sop.contents import Message
from sop.reading import Problem, Reader

_NO_CHANNEL = "没有这个渠道账号", "there is no such channel"
_NOT_OFFERED = "这个渠道账号没有这种方式", "this channel has no such way"
_UNSAYABLE = "这种方式不能发送这种消息", "this way cannot say this kind of message"
_NOT_APPROVED = "账号没有这个模板，或还没有拉取", "the account has no such template, or none pulled"
_PERSONAL = (
    "这种方式对所有人说一样的话：请为它另写一条不带占位符的消息",
    "this way says the same to everybody: write it a message without placeholders",
)


def problems_in(
    session: Session, channel: Channel, written: Any, audience: str, path: str = ""
) -> Iterator[Problem]:
    """Of every route that stands somewhere in a definition whose shape is right."""
    if isinstance(written, Mapping):
        if written.get("route"):
            yield from _of_route(session, channel, written, audience, path)
        for name, value in written.items():
            at = f"{path}.{name}" if path else name
            yield from problems_in(session, channel, value, audience, at)
    elif isinstance(written, (list, tuple)):
        for index, value in enumerate(written):
            yield from problems_in(session, channel, value, audience, f"{path}[{index}]")


def _of_route(
    session: Session, channel: Channel, written: Mapping[str, Any], audience: str, path: str
) -> Iterator[Problem]:
    """The ways of one step, or of a broadcast, which has its own message beside them."""
    read = sop_routes.read(Reader(), "route", written["route"], audience, ())
    said = _messages(session, written)
    for index, way in enumerate(routes.resolve(session, read, channel, audience).ways):
        at = f"{path}.route[{index}]" if path else f"route[{index}]"
        own = [material_uses.resolved(session, way.message)] if way.message else said
        yield from _of_way(session, way, own, at)


def _of_way(session: Session, way: Way, said: Sequence[Message], at: str) -> Iterator[Problem]:
    if way.problem:
        words = _NO_CHANNEL if way.problem == ways.NO_CHANNEL else _NOT_OFFERED
        yield Problem(f"{at}.channel", *words)
        return
    for message in said:
        if not sayable.can_say(message.kind, way.channel.kind, way.name):
            yield Problem(f"{at}.message", *_UNSAYABLE)
        elif way.name in ways.GATHERED and not personal.is_same_for_all(message.content):
            yield Problem(f"{at}.message", *_PERSONAL)
        elif way.name in (ways.TEMPLATE, ways.SUBSCRIBE):
            named = str(message.content.get("template_id", ""))
            if not message_templates.is_approved(session, way.channel.id, named, way.name):
                yield Problem(f"{at}.message.content.template_id", *_NOT_APPROVED)


def _messages(session: Session, written: Mapping[str, Any]) -> list[Message]:
    """What is said where a way says nothing of its own: the message, or each of its variants."""
    arms = [arm.get("message") for arm in written.get("variants") or []]
    found = [one for one in (written.get("message"), *arms) if one]
    return [
        material_uses.resolved(session, Message(one["kind"], one.get("content") or {}))
        for one in found
    ]
