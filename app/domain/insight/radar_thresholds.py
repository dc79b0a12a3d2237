"""Thresholds of reading: from when on somebody's interest gives a tag, points and a word to staff.

A threshold is of one link, or of all links of a category, and has one to four conditions, all of
which are to be met by what a member has done altogether. It gives once; the word to staff goes once
a day for each link at most. Shares count when somebody whom WeChat has named reads through her: an
unknown browser may be her own second one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from app.db import Base, Id, insert_once, partial_index
from app.domain.insight import radar_sums
from app.domain.insight.radar import RadarLink, RadarOpening
from app.domain.insight.radar_readers import RadarReader
from app.domain.insight.radar_sums import RadarSum
from app.domain.insight.radar_views import RadarView

CONDITIONS = ("opened_min", "read_min_s", "scrolled_min_percent", "shared_min")


class RadarThreshold(Base):
    """Of ``link_id``, or of the links of ``category``; one of the two."""

    __tablename__ = "radar_thresholds"
    __table_args__ = (partial_index("ix_radar_thresholds_open", "ended_at IS NULL", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    link_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("radar_links.id"))
    category: Mapped[str]
    opened_min: Mapped[int | None]
    read_min_s: Mapped[int | None]
    scrolled_min_percent: Mapped[int | None]
    shared_min: Mapped[int | None]
    tag_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("tags.id"))
    points: Mapped[int] = mapped_column(default=0)
    notify_userid: Mapped[str]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class RadarThresholdMet(Base):
    """That a member has met a threshold."""

    __tablename__ = "radar_thresholds_met"
    __table_args__ = (
        sa.UniqueConstraint("threshold_id", "member_id"),
        sa.Index("ix_radar_thresholds_met_member_id", "member_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    threshold_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("radar_thresholds.id"))
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    event_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("inbox.id"))
    met_at: Mapped[datetime]


class BadThreshold(ValueError):
    """It asks for nothing, or is of nothing."""


@dataclass(frozen=True, slots=True)
class Interest:
    """What a member has done with some links altogether; ``scrolled_percent`` is the farthest."""

    opened: int
    read_s: int
    scrolled_percent: int
    shared: int


def add(
    session: Session,
    *,
    link_id: int | None,
    category: str,
    conditions: dict[str, int | None],
    tag_id: int | None,
    points: int,
    notify_userid: str,
    now: datetime,
) -> RadarThreshold:
    """``conditions`` by their names in CONDITIONS. Raises BadThreshold."""
    asked = {name: conditions.get(name) for name in CONDITIONS}
    if not any(asked.values()) or (link_id is None) == (not category):
        raise BadThreshold
    threshold = RadarThreshold(
        link_id=link_id,
        category=category,
        tag_id=tag_id,
        points=points,
        notify_userid=notify_userid,
        created_at=now,
        **asked,
    )
    session.add(threshold)
    session.flush()
    return threshold


def end(threshold: RadarThreshold, now: datetime) -> None:
    threshold.ended_at = threshold.ended_at or now


def of_link(session: Session, link: RadarLink) -> Sequence[RadarThreshold]:
    """Those that reading this link may meet."""
    concerned = RadarThreshold.link_id == link.id
    if link.category:
        concerned = sa.or_(concerned, RadarThreshold.category == link.category)
    wanted = sa.select(RadarThreshold).where(RadarThreshold.ended_at.is_(None), concerned)
    return session.scalars(wanted.order_by(RadarThreshold.id)).all()


def all_of(session: Session) -> Sequence[RadarThreshold]:
    wanted = sa.select(RadarThreshold).where(RadarThreshold.ended_at.is_(None))
    return session.scalars(wanted.order_by(RadarThreshold.id)).all()


def interest(session: Session, member_id: int, threshold: RadarThreshold) -> Interest:
    """What she has done with the links that the threshold is of."""
    if threshold.link_id is not None:
        return interest_in(session, member_id, [threshold.link_id])
    wanted = sa.select(RadarLink.id).where(RadarLink.category == threshold.category)
    return interest_in(session, member_id, session.scalars(wanted).all())


def interest_in(session: Session, member_id: int, link_ids: Sequence[int]) -> Interest:
    opened = sa.select(sa.func.coalesce(sa.func.sum(RadarOpening.times), 0)).where(
        RadarOpening.member_id == member_id, RadarOpening.link_id.in_(link_ids)
    )
    her_readings = sa.select(RadarReader.id).where(
        RadarReader.member_id == member_id, RadarReader.link_id.in_(link_ids)
    )
    looks = radar_sums.looks(
        RadarView.reader_id.in_(her_readings), RadarSum.reader_id.in_(her_readings)
    )
    read = sa.select(
        sa.func.coalesce(sa.func.sum(looks.c.visible_ms), 0),
        sa.func.coalesce(sa.func.max(looks.c.scroll_percent), 0),
    )
    passed_on_by = aliased(RadarReader)
    shared = (
        sa.select(sa.func.count())
        .select_from(RadarReader)
        .join(passed_on_by, passed_on_by.id == RadarReader.parent_id)
        .where(
            passed_on_by.member_id == member_id,
            passed_on_by.link_id.in_(link_ids),
            RadarReader.times > 0,
            RadarReader.who.not_like("browser:%"),
        )
    )
    visible_ms, percent = session.execute(read).one()
    return Interest(
        int(session.scalar(opened) or 0),
        int(visible_ms) // 1000,
        int(percent),
        int(session.scalar(shared) or 0),
    )


def is_met(threshold: RadarThreshold, shown: Interest) -> bool:
    asked = (
        (threshold.opened_min, shown.opened),
        (threshold.read_min_s, shown.read_s),
        (threshold.scrolled_min_percent, shown.scrolled_percent),
        (threshold.shared_min, shown.shared),
    )
    return all(least is None or has >= least for least, has in asked)


def note_met(
    session: Session, threshold_id: int, member_id: int, event_id: int, now: datetime
) -> bool:
    """Returns False when she had met it before."""
    values = {
        "threshold_id": threshold_id,
        "member_id": member_id,
        "event_id": event_id,
        "met_at": now,
    }
    unique = ["threshold_id", "member_id"]
    return insert_once(session, RadarThresholdMet, values, unique=unique) is not None
