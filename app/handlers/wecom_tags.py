"""WeCom's corp tags: what staff mark a contact with, she is tagged with here."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.insight import corp_tags, tags
from app.domain.people import members
from app.handlers import wecom_questions
from app.handlers.scene import AccountScene, Scene, tag

RULE = "corp_tag"


def pull(session: Session, account: AccountScene, now: datetime) -> None:
    """Tags were made, renamed, moved or deleted: read them all."""
    key = f"{wecom_questions.CORP_TAGS}:{account.event.key}"
    wecom_questions.put(session, account.event, wecom_questions.CORP_TAGS, key, "", {}, now)


def be_told_of(session: Session, account: AccountScene, now: datetime) -> None:
    corp_tags.keep_to(session, account.channel.id, account.event.fields["Tags"], now)


def has_news(
    session: Session, channel_id: int, external_userid: str, tag_ids: Collection[str]
) -> bool:
    """Whether staff have marked her with something that she is not tagged with here."""
    known = corp_tags.known(session, channel_id, tag_ids) if tag_ids else []
    identity = members.identity_of(session, channel_id, external_userid) if known else None
    if identity is None:
        return False
    held = {one.id for one in tags.of(session, identity.member_id)}
    return any(one.tag_id not in held for one in known)


def mark(session: Session, scene: Scene, now: datetime) -> None:
    """What is told of a contact names the tags that her staff have given her."""
    assert scene.channel is not None
    relations = scene.event.fields.get("Staff", [])
    ids = {tag_id for relation in relations for tag_id in relation.get("TagIds", [])}
    for known in corp_tags.known(session, scene.channel.id, ids):
        told = f"{known.group_name} · {known.name}"
        tag(session, scene, known.tag_id, rule=RULE, rule_version=None, evidence=told, now=now)
