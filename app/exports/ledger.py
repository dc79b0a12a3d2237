"""The ledger as a table: an entry a row, with its cause and its postings, a batch at a time."""

from collections import defaultdict
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Database
from app.domain.loyalty.entries import Account, PointsEntry, Posting
from app.domain.loyalty.liability import Liability
from app.domain.loyalty.seals import SealedEntry
from app.exports.tables import AT_ONCE, Rows, batches, local

ENTRIES = (
    *("分录编号", "时间", "会员编号", "类型", "数量", "成长值", "规则", "规则版本", "事件编号"),
    *("冲销的分录", "唯一键", "区块", *(f"账户 {account}" for account in Account)),
)
LIABILITY = ("到期月份", "可用积分", "待生效积分")


def entry_rows(database: Database, zone: ZoneInfo) -> Rows:
    """The heading, then a row for each entry, the oldest first."""
    yield ENTRIES
    for part in batches(database, _entries):
        with database.reading() as session:
            postings = _postings(session, [entry.id for entry, _ in part])
        for entry, number in part:
            yield (
                *(entry.id, local(entry.booked_at, zone), entry.member_id, entry.kind),
                *(entry.amount, entry.growth, entry.rule, entry.rule_version, entry.event_id),
                *(entry.reverses_id, entry.key, number),
                *(postings[entry.id].get(account, 0) for account in Account),
            )


def liability_rows(report: Liability) -> Rows:
    """The heading, a row a month, and the sums below."""
    yield LIABILITY
    for one in report.lapsing:
        yield (one.month, one.points, one.pending)
    for name in ("points", "pending", "reserved", "arrears", "awarded", "spent", "expired"):
        yield (name, getattr(report, name), "")


def _entries(session: Session, after: int) -> Sequence[sa.Row[PointsEntry, int | None]]:
    return session.execute(
        sa.select(PointsEntry, SealedEntry.number)
        .outerjoin(SealedEntry, SealedEntry.entry_id == PointsEntry.id)
        .where(PointsEntry.id > after)
        .order_by(PointsEntry.id)
        .limit(AT_ONCE)
    ).all()


def _postings(session: Session, entry_ids: Sequence[int]) -> defaultdict[int, dict[str, int]]:
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    rows = session.execute(
        sa.select(Posting.entry_id, Posting.account, Posting.amount).where(
            Posting.entry_id.in_(entry_ids)
        )
    )
    for entry_id, account, amount in rows:
        found[entry_id][account] = amount
    return found
