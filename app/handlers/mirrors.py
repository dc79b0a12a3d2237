"""Mirrored tags: a tag that is given or taken here is given or taken at the platform, and the
other way round. See ``insight.mirrored_tags`` for how the two sides are compared.

What we do at the platform is an errand in the outbox: silent, and harmless when it is done twice.
Its answer is the moment from which both sides agree.
"""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from app import inbox, outbox
from app.domain.insight import mirrored_tags, tags
from app.domain.insight.mirrored_tags import MirroredTag
from app.domain.insight.tags import Tag
from app.domain.outreach.allowances import limit_table, limits
from app.domain.people import contacts, members
from app.domain.people.channels import Channel, Kind
from app.domain.people.members import Identity
from app.inbox import InboxEvent

RULE = "platform_tag"
GIVE, TAKE = "platform_tag", "platform_untag"
DUE = "mirror_due"
COMPARED = frozenset({"follower", "contact"})  # both sides are compared there, last of all


def tell(session: Session, event: InboxEvent, member_id: int, tag_id: int, now: datetime) -> None:
    """Her tag was given or taken here: every platform that mirrors it and knows her is told, each
    in her lane there, so that nothing that platform says of her is overtaken."""
    for mirror, identity in _knowing(session, member_id, tag_id):
        if mirror.channel_id != event.channel_id or event.room:
            _pass_on(session, event, identity, tag_id, now)
        elif event.kind not in COMPARED:
            _send(session, event, identity, mirror, _has(session, member_id, tag_id), now)


def tell_here(
    session: Session, event: InboxEvent, member_id: int, tag_id: int, now: datetime
) -> None:
    """The platform of the event is told whether she has the tag."""
    for mirror, identity in _knowing(session, member_id, tag_id):
        if mirror.channel_id == event.channel_id:
            _send(session, event, identity, mirror, _has(session, member_id, tag_id), now)


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
                _tell_elsewhere(session, event, identity, mirror.tag_id, now)


def _tell_elsewhere(
    session: Session, event: InboxEvent, changed: Identity, tag_id: int, now: datetime
) -> None:
    for mirror, identity in _knowing(session, changed.member_id, tag_id):
        if mirror.channel_id != changed.channel_id:
            _pass_on(session, event, identity, tag_id, now)


def _knowing(
    session: Session, member_id: int, tag_id: int
) -> Iterator[tuple[MirroredTag, Identity]]:
    for mirror in mirrored_tags.of_tag(session, tag_id):
        identity = members.on_channel(session, member_id, mirror.channel_id)
        if identity is not None and identity.followed_at is not None:
            yield mirror, identity


def _has(session: Session, member_id: int, tag_id: int) -> bool:
    return tag_id in tags.held(session, [member_id], [tag_id]).get(member_id, frozenset())


def _pass_on(
    session: Session, event: InboxEvent, identity: Identity, tag_id: int, now: datetime
) -> None:
    inbox.pass_on(
        session,
        event,
        key=f"{DUE}:{tag_id}:{identity.id}:{event.key}",
        kind=DUE,
        channel_key=session.get_one(Channel, identity.channel_id).key,
        channel_id=identity.channel_id,
        sender=identity.external_id,
        fields={"TagId": str(tag_id)},
        now=now,
    )


def _send(
    session: Session,
    event: InboxEvent,
    identity: Identity,
    mirror: MirroredTag,
    held: bool,
    now: datetime,
) -> None:
    """On WeCom a mark stands between her and a member of staff: without one there is none."""
    userids = contacts.userids(session, identity.id)
    channel_kind = session.get_one(Channel, identity.channel_id).kind
    if not userids and channel_kind == Kind.WECOM:
        return
    kind, name = GIVE if held else TAKE, session.get_one(Tag, mirror.tag_id).name
    what = {"mirror": mirror.id, "tag_id": mirror.platform_tag_id, "name": name}
    errand_id = outbox.put(
        session,
        outbox.Address(identity.channel_id, identity.external_id, identity.member_id, way=kind),
        key=f"{kind}:{mirror.id}:{identity.id}:{event.key}",
        purpose=outbox.QUESTION,
        kind=kind,
        content={**what, "userids": list(userids)},
        cause=outbox.Cause(RULE, None, event.id),
        now=now,
    )
    is_limited = held and channel_kind == Kind.OFFICIAL_ACCOUNT
    if errand_id is None or not is_limited:
        return
    most = limits.value(session, limit_table.FOLLOWER_TAGS)
    if mirrored_tags.before(session, identity, mirror) >= most:
        errand = session.get_one(outbox.OutboxMessage, errand_id)
        outbox.suppress(errand, "too_many_tags_on_follower", now)
