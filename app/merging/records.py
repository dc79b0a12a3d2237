"""What belongs to a member and goes over to the record that stays, and how it was before.

``before`` of a merge, all in JSON: of each table the rows that went over (``moved``), the segments
and snapshots in which the other record took the place (``crowds``), the tags that ended since the
other record has them (``tags``), the places in plans of both records (``places``), what was counted
for the caps of the absorbed one (``touches``), and the columns of both members (``absorbed``: how
they were; ``kept``: how they were and what they became).
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Session

from app.domain.insight.figure_changes import FigureChange
from app.domain.insight.form_submissions import FormSubmission
from app.domain.insight.keyword_hits import KeywordHit
from app.domain.insight.keyword_parts import KeywordPart
from app.domain.insight.radar import RadarOpening
from app.domain.insight.radar_readers import RadarReader
from app.domain.insight.radar_thresholds import RadarThresholdMet
from app.domain.insight.tags import MemberTag
from app.domain.loyalty.earning.claims import OrderClaim
from app.domain.loyalty.earning.earnings import Earning
from app.domain.loyalty.item_codes.pieces import ItemPiece, ItemScan
from app.domain.loyalty.orders import Order
from app.domain.loyalty.quizzes import QuizAnswer
from app.domain.loyalty.sign_ins import SignIn
from app.domain.loyalty.spending.cash_points import CashPayment
from app.domain.loyalty.spending.coupons import MemberCoupon
from app.domain.loyalty.spending.draws import Draw
from app.domain.loyalty.spending.redemptions import Redemption
from app.domain.loyalty.standing.memberships import Membership
from app.domain.loyalty.standing.standings import TierOverride
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.merged_enrolments import SAME_MEMBER
from app.domain.outreach.live_codes.live_code_terms import LiveCodeArrival
from app.domain.outreach.todos import Todo
from app.domain.people.consents import Consent
from app.domain.people.groups import GroupMember
from app.domain.people.members import Identity, Member

# What goes over to the record that stays, and what tells that it has the same already.
CARRIED: dict[type[DeclarativeBase], tuple[str, ...]] = {
    Consent: ("purpose", "version", "given_at"),
    GroupMember: ("group_id",),
    SignIn: ("signed_in_on",),
    QuizAnswer: ("quiz_id",),
    RadarOpening: ("link_id",),
    RadarThresholdMet: ("threshold_id",),
    MemberTag: ("tag_id",),
    Order: ("id",),  # of these no two are alike: all of them
    Earning: ("id",),
    OrderClaim: ("id",),
    FigureChange: ("id",),
    Todo: ("id",),
    MemberCoupon: ("id",),
    Membership: ("id",),
    TierOverride: ("id",),
    Redemption: ("id",),
    Draw: ("id",),
    CashPayment: ("id",),
    ItemPiece: ("id",),
    ItemScan: ("id",),
    FormSubmission: ("id",),
    KeywordHit: ("id",),
    LiveCodeArrival: ("id",),
    KeywordPart: ("rule_id", "part"),
    RadarReader: ("id",),
    Identity: ("id",),
}
_STAYS = {"id", "created_at", "last_seen_at", "tier_id"}
_OF_MEMBERS = tuple(column.name for column in Member.__table__.c if column.name not in _STAYS)
_OF_PLACES = ("member_id", "subject", "ended_at", "end_reason", "due_at", "due_step")
_PLACE = (*_OF_PLACES, "due_occurrence")


def carry(session: Session, kept_id: int, absorbed_id: int) -> dict[str, list[int]]:
    """Re-points the rows that the other record does not have the like of. Returns their ids."""
    return {
        table.__tablename__: ids
        for table, same in CARRIED.items()
        if (ids := _carry(session, table, same, kept_id, absorbed_id))
    }


def carry_back(
    session: Session, moved: Mapping[str, list[int]], kept_id: int, absorbed_id: int
) -> None:
    """Those of them that are still with the record that stayed."""
    for table in CARRIED:
        rows: Any = table.__table__
        ids = moved.get(table.__tablename__, [])
        back = sa.update(rows).where(rows.c.id.in_(ids), rows.c.member_id == kept_id)
        session.execute(back.values(member_id=absorbed_id))


def take_away_tags(session: Session, member_id: int, now: datetime) -> list[int]:
    """What both records had goes on with one of them only."""
    held = sa.update(MemberTag).where(
        MemberTag.member_id == member_id, MemberTag.removed_at.is_(None)
    )
    return list(session.scalars(held.values(removed_at=now).returning(MemberTag.id)))


def give_back_tags(session: Session, ids: list[int]) -> None:
    given = sa.update(MemberTag).where(MemberTag.id.in_(ids))
    session.execute(given.values(removed_at=None))


def places(session: Session, member_ids: tuple[int, int]) -> dict[str, Any]:
    """How both stand in plans."""
    rows = session.scalars(sa.select(Enrolment).where(Enrolment.member_id.in_(member_ids)))
    return {str(row.id): {name: _told(getattr(row, name)) for name in _PLACE} for row in rows}


def put_back_in_place(session: Session, before: Mapping[str, Any]) -> None:
    """Whose each enrolment was; and those that ended with the merge go on where they stood."""
    for row_id, columns in before.items():
        row = session.get(Enrolment, int(row_id), with_for_update=True)
        if row is None:
            continue
        names = _PLACE if row.end_reason == SAME_MEMBER else ("member_id", "subject")
        _set(row, columns, names)


def columns_of(member: Member) -> dict[str, Any]:
    return {name: _told(getattr(member, name)) for name in _OF_MEMBERS}


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The columns that a merge has changed: how they were, and what they have become."""
    return {name: [before[name], after[name]] for name in before if before[name] != after[name]}


def restore_kept(member: Member, changed: Mapping[str, list[Any]]) -> None:
    """What she has become by the merge, unless it has changed since."""
    now_told = columns_of(member)
    before = {name: old for name, (old, new) in changed.items() if now_told[name] == new}
    _set(member, before, tuple(before))


def restore_absorbed(member: Member, columns: Mapping[str, Any]) -> None:
    _set(member, columns, tuple(columns))


def _carry(
    session: Session,
    table: type[DeclarativeBase],
    same: tuple[str, ...],
    kept_id: int,
    absorbed_id: int,
) -> list[int]:
    rows: Any = table.__table__
    theirs = rows.alias()
    alike = [theirs.c[name] == rows.c[name] for name in same]
    moved = sa.update(rows).where(rows.c.member_id == absorbed_id)
    if table is MemberTag:
        moved = moved.where(rows.c.removed_at.is_(None))
        alike.append(theirs.c.removed_at.is_(None))
    moved = moved.where(~sa.exists().where(theirs.c.member_id == kept_id, *alike))
    return list(session.scalars(moved.values(member_id=kept_id).returning(rows.c.id)))


def _told(value: Any) -> Any:
    """As JSON can hold it, and ``_read`` reads it back."""
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    return {"on": value.isoformat()} if isinstance(value, date) else value


def _read(told: Any) -> Any:
    match told:
        case {"hex": text}:
            return bytes.fromhex(text)
        case {"at": text}:
            return datetime.fromisoformat(text)
        case {"on": text}:
            return date.fromisoformat(text)
    return told


def _set(row: Any, columns: Mapping[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        setattr(row, name, _read(columns[name]))
