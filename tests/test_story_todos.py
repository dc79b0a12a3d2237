"""Stories of to-dos: put once, heard of by whom they are for, ticked off by whoever has done it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app import assignments
from app.domain.outreach import todos
from app.domain.outreach.todos import Todo
from app.domain.people import operators, staff
from app.outbox import OutboxMessage
from tests import kf_world
from tests.console_desk import PASSWORD, Desk, told_at
from tests.kf_world import KfWorld
from tests.shop import OA

SEND = "/cgi-bin/message/send"


@pytest.fixture
def world(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[KfWorld]:
    with kf_world.opened(tmp_path, database_url, redis_url) as opened:
        opened.kf.scripted.answers[SEND] = [{"errcode": 0, "errmsg": "ok", "msgid": "app1"}]
        opened.event("小雨", "subscribe", EventKey="")
        opened.work()
        yield opened


def xiaowang(world: KfWorld) -> int:
    with world.siyu.database.writing() as session:
        channel_id = world.channel(session, kf_world.CORP).id
        return staff.meet(session, channel_id, "xiaowang", world.now).id


def test_what_a_plan_puts_twice_is_one_to_do_and_one_notice(world: KfWorld):
    staff_id, due_at = xiaowang(world), world.now + timedelta(hours=2)
    for _ in range(2):
        with world.siyu.database.writing() as session:
            put = assignments.assign(
                session,
                key="plan:7:member:1:2",
                text="给她打个电话",
                member_id=world.member(session, "小雨").id,
                staff_id=staff_id,
                due_at=due_at,
                cause=todos.Cause(plan_id=7, enrolment_id=3, step=2),
                now=world.now,
            )
    world.work()
    assert put is None
    (todo,) = world.rows(Todo)
    assert (todo.plan_id, todo.enrolment_id, todo.step, todo.due_at) == (7, 3, 2, due_at)
    (notice,) = world.kf.scripted.calls_to(SEND)
    assert notice.json["touser"] == "xiaowang"
    assert notice.json["text"]["content"].startswith("待办：给她打个电话（会员：")


def test_whoever_says_so_first_has_done_it(world: KfWorld):
    with world.siyu.database.writing() as session:
        first, second = (
            operators.add(session, f"{name}@shop.example", name, PASSWORD, world.now)
            for name in ("april", "may")
        )
        todo = todos.put(session, key="once", text="回访", now=world.now)
        assert todo is not None
        todos.finish(todo, first.id, world.now)
        todos.finish(todo, second.id, world.now + timedelta(hours=1))
    (kept,) = world.rows(Todo)
    assert (kept.done_at, kept.done_by_id) == (world.now, first.id)


def test_what_is_due_soonest_comes_first_and_what_is_never_due_last(world: KfWorld):
    with world.siyu.database.writing() as session:
        for name, hours in (("永远", None), ("明天", 24), ("马上", 1)):
            due_at = world.now + timedelta(hours=hours) if hours else None
            todos.put(session, key=name, text=name, due_at=due_at, now=world.now)
        assert [one.text for one in todos.open_ones(session, 9)] == ["马上", "明天", "永远"]


def test_an_operator_writes_one_for_a_colleague_and_ticks_it_off(world: KfWorld, desk: Desk):
    staff_id = xiaowang(world)
    member_id = _member_id(world)
    form = {
        "text": "问问她头皮好些了吗",
        "member_id": str(member_id),
        "whose": f"staff:{staff_id}",
        "due_at": "2026-11-02T18:00",
        "once": "0" * 32,
    }
    for _ in range(2):
        assert desk.post("/todos", form, page="/todos").status_code == 303
    world.work()
    (todo,) = world.rows(Todo)
    assert todo.due_at.isoformat() == "2026-11-02T10:00:00+00:00"
    assert len(world.rows(OutboxMessage, OutboxMessage.key == f"todo:{todo.id}")) == 1
    assert "问问她头皮好些了吗" in desk.read(f"/members/{member_id}")
    world.now += timedelta(days=1)
    assert "已逾期" in desk.read("/todos")
    answer = desk.post(f"/todos/{todo.id}/done", {"back": "member"}, page="/todos")
    assert answer.location == f"/console/members/{member_id}"
    assert "问问她头皮好些了吗" not in desk.read("/todos")
    assert "问问她头皮好些了吗" in desk.read("/todos?state=done")
    assert "问问她头皮好些了吗" not in desk.read(f"/members/{member_id}")


def test_a_to_do_for_nobody_we_know_is_refused(world: KfWorld, desk: Desk):
    form = {"text": "问候", "whose": "", "once": "1" * 32}
    assert "没有这位会员" in desk.post("/todos", form | {"member_id": "999"}, page="/todos").text
    assert desk.post("/todos", form | {"whose": "staff:999"}, page="/todos").status_code == 200
    assert desk.post("/todos", form | {"once": ""}, page="/todos").status_code == 200
    slipped = desk.post("/todos", form | {"due_at": "0026-11-30T10:00"}, page="/todos")
    assert told_at(slipped.text, "due_at") == ["要在 2000 年到 2099 年之间。"]
    assert world.rows(Todo) == []


def _member_id(world: KfWorld) -> int:
    with world.siyu.database.reading() as session:
        return world.member(session, "小雨", OA).id
