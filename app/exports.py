"""Exports 导出: members, their tags and orders as tables, a batch at a time, however many.

Numbers are masked unless they are asked for in full, which the caller has to audit.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Database
from app.domain.insight import directory
from app.domain.insight.tags import MemberTag, Tag
from app.domain.loyalty import orders
from app.domain.loyalty.orders import Order, OrderLine
from app.domain.loyalty.standing.tiers import Tier
from app.domain.people import members
from app.domain.people.live_codes import LiveCode
from app.domain.people.members import Member
from app.domain.vault import Vault

Rows = Iterator[Sequence[Any]]

AT_ONCE = 1_000
MEMBERS = (
    *("会员编号", "昵称", "手机号", "生日", "等级", "积分", "标签", "渠道活码"),
    *("加入时间", "注册时间", "最近出现", "离开时间", "退订时间", "unionid"),
)
ORDERS = (
    *("订单号", "店铺", "会员编号", "付款时间", "实付金额", "退款金额"),
    *("货号", "商品名称", "数量", "这件商品的金额"),
)
MEMBER_TAGS = ("会员编号", "昵称", "标签", "维度", "得到时间", "规则", "版本", "依据")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which members; everybody by default. ``in_full``: with whole phone numbers."""

    tier_id: int | None = None
    tag_id: int | None = None
    in_full: bool = False


def member_rows(database: Database, wanted: Wanted, vault: Vault, zone: ZoneInfo) -> Rows:
    """The heading, then a row a member; headings are those an import knows."""
    yield MEMBERS
    for part in _batches(database, lambda session, after: _members(session, wanted, after)):
        with database.reading() as session:
            yield from _told(session, part, wanted, vault, zone)


def tag_rows(database: Database, wanted: Wanted, zone: ZoneInfo) -> Rows:
    """The heading, then a row for each tag that a member has now, with what gave it."""
    yield MEMBER_TAGS
    for part in _batches(database, lambda session, after: _tags(session, wanted, after)):
        for held, tag, nickname in part:
            yield (
                *(held.member_id, nickname, tag.name, tag.dimension, local(held.given_at, zone)),
                *(held.rule, held.rule_version, held.evidence),
            )


def order_rows(database: Database, source: str | None, zone: ZoneInfo) -> Rows:
    """The heading, then a row for each line of an order, or one for an order without lines."""
    yield ORDERS
    for part in _batches(database, lambda session, after: _orders(session, source, after)):
        with database.reading() as session:
            lines = orders.lines_of_all(session, [order.id for (order,) in part])
        for (order,) in part:
            paid = (local(order.paid_at, zone), _yuan(order.amount_fen))
            head = (order.order_no, order.source, order.member_id or "", *paid)
            pieces = [_piece(line) for line in lines.get(order.id, ())] or [("",) * 4]
            for piece in pieces:
                yield (*head, _yuan(order.refunded_fen), *piece)


def _piece(line: OrderLine) -> tuple[Any, ...]:
    return line.sku, line.name, line.quantity, _yuan(line.amount_fen)


def _orders(session: Session, source: str | None, after: int) -> Sequence[Any]:
    chosen = sa.select(Order).where(Order.id > after)
    if source is not None:
        chosen = chosen.where(Order.source == source)
    return session.execute(chosen.order_by(Order.id).limit(AT_ONCE)).all()


def _yuan(amount_fen: int) -> str:
    return f"{amount_fen // 100}.{amount_fen % 100:02}"


def _batches(database: Database, next_after: Callable[[Session, int], Sequence[Any]]) -> Rows:
    """Batch after batch by rising id, each read in a transaction of its own."""
    after = 0
    while True:
        with database.reading() as session:
            part = next_after(session, after)
        if not part:
            return
        yield part
        last = part[-1]
        after = last.id if isinstance(last, Member) else last[0].id


def _members(session: Session, wanted: Wanted, after: int) -> Sequence[Member]:
    chosen = sa.select(Member).where(Member.id > after, Member.same_as_id.is_(None))
    if wanted.tier_id is not None:
        chosen = chosen.where(Member.tier_id == wanted.tier_id)
    if wanted.tag_id is not None:
        chosen = chosen.where(
            sa.exists().where(
                MemberTag.member_id == Member.id,
                MemberTag.tag_id == wanted.tag_id,
                MemberTag.removed_at.is_(None),
            )
        )
    return session.scalars(chosen.order_by(Member.id).limit(AT_ONCE)).all()


def _tags(session: Session, wanted: Wanted, after: int) -> Sequence[Any]:
    chosen = (
        sa.select(MemberTag, Tag, Member.nickname)
        .join(Tag, Tag.id == MemberTag.tag_id)
        .join(Member, Member.id == MemberTag.member_id)
        .where(MemberTag.id > after, MemberTag.removed_at.is_(None))
    )
    if wanted.tag_id is not None:
        chosen = chosen.where(MemberTag.tag_id == wanted.tag_id)
    if wanted.tier_id is not None:
        chosen = chosen.where(Member.tier_id == wanted.tier_id)
    return session.execute(chosen.order_by(MemberTag.id).limit(AT_ONCE)).all()


def _told(
    session: Session, part: Sequence[Member], wanted: Wanted, vault: Vault, zone: ZoneInfo
) -> Rows:
    ids = [member.id for member in part]
    points, tags = directory.points_of(session, ids), directory.tags_of(session, ids)
    tiers = _names(session, Tier.id, Tier.name)
    codes = _names(session, LiveCode.id, LiveCode.name)
    phone = members.phone_of if wanted.in_full else members.masked_phone_of
    for member in part:
        yield (
            *(member.id, member.nickname, phone(member, vault) or "", member.birthday_on or ""),
            *(tiers.get(member.tier_id, ""), points.get(member.id, 0)),
            "、".join(tag.name for tag in tags[member.id]),
            codes.get(member.live_code_id, ""),
            *(local(at, zone) for at in (member.joined_at, member.signed_up_at)),
            *(local(at, zone) for at in (member.last_seen_at, member.left_at)),
            *(local(member.opted_out_at, zone), member.unionid or ""),
        )


def _names(session: Session, its_id: Any, name: Any) -> Mapping[int | None, str]:
    return dict(session.execute(sa.select(its_id, name)).all())


def local(at: datetime | None, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if at else ""
