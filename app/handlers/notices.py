"""Notices: a member's words that a member of staff wants to hear of, told by the corp's app."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app import outbox
from app.domain.outreach.allowances import limit_table, limits
from app.domain.people import channels
from app.domain.people.channels import Channel, Kind
from app.handlers import texts
from app.handlers.scene import Scene
from sop import wording

WANTED_FOR = timedelta(hours=1)  # and so often, at most, of one member by one rule
EXCERPT_CHARS = 200


def tell_staff(session: Session, scene: Scene, now: datetime) -> None:
    """A keyword rule may name somebody to be told, once an hour for each member."""
    rules = {hit.rule_id: scene.words.rules[hit.rule_id] for hit in scene.hits}
    wanted = [rule for rule in rules.values() if rule.notify_userid]
    channel = _corp(session, scene) if wanted else None
    if channel is None:
        return
    place = scene.group.name if scene.group is not None else ""
    name = scene.member.nickname or "一位会员"
    text = texts.notice(name, place or channel.name, scene.heard[:EXCERPT_CHARS])
    hour = int(scene.event.received_at.timestamp() // WANTED_FOR.total_seconds())
    for rule in wanted:
        outbox.put(
            session,
            outbox.Address(channel.id, rule.notify_userid, way="app"),
            key=f"notice:{rule.id}:{scene.member.id}:{hour}",
            purpose="notice",
            kind="text",
            content={"text": wording.cut(text, limits.value(session, limit_table.APP_TEXT_BYTES))},
            cause=outbox.Cause(f"keyword:{rule.id}", rule.version, scene.event.id),
            expires_at=now + WANTED_FOR,
            now=now,
        )


def _corp(session: Session, scene: Scene) -> Channel | None:
    """The corp she spoke to, or else the first there is: a rule is of no channel."""
    if scene.channel is not None and scene.channel.kind == Kind.WECOM:
        return scene.channel
    corps = (known for known in channels.all_of(session) if known.kind == Kind.WECOM)
    return next(corps, None)
