"""Sums of radar views: what is kept of those that are older than anybody asks about one by one.

A view is a row for each showing of a page. What the figures of a link, its tree and its thresholds
need of an old one is its part in the sums of its reader's day, so old views are added to these and
deleted, many at once. Views and sums together are ``looks``.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, table_of
from app.domain.insight.radar_views import RadarView

BATCH = 5_000
LASTED_S = (10, 30, 60, 180, 600)  # how long views lasted is counted by these


class RadarSum(Base):
    """All views of a reader on a business day: how many ``views``, how many of them ``told`` how
    they were read, how many were visible for at least so many seconds."""

    __tablename__ = "radar_sums"
    __table_args__ = (
        sa.Index("ix_radar_sums_link_id", "link_id"),
        {"sqlite_with_rowid": False},
    )

    reader_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("radar_readers.id"), primary_key=True, autoincrement=False
    )
    on: Mapped[date] = mapped_column(primary_key=True)
    link_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("radar_links.id"))
    views: Mapped[int]
    told: Mapped[int]
    visible_ms: Mapped[int] = mapped_column(Id)
    scroll_percent: Mapped[int]
    share_taps: Mapped[int]
    lasted_10_s: Mapped[int]
    lasted_30_s: Mapped[int]
    lasted_60_s: Mapped[int]
    lasted_180_s: Mapped[int]
    lasted_600_s: Mapped[int]


_SUMMED = ("views", "told", "visible_ms", "share_taps", *(f"lasted_{s}_s" for s in LASTED_S))


def looks(views: sa.ColumnElement[bool], sums: sa.ColumnElement[bool]) -> sa.Subquery:
    """What was looked at, be it a view or the sum of a day, by the columns of ``RadarSum``; the
    first condition is on views, the second the same on sums."""
    columns = ("link_id", "reader_id", "scroll_percent", *_SUMMED)
    one_by_one = sa.select(*(_of_view(name).label(name) for name in columns)).where(views)
    by_day = sa.select(*(getattr(RadarSum, name) for name in columns)).where(sums)
    return sa.union_all(one_by_one, by_day).subquery("looks")


def add_up(session: Session, zone: ZoneInfo, before: datetime) -> int:
    """Adds the oldest views from before then to the sums of their day, and deletes them: one day's
    at a time, ``BATCH`` at the most. Returns how many there were. The newest view of all stays, so
    that no number is given out twice."""
    newest = sa.select(sa.func.max(RadarView.id)).scalar_subquery()
    is_old = (RadarView.began_at < before, RadarView.id < newest)
    oldest = session.scalar(
        sa.select(RadarView.began_at).where(*is_old).order_by(RadarView.began_at).limit(1)
    )
    if oldest is None:
        return 0
    on = oldest.astimezone(zone).date()
    until = min(before, datetime.combine(on + timedelta(days=1), time(), zone))
    wanted = sa.select(RadarView.id).where(*is_old, RadarView.began_at < until)
    ids = session.scalars(wanted.order_by(RadarView.began_at).limit(BATCH)).all()
    _add(session, ids, on)
    session.execute(sa.delete(RadarView).where(RadarView.id.in_(ids)))
    return len(ids)


def _add(session: Session, ids: Sequence[int], on: date) -> None:
    table = table_of(RadarSum)
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    summed = {name: sa.cast(sa.func.sum(_of_view(name)), table.c[name].type) for name in _SUMMED}
    told: dict[str, Any] = {
        "reader_id": RadarView.reader_id,
        "on": sa.literal(on, sa.Date()),
        "link_id": sa.func.min(RadarView.link_id),
        "scroll_percent": sa.func.max(RadarView.scroll_percent),
        **summed,
    }
    of_readers = (
        sa.select(*told.values()).where(RadarView.id.in_(ids)).group_by(RadarView.reader_id)
    )
    adding = insert(table).from_select(list(told), of_readers)
    new, old = adding.excluded, table.c
    higher = sa.case(
        (new.scroll_percent > old.scroll_percent, new.scroll_percent), else_=old.scroll_percent
    )
    session.execute(
        adding.on_conflict_do_update(
            index_elements=["reader_id", "on"],
            set_={"scroll_percent": higher, **{n: old[n] + new[n] for n in _SUMMED}},
        )
    )


def _of_view(name: str) -> sa.ColumnElement[Any]:
    """What a single view has in this column of the sums."""
    if name == "views":
        return sa.literal(1, sa.Integer())
    if name == "told":
        return sa.case((RadarView.reports > 0, 1), else_=0)
    if name.startswith("lasted_"):
        least_ms = int(name.split("_")[1]) * 1000
        return sa.case((RadarView.visible_ms >= least_ms, 1), else_=0)
    column: sa.ColumnElement[Any] = getattr(RadarView, name)
    return column
