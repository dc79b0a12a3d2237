"""Contacts 客户关系: which member of staff has which member as a contact on WeCom, since when, and
who ended it.

Callbacks may come late, twice or in another order, and an answer of the platform may be older than
what we have heard since. So every change carries its moment, and what is known to have happened
later stands.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.domain.people.members import Identity
from app.domain.people.staff import Staff


class EndedBy(StrEnum):
    STAFF = "staff"
    MEMBER = "member"
    TRANSFER = "transfer"
    UNTOLD = "untold"  # the platform's list has her no more, and nobody said why


class Contact(Base):
    """``unconfirmed_at`` is since when she waits to be confirmed: she added a member of staff who
    can be added without, and may speak to her, but has not confirmed it."""

    __tablename__ = "contacts"
    __table_args__ = (
        sa.UniqueConstraint("staff_id", "identity_id"),
        sa.Index("ix_contacts_identity_id", "identity_id"),
        sa.Index("ix_contacts_living", "staff_id", "ended_at", "listed_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    staff_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("staff.id"))
    identity_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("identities.id"))
    state: Mapped[str] = mapped_column(default="")  # of the live code through which she came
    add_way: Mapped[str] = mapped_column(default="")
    remark: Mapped[str] = mapped_column(default="")
    added_at: Mapped[datetime]
    unconfirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    listed_at: Mapped[datetime | None]  # the last night whose list of contacts had her

    @property
    def changed_at(self) -> datetime:
        return max(filter(None, [self.added_at, self.ended_at]))


@dataclass(frozen=True, slots=True)
class Relation:
    """A living relation, as the platform tells of it. ``added_at`` where it says since when."""

    staff_id: int
    state: str = ""
    add_way: str = ""
    remark: str = ""
    added_at: datetime | None = None


def begin(
    session: Session,
    relation: Relation,
    identity_id: int,
    at: datetime,
    *,
    is_half: bool | None = None,
) -> None:
    """They became each other's contacts at the moment ``at``, or were then, unless something later
    is known. ``is_half``: it still is to be confirmed; None where that is not told."""
    contact = _meet(session, relation.staff_id, identity_id, at)
    if contact.changed_at > at:
        return
    if contact.ended_at is not None:
        contact.added_at, contact.unconfirmed_at = at, None
    contact.ended_at = contact.ended_by = None
    contact.added_at = relation.added_at or contact.added_at
    if is_half is not None:
        contact.unconfirmed_at = at if is_half else None
    contact.state = relation.state or contact.state
    contact.add_way = relation.add_way or contact.add_way
    contact.remark = relation.remark or contact.remark


def end(session: Session, staff_id: int, identity_id: int, by: EndedBy, at: datetime) -> None:
    """One of them deleted the other at the moment ``at``, unless they are known to have come
    together since."""
    contact = _meet(session, staff_id, identity_id, at)
    if contact.changed_at > at or contact.ended_at is not None:
        return
    contact.ended_at, contact.ended_by = at, by


def reconcile(
    session: Session, identity_id: int, relations: Sequence[Relation], at: datetime
) -> bool:
    """These are all the relations she has, said the platform when asked at ``at`` or after. Returns
    whether we thought of one that there is not."""
    learn(session, identity_id, relations, at)
    named = {relation.staff_id for relation in relations}
    unnamed = [one for one in living(session, [identity_id]) if one.staff_id not in named]
    for contact in unnamed:
        end(session, contact.staff_id, identity_id, EndedBy.UNTOLD, at)
    return bool(unnamed)


def learn(session: Session, identity_id: int, relations: Sequence[Relation], at: datetime) -> None:
    """She has these relations, said the platform when asked at ``at`` or after. It goes on naming
    those whom she has deleted: they have not deleted her."""
    deleted = _deleted_by_her(session, identity_id)
    for relation in relations:
        since = deleted.get(relation.staff_id)
        if since is None or (relation.added_at is not None and relation.added_at > since):
            begin(session, relation, identity_id, at)


def note_listed(
    session: Session,
    channel_id: int,
    staff_id: int,
    external_userid: str,
    since: datetime | None,
    night_at: datetime,
) -> bool:
    """The list of the night has this relation. Returns False when that is news to us."""
    contact = session.scalar(
        sa.select(Contact)
        .join(Identity, Identity.id == Contact.identity_id)
        .where(
            Identity.channel_id == channel_id,
            Identity.external_id == external_userid,
            Contact.staff_id == staff_id,
        )
    )
    if contact is None:
        return False
    contact.listed_at = night_at
    if contact.ended_at is None:
        return True
    came_back = since is not None and since > contact.ended_at
    return contact.ended_by == EndedBy.MEMBER and not came_back


def unlisted(
    session: Session, channel_id: int, userids: Sequence[str], night_at: datetime
) -> Sequence[tuple[str, str]]:
    """(userid, external id) of the relations with this staff that were there before the night and
    are on no list of it."""
    rows = session.execute(
        sa.select(Staff.userid, Identity.external_id)
        .join(Contact, Contact.staff_id == Staff.id)
        .join(Identity, Identity.id == Contact.identity_id)
        .where(
            Staff.channel_id == channel_id,
            Staff.userid.in_(userids),
            Contact.ended_at.is_(None),
            Contact.added_at < night_at,
            sa.or_(Contact.listed_at.is_(None), Contact.listed_at < night_at),
        )
        .order_by(Contact.id)
    )
    return [(userid, external_userid) for userid, external_userid in rows]


def living(session: Session, identity_ids: Collection[int]) -> Sequence[Contact]:
    return session.scalars(
        sa.select(Contact)
        .where(Contact.identity_id.in_(identity_ids), Contact.ended_at.is_(None))
        .order_by(Contact.id)
    ).all()


def of_somebody(session: Session, identity_ids: Collection[int]) -> frozenset[int]:
    """Those of them who are a contact of a member of staff who may have contacts at present."""
    living = (
        sa.select(Contact.identity_id)
        .join(Staff, Staff.id == Contact.staff_id)
        .where(
            Contact.identity_id.in_(identity_ids),
            Contact.ended_at.is_(None),
            Staff.gone_at.is_(None),
        )
    )
    return frozenset(session.scalars(living))


def userids(session: Session, identity_id: int) -> Sequence[str]:
    """Whose contact she is, the longest first, of those who may have contacts at present."""
    return session.scalars(
        sa.select(Staff.userid)
        .join(Contact, Contact.staff_id == Staff.id)
        .where(
            Contact.identity_id == identity_id,
            Contact.ended_at.is_(None),
            Staff.gone_at.is_(None),
        )
        .order_by(Contact.added_at, Contact.id)
    ).all()


def of_member(session: Session, member_id: int) -> Sequence[tuple[Contact, Staff]]:
    """Her relations, past ones too, the newest first."""
    rows = session.execute(
        sa.select(Contact, Staff)
        .join(Staff, Staff.id == Contact.staff_id)
        .join(Identity, Identity.id == Contact.identity_id)
        .where(Identity.member_id == member_id)
        .order_by(Contact.added_at.desc(), Contact.id)
    )
    return [(contact, staff) for contact, staff in rows]


def counts(session: Session, channel_id: int) -> Mapping[int, int]:
    """By member of staff: how many contacts at present."""
    rows = session.execute(
        sa.select(Contact.staff_id, sa.func.count())
        .join(Staff, Staff.id == Contact.staff_id)
        .where(Staff.channel_id == channel_id, Contact.ended_at.is_(None))
        .group_by(Contact.staff_id)
    )
    return dict(rows.all())


def _deleted_by_her(session: Session, identity_id: int) -> dict[int, datetime]:
    """By member of staff: when she deleted them."""
    rows = session.execute(
        sa.select(Contact.staff_id, Contact.ended_at).where(
            Contact.identity_id == identity_id, Contact.ended_by == EndedBy.MEMBER
        )
    )
    return {staff_id: at for staff_id, at in rows if at is not None}


def _meet(session: Session, staff_id: int, identity_id: int, at: datetime) -> Contact:
    """The relation, locked, made at the moment ``at`` if there is none yet."""
    values = {
        "staff_id": staff_id,
        "identity_id": identity_id,
        "state": "",
        "add_way": "",
        "remark": "",
        "added_at": at,
    }
    insert_once(session, Contact, values, unique=["staff_id", "identity_id"])
    return session.scalars(
        sa.select(Contact)
        .where(Contact.staff_id == staff_id, Contact.identity_id == identity_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
