"""What the tests of tiers and paid memberships have in common: orders and refunds as a shop's
system posts them, the clock's looks, and where a member stands."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from app import inbox
from app.clockwork import birthdays, memberships, tier_periods, tier_schemes
from app.domain.loyalty.standing import tier_schemes as schemes
from app.domain.loyalty.standing import tiers
from app.domain.loyalty.standing.tier_terms import Terms
from tests.world import BEIJING, World

LOOKS = (*tier_schemes.LOOKS, tier_periods.look, memberships.look, birthdays.put)


def on(day: str, clock: str = "12:00") -> datetime:
    """A moment in Beijing."""
    return datetime.combine(
        datetime.fromisoformat(day).date(), time.fromisoformat(clock), BEIJING
    ).astimezone(UTC)


def live_to(world: World, day: str, clock: str = "12:00") -> None:
    """The clock comes to this moment, and everything that waits for it is done."""
    world.now = on(day, clock)
    tick(world)


def tick(world: World) -> None:
    for look in LOOKS:
        more = True
        while more:
            with world.siyu.database.writing() as session:
                more = look(session, world.siyu.programme, world.now)
    world.work()


def come(world: World, *names: str) -> None:
    for name in names:
        world.event(name, "subscribe", EventKey="")
    world.work()


def order(world: World, name: str, order_no: str, fen: int, *lines: dict[str, Any]) -> None:
    """Hers, paid now."""
    with world.siyu.database.writing() as session:
        fields = {
            "source": "youzan",
            "order_no": order_no,
            "paid_at": world.now.isoformat(),
            "amount_fen": fen,
            "lines": list(lines),
            "member_id": world.member(session, name).id,
        }
        inbox.receive_own(
            session,
            key=f"order:youzan:{order_no}",
            kind="order_paid",
            subject=f"order:youzan:{order_no}",
            fields=fields,
            now=world.now,
        )
    world.work()


def refund(world: World, order_no: str, fen: int) -> None:
    with world.siyu.database.writing() as session:
        inbox.receive_own(
            session,
            key=f"refund:youzan:{order_no}:{world.now.isoformat()}",
            kind="order_refunded",
            subject=f"order:youzan:{order_no}",
            fields={
                "source": "youzan",
                "order_no": order_no,
                "refund_no": world.now.isoformat(),
                "amount_fen": fen,
                "at": world.now.isoformat(),
            },
            now=world.now,
        )
    world.work()


def line(sku: str, fen: int, quantity: int = 1) -> dict[str, Any]:
    return {"sku": sku, "name": sku, "quantity": quantity, "amount_fen": fen}


def begin(world: World, terms: Terms, *, may_lower: bool = True) -> int:
    """A scheme is in force, and everybody has been moved."""
    with world.siyu.database.writing() as session:
        made = schemes.draft(session, terms, may_lower=may_lower, operator_id=None, now=world.now)
        today = world.siyu.programme.business_day(world.now)
        schemes.begin(session, made.id, today, world.now)
    tick(world)
    return made.id


def tier(world: World, name: str) -> str:
    with world.siyu.database.reading() as session:
        held = tiers.of(session, world.member(session, name))
        return held.key if held is not None else ""


def changes(world: World) -> list[tuple[str, str, str]]:
    """Every change of anybody's tier: to which, in which direction, and why."""
    with world.siyu.database.reading() as session:
        keys = {it.id: key for key, it in tiers.by_key(session).items()}
    return [(keys[it.tier_id], it.direction, it.why) for it in world.rows(tiers.TierChange)]


def days(count: int) -> timedelta:
    return timedelta(days=count)
