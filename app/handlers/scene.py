"""The scene of an event: who, where, on which channel. What handlers do, they do through it."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from app import outbox, personal
from app.domain.loyalty import points
from app.domain.loyalty.earning import earnings
from app.domain.loyalty.earning.acts import Act
from app.domain.loyalty.standing.tiers import Why
from app.domain.outreach.allowances import limits, windows
from app.domain.people import groups, members
from app.domain.people.channels import Channel, Kind
from app.domain.people.groups import Group
from app.domain.people.members import Identity, Member
from app.handlers import acting
from app.handlers.word_rules import Words
from app.inbox import InboxEvent
from app.journeys import causes, hearing
from app.programme import Programme
from app.reviewing import reviews
from sop import wording
from sop.happenings import Happened
from sop.manners import REPLY
from tagging.rules import Hit, Reading

FETCHED_WITHIN = timedelta(seconds=20)  # WeChat pushes three times, 5 s apart; and time to answer


@dataclass(frozen=True, slots=True)
class AccountScene:
    """The scene of what concerns an account of ours and no member: a group that was renamed, a
    night that has come, an answer to a question of ours."""

    event: InboxEvent
    channel: Channel
    programme: Programme


@dataclass
class Scene:
    event: InboxEvent
    channel: Channel | None
    member: Member
    identity: Identity | None  # as whom she speaks here, or where she can be answered
    group: Group | None
    programme: Programme
    words: Words
    completed: list[Hit] = field(default_factory=list)

    @cached_property
    def heard(self) -> str:
        """What she said, or what the platform understood of her voice."""
        return self.event.text or str(self.event.fields.get("Recognition", ""))

    @cached_property
    def reading(self) -> Reading:
        """What her words say to the keyword rules; looked for once, for tags and reply alike."""
        return self.words.tagger.read(self.heard)

    @property
    def hits(self) -> list[Hit]:
        """Where the keyword rules are met, those among them whose parts she has said one by one."""
        return [*self.reading.hits, *self.completed]

    @property
    def address(self) -> outbox.Address | None:
        """Where an answer goes: to the group, or to the member where she can be reached. WeCom
        lets no program speak in a customer group, and to a member only in the kf conversation that
        she has begun."""
        is_wecom = self.channel is not None and self.channel.kind == Kind.WECOM
        if self.group is not None:
            if is_wecom:
                return None
            return outbox.Address(
                self.group.channel_id, self.group.external_id, self.member.id, self.group.id
            )
        if self.identity is None:
            return None
        usual = outbox.Address(self.identity.channel_id, self.identity.external_id, self.member.id)
        if not is_wecom or self.identity.channel_id != self.event.channel_id:
            return usual
        open_kfid = str(self.event.fields.get("OpenKfId", ""))
        return replace(usual, way=windows.KF, through=open_kfid) if open_kfid else None


def of_account(session: Session, event: InboxEvent, programme: Programme) -> AccountScene:
    assert event.channel_id is not None, "an account's event comes through it"
    return AccountScene(event, session.get_one(Channel, event.channel_id), programme)


def of(
    session: Session, event: InboxEvent, programme: Programme, words: Words, now: datetime
) -> Scene:
    """Looks up, or meets, everybody an event is about. Whom it concerns beside her, ``OtherId``, is
    locked with her in one turn, lest two events wait for each other."""
    channel = session.get(Channel, event.channel_id) if event.channel_id else None
    if event.member_id is not None:
        if "OtherId" in event.fields:
            members.lock(session, event.member_id, int(event.fields["OtherId"]))
        member = members.hold(session, event.member_id)
        identity = members.reachable(session, member.id, Kind.OFFICIAL_ACCOUNT)
        return Scene(event, channel, member, identity, None, programme, words)
    assert channel is not None, "an event without a member came through a channel"
    certain = members.known_by(session, event.fields.get("UnionId"), event.fields.get("PhoneIndex"))
    met = members.meet(session, channel.id, event.sender, now, certain=certain)
    if certain is not None and certain.id != met.member_id:
        members.lock(session, certain.id, met.member_id)  # they are about to become one
    member = members.hold(session, met.member_id)
    if event.cause_id is None and not event.kind.startswith("servicer."):  # else we hear of her
        member.last_seen_at = now
    if not member.nickname and event.fields.get("SenderName"):
        member.nickname = str(event.fields["SenderName"])[:64]
    event.member_id = member.id
    group = None
    if event.room:
        name = str(event.fields.get("RoomName", ""))
        group = groups.meet(session, channel.id, event.room, name, now)
    reach = met if _can_be_answered(channel, event) else None
    return Scene(event, channel, member, reach, group, programme, words)


def _can_be_answered(channel: Channel, event: InboxEvent) -> bool:
    """A mini-program answers on its own pages, unless she has written into its conversation: that
    is what the platform pushes, and pushes have a MsgType."""
    return channel.kind != Kind.MINI_PROGRAM or "MsgType" in event.fields


def say(
    session: Session,
    scene: Scene,
    text: str,
    *,
    rule: str,
    rule_version: int | None = None,
    purpose: str = "reply",
    address: outbox.Address | None = None,
    expires_at: datetime | None = None,
    now: datetime,
) -> None:
    """Answers where the event came from, or at another ``address``; in a group, the member is
    addressed by name. A text that the platform would find too long is cut. Where nothing can be
    answered, nothing is planned."""
    address = address or scene.address
    if address is None:
        return
    address, due_at = way_to(session, scene, address, now)
    content = personal.content_for_member(
        session, {"text": text}, scene.member, scene.programme, now
    )
    if address.to_group and scene.member.nickname:
        content["text"] = f"@{scene.member.nickname} {content['text']}"
    kind = session.get_one(Channel, address.channel_id).kind
    bytes_max = limits.text_bytes_max(session, kind, address.way)
    content["text"] = wording.cut(content["text"], bytes_max)
    outbox.put(
        session,
        address,
        key=f"{purpose}:{scene.event.key}:{rule}",
        purpose=purpose,
        kind="text",
        content=content,
        cause=outbox.Cause(rule, rule_version, scene.event.id, category=REPLY),
        expires_at=expires_at,
        due_at=due_at,
        now=now,
    )


def way_to(
    session: Session, scene: Scene, address: outbox.Address, now: datetime
) -> tuple[outbox.Address, datetime]:
    """An account that may only reply does so in the answer to the very callback: its message waits
    to be fetched, and is given up when the platform no longer asks."""
    event = scene.event
    is_push = (event.channel_id, event.sender) == (address.channel_id, address.recipient)
    if not is_push or event.cause_id is not None or address.way:
        return address, now
    if scene.channel is None or not scene.channel.replies_passively:
        return address, now
    return replace(address, way=windows.PASSIVE), max(now, event.received_at + FETCHED_WITHIN)


def reward(
    session: Session,
    scene: Scene,
    amount: int,
    *,
    key: str,
    rule: str,
    rule_version: int | None,
    now: datetime,
) -> bool:
    """Awards points and, when they lift the member to a tier, lets the pipeline know. Returns
    False when this award was booked before, or is worth nothing."""
    if amount <= 0:
        return False
    cause = points.Cause(rule, rule_version, scene.event.id)
    if points.award(session, scene.member.id, amount, key=key, cause=cause, now=now) is None:
        return False
    place(session, scene, now)
    return True


def earn(
    session: Session, scene: Scene, kind: str, key: str, now: datetime, *, measure: int = 0
) -> int:
    """Pays what the operators' rules for this kind of act are worth, with what adds to them.
    Returns the points: 0 when it is worth nothing, or was paid for before."""
    act = acting.act(scene.event, scene.channel, scene.programme, kind, measure=measure)
    cause = points.Cause("", None, scene.event.id)
    return earn_for(session, scene, act, key, cause, now)


def earn_own(
    session: Session,
    scene: Scene,
    kind: str,
    amount: int,
    *,
    key: str,
    rule: str,
    rule_version: int | None,
    now: datetime,
) -> int:
    """The same for what has points of its own and is a rule by itself, such as ``quiz:7``."""
    act = acting.act(scene.event, scene.channel, scene.programme, kind, points=amount)
    cause = points.Cause(rule, rule_version, scene.event.id)
    return earn_for(session, scene, act, key, cause, now)


def earn_for(
    session: Session, scene: Scene, act: Act, key: str, cause: points.Cause, now: datetime
) -> int:
    reviews.let_end(session, scene.member, scene.programme, act.at, now)
    given = earnings.give(
        session,
        scene.member.id,
        act,
        acting.standing_of(session, scene.member, act, scene.programme.business_day(now)),
        key=key,
        cause=cause,
        zone=scene.programme.zone,
        now=now,
    )
    earned = earnings.total(given)
    if earned:
        place(session, scene, now)
    return earned


def place(session: Session, scene: Scene, now: datetime) -> None:
    """Puts the member into the tier that is hers by now; a change is an event of its own."""
    cause = reviews.Cause(Why.EVENT, scene.event)
    reviews.review(session, [scene.member.id], scene.programme, cause, now)


def happen(session: Session, scene: Scene, kind: str, *, now: datetime, **fields: Any) -> None:
    """Lets plans hear what has happened to the member, in the words of ``sop.happenings``."""
    happened = Happened(kind, scene.event.happened_at, fields)
    cause = causes.of_event(session, scene.event)
    hearing.hear(session, scene.member.id, happened, scene.programme, cause, now)


def joined(session: Session, scene: Scene, now: datetime) -> None:
    """Lets plans hear that she has joined, through the account of the event."""
    happen(session, scene, "joined", channel=_key_of(scene), now=now)


def left(session: Session, scene: Scene, now: datetime) -> None:
    """Lets plans hear that she has left us, through the account of the event."""
    happen(session, scene, "left", channel=_key_of(scene), now=now)


def _key_of(scene: Scene) -> str:
    return scene.channel.key if scene.channel is not None else ""
