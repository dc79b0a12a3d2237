"""A member's timeline: what became of her and why, each kind of fact from its own table.

Every fact carries its cause: the rule, its version and the event. Pages go back in time; a cursor
names the last fact shown exactly, since one event's facts share one moment.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.domain.insight.tags import MemberTag, Tag
from app.domain.loyalty.entries import PointsEntry
from app.domain.loyalty.spending.coupons import Coupon, MemberCoupon
from app.domain.loyalty.standing.tiers import Tier, TierChange

_Rows = TypeVar("_Rows", bound=sa.Select[*tuple[Any, ...]])


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a fact stands in the timeline: by moment, then by kind, then by its row."""

    at: datetime
    rank: int
    id: int


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that became of a member. ``details`` is what a page says of it."""

    place: Place
    kind: str
    rule: str = ""
    rule_version: int | None = None
    event_id: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fact and how it is read: its rank among facts of one moment (effects stand above
    their event), the columns of its moment and its id."""

    name: str
    rank: int
    moment: sa.SQLColumnExpression[datetime]
    id: sa.SQLColumnExpression[int]

    def page(self, statement: _Rows, before: Place | None, limit: int) -> _Rows:
        """The newest rows of ``statement`` that stand before (below) ``before``."""
        if before is not None:
            statement = statement.where(self._is_below(before))
        return statement.order_by(self.moment.desc(), self.id.desc()).limit(limit)

    def _is_below(self, place: Place) -> sa.ColumnElement[bool]:
        if self.rank > place.rank:
            return self.moment < place.at
        if self.rank < place.rank:
            return self.moment <= place.at
        earlier_row = sa.and_(self.moment == place.at, self.id < place.id)
        return sa.or_(self.moment < place.at, earlier_row)


TAG_GIVEN = Kind("tag_given", 4, MemberTag.given_at, MemberTag.id)
TAG_REMOVED = Kind("tag_removed", 5, MemberTag.removed_at, MemberTag.id)  # type: ignore[arg-type]
POINTS = Kind("points", 3, PointsEntry.booked_at, PointsEntry.id)
COUPON = Kind("coupon", 7, MemberCoupon.issued_at, MemberCoupon.id)
TIER = Kind("tier", 6, TierChange.changed_at, TierChange.id)


def facts(
    session: Session, member_ids: Collection[int], before: Place | None, limit: int
) -> list[Fact]:
    """The newest facts below ``before`` from the domain's own tables, of the records that stand for
    one member."""
    return newest(
        [
            *_tags_given(session, member_ids, before, limit),
            *_tags_removed(session, member_ids, before, limit),
            *_points(session, member_ids, before, limit),
            *_tier_changes(session, member_ids, before, limit),
            *_coupons(session, member_ids, before, limit),
        ],
        limit,
    )


def newest(found: Iterable[Fact], limit: int) -> list[Fact]:
    return sorted(found, key=lambda fact: fact.place, reverse=True)[:limit]


def _tags_given(
    session: Session, member_ids: Collection[int], before: Place | None, limit: int
) -> Sequence[Fact]:
    rows = session.execute(
        TAG_GIVEN.page(_tags().where(MemberTag.member_id.in_(member_ids)), before, limit)
    )
    return [
        Fact(
            Place(held.given_at, TAG_GIVEN.rank, held.id),
            TAG_GIVEN.name,
            held.rule,
            held.rule_version,
            held.event_id,
            {"tag": tag.name, "evidence": held.evidence},
        )
        for held, tag in rows
    ]


def _tags_removed(
    session: Session, member_ids: Collection[int], before: Place | None, limit: int
) -> Sequence[Fact]:
    removed = _tags().where(MemberTag.member_id.in_(member_ids), MemberTag.removed_at.is_not(None))
    return [
        Fact(
            Place(held.removed_at, TAG_REMOVED.rank, held.id),
            TAG_REMOVED.name,
            f"operator:{held.removed_by_id}" if held.removed_by_id else held.removed_rule or "",
            event_id=held.removed_event_id,
            details={"tag": tag.name},
        )
        for held, tag in session.execute(TAG_REMOVED.page(removed, before, limit))
        if held.removed_at is not None
    ]


def _points(
    session: Session, member_ids: Collection[int], before: Place | None, limit: int
) -> Sequence[Fact]:
    mine = sa.select(PointsEntry).where(PointsEntry.member_id.in_(member_ids))
    return [
        Fact(
            Place(entry.booked_at, POINTS.rank, entry.id),
            POINTS.name,
            entry.rule,
            entry.rule_version,
            entry.event_id,
            {"entry": entry.kind, "amount": entry.amount},
        )
        for entry in session.scalars(POINTS.page(mine, before, limit))
    ]


def _tier_changes(
    session: Session, member_ids: Collection[int], before: Place | None, limit: int
) -> Sequence[Fact]:
    left = aliased(Tier)
    mine = (
        sa.select(TierChange, Tier, left)
        .join(Tier, Tier.id == TierChange.tier_id)
        .outerjoin(left, left.id == TierChange.from_tier_id)
        .where(TierChange.member_id.in_(member_ids))
    )
    return [
        Fact(
            Place(change.changed_at, TIER.rank, change.id),
            TIER.name,
            event_id=change.event_id,
            details={"to": to, "from": came_from, "growth": change.growth, "why": change.why},
        )
        for change, to, came_from in session.execute(TIER.page(mine, before, limit))
    ]


def _coupons(
    session: Session, member_ids: Collection[int], before: Place | None, limit: int
) -> Sequence[Fact]:
    mine = (
        sa.select(MemberCoupon, Coupon.name)
        .join(Coupon, Coupon.id == MemberCoupon.coupon_id)
        .where(MemberCoupon.member_id.in_(member_ids))
    )
    return [
        Fact(
            Place(held.issued_at, COUPON.rank, held.id),
            COUPON.name,
            held.rule,
            held.rule_version,
            held.event_id,
            {"coupon": name},
        )
        for held, name in session.execute(COUPON.page(mine, before, limit))
    ]


def _tags() -> sa.Select[MemberTag, Tag]:
    return sa.select(MemberTag, Tag).join(Tag, Tag.id == MemberTag.tag_id)
