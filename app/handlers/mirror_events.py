"""What mirroring tags makes happen: it begins, the platform names its tag, members are told of."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import inbox, outbox
from app.domain.insight import mirrored_tags
from app.domain.insight.mirrored_tags import MirroredTag
from app.domain.insight.tags import Tag
from app.domain.people import members
from app.handlers import mirrors
from app.handlers.scene import AccountScene, Scene
from app.inbox import InboxEvent
from app.outbox import OutboxMessage

NAME, DUE = "platform_tag_named", "mirror_due"
HOLDERS_AT_ONCE = 200


def begin(session: Session, account: AccountScene, now: datetime) -> None:
    """An operator wants a tag mirrored: the platform is asked for one of this name."""
    mirror = session.get_one(MirroredTag, int(account.event.fields["MirrorId"]))
    outbox.put(
        session,
        outbox.Address(mirror.channel_id, ""),
        key=f"{NAME}:{account.event.key}",
        purpose=outbox.QUESTION,
        kind=NAME,
        content={"mirror": mirror.id, "name": session.get_one(Tag, mirror.tag_id).name},
        cause=outbox.Cause(mirrors.RULE, None, account.event.id),
        now=now,
    )


def be_named(session: Session, account: AccountScene, now: datetime) -> None:
    """The platform has the tag: whoever has it here is to have it there."""
    asked = _asked(session, account.event)
    mirror = session.get_one(MirroredTag, asked.content["mirror"])
    mirror.platform_tag_id = str(account.event.fields["TagId"])
    _go_on(session, account, mirror, 0, now)


def pass_on(session: Session, account: AccountScene, now: datetime) -> None:
    """Those who have the tag here, some at a time, each in her own lane."""
    mirror = session.get_one(MirroredTag, int(account.event.fields["MirrorId"]))
    after_id = int(account.event.fields["After"])
    some = mirrored_tags.holders(session, mirror, after_id, HOLDERS_AT_ONCE)
    for identity in some:
        inbox.pass_on(
            session,
            account.event,
            key=f"{DUE}:{account.event.key}:{identity.id}",
            kind=DUE,
            channel_key=account.channel.key,
            sender=identity.external_id,
            fields={"TagId": str(mirror.tag_id)},
            now=now,
        )
    if len(some) == HOLDERS_AT_ONCE:
        _go_on(session, account, mirror, some[-1].id, now)


def send(session: Session, scene: Scene, now: datetime) -> None:
    """A tag of hers may not be the same on both sides."""
    tag_id = int(scene.event.fields["TagId"])
    mirrors.send(session, scene.event, scene.member.id, tag_id, now)


def agree(session: Session, scene: Scene, now: datetime) -> None:
    """The platform has done an errand of ours: both sides agree about this tag of hers."""
    done = _asked(session, scene.event)
    mirror = session.get_one(MirroredTag, done.content["mirror"])
    identity = members.identity_of(session, done.channel_id, done.recipient)
    if identity is not None and mirror.ended_at is None:
        mirrored_tags.note(session, identity.id, mirror.id, scene.event.kind == mirrors.GIVE)


def _go_on(
    session: Session, account: AccountScene, mirror: MirroredTag, after_id: int, now: datetime
) -> None:
    inbox.receive_own(
        session,
        key=f"mirror_holders:{account.event.id}:{after_id}",
        kind="mirror_holders",
        subject="",
        fields={"MirrorId": str(mirror.id), "After": str(after_id)},
        cause=account.event,
        now=now,
    )


def _asked(session: Session, answer: InboxEvent) -> OutboxMessage:
    """What was asked or done: the answer has its key."""
    return session.scalars(sa.select(OutboxMessage).where(OutboxMessage.key == answer.key)).one()
