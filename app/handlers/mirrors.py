"""Mirrored tags: a tag that is given or taken here is given or taken at the platform, and the
other way round. See ``insight.mirrored_tags`` for how the two sides are compared.

What we do at the platform is an errand in the outbox: silent, and harmless when it is done twice.
Its answer is the moment from which both sides agree.
"""

from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy.orm import Session

from app import outbox
from app.domain.insight import mirrored_tags, tags
from app.domain.insight.mirrored_tags import MirroredTag
from app.domain.insight.tags import Tag
from app.domain.people import members
from app.domain.people.members import Identity
from app.inbox import InboxEvent

RULE = "platform_tag"
GIVE, TAKE = "platform_tag", "platform_untag"


def send(session: Session, event: InboxEvent, member_id: int, tag_id: int, now: datetime) -> None:
    """Her tag was given or taken here: tell every platform that mirrors it and knows her."""
    held = tag_id in {tag.id for tag in tags.of(session, member_id)}
    for mirror in mirrored_tags.of_tag(session, tag_id):
        identity = members.on_channel(session, member_id, mirror.channel_id)
        if identity is not None and identity.followed_at is not None:
            _send(session, event, identity, mirror, held, now)


def compare(
    session: Session,
    event: InboxEvent,
    identity: Identity,
    theirs: Collection[str],
    give: Callable[[int, str], object],
    now: datetime,
) -> None:
    """The platform says which of its tags she has. What differs from what both sides knew is a
    change of theirs, which we follow with ``give``, or one of ours, which they are told."""
    ours = {tag.id for tag in tags.of(session, identity.member_id)}
    known = mirrored_tags.known(session, [identity.id]).get(identity.id, frozenset())
    for mirror in mirrored_tags.of_channel(session, identity.channel_id):
        here, there = mirror.tag_id in ours, mirror.platform_tag_id in theirs
        if here == there:
            mirrored_tags.note(session, identity.id, mirror.id, here)
        elif there == (mirror.id in known):
            _send(session, event, identity, mirror, here, now)
        else:
            mirrored_tags.note(session, identity.id, mirror.id, there)
            if there:
                give(mirror.tag_id, session.get_one(Tag, mirror.tag_id).name)
            else:
                tags.remove(session, identity.member_id, mirror.tag_id, None, now)


def _send(
    session: Session,
    event: InboxEvent,
    identity: Identity,
    mirror: MirroredTag,
    held: bool,
    now: datetime,
) -> None:
    kind = GIVE if held else TAKE
    outbox.put(
        session,
        outbox.Address(identity.channel_id, identity.external_id, identity.member_id),
        key=f"{kind}:{mirror.id}:{identity.id}:{event.key}",
        purpose=outbox.QUESTION,
        kind=kind,
        content={"mirror": mirror.id, "tag_id": mirror.platform_tag_id},
        cause=outbox.Cause(RULE, None, event.id),
        now=now,
    )
