"""What is paid for once of a person is not paid for again when two records of hers became one."""

from app import inbox
from app.domain.loyalty.earning import kinds
from app.domain.people.merges import Merge
from tests.mini_world import MINI_IDS, MiniWorld
from tests.shop import OA, OPENIDS
from tests.test_story_late_orders import rule
from tests.two_records import asked, operator, two_records, world

__all__ = ["world"]


def test_a_profile_a_sign_up_and_a_first_following_are_paid_for_once(world: MiniWorld) -> None:
    """She follows; the record of her that signs up in the mini-program is a younger one."""
    operator(world)
    rule(world, kinds.PROFILE, 50)
    world.fault("/cgi-bin/user/info", "errcode", errcode=40003, times=1)
    world.event("小雨", "subscribe", EventKey="")
    world.work()
    with world.at_work():
        world.sign_up("小雨", birthday="1992-05-06")
    older, younger = world.member_id(OPENIDS["小雨"], OA), world.member_id(MINI_IDS["小雨"])
    assert older < younger
    asked(world, older, younger)
    assert len(world.rows(Merge)) == 1
    had = world.balance("小雨").points
    world.event("小雨", "unsubscribe")
    world.event("小雨", "subscribe", EventKey="")
    world.work()
    with world.at_work():
        world.sign_up("小雨", birthday="1992-05-06")
    assert world.balance("小雨").points == had


def test_a_live_stream_that_the_other_record_has_watched_is_paid_for(world: MiniWorld) -> None:
    operator(world)
    rule(world, kinds.LIVE, 30)
    older, younger = two_records(world)
    had = world.balance("小雨").points
    watches(world, younger)
    assert world.balance("小雨").points == had + 30
    asked(world, older, younger)
    assert len(world.rows(Merge)) == 1
    had = world.balance("小雨").points
    watches(world, older)
    assert world.balance("小雨").points == had


def watches(world: MiniWorld, member_id: int) -> None:
    with world.siyu.database.writing() as session:
        inbox.receive_own(
            session,
            key=f"live:video:L1:{member_id}",
            kind="live_watched",
            subject=f"member:{member_id}",
            fields={"source": "video", "stream_id": "L1", "minutes": 30},
            member_id=member_id,
            now=world.now,
        )
    world.work()
