"""Spoken: a keyword rule or a live code says its material; where it has none, or this account
cannot say it to her, its words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app import contents, outbox, personal
from app.domain.loyalty.entries import Cause
from app.domain.outreach.materials import spoken_materials
from app.domain.people.channels import Channel
from app.handlers import scene as scenes
from app.handlers.scene import Scene
from sop import wording
from sop.contents import Message
from sop.manners import REPLY

Content = Mapping[str, Any]


def say(
    session: Session,
    scene: Scene,
    holder: tuple[str, int],
    words: str,
    *,
    rule: str,
    rule_version: int | None = None,
    purpose: str = "reply",
    now: datetime,
) -> bool:
    """Returns False when the holder has neither a material nor words."""
    found = spoken_materials.of(session, *holder)
    key = f"{purpose}:{scene.event.key}:{rule}"
    if found is not None and scene.address is not None:
        address, due_at = scenes.way_to(session, scene, scene.address, now)
        channel = session.get_one(Channel, address.channel_id)
        cause = Cause(rule, rule_version, scene.event.id)
        saying = contents.Saying(channel, {scene.member.id: key}, cause, address.way)
        said = of_material(session, scene, found.message, saying, now)
        if said is not None:
            kind, content = said
            outbox.put(
                session,
                address,
                key=key,
                purpose=purpose,
                kind=kind,
                content=content,
                cause=outbox.Cause(rule, rule_version, scene.event.id, category=REPLY),
                due_at=due_at,
                now=now,
            )
            return True
    if words:
        about: dict[str, Any] = {"rule": rule, "rule_version": rule_version, "purpose": purpose}
        scenes.say(session, scene, words, **about, now=now)
    return bool(words)


def of_material(
    session: Session, scene: Scene, message: Message, saying: contents.Saying, now: datetime
) -> tuple[str, Content] | None:
    """The kind and the content that she gets of it; None when she cannot be told it this way."""
    try:
        sent = contents.as_sent(session, message, saying, scene.programme, now)
        own = sent.values.get(scene.member.id)
        if scene.member.id in sent.refused:
            return None
        filled = personal.content_for_member(
            session, sent.content, scene.member, scene.programme, now, own
        )
    except (contents.CannotBeSaid, wording.NothingToFill):
        return None
    return sent.kind, filled
