"""Identities: somebody whom several channels know under several names is one member.

An official account's callbacks do not say who she is elsewhere. So the first time we hear of her
there, a question goes through the outbox; the platform's answer comes back as an event of its own
and carries the unionid, which the mini-program's sign-up carries too. Whichever comes second finds
the member the other has made; two records that turn out to be one person become one.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from app import inbox, outbox
from app.domain.loyalty.standing.tiers import Why
from app.domain.outreach.allowances import windows
from app.domain.people import members, merges
from app.domain.people.channels import Kind
from app.domain.people.members import Member
from app.domain.people.merges import Merge
from app.figuring import at_once
from app.handlers import figures
from app.handlers.scene import Scene, place
from app.merging import merging
from app.reviewing import reviews

# In which way who she is can be asked, by the kind of channel and the way she is answered there.
ASKED_IN: dict[tuple[str, str], str] = {
    (Kind.OFFICIAL_ACCOUNT, ""): "",
    (Kind.WECOM, windows.KF): "kf_customer",
}


def ask_once(session: Session, scene: Scene, now: datetime) -> None:
    """Asks the platform who she is, the first time we hear of her and whenever she follows anew.
    Where it does not know a unionid, nothing comes of it and we do not go on asking."""
    identity, channel, address = scene.identity, scene.channel, scene.address
    if identity is None or channel is None or address is None:
        return
    way = ASKED_IN.get((channel.kind, address.way))
    if way is None:
        return
    follows = scene.event.kind == "event.subscribe"
    if scene.member.unionid is not None or (identity.profile_asked_at is not None and not follows):
        return
    identity.profile_asked_at = now
    outbox.put(
        session,
        outbox.Address(channel.id, identity.external_id, scene.member.id, way=way),
        key=f"profile:{scene.event.key}",
        purpose=outbox.QUESTION,
        kind="profile",
        content={},
        cause=outbox.Cause("unionid", None, scene.event.id),
        now=now,
    )


def recognise(session: Session, scene: Scene, now: datetime) -> None:
    """The event names a unionid, or a verified phone number: whoever else we know by it is the
    same person, and the older record absorbs the younger one."""
    fields = scene.event.fields
    unionid = str(fields.get("UnionId") or "") or None
    for why, other in list(_named(session, unionid, str(fields.get("PhoneIndex") or ""))):
        if other.id != scene.member.id and _may_be_one(session, scene.member, other, unionid):
            make_one(session, scene, other, why, None, now)
    if unionid is not None and scene.member.unionid is None and not _is_taken(session, unionid):
        scene.member.unionid = unionid
    session.flush()


def be_made_one(session: Session, scene: Scene, now: datetime) -> None:
    """An operator has said that the member and another are the same person."""
    fields, event = scene.event.fields, scene.event
    other = members.hold(session, int(fields["OtherId"]))
    if other.id == scene.member.id:
        return
    if None not in (scene.member.unionid, other.unionid):
        inbox.quarantine(event, "each of them has a unionid of her own: they are two", now)
        return
    make_one(session, scene, other, merges.BY_HAND, int(fields["OperatorId"]), now)


def be_made_two(session: Session, scene: Scene, now: datetime) -> None:
    """An operator has said that what was made one is two after all."""
    fields = scene.event.fields
    made = session.get_one(Merge, int(fields["MergeId"]), with_for_update=True)
    try:
        merging.take_back(session, made, scene.event.id, int(fields["OperatorId"]), now)
        cause = reviews.Cause(Why.MERGE, scene.event)
        both = (made.kept_id, made.absorbed_id)
        reviews.review(session, both, scene.programme, cause, now)
    except merging.CannotBeTakenBack:
        inbox.quarantine(scene.event, "a later merge was built upon it: take that back first", now)
        return
    for member_id in (made.kept_id, made.absorbed_id):
        at_once.figure(session, members.hold(session, member_id), scene.programme, now)


def make_one(
    session: Session, scene: Scene, other: Member, why: str, operator_id: int | None, now: datetime
) -> None:
    """The older record absorbs the younger; from here on the scene is about the one that stays."""
    members.lock(session, other.id, scene.member.id)
    kept, absorbed = sorted((scene.member, other), key=lambda member: member.id)
    event_id, programme = scene.event.id, scene.programme
    merging.merge(session, kept, absorbed, why, event_id, programme, now, operator_id)
    scene.member = kept
    scene.event.member_id = kept.id
    place(session, scene, now)
    at_once.forget(session, absorbed.id)
    figures.refigure(session, scene, now)


def _named(session: Session, unionid: str | None, phone_index: str) -> Iterator[tuple[str, Member]]:
    for why, *by in ((merges.UNIONID, unionid, None), (merges.PHONE, None, phone_index)):
        member = members.known_by(session, *by)
        if member is not None:
            yield why, members.hold(session, member.id)


def _is_taken(session: Session, unionid: str) -> bool:
    """By a record that an operator has parted from this one."""
    return members.known_by(session, unionid, None) is not None


def _may_be_one(session: Session, member: Member, other: Member, unionid: str | None) -> bool:
    """A unionid is proof; a phone number is, unless either record is known as somebody else. What
    an operator has parted stays so."""
    if merges.was_taken_back(session, member.id, other.id):
        return False
    unionids = {unionid, member.unionid, other.unionid} - {None}
    if len(unionids) > 1:
        return False
    return other.unionid == unionid is not None or member.phone_index is None
