"""Records that look like one person are found with their reasons, and an operator decides."""

from app.domain.loyalty.orders import Order
from app.domain.people import addresses, merges
from app.domain.people.members import Member
from app.domain.people.merges import Twins
from app.merging import twins
from tests.console_desk import Desk, desk, stranger, translations
from tests.mini_world import MiniWorld
from tests.two_records import two_records, world

__all__ = ("desk", "stranger", "translations", "world")


def test_likely_twins_are_found_once_with_every_reason(world: MiniWorld) -> None:
    older, younger = two_records(world)
    with world.siyu.database.writing() as session:
        first, second = (session.get_one(Member, one) for one in (older, younger))
        second.nickname, second.birthday_on = first.nickname, first.birthday_on
        addresses.keep_email(first, "rain@example.com", world.siyu.vault)
        addresses.keep_email(second, "Rain@example.com", world.siyu.vault)
        session.add(
            Order(
                source="youzan",
                order_no="A1",
                member_id=younger,
                phone_index=first.phone_index,
                amount_fen=100,
                paid_at=world.now,
                created_at=world.now,
            )
        )
    with world.siyu.database.writing() as session:
        found = twins.find(session)
        assert found == {(older, younger): {twins.EMAIL, twins.NAME_AND_BIRTHDAY, twins.ORDER}}
        assert merges.suggest(session, found, world.now) == 1
        assert merges.suggest(session, found, world.now) == 0


def test_who_is_known_to_be_somebody_else_or_too_common_is_no_twin(world: MiniWorld) -> None:
    with world.siyu.database.writing() as session:
        for number in range(5):
            session.add(Member(nickname="小明", birthday_on=None, created_at=world.now))
            apart = Member(nickname=f"甲{number // 2}号店员", created_at=world.now)
            apart.unionid = f"oApart{number}"
            apart.birthday_on = world.now.date()
            session.add(apart)
        session.flush()
        assert twins.find(session) == {}


def test_an_operator_decides_about_twins(world: MiniWorld, desk: Desk) -> None:
    older, younger = two_records(world)
    with world.siyu.database.writing() as session:
        merges.suggest(session, {(older, younger): {twins.ORDER}}, world.now)
    page = desk.read("/twins")
    assert "订单" in page
    desk.post("/twins/1/apart", page="/twins")
    assert "没有" in desk.read("/twins")
    assert world.rows(Twins)[0].decided_at is not None
    desk.post(f"/members/{older}/merge", {"other": str(younger)}, page=f"/members/{older}")
    world.work()
    assert len(world.members()) == 1
    page = desk.read(f"/members/{older}")
    assert "拆开" in page
    desk.post(f"/members/{older}/merges/1/undo", page=f"/members/{older}")
    world.work()
    assert len(world.members()) == 2
    assert "拆开" in desk.read("/audit")
