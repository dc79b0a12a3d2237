"""The ledger's own audit: what the postings say against what balances and lots say."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.loyalty.lots import Lot, LotMove
from app.domain.loyalty.points import Account, Balance, PointsEntry, Posting


def discrepancies(session: Session) -> list[str]:
    """Everything that does not add up, in words; an empty list is the promise kept."""
    return [
        *_entries_not_balanced(session),
        *_balances_not_replayed(session),
        *_lots_not_adding_up(session),
    ]


def _entries_not_balanced(session: Session) -> list[str]:
    rows = session.execute(
        sa.select(Posting.entry_id, sa.func.sum(Posting.amount))
        .group_by(Posting.entry_id)
        .having(sa.func.sum(Posting.amount) != 0)
    )
    bare = session.scalars(
        sa.select(PointsEntry.id)
        .outerjoin(Posting, Posting.entry_id == PointsEntry.id)
        .where(Posting.id.is_(None))
    )
    return [f"entry {entry}: postings sum to {total}" for entry, total in rows] + [
        f"entry {entry}: no postings" for entry in bare
    ]


def _balances_not_replayed(session: Session) -> list[str]:
    def account(name: Account) -> sa.ColumnElement[int]:
        return sa.func.coalesce(
            sa.func.sum(sa.case((Posting.account == name, Posting.amount), else_=0)), 0
        )

    replayed = {
        member_id: (int(points), -int(arrears))
        for member_id, points, arrears in session.execute(
            sa.select(
                Posting.member_id, account(Account.MEMBER), account(Account.ARREARS)
            ).group_by(Posting.member_id)
        )
    }
    growth = dict(
        session.execute(
            sa.select(PointsEntry.member_id, sa.func.sum(PointsEntry.growth)).group_by(
                PointsEntry.member_id
            )
        ).all()
    )
    found = []
    for balance in session.scalars(sa.select(Balance)):
        said = (balance.points, balance.arrears)
        posted = replayed.pop(balance.member_id, (0, 0))
        if said != posted:
            found.append(f"member {balance.member_id}: balance {said}, postings {posted}")
        if balance.growth != int(growth.get(balance.member_id, 0)):
            found.append(f"member {balance.member_id}: growth {balance.growth} not replayed")
    return found + [f"member {member}: postings without a balance" for member in replayed]


def _lots_not_adding_up(session: Session) -> list[str]:
    in_lots = (
        sa.select(Lot.member_id, sa.func.sum(Lot.remaining).label("held"))
        .group_by(Lot.member_id)
        .subquery()
    )
    members = session.execute(
        sa.select(Balance.member_id, Balance.points, sa.func.coalesce(in_lots.c.held, 0))
        .outerjoin(in_lots, in_lots.c.member_id == Balance.member_id)
        .where(Balance.points != sa.func.coalesce(in_lots.c.held, 0))
    )
    moved = sa.func.coalesce(sa.func.sum(LotMove.amount), 0)
    moves = session.execute(
        sa.select(Lot.id)
        .outerjoin(LotMove, LotMove.lot_id == Lot.id)
        .group_by(Lot.id)
        .having(Lot.remaining != Lot.amount + moved)
    )
    return [f"member {m}: balance {points}, lots {held}" for m, points, held in members] + [
        f"lot {lot}: its moves do not give what remains" for (lot,) in moves
    ]
