"""Views of a radar page: how long it was really looked at, and how far down.

A page's script says how long it has been visible; the server believes it only as far as its own
clock allows: each report is credited with the time since the one before, with ``CREDIT`` at most,
and never more than the sum of that has been looked at. Reports carry a number; one that is not
newer than the last changes nothing, so neither do replays.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once

LASTS = timedelta(hours=2)  # what is told of a view later than this after it began is not heard
CREDIT = timedelta(seconds=45)  # pages report every 10 s
REPORTS_MAX = 2000
TAPS_MAX = 20
# What is told onward when it is first reached; everything between changes the view alone.
SECONDS = (5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200, 1800, 3600)
PERCENTS = (25, 50, 75, 100)


class RadarView(Base):
    """One showing of a page to a reader, or her passing through to an outside page, of which only
    the opening is known."""

    __tablename__ = "radar_views"
    __table_args__ = (
        sa.Index("ix_radar_views_reader_id", "reader_id"),
        sa.Index("ix_radar_views_link_id", "link_id", "began_at"),
        sa.Index("ix_radar_views_began_at", "began_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    link_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("radar_links.id"))
    reader_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("radar_readers.id"))
    began_at: Mapped[datetime]
    heard_at: Mapped[datetime]  # the last report
    reports: Mapped[int] = mapped_column(default=0)  # the number of the last one
    credited_ms: Mapped[int] = mapped_column(default=0)
    visible_ms: Mapped[int] = mapped_column(default=0)
    scroll_percent: Mapped[int] = mapped_column(default=0)
    share_taps: Mapped[int] = mapped_column(default=0)  # that she shared, by the page's word


@dataclass(frozen=True, slots=True)
class Report:
    """What a page says of itself: the ``number`` of the report, and all in all how long it has been
    visible, how far down it was scrolled, how often sharing was chosen."""

    number: int
    visible_ms: int
    scroll_percent: int
    share_taps: int


@dataclass(frozen=True, slots=True)
class Reached:
    """The highest marks that a view has reached: seconds and percent."""

    seconds: int
    percent: int


def begin(
    session: Session, key: str, link_id: int, reader_id: int, began_at: datetime, now: datetime
) -> bool:
    """Counts a view, once under its key. Returns whether it is new."""
    values = {
        "key": key,
        "link_id": link_id,
        "reader_id": reader_id,
        "began_at": began_at,
        "heard_at": began_at,
        "reports": 0,
        "credited_ms": 0,
        "visible_ms": 0,
        "scroll_percent": 0,
        "share_taps": 0,
    }
    return insert_once(session, RadarView, values, unique=["key"]) is not None


def by_key(session: Session, key: str, *, lock: bool = False) -> RadarView | None:
    wanted = sa.select(RadarView).where(RadarView.key == key)
    return session.scalar(wanted.with_for_update() if lock else wanted)


def is_over(began_at: datetime, now: datetime) -> bool:
    return now - began_at > LASTS


def hear(view: RadarView, report: Report, now: datetime) -> Reached | None:
    """Takes a report as far as it can be true; the caller has locked the view. Returns the marks
    reached by it, None when it reached none or was heard before."""
    if not view.reports < report.number <= REPORTS_MAX or is_over(view.began_at, now):
        return None
    before = reached(view)
    view.credited_ms += _ms(min(now - view.heard_at, CREDIT))
    view.visible_ms = max(view.visible_ms, min(report.visible_ms, view.credited_ms))
    view.scroll_percent = max(view.scroll_percent, min(report.scroll_percent, 100))
    view.share_taps = max(view.share_taps, min(report.share_taps, TAPS_MAX))
    view.reports, view.heard_at = report.number, max(view.heard_at, now)
    after = reached(view)
    return after if after != before else None


def reached(view: RadarView) -> Reached:
    seconds = (mark for mark in SECONDS if mark * 1000 <= view.visible_ms)
    percents = (mark for mark in PERCENTS if mark <= view.scroll_percent)
    return Reached(max(seconds, default=0), max(percents, default=0))


def _ms(span: timedelta) -> int:
    return max(0, round(span.total_seconds() * 1000))
