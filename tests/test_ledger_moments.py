"""The dates of points that no seal covers are held against the orders that they are of."""

from datetime import timedelta

from app.domain.loyalty import points, verifications
from app.domain.loyalty.earning import kinds, rules
from app.domain.loyalty.entries import Cause
from app.domain.loyalty.spending import cash_points, cash_terms
from tests import standing_world as at
from tests.test_cash_points import USUAL
from tests.test_seals import tamper
from tests.test_story_late_orders import rule
from tests.world import World

A_DAY_LATER = {
    "sqlite": "datetime({column}, '+1 day')",
    "postgresql": "{column} + interval '1 day'",
}


def changed(world: World, table: str, column: str) -> list[str]:
    """What is found after this moment was put off by a day."""
    with world.siyu.database.writing() as session:
        assert verifications.found(session, world.now) == []
        later = A_DAY_LATER[session.get_bind().dialect.name].format(column=column)
        tamper(session, f"UPDATE {table} SET {column} = {later} WHERE {column} IS NOT NULL")
        return verifications.found(session, world.now)


def test_an_orders_points_wait_as_long_as_the_rule_said(world: World) -> None:
    rule(world, kinds.ORDER, 1, pending_days=7, tier_factor=True)
    rule(world, kinds.MEMBER_DAY, factor=200, weekdays=[1])  # it is a Monday
    at.come(world, "小雨")
    at.order(world, "小雨", "A1", 10_000)
    with world.siyu.database.writing() as session:
        about = {"name": "", "written": {"pending_days": 3}, "operator_id": None}
        rules.change(session, kinds.ORDER, points=1, now=world.now, **about)
    world.now += timedelta(minutes=1)
    at.order(world, "小雨", "A2", 10_000)
    assert world.balance("小雨").pending == 400
    found = changed(world, "points_lots", "pending_until")
    assert sum("but its order says" in one for one in found) == 4


def test_points_are_held_as_long_as_the_payment_says(world: World) -> None:
    at.come(world, "小雨")
    with world.siyu.database.writing() as session:
        her = world.member(session, "小雨").id
        points.award(session, her, 1_000, key="gift", cause=Cause("test"), now=world.now)
        cash_terms.change(session, now=world.now, **USUAL)
        cash_points.reserve(
            session,
            her,
            source="youzan",
            order_no="A1",
            order_fen=10_000,
            wanted=None,
            event_id=None,
            now=world.now,
        )
    assert world.balance("小雨").reserved
    found = changed(world, "points_holds", "until")
    assert any("but its payment until" in one for one in found)
