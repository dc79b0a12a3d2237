"""What became of a radar link: who has read it, for how long, when, and how it travelled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.insight import radar_sums
from app.domain.insight.radar_readers import RadarReader
from app.domain.insight.radar_sums import LASTED_S, RadarSum
from app.domain.insight.radar_views import RadarView

HOURS = 48
TREE_MAX = 500


@dataclass(frozen=True, slots=True)
class Reading:
    """``named`` readers are members, ``unknown`` ones browsers of somebody; ``mean_s`` is of the
    views whose page told anything."""

    named: int = 0
    unknown: int = 0
    times: int = 0
    passed_on: int = 0
    mean_s: float | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """A reader in the tree: ``below`` is how many have read it through her, near and far."""

    reader: RadarReader
    visible_s: int
    scroll_percent: int
    share_taps: int
    below: int


def of_links(session: Session) -> dict[int, Reading]:
    """By link, of those that anybody has opened."""
    is_named = RadarReader.who.not_like("browser:%")
    # of a member who was two records, either may have read it
    whose = sa.func.coalesce(sa.cast(RadarReader.member_id, sa.String), RadarReader.who)
    counted = sa.select(
        RadarReader.link_id,
        sa.func.count(sa.case((is_named, whose)).distinct()),
        sa.func.sum(sa.case((is_named, 0), else_=1)),
        sa.func.sum(RadarReader.times),
        sa.func.sum(sa.case((RadarReader.depth > 0, 1), else_=0)),
    ).where(RadarReader.times > 0)
    looks = radar_sums.looks(RadarView.reports > 0, RadarSum.told > 0)
    means = {
        link_id: int(visible_ms) / int(told) / 1000
        for link_id, visible_ms, told in session.execute(
            sa.select(
                looks.c.link_id, sa.func.sum(looks.c.visible_ms), sa.func.sum(looks.c.told)
            ).group_by(looks.c.link_id)
        )
    }
    return {
        link_id: Reading(int(named), int(unknown), int(times), int(passed), means.get(link_id))
        for link_id, named, unknown, times, passed in session.execute(
            counted.group_by(RadarReader.link_id)
        )
    }


def lasting(session: Session, link_id: int) -> list[tuple[int, int]]:
    """How many views were looked at for at least so many seconds and for less than the next."""
    told = RadarView.reports > 0
    looks = radar_sums.looks(
        sa.and_(RadarView.link_id == link_id, told), RadarSum.link_id == link_id
    )
    counts = (looks.c.told, *(looks.c[f"lasted_{seconds}_s"] for seconds in LASTED_S))
    sums = session.execute(sa.select(*(sa.func.sum(count) for count in counts))).one()
    longer = [int(count or 0) for count in sums]
    following = [*longer[1:], 0]
    return [
        (seconds, mine - others)
        for seconds, mine, others in zip((0, *LASTED_S), longer, following, strict=True)
    ]


def by_hour(session: Session, link_id: int, now: datetime) -> list[tuple[datetime, int]]:
    """Views of each of the last hours, the earliest first."""
    last = int(now.timestamp()) // 3600
    since = now - timedelta(hours=HOURS)
    hour = sa.cast(sa.extract("epoch", RadarView.began_at), sa.BigInteger) // 3600
    rows = session.execute(
        sa.select(hour, sa.func.count())
        .where(RadarView.link_id == link_id, RadarView.began_at >= since)
        .group_by(hour)
    )
    counts = {int(at): count for at, count in rows}
    began = now.replace(minute=0, second=0, microsecond=0)
    return [
        (began - timedelta(hours=last - at), counts.get(at, 0))
        for at in range(last - HOURS + 1, last + 1)
    ]


def depths(session: Session, link_id: int) -> dict[int, int]:
    """Readers by how many hands the link went through."""
    rows = session.execute(
        sa.select(RadarReader.depth, sa.func.count())
        .where(RadarReader.link_id == link_id, RadarReader.times > 0)
        .group_by(RadarReader.depth)
        .order_by(RadarReader.depth)
    )
    return {depth: count for depth, count in rows}  # noqa: C416  rows, not pairs


def tree(session: Session, link_id: int) -> list[Node]:
    """The readers as they came through each other, parents before those below them; of a link that
    many have read, the first ``TREE_MAX``."""
    readers = session.scalars(
        sa.select(RadarReader)
        .where(RadarReader.link_id == link_id)
        .order_by(RadarReader.id)
        .limit(TREE_MAX)
    ).all()
    read = _read_by(session, [one.id for one in readers])
    through: dict[int | None, list[RadarReader]] = {}
    for one in readers:
        through.setdefault(one.parent_id, []).append(one)
    below = _below(readers)
    order: list[RadarReader] = []
    waiting = list(reversed(through.get(None, [])))
    while waiting:
        order.append(waiting.pop())
        waiting += reversed(through.get(order[-1].id, []))
    return [Node(one, *read.get(one.id, (0, 0, 0)), below[one.id]) for one in order]


def _below(readers: Sequence[RadarReader]) -> Mapping[int, int]:
    """A reader is always younger than the one she came through."""
    below = dict.fromkeys((one.id for one in readers), 0)
    for one in reversed(readers):
        if one.parent_id in below:
            below[one.parent_id] += below[one.id] + (1 if one.times else 0)
    return below


def _read_by(session: Session, reader_ids: Sequence[int]) -> dict[int, tuple[int, int, int]]:
    looks = radar_sums.looks(
        RadarView.reader_id.in_(reader_ids), RadarSum.reader_id.in_(reader_ids)
    )
    rows = session.execute(
        sa.select(
            looks.c.reader_id,
            sa.func.sum(looks.c.visible_ms),
            sa.func.max(looks.c.scroll_percent),
            sa.func.sum(looks.c.share_taps),
        ).group_by(looks.c.reader_id)
    )
    return {
        reader: (int(visible_ms) // 1000, percent, int(taps))
        for reader, visible_ms, percent, taps in rows
    }
