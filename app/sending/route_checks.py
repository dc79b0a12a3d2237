"""Route checks: what is wrong with the ways of a definition that can be known before anybody is
told anything."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from app import personal
from app.domain.outreach import message_templates
from app.domain.outreach.materials import material_uses, sayable
from app.domain.people.channels import Channel
from app.sending import routes, ways
from app.sending.ways import Way
from sop import routes as sop_routes
from sop.contents import Message
from sop.reading import Problem, Reader, under

_NO_CHANNEL = "没有这个渠道账号", "there is no such channel"
_NOT_OFFERED = "这个渠道账号没有这种方式", "this channel has no such way"
_UNSAYABLE = "这种方式不能发送这种消息", "this way cannot say this kind of message"
_NEVER_SAID = "这个渠道账号不能发送这种消息", "this channel cannot send this kind of message"
_NOT_APPROVED = "账号没有这个模板，或还没有拉取", "the account has no such template, or none pulled"
_THE_SAME = (
    "这种方式对所有人说一样的话：请为它另写一条不带占位符的消息",
    "this way says the same to everybody: write it a message without placeholders",
)
_USUAL_IS_THE_SAME = (
    "这个渠道账号的通常方式对所有人说一样的话：请去掉占位符，或选别的发送方式",
    "this channel says the same to everybody: leave out the placeholders, or choose another way",
)
# What becomes a link of each member's own.
_PERSONAL_KINDS = frozenset({"coupon", "form"})


def problems_in(
    session: Session, channel: Channel, written: Any, audience: str, path: str = ""
) -> Iterator[Problem]:
    """Of everything that is said somewhere in a definition whose shape is right, over its route;
    without one, over the way that is usual on the channel."""
    if isinstance(written, Mapping):
        if "way" not in written and ("message" in written or "variants" in written):
            yield from _of_route(session, channel, written, audience, path)
            return
        for name, value in written.items():
            yield from problems_in(session, channel, value, audience, under(path, name))
    elif isinstance(written, (list, tuple)):
        for index, value in enumerate(written):
            yield from problems_in(session, channel, value, audience, f"{path}[{index}]")


def _of_route(
    session: Session, channel: Channel, written: Mapping[str, Any], audience: str, path: str
) -> Iterator[Problem]:
    """The ways of one step, or of a broadcast, which has its own message beside them."""
    read = sop_routes.read(Reader(), "route", written.get("route") or [], audience, ())
    said = [(at, _message(session, one)) for at, one in _messages(written, path)]
    for index, way in enumerate(routes.resolve(session, read, channel, audience).ways):
        if not read:
            for at, message in said:
                yield from _over(session, way, message, at, is_usual=True)
            return
        at = under(path, f"route[{index}]")
        if way.problem:
            words = _NO_CHANNEL if way.problem == ways.NO_CHANNEL else _NOT_OFFERED
            yield Problem(f"{at}.channel", *words)
        elif way.message:
            own = material_uses.resolved(session, way.message)
            yield from _over(session, way, own, f"{at}.message")
        else:
            wrong = [problem for _, one in said for problem in _over(session, way, one, at)]
            yield from dict.fromkeys(wrong)


def _over(
    session: Session, way: Way, message: Message, at: str, *, is_usual: bool = False
) -> Iterator[Problem]:
    """Why this way, or the usual one that nobody chose, cannot say this message to anybody."""
    if not sayable.can_say(message.kind, way.channel.kind, way.name):
        yield Problem(at, *(_NEVER_SAID if is_usual else _UNSAYABLE))
    elif way.name in ways.GATHERED and _is_personal(message):
        yield Problem(at, *(_USUAL_IS_THE_SAME if is_usual else _THE_SAME))
    elif way.name in (ways.TEMPLATE, ways.SUBSCRIBE):
        named = str(message.content.get("template_id", ""))
        if not message_templates.is_approved(session, way.channel.id, named, way.name):
            yield Problem(f"{at}.content.template_id", *_NOT_APPROVED)


def _is_personal(message: Message) -> bool:
    return message.kind in _PERSONAL_KINDS or not personal.is_same_for_all(message.content)


def _messages(written: Mapping[str, Any], path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What is said where a way says nothing of its own: the message, or each of its variants."""
    if written.get("message"):
        yield under(path, "message"), written["message"]
    for index, arm in enumerate(written.get("variants") or []):
        yield under(path, f"variants[{index}].message"), arm["message"]


def _message(session: Session, written: Mapping[str, Any]) -> Message:
    return material_uses.resolved(session, Message(written["kind"], written["content"]))
