"""Earnings: what was given for an act, by which version of which rule, and why so much.

The base is booked under the key of the act, a bonus under ``{key}:bonus:{rule}``; where several
rules of a kind pay for the same act, those that are not named after it add their key to that of the
act. An earning of nothing, which a cap has cut, is kept too.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once, partial_index
from app.domain.loyalty import points
from app.domain.loyalty.awards import Award
from app.domain.loyalty.earning import kinds, rules
from app.domain.loyalty.earning.acts import Act, Standing
from app.domain.loyalty.earning.terms import Terms
from app.domain.loyalty.earning.worth import NONE_WRITTEN, Grant, Ruling, worth
from app.domain.loyalty.entries import Cause
from app.domain.loyalty.expiry_terms import expires_at


class Earning(Base):
    """``wanted`` before the cap, ``room`` what the cap left (None: there is none), ``amount`` what
    was given, ``kept`` what refunds have left of it. A bonus has a ``factor``."""

    __tablename__ = "earnings"
    __table_args__ = (
        sa.CheckConstraint("kept >= 0 AND kept <= amount", name="kept_in_range"),
        sa.Index("ix_earnings_of_rule", "member_id", "rule", "earned_on"),
        sa.Index("ix_earnings_act", "act"),
        partial_index("ix_earnings_order_id", "order_id IS NOT NULL", "order_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    act: Mapped[str]  # its key
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    order_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("orders.id"))
    kind: Mapped[str]
    rule: Mapped[str]
    rule_version: Mapped[int]
    wanted: Mapped[int]
    room: Mapped[int | None]
    amount: Mapped[int]
    kept: Mapped[int]
    counted_fen: Mapped[int | None]
    factor: Mapped[int | None]
    tier: Mapped[str | None]
    earned_on: Mapped[date]

    @property
    def grant(self) -> Grant:
        """What was decided, for saying why."""
        return Grant(
            rule=self.rule,
            kind=self.kind,
            version=self.rule_version,
            amount=self.amount,
            wanted=self.wanted,
            room=self.room,
            counted_fen=self.counted_fen,
            factor=self.factor,
            tier=self.tier,
        )


@dataclass(frozen=True, slots=True)
class Given:
    """An earning, and what is to be booked for it."""

    earning: Earning
    award: Award


def give(
    session: Session,
    member_id: int,
    act: Act,
    standing: Standing,
    *,
    key: str,
    cause: Cause,
    zone: ZoneInfo,
    order_id: int | None = None,
    now: datetime,
) -> list[Earning]:
    """Books what the act is worth, once under its ``key``; nothing more comes of it again. The
    caller holds the member, so that caps are counted right. A rule that is named by the act itself,
    such as ``quiz:7``, is the ``cause``'s. What is returned tells of the rows, and is none of the
    session's."""
    if any(one.kind == act.kind for one in _rulings(session, act)) and paid_for(session, [key]):
        return []
    given = keep(
        session, member_id, act, standing, key=key, cause=cause, zone=zone, order_id=order_id
    )
    return book(session, given, now)


def keep(
    session: Session,
    member_id: int,
    act: Act,
    standing: Standing,
    *,
    key: str,
    cause: Cause,
    zone: ZoneInfo,
    order_id: int | None = None,
) -> list[Given]:
    """The same up to the ledger, of an act that is not ``paid_for``: it is the caller's to book
    what is returned."""
    met = _rulings(session, act)
    rooms = _rooms(session, member_id, met, act.on)
    given: list[Given] = []
    terms: Terms | None = None
    for grant in worth(met, act, standing, rooms):
        if not grant.is_bonus or terms is None:
            terms = next(one.terms for one in met if one.key == grant.rule)
        earning = _keep(session, member_id, grant, key, act, order_id)
        if earning is None:  # it was paid for before, by the rules of then
            _forget(session, given)
            return []
        given.append(Given(earning, _award(earning, act, terms, cause, zone)))
    return given


def book(session: Session, given: Sequence[Given], now: datetime) -> list[Earning]:
    """What was kept for one act, in its order."""
    for award in _awards(given):
        points.give(session, award, now)
    return [one.earning for one in given]


def book_all(session: Session, given: Sequence[Given], now: datetime) -> None:
    """What was kept for several acts, in a few statements."""
    if len(given) == 1:
        book(session, given, now)
    elif awards := _awards(given):
        points.award_all(session, awards, now)


def _awards(given: Iterable[Given]) -> list[Award]:
    """Those of anything: a cap may have left nothing."""
    return [one.award for one in given if one.award.amount]


def of_order(session: Session, order_id: int) -> Sequence[Earning]:
    """What an order has earned, what rules pay for it before its bonuses."""
    return of_orders(session, [order_id]).get(order_id, [])


def of_orders(session: Session, order_ids: Collection[int]) -> dict[int, list[Earning]]:
    """The same by order; one that has earned nothing is not there."""
    theirs = sa.select(Earning).where(Earning.order_id.in_(order_ids)).order_by(Earning.id)
    found: dict[int, list[Earning]] = {}
    for one in session.scalars(theirs):
        found.setdefault(one.order_id or 0, []).append(one)
    return found


def paid_for(session: Session, keys: Collection[str]) -> Collection[str]:
    """Those of these acts, by their keys, that rules have paid for, even if others have taken
    their place since."""
    theirs = sa.select(Earning.act).where(Earning.act.in_(keys)).distinct()
    return set(session.scalars(theirs)) if keys else set()


def by_keys(session: Session, keys: Iterable[str]) -> dict[str, Earning]:
    """The earnings behind entries of the ledger, by their keys."""
    found = session.scalars(sa.select(Earning).where(Earning.key.in_(list(keys))))
    return {one.key: one for one in found}


def earned_by(session: Session, key: str) -> int:
    """What the act of this key has earned, with its bonuses."""
    its = sa.select(sa.func.coalesce(sa.func.sum(Earning.amount), 0))
    return session.scalar(its.where(Earning.act == key)) or 0


def total(given: Iterable[Earning]) -> int:
    return sum(one.amount for one in given)


def _rulings(session: Session, act: Act) -> list[Ruling]:
    """Those for this kind of act, and what may add to them; for what has points of its own there
    is always one."""
    wanted = {act.kind, *kinds.BONUSES}
    met = rules.rulings(session, wanted)
    if act.points is not None and not any(one.kind == act.kind for one in met):
        met.insert(0, Ruling(act.kind, act.kind, NONE_WRITTEN, 0, Terms()))
    return met


def _rooms(session: Session, member_id: int, rulings: Iterable[Ruling], on: date) -> dict[str, int]:
    """What the caps leave for rules that have any, on this business day."""
    rooms = {}
    for ruling in rulings:
        left = [
            most - _given(session, member_id, ruling.key, period, on)
            for period, most in ruling.terms.caps
        ]
        if left:
            rooms[ruling.key] = max(0, min(left))
    return rooms


def _given(session: Session, member_id: int, rule: str, period: str, on: date) -> int:
    """What a rule has given her in the day, the week (from Monday) or ever, less what was taken
    back."""
    of_rule = sa.select(sa.func.coalesce(sa.func.sum(Earning.kept), 0)).where(
        Earning.member_id == member_id, Earning.rule == rule
    )
    if period == "day":
        of_rule = of_rule.where(Earning.earned_on == on)
    elif period == "week":
        monday = on - timedelta(days=on.weekday())
        of_rule = of_rule.where(Earning.earned_on >= monday)
        of_rule = of_rule.where(Earning.earned_on < monday + timedelta(days=7))
    return int(session.scalar(of_rule) or 0)


def _key(key: str, grant: Grant, act: Act) -> str:
    if grant.is_bonus:
        return f"{key}:bonus:{grant.rule}"
    names_itself = grant.rule in (act.kind, f"{act.kind}_{act.measure}")
    return key if names_itself else f"{key}:{grant.rule}"


def _keep(
    session: Session,
    member_id: int,
    grant: Grant,
    key: str,
    act: Act,
    order_id: int | None,
) -> Earning | None:
    values = {
        "key": _key(key, grant, act),
        "act": key,
        "member_id": member_id,
        "order_id": order_id,
        "kind": grant.kind,
        "rule": grant.rule,
        "rule_version": grant.version,
        "wanted": grant.wanted,
        "room": grant.room,
        "amount": grant.amount,
        "kept": grant.amount,
        "counted_fen": grant.counted_fen,
        "factor": grant.factor,
        "tier": grant.tier,
        "earned_on": act.on,
    }
    kept_id = insert_once(session, Earning, values, unique=["key"])
    return Earning(id=kept_id, **values) if kept_id is not None else None


def _forget(session: Session, given: Collection[Given]) -> None:
    """What rules of today alone have just added to an act that was paid for."""
    if given:
        ids = [one.earning.id for one in given]
        session.execute(sa.delete(Earning).where(Earning.id.in_(ids)))


def _award(earning: Earning, act: Act, terms: Terms, cause: Cause, zone: ZoneInfo) -> Award:
    """For the ledger; growth value comes with the base alone, so that a factor does not lift her
    twice."""
    is_bonus = earning.factor is not None
    if is_bonus or not cause.rule:
        version = earning.rule_version or None
        cause = replace(cause, rule=earning.rule, rule_version=version)
    # the clock of whoever told us may be ahead of ours: that alone keeps nobody waiting
    waits = act.at + timedelta(days=terms.pending_days) if terms.pending_days else None
    return Award(
        earning.member_id,
        earning.amount,
        key=earning.key,
        cause=cause,
        growth=0 if is_bonus else None,
        expires_at=expires_at(terms.expires, act.on, zone),
        available_at=waits,
    )
