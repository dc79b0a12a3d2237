"""What other machines ask of the house: is it alive, is it ready, how is it doing."""

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from tests.shop import OA, OPENIDS, WECHAT
from tests.world import World


def gauges(world: World) -> dict[str, float]:
    lines = world.client.get("/metrics").text.splitlines()
    return {
        name: float(value)
        for name, value in (line.rsplit(" ", 1) for line in lines if line.startswith("siyu_"))
    }


def test_the_backlog_is_measured_until_it_is_gone(world: World) -> None:
    world.says("小雨", "签到")
    before = gauges(world)
    assert before["siyu_inbox_waiting"] == 1
    assert before["siyu_inbox_oldest_received_seconds"] == world.now.timestamp()
    world.work()
    after = gauges(world)
    assert after["siyu_inbox_waiting"] == after["siyu_inbox_oldest_received_seconds"] == 0
    assert after['siyu_outbox_open{state="planned"}'] == 0


def test_what_waits_for_an_operator_is_measured(world: World) -> None:
    world.fault("/cgi-bin/message/custom/send", "lost", times=1)
    world.says("小雨", "签到")
    world.work()
    assert gauges(world)['siyu_outbox_open{state="unknown"}'] == 1


def test_without_its_database_the_house_is_alive_but_not_ready(world: World) -> None:
    assert world.client.get("/readyz").status_code == 200

    def refuse(*_: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    sa.event.listen(world.siyu.database.engine, "begin", refuse)
    assert world.client.get("/readyz").status_code == 503
    assert world.client.get("/healthz").status_code == 200
    sa.event.remove(world.siyu.database.engine, "begin", refuse)


def test_a_callback_that_cannot_be_kept_is_not_answered_with_success(world: World) -> None:
    said = WECHAT.text(OPENIDS["小雨"], "签到", world.now)

    def refuse(*_: object) -> None:
        raise OperationalError("BEGIN", {}, Exception("disk full"))

    sa.event.listen(world.siyu.database.engine, "begin", refuse)
    answer = world.post(WECHAT.seal(said, world.now), OA)
    sa.event.remove(world.siyu.database.engine, "begin", refuse)
    assert answer.status_code == 503
    assert "disk full" not in answer.text
    world.deliver(WECHAT.seal(said, world.now))
    world.work()
    assert len(world.heard("小雨")) == 1
