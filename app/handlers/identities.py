"""Identities: somebody whom several channels know under several names is one member.

An official account's callbacks do not say who she is elsewhere. So the first time we hear of her
there, a question goes through the outbox; the platform's answer comes back as an event of its own
and carries the unionid, which the mini-program's sign-up carries too. Whichever comes second finds
the member the other has made; two records that turn out to be one person become one.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Session

from app import outbox
from app.domain.insight.forms import FormSubmission
from app.domain.insight.radar import RadarOpening
from app.domain.insight.tags import MemberTag
from app.domain.loyalty import points, transfers
from app.domain.loyalty.coupons import MemberCoupon
from app.domain.loyalty.orders import Order
from app.domain.loyalty.quizzes import QuizAnswer
from app.domain.loyalty.sign_ins import SignIn
from app.domain.outreach import touches, windows
from app.domain.outreach.enrolments import Enrolment
from app.domain.outreach.todos import Todo
from app.domain.people import absorbing, members
from app.domain.people.channels import Kind
from app.domain.people.consents import Consent
from app.domain.people.groups import GroupMember
from app.domain.people.members import Member
from app.handlers.scene import Scene, place

RULE = "same_member"
# In which way who she is can be asked, by the kind of channel and the way she is answered there.
ASKED_IN: dict[tuple[str, str], str] = {
    (Kind.OFFICIAL_ACCOUNT, ""): "",
    (Kind.WECOM, windows.KF): "kf_customer",
}
# What goes over to the record that stays, and what tells that it has the same already.
CARRIED: dict[type[DeclarativeBase], tuple[str, ...]] = {
    Consent: ("purpose", "version", "given_at"),
    GroupMember: ("group_id",),
    SignIn: ("signed_in_on",),
    QuizAnswer: ("quiz_id",),
    RadarOpening: ("link_id",),
    MemberTag: ("tag_id",),
    Enrolment: ("plan_id",),
    Order: ("id",),  # of these no two are alike: all of them
    Todo: ("id",),
    MemberCoupon: ("id",),
    FormSubmission: ("id",),
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
    for other in list(_named(session, unionid, str(fields.get("PhoneIndex") or ""))):
        if other.id != scene.member.id and _may_be_one(scene.member, other, unionid):
            members.lock(session, other.id, scene.member.id)
            kept, absorbed = sorted((scene.member, other), key=lambda member: member.id)
            _absorb(session, scene, kept, absorbed, now)
    if unionid is not None and scene.member.unionid is None:
        scene.member.unionid = unionid
    session.flush()


def _named(session: Session, unionid: str | None, phone_index: str) -> Iterator[Member]:
    for by in ((unionid, None), (None, phone_index)):
        member = members.known_by(session, *by)
        if member is not None:
            yield members.hold(session, member.id)


def _may_be_one(member: Member, other: Member, unionid: str | None) -> bool:
    """A unionid is proof; a phone number is, unless either record is known as somebody else."""
    unionids = {unionid, member.unionid, other.unionid} - {None}
    if len(unionids) > 1:
        return False
    return other.unionid == unionid is not None or member.phone_index is None


def _absorb(session: Session, scene: Scene, kept: Member, absorbed: Member, now: datetime) -> None:
    for table, same in CARRIED.items():
        _carry(session, table, same, kept.id, absorbed.id)
    _end_what_stays(session, absorbed.id, now)
    cause = points.Cause(RULE, None, scene.event.id)
    transfers.carry_over(session, absorbed.id, kept.id, cause=cause, now=now)
    touches.merge(session, kept.id, absorbed.id)
    absorbing.absorb(session, kept, absorbed, scene.programme.vault, now)
    scene.member = kept
    scene.event.member_id = kept.id
    place(session, scene, now)


def _carry(
    session: Session,
    table: type[DeclarativeBase],
    same: tuple[str, ...],
    kept_id: int,
    absorbed_id: int,
) -> None:
    """Re-points the rows that the other record does not have the like of."""
    rows: Any = table.__table__
    theirs = rows.alias()
    alike = [theirs.c[name] == rows.c[name] for name in same]
    moved = sa.update(rows).where(rows.c.member_id == absorbed_id)
    if table is MemberTag:
        moved = moved.where(rows.c.removed_at.is_(None))
        alike.append(theirs.c.removed_at.is_(None))
    moved = moved.where(~sa.exists().where(theirs.c.member_id == kept_id, *alike))
    values: dict[str, Any] = {"member_id": kept_id}
    if table is Enrolment:
        entry = sa.func.substr(rows.c.subject, len(f"member:{absorbed_id}") + 1)
        values["subject"] = sa.literal(f"member:{kept_id}") + entry
    session.execute(moved.values(values))


def _end_what_stays(session: Session, member_id: int, now: datetime) -> None:
    """What both records had goes on with one of them only."""
    held = sa.update(MemberTag).where(
        MemberTag.member_id == member_id, MemberTag.removed_at.is_(None)
    )
    session.execute(held.values(removed_at=now))
    open_ones = sa.update(Enrolment).where(
        Enrolment.member_id == member_id, Enrolment.ended_at.is_(None)
    )
    session.execute(open_ones.values(ended_at=now, end_reason=RULE, due_at=None))
