"""A shop with CDNOW's customers: its rules and tiers, its table of orders with a random tenth paid
back, and what everybody comes to by a plain count of the same lines."""

import random
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Database
from app.domain.loyalty import points
from app.domain.loyalty.earning import kinds, rules
from app.domain.loyalty.orders import Order
from app.domain.loyalty.standing import benefits, standings, tier_schemes
from app.domain.loyalty.standing.benefit_terms import Benefits
from app.domain.loyalty.standing.tier_terms import Condition, Level, Measure, Terms
from app.domain.loyalty.standing.tiers import Tier
from app.domain.people.members import Member

BEFORE = datetime(1996, 12, 1, tzinfo=UTC)
SILVER_FEN, GOLD_FEN = 10_000, 50_000
WEDNESDAY = 3
PARTS = range(3)  # files: before anything was paid back, after the first part, after the second


@dataclass(frozen=True)
class Sold:
    """A line of the file; ``parts`` are what was paid back of it at first, and later."""

    number: str
    customer: int
    on: date
    fen: int
    parts: tuple[int, int] = (0, 0)

    @property
    def kept_fen(self) -> int:
        return self.fen - sum(self.parts)


def history(rows: Sequence[tuple[int, date, int]], customers: int | None = None) -> list[Sold]:
    """All orders of these customers, the first so many of them, with a random tenth paid back in
    part or whole, in one or two parts."""
    dice = random.Random(7)
    chosen = set(sorted({customer for customer, _, _ in rows})[:customers])
    return [
        Sold(f"C{at:05}", customer, on, fen, _parts(dice, fen))
        for at, (customer, on, fen) in enumerate(rows)
        if customer in chosen and fen > 0
    ]


def _parts(dice: random.Random, fen: int) -> tuple[int, int]:
    if dice.random() >= 0.1:
        return 0, 0
    back = fen if dice.random() < 0.5 else dice.randint(1, fen)
    first = back if dice.random() < 0.5 else dice.randint(0, back)
    return first, back - first


def exported(path: Path, sold: Sequence[Sold], parts: int) -> Path:
    """The shop's table after so many of the refunds."""
    lines = ["订单号,付款时间,实付金额,退款金额,unionid"]
    for one in sold:
        back = sum(one.parts[:parts])
        cells = (one.number, f"{one.on} 12:00:00", _yuan(one.fen), _yuan(back), _name(one.customer))
        lines.append(",".join(cells))
    path.write_text("\n".join(lines), "utf-8")
    return path


def open_shop(session: Session) -> None:
    """The rules: a point a whole unit, half as much again for gold, double on Wednesdays; tiers by
    what was spent altogether."""
    written = {"operator_id": None, "now": BEFORE}
    order = {"tier_factor": True}
    rules.add(session, key="order", kind=kinds.ORDER, points=1, written=order, **written)
    wednesdays = {"factor": 200, "weekdays": [WEDNESDAY]}
    about = {"kind": kinds.MEMBER_DAY, "points": 0, "written": wednesdays}
    rules.add(session, key="wednesdays", **about, **written)
    made = tier_schemes.draft(session, _by_spend(), may_lower=True, operator_id=None, now=BEFORE)
    tier_schemes.begin(session, made.id, BEFORE.date(), BEFORE)
    gold = session.scalars(sa.select(Tier).where(Tier.key == "gold")).one()
    benefits.change(session, benefits.of_tier(gold.id), Benefits(points_factor=150), None, BEFORE)


def _by_spend() -> Terms:
    def level(key: str, name: str, fen: int = 0) -> Level:
        spend = Condition(measure=Measure.SPEND_FEN, at_least=fen) if fen else None
        return Level(key=key, name=name, name_en=key, ways=((spend,),) if spend else ())

    silver, gold = level("silver", "白银", SILVER_FEN), level("gold", "黄金", GOLD_FEN)
    return Terms(levels=(level("basic", "普通"), silver, gold))


def come(session: Session, customers: Collection[int]) -> None:
    """They have all been members since before the first order."""
    tiers = {tier.key: tier.id for tier in session.scalars(sa.select(Tier))}
    people = {
        customer: Member(
            unionid=_name(customer),
            created_at=BEFORE,
            joined_at=BEFORE,
            tier_id=tiers["gold" if _is_old_gold(customer) else "basic"],
        )
        for customer in sorted(customers)
    }
    session.add_all(people.values())
    session.flush()
    given = {"reason": "老会员", "until_on": date(2099, 12, 31), "operator_id": None}
    for customer, member in people.items():
        if _is_old_gold(customer):
            standings.override(session, member.id, tiers["gold"], **given, now=BEFORE)


def check(database: Database, sold: Sequence[Sold]) -> int:
    """Points, arrears and tier of everybody, and the money, are what a plain count comes to.
    Returns the points of all together."""
    wanted = _expected_points(sold)
    with database.reading() as session:
        members = {her.unionid: her for her in session.scalars(sa.select(Member))}
        tiers = {tier.id: tier.key for tier in session.scalars(sa.select(Tier))}
        kept = session.scalar(sa.select(sa.func.sum(Order.amount_fen - Order.refunded_fen)))
        assert kept == sum(one.kept_fen for one in sold)
        for customer, spent_fen in _spent(sold).items():
            member = members[_name(customer)]
            held = points.balance_of(session, member.id)
            assert (held.points, held.arrears) == (wanted[customer], 0), customer
            assert tiers[member.tier_id or 0] == _expected_tier(customer, spent_fen), customer
    return sum(wanted.values())


def _expected_points(sold: Sequence[Sold]) -> Mapping[int, int]:
    """By customer: a point a whole unit, half as much again for those who were gold all along, and
    double on Wednesdays; of what was kept of each order."""
    found: dict[int, int] = defaultdict(int)
    for one in sold:
        base = one.kept_fen // 100
        gold = base // 2 if _is_old_gold(one.customer) else 0
        wednesday = base if one.on.isoweekday() == WEDNESDAY else 0
        found[one.customer] += base + gold + wednesday
    return found


def _spent(sold: Sequence[Sold]) -> Mapping[int, int]:
    found: dict[int, int] = defaultdict(int)
    for one in sold:
        found[one.customer] += one.kept_fen
    return found


def _expected_tier(customer: int, spent_fen: int) -> str:
    if _is_old_gold(customer) or spent_fen >= GOLD_FEN:
        return "gold"
    return "silver" if spent_fen >= SILVER_FEN else "basic"


def _is_old_gold(customer: int) -> bool:
    """A seventh of them: an operator has given it to them before the first order."""
    return customer % 7 == 0


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"


def _name(customer: int) -> str:
    return f"union-{customer}"
