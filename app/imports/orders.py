"""Orders from a table: rows of the same order become one, whose it is is found by what the row
names, and what was known already stays. What a row says of money back is the total so far, so the
same file twice changes nothing, and a later export brings what was paid back since.

What the member earns by it follows in her own lane, by an event of ours for each order:
``order_imported`` under ``order_imported:{source}:{order_no}:{paid back, in fen}``.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import inbox_batches
from app.domain.imports import Outcome
from app.domain.loyalty import order_batches
from app.domain.loyalty.order_batches import Key, Paid, Sold
from app.domain.loyalty.orders import Buyer, Order
from app.domain.people import lookups
from app.domain.people.members import Member
from app.imports import fields, order_rows
from app.imports.fields import BadRow, Become, Row
from app.imports.order_rows import Told
from app.imports.telling import Options
from app.programme import Programme

KIND = "order_imported"
AT_ONCE = 500
LINES_MAX = 200
_NEWS = (Outcome.ADDED, Outcome.CHANGED)


def whole(rows: Sequence[Row]) -> int:
    """How many of the rows are whole orders, if others follow: the last one may go on."""
    last = rows[-1].told.get("order_no")
    first_of_last = next(at for at, row in enumerate(rows) if row.told.get("order_no") == last)
    return first_of_last or len(rows)


def take(
    session: Session,
    rows: Sequence[Row],
    import_id: int,
    options: Options,
    programme: Programme,
    now: datetime,
) -> Iterator[Become]:
    """Rows of the same order share what becomes of it."""
    read = [_read(row, options, programme, now) for row in rows]
    told = [one for one in read if isinstance(one, Told)]
    buyers = _buyers(session, told)
    orders = {key: _order(part, buyers) for key, part in _together(told)}
    become = _keep(session, orders, options, now)
    for one in read:
        if isinstance(one, BadRow):
            yield fields.refused(one)
        else:
            yield become[one.source, one.order_no]


def _read(row: Row, options: Options, programme: Programme, now: datetime) -> Told | BadRow:
    try:
        return order_rows.of(row, options, programme, now)
    except BadRow as problem:
        return problem


def _together(told: Sequence[Told]) -> Iterator[tuple[Key, Sequence[Told]]]:
    """The rows of each order, in their order, whether or not they stand below each other."""

    def key_of(one: Told) -> Key:
        return one.source, one.order_no

    for key, part in groupby(sorted(told, key=key_of), key_of):
        yield key, list(part)


def _order(rows: Sequence[Told], buyers: Mapping[Buyer, int]) -> Paid | BadRow:
    """What the rows of an order say together."""
    first = rows[0]
    lines = [row.line for row in rows if row.line is not None]
    if len(lines) > LINES_MAX:
        return BadRow(f"一张订单最多 {LINES_MAX} 件商品", f"at most {LINES_MAX} lines an order")
    own = [line.amount_fen for line in lines if line.amount_fen is not None]
    whole_fen = first.amount_fen if first.amount_fen is not None else sum(own)
    if any(row.amount_fen not in (None, whole_fen) for row in rows):
        return BadRow("同一订单的各行金额不同", "the rows of the order differ in its amount")
    refunded_fen = max(row.refunded_fen for row in rows)
    if first.amount_fen is None:  # each row is a piece with its own money back
        refunded_fen = sum(_paid_back(row) for row in rows)
    if all(row.is_closed for row in rows) and not refunded_fen:
        refunded_fen = whole_fen  # paid and closed: all of it went back
    if refunded_fen > whole_fen:
        return BadRow("退款多于付款", "more was paid back than was paid")
    member_id = next((buyers[row.named] for row in rows if row.named in buyers), None)
    return Paid(
        first.source,
        first.order_no,
        min(row.paid_at for row in rows),
        whole_fen,
        refunded_fen,
        first.named,
        member_id,
        tuple(_sold(rows, whole_fen)),
    )


def _paid_back(row: Told) -> int:
    """Of a row that is a piece: all of it where it was paid and closed, and tells nothing else."""
    whole_fen = row.line.amount_fen if row.line is not None else None
    return row.refunded_fen or (row.is_closed and whole_fen) or 0


def _sold(rows: Sequence[Told], whole_fen: int) -> Iterator[Sold]:
    """The lines. Where rows tell no amount of their own, the first has all that others leave."""
    lines = [row.line for row in rows if row.line is not None]
    left = whole_fen - sum(line.amount_fen or 0 for line in lines)
    for line in lines:
        own = line.amount_fen
        if own is None:
            own, left = max(left, 0), 0
        yield Sold(line.sku, line.name, line.quantity, own)


def _buyers(session: Session, told: Sequence[Told]) -> dict[Buyer, int]:
    """By what rows name: the member, found as for an order that a shop posts."""
    named = {one.named for one in told}
    by_id = {one.member_id for one in named if one.member_id is not None}
    sure = {"unionid": Member.unionid, "phone_index": Member.phone_index}
    found: dict[tuple[str, Any], int] = {
        ("member_id", member_id): member.id
        for member_id, member in lookups.members_behind(session, by_id).items()
    }
    for name, column in sure.items():
        values = {getattr(one, name) for one in named} - {None}
        rows = session.execute(sa.select(column, Member.id).where(column.in_(values)))
        found.update(((name, value), member_id) for value, member_id in rows)
    for channel_id in {one.channel_id for one in named if one.channel_id is not None}:
        openids = {one.openid for one in named if one.openid}
        for openid, identity in lookups.identities(session, channel_id, openids).items():
            found["openid", openid] = identity.member_id
    behind = lookups.members_behind(session, set(found.values()))
    return {
        one: behind[member_id].id for one in named if (member_id := _surest(one, found)) is not None
    }


def _surest(named: Buyer, found: Mapping[tuple[str, Any], int]) -> int | None:
    """The surest of her names that is known decides, as in ``orders.buyer``."""
    for name in ("member_id", "unionid", "phone_index", "openid"):
        if (name, getattr(named, name)) in found:
            return found[name, getattr(named, name)]
    return None


def _keep(
    session: Session,
    orders: Mapping[Key, Paid | BadRow],
    options: Options,
    now: datetime,
) -> dict[Key, Become]:
    good = {key: one for key, one in orders.items() if isinstance(one, Paid)}
    known = order_batches.known(session, list(good))
    new = [order for key, order in good.items() if key not in known]
    there = {**order_batches.keep(session, new, now), **known}
    become = {key: fields.refused(one) for key, one in orders.items() if isinstance(one, BadRow)}
    for key, order in good.items():
        become[key] = _compared(order, there[key], key not in known)
    moved = {k: good[k] for k, one in become.items() if one.outcome in _NEWS}
    back = {
        there[key].id: order.refunded_fen
        for key, order in moved.items()
        if order.refunded_fen > there[key].refunded_fen
    }
    order_batches.pay_back(session, back, {order.id: order for order in there.values()}, now)
    if options.earns:
        _tell(session, [there[key] for key in moved], now)
    return become


def _compared(told: Paid, held: Order, is_new: bool) -> Become:
    """What becomes of an order that the file tells of, beside how it stands."""
    if is_new:
        return Become(Outcome.ADDED, held.member_id)
    if told.amount_fen != held.amount_fen:
        was, now = held.amount_fen / 100, told.amount_fen / 100
        return fields.refused(
            BadRow(f"之前的金额是 {was:.2f}，不是 {now:.2f}", f"it was {was:.2f}, not {now:.2f}")
        )
    changes = told.refunded_fen > held.refunded_fen
    if held.member_id is None and told.member_id is not None:
        held.member_id, changes = told.member_id, True
    return Become(Outcome.CHANGED if changes else Outcome.UNCHANGED, held.member_id)


def _tell(session: Session, orders: Sequence[Order], now: datetime) -> None:
    events = [
        inbox_batches.Own(
            key=f"{KIND}:{order.source}:{order.order_no}:{order.refunded_fen}",
            kind=KIND,
            subject=f"member:{order.member_id}",
            fields={"source": order.source, "order_no": order.order_no},
            member_id=order.member_id,
            happened_at=order.paid_at,
        )
        for order in orders
        if order.member_id is not None
    ]
    inbox_batches.receive(session, events, now)
