"""WeCom's corp tags: what staff mark a contact with, she is tagged with here. Of tags that are
mirrored, the two sides are compared, see ``mirrors``: what staff take away is taken here as well.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from app.domain.insight import corp_tags, mirrored_tags, tags
from app.domain.people import contacts, members
from app.handlers import member_tags, mirrors
from app.handlers.scene import AccountScene, Scene
from app.handlers.wecom import asking

RULE = "corp_tag"


def pull(session: Session, account: AccountScene, now: datetime) -> None:
    """Tags were made, renamed, moved or deleted: read them all."""
    asking.which_tags(session, account.event, now)


def be_told_of(session: Session, account: AccountScene, now: datetime) -> None:
    corp_tags.keep_to(session, account.channel.id, account.event.fields["Tags"], now)


def mirrored(session: Session, channel_id: int) -> Mapping[str, int]:
    """By the platform's id: which tag of ours is mirrored."""
    found = mirrored_tags.of_channel(session, channel_id)
    return {str(one.platform_tag_id): one.tag_id for one in found}


def has_news(
    session: Session,
    channel_id: int,
    external_userid: str,
    tag_ids: Collection[str],
    ours: Mapping[str, int],
) -> bool:
    """Whether one of her relations has marks that do not go with her tags here. ``ours`` are those
    that are mirrored; of them she may have more, from other staff."""
    if not tag_ids and not ours:
        return False
    identity = members.identity_of(session, channel_id, external_userid)
    if identity is None:
        return False
    held = {one.id for one in tags.of(session, identity.member_id)}
    if {ours[one] for one in tag_ids if one in ours} != held & set(ours.values()):
        return True
    known = corp_tags.known(session, channel_id, tag_ids)
    return any(one.tag_id not in held for one in known)


def mark(session: Session, scene: Scene, now: datetime) -> None:
    """What is told of a contact names the tags that her staff have given her."""
    assert scene.channel is not None
    relations = scene.event.fields.get("Staff", [])
    ids = {tag_id for relation in relations for tag_id in relation.get("TagIds", [])}
    ids -= mirrored(session, scene.channel.id).keys()
    for known in corp_tags.known(session, scene.channel.id, ids):
        told = f"{known.group_name} · {known.name}"
        member_tags.give(
            session, scene, known.tag_id, rule=RULE, rule_version=None, evidence=told, now=now
        )


def ask_for_all(session: Session, scene: Scene, now: datetime) -> None:
    """One of her relations was told of: where it has not the marks that we thought, who she is to
    all of her staff decides."""
    assert scene.channel is not None
    ours, sender = mirrored(session, scene.channel.id), scene.event.sender
    ids = {tag_id for told in scene.event.fields["Staff"] for tag_id in told["TagIds"]}
    if ours and has_news(session, scene.channel.id, sender, ids, ours):
        asking.who_is(session, scene.event, sender, now)


def compare(session: Session, scene: Scene, now: datetime) -> None:
    """All relations she has are told of. Marks end with the relation, which is nobody's wish, so
    without any there is nothing to compare."""
    assert scene.channel is not None
    identity = members.identity_of(session, scene.channel.id, scene.event.sender)
    living = contacts.userids(session, identity.id) if identity else []
    if identity is None or not living:
        return
    relations = scene.event.fields.get("Staff", [])
    marks = {one for told in relations if told["UserID"] in living for one in told["TagIds"]}
    give = partial(_give_mirrored, session, scene, now)
    mirrors.compare(session, scene.event, identity, marks, give, now)


def _give_mirrored(session: Session, scene: Scene, now: datetime, tag_id: int, name: str) -> None:
    said = f"{scene.channel.name if scene.channel else ''} → {name}"
    member_tags.give(
        session, scene, tag_id, rule=mirrors.RULE, rule_version=None, evidence=said, now=now
    )
