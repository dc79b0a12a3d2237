"""Messages by staff 企业群发: what is to be said, whom it is for, who has confirmed it, and whom it
has reached.

Nothing is sent until a member of staff confirms it in WeCom. So a message has a task per member of
staff, and a line per recipient, both as the platform last told them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.domain.outreach.materials import content_uses
from app.domain.people.members import Identity, Member

CONTACTS, GROUPS = "single", "group"
HOLDER = "staff_message"  # as which it is named where what it uses says where that is used


class Reach(StrEnum):
    """What became of one recipient."""

    WAITING = "waiting"  # for a member of staff to confirm
    SENT = "sent"
    NO_CONTACT = "no_contact"
    TOO_MANY = "too_many"  # she has got all she may get this month
    REFUSED = "refused"  # the platform would not have her in the message


REACHES: Mapping[str, Reach] = {
    "0": Reach.WAITING,
    "1": Reach.SENT,
    "2": Reach.NO_CONTACT,
    "3": Reach.TOO_MANY,
}


class StaffMessage(Base):
    __tablename__ = "staff_messages"
    __table_args__ = (
        sa.Index("ix_staff_messages_channel_id", "channel_id", "id"),
        sa.UniqueConstraint("channel_id", "platform_id"),
        sa.Index("ix_staff_messages_rule", "rule"),
        sa.Index(
            "ix_staff_messages_waiting",
            "created_at",
            sqlite_where=sa.text("given_up_at IS NULL"),
            postgresql_where=sa.text("given_up_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("channels.id"))
    chat_type: Mapped[str]
    sender: Mapped[str] = mapped_column(default="")  # the userid who is to confirm; groups need one
    content: Mapped[dict[str, Any]]  # {text, attachments}
    operator_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))
    rule: Mapped[str | None]  # the plan's step or the broadcast whose message it is
    created_at: Mapped[datetime]
    platform_id: Mapped[str | None]  # since the platform has it
    cancelled_at: Mapped[datetime | None]
    looked_at: Mapped[datetime | None]  # when the platform last told how it stands
    reminded_at: Mapped[datetime | None]  # when staff were last reminded without an operator
    reminders: Mapped[int] = mapped_column(default=0, server_default="0")
    given_up_at: Mapped[datetime | None]  # since when nobody waits for a confirmation any more


class StaffTask(Base):
    """One member of staff's part in a message."""

    __tablename__ = "staff_tasks"
    __table_args__ = (sa.UniqueConstraint("staff_message_id", "userid"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    staff_message_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("staff_messages.id"))
    userid: Mapped[str]
    confirmed_at: Mapped[datetime | None]


class StaffMessageRecipient(Base):
    """A contact, by her external_userid, or a customer group, by its chat_id."""

    __tablename__ = "staff_message_recipients"
    __table_args__ = (
        sa.UniqueConstraint("staff_message_id", "external_id"),
        sa.Index("ix_staff_message_recipients_month", "external_id", "created_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    staff_message_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("staff_messages.id"))
    external_id: Mapped[str]
    userid: Mapped[str] = mapped_column(default="")  # who has sent it
    reach: Mapped[str] = mapped_column(default=Reach.WAITING)
    reached_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


def prepare(
    session: Session,
    channel_id: int,
    *,
    chat_type: str,
    sender: str,
    content: Mapping[str, Any],
    recipients: Sequence[str],
    operator_id: int | None = None,
    rule: str | None = None,
    now: datetime,
) -> StaffMessage:
    """Writes down a message and whom it is for; the platform does not have it yet. What it uses is
    noted, unless it is that of a ``rule``, whose own uses are."""
    message = StaffMessage(
        channel_id=channel_id,
        chat_type=chat_type,
        sender=sender,
        content=dict(content),
        operator_id=operator_id,
        rule=rule,
        created_at=now,
    )
    session.add(message)
    session.flush()
    session.execute(
        sa.insert(StaffMessageRecipient),
        [
            {
                "staff_message_id": message.id,
                "external_id": external_id,
                "userid": "",
                "reach": Reach.WAITING,
                "created_at": now,
            }
            for external_id in recipients
        ],
    )
    if rule is None:
        content_uses.note(session, HOLDER, message.id, 0, message.content.get("attachments"))
    return message


def keep_to(session: Session, message_id: int, external_ids: sa.Select[str]) -> None:
    """The message is for these alone any more."""
    session.execute(
        sa.delete(StaffMessageRecipient).where(
            StaffMessageRecipient.staff_message_id == message_id,
            StaffMessageRecipient.external_id.not_in(external_ids),
        )
    )


def unconfirmed_since(session: Session, moment: datetime) -> Sequence[StaffMessage]:
    """The messages that staff could confirm since then and before, and nobody has given up."""
    return session.scalars(
        sa.select(StaffMessage)
        .where(StaffMessage.given_up_at.is_(None), StaffMessage.created_at <= moment)
        .order_by(StaffMessage.id)
        .limit(100)
        .with_for_update(skip_locked=True)
    ).all()


def recipients_of(session: Session, message_id: int) -> Sequence[str]:
    return session.scalars(
        sa.select(StaffMessageRecipient.external_id)
        .where(StaffMessageRecipient.staff_message_id == message_id)
        .order_by(StaffMessageRecipient.id)
    ).all()


def by_platform_id(session: Session, channel_id: int, platform_id: str) -> StaffMessage | None:
    return session.scalar(
        sa.select(StaffMessage).where(
            StaffMessage.channel_id == channel_id, StaffMessage.platform_id == platform_id
        )
    )


def confirm(session: Session, message: StaffMessage, userid: str, at: datetime | None) -> bool:
    """How one member of staff stands: ``at`` is when she confirmed. Returns whether that is news
    to us."""
    row = {"staff_message_id": message.id, "userid": userid, "confirmed_at": at}
    if insert_once(session, StaffTask, row, unique=["staff_message_id", "userid"]) is not None:
        return at is not None
    changed = session.execute(
        sa.update(StaffTask)
        .where(
            StaffTask.staff_message_id == message.id,
            StaffTask.userid == userid,
            StaffTask.confirmed_at.is_(None),
        )
        .values(confirmed_at=at)
    )
    return at is not None and changed.rowcount > 0  # type: ignore[attr-defined]


def reach(
    session: Session,
    message_id: int,
    external_id: str,
    how: Reach,
    at: datetime | None,
    userid: str = "",
) -> None:
    """What became of a recipient. Who was reached stays so, whatever another member of staff's
    list says of her."""
    session.execute(
        sa.update(StaffMessageRecipient)
        .where(
            StaffMessageRecipient.staff_message_id == message_id,
            StaffMessageRecipient.external_id == external_id,
            StaffMessageRecipient.reach != Reach.SENT,
        )
        .values(reach=how, reached_at=at, userid=userid)
    )


def used_up(
    session: Session, channel_id: int, external_ids: Sequence[str], most: int, since: datetime
) -> set[str]:
    """Those who have been given, or were sent, all the messages they may get since then."""
    given = sa.func.count()
    counting = [Reach.WAITING, Reach.SENT]
    rows = session.execute(
        sa.select(StaffMessageRecipient.external_id)
        .join(StaffMessage, StaffMessage.id == StaffMessageRecipient.staff_message_id)
        .where(
            StaffMessage.channel_id == channel_id,
            StaffMessage.cancelled_at.is_(None),
            StaffMessageRecipient.external_id.in_(external_ids),
            StaffMessageRecipient.created_at >= since,
            StaffMessageRecipient.reach.in_(counting),
        )
        .group_by(StaffMessageRecipient.external_id)
        .having(given >= most)
    )
    return {external_id for (external_id,) in rows}


def reaches(session: Session, message_id: int) -> Mapping[str, int]:
    """How many recipients there are of each kind."""
    rows = session.execute(
        sa.select(StaffMessageRecipient.reach, sa.func.count())
        .where(StaffMessageRecipient.staff_message_id == message_id)
        .group_by(StaffMessageRecipient.reach)
    )
    return dict(rows.all())


def known_recipients(
    session: Session, message: StaffMessage, after_id: int, limit: int
) -> Sequence[tuple[StaffMessageRecipient, Member | None]]:
    """Its recipients in their order, each with the member she is; None for a group."""
    hers = sa.and_(
        Identity.channel_id == message.channel_id,
        Identity.external_id == StaffMessageRecipient.external_id,
    )
    rows = session.execute(
        sa.select(StaffMessageRecipient, Member)
        .outerjoin(Identity, hers)
        .outerjoin(Member, Member.id == Identity.member_id)
        .where(
            StaffMessageRecipient.staff_message_id == message.id,
            StaffMessageRecipient.id > after_id,
        )
        .order_by(StaffMessageRecipient.id)
        .limit(limit)
    )
    return [(recipient, member) for recipient, member in rows]


def of_rule(session: Session, rule: str) -> Sequence[StaffMessage]:
    """The messages that staff were asked for by a plan (``plan:5/…``) or a broadcast."""
    return session.scalars(
        sa.select(StaffMessage)
        .where(sa.or_(StaffMessage.rule == rule, StaffMessage.rule.startswith(f"{rule}/")))
        .order_by(StaffMessage.id.desc())
        .limit(50)
    ).all()


def tasks_of(session: Session, message_id: int) -> Sequence[StaffTask]:
    return session.scalars(
        sa.select(StaffTask)
        .where(StaffTask.staff_message_id == message_id)
        .order_by(StaffTask.userid)
    ).all()
