"""What mirroring tags makes happen: it begins, the platform names its tag, members are told of."""

from datetime import datetime

from sqlalchemy.orm import Session

from app import inbox, outbox
from app.domain.insight import mirrored_tags
from app.domain.insight.mirrored_tags import MirroredTag
from app.domain.insight.tags import Tag
from app.domain.people import members
from app.domain.people.channels import Channel, Kind
from app.handlers import mirrors, questions
from app.handlers.scene import AccountScene, Scene
from app.handlers.wecom import asking
from app.inbox import InboxEvent

NAME = "platform_tag_named"
HOLDERS_AT_ONCE = 200


def begin(session: Session, account: AccountScene, now: datetime) -> None:
    """An operator wants a tag mirrored: the platform is asked for one of this name."""
    mirror = session.get_one(MirroredTag, int(account.event.fields["MirrorId"]))
    outbox.put(
        session,
        outbox.Address(mirror.channel_id, "", way=NAME),
        key=f"{NAME}:{account.event.key}",
        purpose=outbox.QUESTION,
        kind=NAME,
        content={"mirror": mirror.id, "name": session.get_one(Tag, mirror.tag_id).name},
        cause=outbox.Cause(mirrors.RULE, None, account.event.id),
        now=now,
    )


def be_named(session: Session, account: AccountScene, now: datetime) -> None:
    """The platform has the tag: whoever has it here is to have it there."""
    asked = questions.asked(session, account.event)
    mirror = session.get_one(MirroredTag, asked.content["mirror"])
    _stand_for(session, account.event, mirror, now)


def tell_of_expiry(session: Session, scene: Scene, now: datetime) -> None:
    """Her tag's time is over here; where it is mirrored it ends too."""
    mirrors.tell(session, scene.event, scene.member.id, int(scene.event.fields["TagId"]), now)


def pass_on(session: Session, account: AccountScene, now: datetime) -> None:
    """Those who have the tag here, some at a time, each in her own lane."""
    mirror = session.get_one(MirroredTag, int(account.event.fields["MirrorId"]))
    after_id = int(account.event.fields["After"])
    some = mirrored_tags.holders(session, mirror, after_id, HOLDERS_AT_ONCE)
    for identity in some:
        inbox.pass_on(
            session,
            account.event,
            key=f"{mirrors.DUE}:{account.event.key}:{identity.id}",
            kind=mirrors.DUE,
            channel_key=account.channel.key,
            sender=identity.external_id,
            fields={"TagId": str(mirror.tag_id)},
            now=now,
        )
    if len(some) == HOLDERS_AT_ONCE:
        _go_on(session, account.event, mirror, some[-1].id, now)


def send(session: Session, scene: Scene, now: datetime) -> None:
    """A tag of hers may not be the same on both sides; the platform of the event is told."""
    tag_id = int(scene.event.fields["TagId"])
    mirrors.tell_here(session, scene.event, scene.member.id, tag_id, now)


def agree(session: Session, scene: Scene, now: datetime) -> None:
    """The platform has done an errand of ours: both sides agree about this tag of hers. If it found
    the tag gone and another of its name, that one is ours from now on, for everybody."""
    done = questions.asked(session, scene.event)
    mirror = session.get_one(MirroredTag, done.content["mirror"])
    identity = members.identity_of(session, done.channel_id, done.recipient)
    if mirror.ended_at is not None:
        return
    if scene.event.fields["TagId"] != done.content["tag_id"]:
        _stand_for(session, scene.event, mirror, now)
    if identity is not None:
        mirrored_tags.note(session, identity.id, mirror.id, scene.event.kind == mirrors.GIVE)


def _stand_for(session: Session, told: InboxEvent, mirror: MirroredTag, now: datetime) -> None:
    """Whoever has the tag here is to have this one there; what else there is, is read again."""
    mirrored_tags.stand_for(session, mirror, str(told.fields["TagId"]))
    if session.get_one(Channel, mirror.channel_id).kind == Kind.WECOM:
        asking.which_tags(session, told, now)
    _go_on(session, told, mirror, 0, now)


def _go_on(
    session: Session, cause: InboxEvent, mirror: MirroredTag, after_id: int, now: datetime
) -> None:
    inbox.receive_own(
        session,
        key=f"mirror_holders:{cause.id}:{after_id}",
        kind="mirror_holders",
        subject="",
        fields={"MirrorId": str(mirror.id), "After": str(after_id)},
        cause=cause,
        now=now,
    )
