"""The past: what has happened to members, read back in the words of ``sop.happenings`` from where
each kind of happening is written down."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.insight.figure_changes import SEGMENT, STAGE, FigureChange
from app.domain.insight.form_submissions import FormSubmission
from app.domain.insight.forms import Form
from app.domain.insight.radar import RadarLink
from app.domain.insight.tags import MemberTag, Tag
from app.domain.loyalty.orders import Order, OrderRefund
from app.domain.loyalty.quizzes import QuizAnswer
from app.domain.loyalty.sign_ins import SignIn
from app.domain.loyalty.standing.tiers import Tier, TierChange
from app.domain.people import live_codes
from app.domain.people.channels import Channel
from app.domain.people.groups import GroupMember
from app.domain.people.members import Identity
from app.inbox import MESSAGES, InboxEvent
from sop.happenings import Happened

SCANS = (
    *("event.subscribe", "event.scan", "event.kf.enter_session", "signed_up", "group_joined"),
    "event.change_external_contact.add_external_contact",
    "event.change_external_contact.add_half_external_contact",
)
SCENE_FIELDS = ("EventKey", "State", "SceneParam")

_Found = Iterator[tuple[int, datetime, Mapping[str, Any]]]
_Read = Callable[[Session, Collection[int], datetime], _Found]


def of_members(
    session: Session, member_ids: Collection[int], since: Mapping[str, datetime]
) -> Mapping[int, Sequence[Happened]]:
    """What has happened to each member, of the kinds in ``since``, from the moments there on."""
    found: dict[int, list[Happened]] = {}
    for kind, begins in since.items():
        for member_id, at, fields in _READERS[kind](session, member_ids, begins):
            found.setdefault(member_id, []).append(Happened(kind, at, fields))
    return found


def _of(whose: Any, at: Any, from_: Any = None, where: Sequence[Any] = (), **fields: Any) -> _Read:
    """Reads a table that has a member, a moment, and columns that narrow the happening."""

    def read(session: Session, member_ids: Collection[int], since: datetime) -> _Found:
        wanted = sa.select(whose, at, *fields.values())
        if from_ is not None:
            wanted = wanted.select_from(from_)
        for row in session.execute(wanted.where(whose.in_(member_ids), at >= since, *where)):
            yield row[0], row[1], dict(zip(fields, row[2:], strict=True))

    return read


def _events(kinds: Sequence[str], **fields: Callable[[InboxEvent], Any]) -> _Read:
    """Reads the inbox, and out of each event what narrows the happening."""

    def read(session: Session, member_ids: Collection[int], since: datetime) -> _Found:
        wanted = sa.select(InboxEvent).where(
            InboxEvent.member_id.in_(member_ids),
            InboxEvent.kind.in_(kinds),
            InboxEvent.happened_at >= since,
        )
        for event in session.scalars(wanted):
            assert event.member_id is not None
            told = {name: reader(event) for name, reader in fields.items()}
            yield event.member_id, event.happened_at, told

    return read


def scene_in(fields: Mapping[str, Any]) -> str:
    """The scene of the live code that an event came through, empty when it names none."""
    scenes = (live_codes.scene_of(str(fields.get(name, ""))) for name in SCENE_FIELDS)
    return next(filter(None, scenes), "")


def _replied(session: Session, member_ids: Collection[int], since: datetime) -> _Found:
    """What she writes in a group is no reply to us."""
    wanted = sa.select(InboxEvent.member_id, InboxEvent.happened_at).where(
        InboxEvent.member_id.in_(member_ids),
        InboxEvent.kind.in_(MESSAGES),
        InboxEvent.happened_at >= since,
        InboxEvent.room.is_(None),
    )
    for member_id, at in session.execute(wanted):
        assert member_id is not None
        yield member_id, at, {}


def _radar(kind: str, **fields: Callable[[InboxEvent], Any]) -> _Read:
    """Reads events of radar links, each with its link's key."""
    found = _events([kind], link=lambda event: event.fields["LinkId"], **fields)

    def read(session: Session, member_ids: Collection[int], since: datetime) -> _Found:
        keys = dict(session.execute(sa.select(RadarLink.id, RadarLink.key)).all())
        for member_id, at, told in found(session, member_ids, since):
            yield member_id, at, {**told, "link": keys.get(int(told["link"]), "")}

    return read


def _figure(figure: str) -> _Read:
    is_it = FigureChange.figure == figure
    told_at = FigureChange.told_at
    return _of(FigureChange.member_id, told_at, None, [is_it], **{figure: FigureChange.became})


_READERS: Mapping[str, _Read] = {
    "joined": _of(
        Identity.member_id,
        Identity.followed_at,
        sa.join(Identity, Channel, Channel.id == Identity.channel_id),
        channel=Channel.key,
    ),
    "left": _of(
        Identity.member_id,
        Identity.unfollowed_at,
        sa.join(Identity, Channel, Channel.id == Identity.channel_id),
        channel=Channel.key,
    ),
    "joined_group": _of(GroupMember.member_id, GroupMember.joined_at, group=GroupMember.group_id),
    "left_group": _of(GroupMember.member_id, GroupMember.left_at, group=GroupMember.group_id),
    "scanned": _events(SCANS, live_code=lambda event: scene_in(event.fields)),
    "tagged": _of(
        MemberTag.member_id,
        MemberTag.given_at,
        sa.join(MemberTag, Tag, Tag.id == MemberTag.tag_id),
        tag=Tag.name,
    ),
    "tier_changed": _of(
        TierChange.member_id,
        TierChange.changed_at,
        sa.join(TierChange, Tier, Tier.id == TierChange.tier_id),
        tier=Tier.key,
        direction=TierChange.direction,
    ),
    "replied": _replied,
    "signed_in": _of(SignIn.member_id, SignIn.signed_in_at),
    "answered": _of(QuizAnswer.member_id, QuizAnswer.answered_at, quiz=QuizAnswer.quiz_id),
    "clicked": _radar("radar_opened"),
    "read": _radar("radar_read", s=lambda event: event.fields["Seconds"]),
    "shared": _radar("radar_shared"),
    "form_submitted": _of(
        FormSubmission.member_id,
        FormSubmission.submitted_at,
        sa.join(FormSubmission, Form, Form.id == FormSubmission.form_id),
        form=Form.key,
    ),
    "ordered": _of(Order.member_id, Order.paid_at, source=Order.source, fen=Order.amount_fen),
    "refunded": _of(
        Order.member_id,
        OrderRefund.refunded_at,
        sa.join(OrderRefund, Order, Order.id == OrderRefund.order_id),
        source=Order.source,
    ),
    "points_expiring": _events(["points_expiring"]),
    "tier_ending": _events(["tier_ending"], tier=lambda event: event.fields["tier"]),
    **{
        kind: _events([kind], card=lambda event: event.fields["card"])
        for kind in ("membership_begun", "membership_ending", "membership_ended")
    },
    "stage_changed": _figure(STAGE),
    "rfm_changed": _figure(SEGMENT),
}
