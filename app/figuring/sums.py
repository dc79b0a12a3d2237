"""Sums: what everybody has bought and when everybody was active, read from the database in columns.
Orders that were paid back as a whole do not count; of the others, what was kept."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.loyalty import orders
from app.domain.loyalty.orders import Order
from app.domain.people.members import Member
from app.figuring import columns
from app.figuring.columns import EPOCH_US, Ints
from app.inbox import InboxEvent
from app.journeys import active_hours
from tagging import order_columns
from tagging.order_columns import Calendar, OrderSums

NEVER = -1
AT_ONCE = 20_000  # members of whom everything is read in one piece


@dataclass(frozen=True, slots=True)
class Known:
    """Members who are on record, in order: since which day, and the last one they were seen on
    (or NEVER)."""

    member_ids: Ints
    known_day: Ints
    seen_day: Ints


def of_orders(session: Session, calendar: Calendar, tick: Callable[[int], None]) -> OrderSums:
    """A row for each member who has bought. ``tick`` hears how many more orders were read."""
    rows = sa.select(Order).where(orders.counts()).order_by(Order.member_id, Order.paid_at)
    wanted = (Order.member_id, columns.moment(session, Order.paid_at), orders.net_fen())
    parts = []
    for hers in columns.ranges(session, Order.member_id, AT_ONCE):
        member_ids, paid, net_fen = columns.read(session, *wanted, rows=rows.where(hers))
        if not len(member_ids):
            continue
        paid_us = paid + EPOCH_US
        parts.append(order_columns.sums_of(member_ids, paid_us, net_fen, calendar.days(paid_us)))
        tick(len(member_ids))
    return order_columns.joined(parts)


def of_members(session: Session, calendar: Calendar) -> Known:
    """Everybody who is a member of her own, whether she has done anything or not."""
    seen = columns.moment(session, Member.last_seen_at)
    wanted = (
        Member.id,
        columns.moment(session, Member.created_at),
        sa.func.coalesce(seen, columns.moment(session, Member.created_at)),
        sa.case((Member.last_seen_at.is_(None), 0), else_=1),
    )
    rows = sa.select(Member).where(Member.same_as_id.is_(None)).order_by(Member.id)
    parts = []
    for some in columns.ranges(session, Member.id, AT_ONCE):
        ids, made, last, is_seen = columns.read(session, *wanted, rows=rows.where(some))
        seen_day = np.where(is_seen, calendar.days(last + EPOCH_US), NEVER)
        parts.append((ids, calendar.days(made + EPOCH_US), seen_day))
    nothing = np.array([], dtype=np.int64)
    return Known(*(np.concatenate([nothing, *(part[n] for part in parts)]) for n in range(3)))


def of_hours(session: Session, calendar: Calendar, now: datetime) -> tuple[Ints, Ints]:
    """Members of whom it is known at what time of the day they are active, in order, and the hour:
    the one in which each has acted most often, the earliest of several."""
    rows = sa.select(InboxEvent).where(*active_hours.signs(now))
    wanted = (InboxEvent.member_id, columns.moment(session, InboxEvent.happened_at))
    found_ids, found_hours = [], []
    for hers in columns.ranges(session, InboxEvent.member_id, AT_ONCE):
        member_ids, at = columns.read(session, *wanted, rows=rows.where(hers))
        ids, place = np.unique(member_ids, return_inverse=True)
        hours = calendar.hours(at + EPOCH_US)
        times = np.bincount(place * 24 + hours, minlength=len(ids) * 24).reshape(-1, 24)
        enough = times.sum(axis=1) >= active_hours.TIMES_MIN
        found_ids.append(ids[enough])
        found_hours.append(times.argmax(axis=1)[enough])
    nothing = np.array([], dtype=np.int64)
    return np.concatenate([nothing, *found_ids]), np.concatenate([nothing, *found_hours])
