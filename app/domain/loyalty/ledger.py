"""The ledger's own audit: entries, postings, lots, holds and balances, held against each other."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.domain.loyalty.holds import Hold
from app.domain.loyalty.lots import NOT_EMPTY, Lot, LotMove
from app.domain.loyalty.points import Account, Balance, PointsEntry, Posting

_HERS = (Account.MEMBER, Account.PENDING)  # what lies in lots


def discrepancies(session: Session) -> list[str]:
    """Everything that does not add up, in words; an empty list is the promise kept."""
    return [
        *_entries_not_balanced(session),
        *_balances_not_replayed(session),
        *_lots_not_adding_up(session),
        *_lots_beside_postings(session),
        *_holds_not_adding_up(session),
        *_holds_beside_entries(session),
        *_due_too_late(session),
        *_reversed_too_often(session),
    ]


def _entries_not_balanced(session: Session) -> Iterator[str]:
    rows = session.execute(
        sa.select(Posting.entry_id, sa.func.sum(Posting.amount))
        .group_by(Posting.entry_id)
        .having(sa.func.sum(Posting.amount) != 0)
    )
    yield from (f"entry {entry}: postings sum to {total}" for entry, total in rows)
    bare = session.scalars(
        sa.select(PointsEntry.id)
        .outerjoin(Posting, Posting.entry_id == PointsEntry.id)
        .where(Posting.id.is_(None))
    )
    yield from (f"entry {entry}: no postings" for entry in bare)
    another = session.scalars(
        sa.select(Posting.entry_id)
        .join(PointsEntry, PointsEntry.id == Posting.entry_id)
        .where(Posting.member_id != PointsEntry.member_id)
    )
    yield from (f"entry {entry}: postings of another member" for entry in another)


def _balances_not_replayed(session: Session) -> Iterator[str]:
    def account(name: Account) -> sa.ColumnElement[int]:
        return _sum(sa.case((Posting.account == name, Posting.amount), else_=0))

    posted = (
        sa.select(
            Posting.member_id,
            account(Account.MEMBER).label("points"),
            account(Account.PENDING).label("pending"),
            account(Account.RESERVED).label("reserved"),
            (-account(Account.ARREARS)).label("arrears"),
        )
        .group_by(Posting.member_id)
        .subquery()
    )
    grown = (
        sa.select(PointsEntry.member_id, sa.func.sum(PointsEntry.growth).label("growth"))
        .group_by(PointsEntry.member_id)
        .subquery()
    )
    names = ("points", "pending", "reserved", "arrears")
    said = [getattr(Balance, name) for name in (*names, "growth")]
    replayed = [_or_0(posted.c[name]) for name in names] + [_or_0(grown.c.growth)]
    differs = [one != other for one, other in zip(said, replayed, strict=True)]
    rows = session.execute(
        sa.select(Balance.member_id, *said, *replayed)
        .outerjoin(posted, posted.c.member_id == Balance.member_id)
        .outerjoin(grown, grown.c.member_id == Balance.member_id)
        .where(sa.or_(*differs))
    )
    for member_id, *both in rows:
        yield f"member {member_id}: balance {tuple(both[:5])}, replayed {tuple(both[5:])}"
    without = sa.select(posted.c.member_id).where(
        ~sa.exists().where(Balance.member_id == posted.c.member_id)
    )
    yield from (f"member {m}: postings without a balance" for m in session.scalars(without))
    impossible = sa.select(Balance.member_id).where(
        sa.or_(
            *(getattr(Balance, name) < 0 for name in names),
            sa.and_(Balance.points > 0, Balance.arrears > 0),
        )
    )
    yield from (
        f"member {m}: below zero, or owes what she has" for m in session.scalars(impossible)
    )


def _lots_not_adding_up(session: Session) -> Iterator[str]:
    is_pending = Lot.pending_until.is_not(None)
    in_lots = (
        sa.select(
            Lot.member_id,
            sa.func.sum(sa.case((is_pending, 0), else_=Lot.remaining)).label("points"),
            sa.func.sum(sa.case((is_pending, Lot.remaining), else_=0)).label("pending"),
        )
        .group_by(Lot.member_id)
        .subquery()
    )
    points, pending = _or_0(in_lots.c.points), _or_0(in_lots.c.pending)
    rows = session.execute(
        sa.select(Balance.member_id, Balance.points, points, Balance.pending, pending)
        .outerjoin(in_lots, in_lots.c.member_id == Balance.member_id)
        .where(sa.or_(Balance.points != points, Balance.pending != pending))
    )
    for member_id, has, lie, waits, wait in rows:
        yield f"member {member_id}: balance {has}, lots {lie}; pending {waits}, lots {wait}"
    lots = session.execute(
        sa.select(Lot.id)
        .outerjoin(LotMove, LotMove.lot_id == Lot.id)
        .group_by(Lot.id)
        .having(
            sa.or_(
                Lot.remaining != Lot.amount + _sum(LotMove.amount),
                Lot.remaining < 0,
                Lot.remaining > Lot.amount,
            )
        )
    )
    yield from (f"lot {lot}: its moves do not give what remains" for (lot,) in lots)


def _lots_beside_postings(session: Session) -> Iterator[str]:
    """What an entry moved in lots, or opened, is what it posted to those of the member's accounts
    that lie in lots."""
    opened = _of_entry(Lot, Lot.amount)
    moved = _of_entry(LotMove, LotMove.amount)
    posted = _of_entry(Posting, Posting.amount, Posting.account.in_(_HERS))
    rows = session.execute(
        sa.select(PointsEntry.id, posted, opened + moved).where(posted != opened + moved)
    )
    for entry_id, said, was in rows:
        yield f"entry {entry_id}: {said} posted to her, {was} in her lots"


def _holds_not_adding_up(session: Session) -> Iterator[str]:
    on_hold = (
        sa.select(_sum(Hold.amount))
        .where(Hold.member_id == Balance.member_id, Hold.ended_at.is_(None))
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(Balance.member_id, Balance.reserved, on_hold).where(Balance.reserved != on_hold)
    )
    yield from (f"member {m}: reserved {said}, holds {held}" for m, said, held in rows)
    ended = sa.exists().where(PointsEntry.reverses_id == Hold.entry_id)
    unlike = session.scalars(
        sa.select(Hold.id).where(
            sa.case((ended, 1), else_=0) != sa.case((Hold.ended_at.is_(None), 0), else_=1)
        )
    )
    yield from (f"hold {hold}: ended without an entry, or not ended by one" for hold in unlike)


def _holds_beside_entries(session: Session) -> Iterator[str]:
    """Each reservation made one hold, of as much and of the same member."""
    whole = (Hold.member_id == PointsEntry.member_id, Hold.amount == PointsEntry.amount)
    made = sa.exists().where(Hold.entry_id == PointsEntry.id, *whole)
    bare = session.scalars(sa.select(PointsEntry.id).where(PointsEntry.kind == "reserve", ~made))
    yield from (f"entry {entry}: a reservation without its hold" for entry in bare)
    reserved = sa.exists().where(PointsEntry.id == Hold.entry_id, PointsEntry.kind == "reserve")
    stray = session.scalars(sa.select(Hold.id).where(~reserved))
    yield from (f"hold {hold}: no reservation made it" for hold in stray)


def _due_too_late(session: Session) -> Iterator[str]:
    """Who is looked at too late keeps points that have lapsed, and waits for points that are
    hers."""
    in_lots = sa.select(
        Lot.member_id, sa.func.coalesce(Lot.pending_until, Lot.expires_at).label("at")
    ).where(NOT_EMPTY)
    on_hold = sa.select(Hold.member_id, Hold.until.label("at")).where(Hold.ended_at.is_(None))
    coming = in_lots.union_all(on_hold).subquery()
    first = (
        sa.select(coming.c.member_id, sa.func.min(coming.c.at).label("at"))
        .group_by(coming.c.member_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(Balance.member_id, Balance.due_at, first.c.at)
        .join(first, first.c.member_id == Balance.member_id)
        .where(
            first.c.at.is_not(None), sa.or_(Balance.due_at.is_(None), Balance.due_at > first.c.at)
        )
    )
    yield from (f"member {m}: looked at {said}, but due {at}" for m, said, at in rows)


def _reversed_too_often(session: Session) -> Iterator[str]:
    undoing = aliased(PointsEntry)
    undone = (
        sa.select(
            undoing.reverses_id,
            sa.func.sum(undoing.amount).label("amount"),
            sa.func.sum(undoing.growth).label("growth"),
        )
        .group_by(undoing.reverses_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(PointsEntry.id, PointsEntry.amount, undone.c.amount)
        .join(undone, undone.c.reverses_id == PointsEntry.id)
        .where(
            sa.or_(
                undone.c.amount > PointsEntry.amount,
                sa.and_(
                    undone.c.amount == PointsEntry.amount,
                    undone.c.growth != -PointsEntry.growth,
                ),
            )
        )
    )
    yield from (f"entry {entry}: {undone} of {amount} undone" for entry, amount, undone in rows)


def _of_entry(
    model: type[Lot | LotMove | Posting], amount: Any, *which: sa.ColumnElement[bool]
) -> sa.ScalarSelect[int]:
    of_it = sa.select(_sum(amount)).where(model.entry_id == PointsEntry.id, *which)
    return of_it.scalar_subquery()


def _sum(amount: Any) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(amount), 0)


def _or_0(amount: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(amount, 0)
