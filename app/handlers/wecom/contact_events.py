"""WeCom contacts: members and staff become each other's contacts, and cease to be.

What an event says is done at once; what it does not say (who she is elsewhere, whose contact she
is too) is asked for, and the answer, an event of its own, puts right whatever was lost, late or
out of order.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app import outbox, personal
from app.contents import Saying
from app.domain.insight import mirrored_tags
from app.domain.loyalty.entries import Cause
from app.domain.outreach.allowances import limit_table, limits
from app.domain.outreach.materials import spoken_materials
from app.domain.outreach.materials.spoken_materials import LIVE_CODE
from app.domain.people import contacts, groups, members
from app.domain.people.channels import Channel
from app.domain.people.contacts import EndedBy, Relation
from app.domain.people.members import Identity
from app.handlers import comings, live_code_arrivals, spoken, texts
from app.handlers.scene import Scene, joined, left
from app.handlers.wecom import asking, staff_events
from app.sending import staff_jobs
from sop import wording
from sop.manners import REPLY

WELCOME = "welcome"  # the way of the one message that a new contact gets by her code
ON_ITS_WAY = timedelta(seconds=2)  # so long before its end a welcome is not begun any more
BY_TRANSFER = "DELETE_BY_TRANSFER"


def add(session: Session, scene: Scene, now: datetime) -> None:
    """They are each other's contacts: she has joined."""
    _begin(session, scene, is_half=False, now=now)
    first_time = comings.arrive(session, scene, now)
    welcome(session, scene, first_time, now)
    joined(session, scene, now)


def add_half(session: Session, scene: Scene, now: datetime) -> None:
    """She has added a member of staff who has yet to confirm it: she is welcomed, and has joined
    once it is confirmed."""
    _begin(session, scene, is_half=True, now=now)
    live_code_arrivals.note(session, scene, comings.live_code(session, scene), now)
    welcome(session, scene, scene.member.joined_at is None, now)


def pull(session: Session, scene: Scene, now: datetime) -> None:
    """Something about her has changed: ask what she and her relations are now."""
    asking.who_is(session, scene.event, scene.event.sender, now)


def be_deleted(session: Session, scene: Scene, now: datetime) -> None:
    """A member of staff has deleted her, or has handed her over."""
    by_transfer = scene.event.fields.get("Source") == BY_TRANSFER
    end(session, scene, EndedBy.TRANSFER if by_transfer else EndedBy.STAFF, now)


def delete(session: Session, scene: Scene, now: datetime) -> None:
    """She has deleted a member of staff."""
    end(session, scene, EndedBy.MEMBER, now)


def be_audited(session: Session, scene: Scene, now: datetime) -> None:
    """She agrees to what is said being archived; WeCom lets us welcome her on that occasion."""
    welcome(session, scene, False, now)
    pull(session, scene, now)


def be_told_of(session: Session, scene: Scene, now: datetime) -> None:
    """The platform says who she is and whose contact, as of when we asked."""
    relations = _relations(session, scene, now)
    identity, at = _identity(session, scene), scene.event.happened_at
    if contacts.reconcile(session, identity.id, relations, at):
        mirrored_tags.forget(session, identity.id)
    review(session, scene, identity, at, now)


def be_told_of_some(session: Session, scene: Scene, now: datetime) -> None:
    """The same, but there may be more relations than those that are told of."""
    relations = _relations(session, scene, now)
    identity, at = _identity(session, scene), scene.event.happened_at
    contacts.learn(session, identity.id, relations, at)
    review(session, scene, identity, at, now)


def welcome(session: Session, scene: Scene, first_time: bool, now: datetime) -> None:
    """Once, by the code in the event, within 20 seconds of it. Without a code WeCom lets nobody
    welcome her: somebody else does, or the two have talked already."""
    assert scene.channel is not None
    welcome_code = str(scene.event.fields.get("WelcomeCode", ""))
    if not welcome_code:
        return
    usual = scene.channel.welcome or texts.of_staff(first_time)
    text, named, version = comings.welcome_of(session, scene, usual)
    content = personal.content_for_member(
        session, {"text": text}, scene.member, scene.programme, now
    )
    content |= _material(session, scene, named, now)
    bytes_max = limits.value(session, limit_table.WELCOME_TEXT_BYTES)
    content["text"] = wording.cut(content["text"], bytes_max)
    lasts = timedelta(seconds=limits.value(session, limit_table.WELCOME_WINDOW_S))
    outbox.put(
        session,
        outbox.Address(
            scene.channel.id,
            scene.event.sender,
            scene.member.id,
            way=WELCOME,
            through=welcome_code,
        ),
        key=f"welcome:{scene.channel.key}:{welcome_code}",
        purpose="welcome",
        kind="text",
        content=content,
        cause=outbox.Cause(named, version, scene.event.id, category=REPLY),
        expires_at=scene.event.happened_at + lasts - ON_ITS_WAY,
        now=now,
    )


def _material(session: Session, scene: Scene, rule: str, now: datetime) -> dict[str, Any]:
    """What her code welcomes her with out of the library: instead of its words where it is a text,
    along with them where it is an attachment."""
    code = comings.code_at_work(session, scene)
    found = spoken_materials.of(session, LIVE_CODE, code.id) if code is not None else None
    if found is None or scene.channel is None:
        return {}
    keys = {scene.member.id: f"welcome:{scene.event.key}"}
    saying = Saying(scene.channel, keys, Cause(rule, None, scene.event.id), WELCOME)
    said = spoken.of_material(session, scene, found.message, saying, now)
    if said is None:
        return {}
    kind, material = said
    as_staff_say = staff_jobs.content_of(kind, material)
    return as_staff_say if kind == "text" else {"attachments": as_staff_say["attachments"]}


def review(session: Session, scene: Scene, identity: Identity, at: datetime, now: datetime) -> None:
    """She is with us while she is anybody's contact or in a group of ours, or has just written."""
    is_here = (
        bool(contacts.living(session, [identity.id]))
        or groups.has_any(session, scene.member.id, identity.channel_id)
        or (identity.chat_until is not None and identity.chat_until > at)
    )
    if is_here:
        members.follow(scene.member, identity, at)
    elif identity.unfollowed_at is None:
        was_here = scene.member.left_at is None
        members.leave(session, scene.member, identity, at)
        if was_here and scene.member.left_at is not None:
            left(session, scene, now)


def end(session: Session, scene: Scene, by: EndedBy, now: datetime) -> None:
    """She and the member of staff of the event are no contacts any more; their marks on her are
    gone with that, and no wish of anybody's."""
    identity = _identity(session, scene)
    staff_id, at = _staff_id(session, scene, now), scene.event.happened_at
    contacts.end(session, staff_id, identity.id, by, at)
    mirrored_tags.forget(session, identity.id)
    review(session, scene, identity, at, now)


def moment_of(told: Mapping[str, Any]) -> datetime | None:
    """Since when they are contacts, where that is told."""
    seconds = str(told.get("CreateTime", ""))
    return datetime.fromtimestamp(int(seconds), UTC) if seconds.isdecimal() else None


def is_of_our_time(channel: Channel, at: datetime) -> bool:
    """Whether the account was ours then; the platform counts whole seconds."""
    return at >= channel.created_at.replace(microsecond=0)


def _begin(session: Session, scene: Scene, *, is_half: bool, now: datetime) -> None:
    identity, at = _identity(session, scene), scene.event.happened_at
    relation = Relation(_staff_id(session, scene, now), str(scene.event.fields.get("State", "")))
    contacts.begin(session, relation, identity.id, at, is_half=is_half)
    members.follow(scene.member, identity, at)


def _relations(session: Session, scene: Scene, now: datetime) -> list[Relation]:
    fields = scene.event.fields
    if fields.get("Name") and not scene.member.nickname:
        scene.member.nickname = str(fields["Name"])[:64]
    return [_relation(session, scene, told, now) for told in fields.get("Staff", [])]


def _identity(session: Session, scene: Scene) -> Identity:
    """As whom this very corp knows her."""
    assert scene.channel is not None
    identity = members.identity_of(session, scene.channel.id, scene.event.sender)
    assert identity is not None, "the scene has met her"
    return identity


def _staff_id(session: Session, scene: Scene, now: datetime) -> int:
    return _met(session, scene, str(scene.event.fields.get("UserID", "")), now)


def _met(session: Session, scene: Scene, userid: str, now: datetime) -> int:
    return staff_events.meet(session, scene.event, userid, now).id


def _relation(session: Session, scene: Scene, told: Mapping[str, Any], now: datetime) -> Relation:
    return Relation(
        _met(session, scene, str(told["UserID"]), now),
        state=str(told.get("State", "")),
        add_way=str(told.get("AddWay", "")),
        remark=str(told.get("Remark", "")),
        added_at=moment_of(told),
    )
