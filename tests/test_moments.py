"""Moments and group welcomes: made once at WeCom, and followed to whatever became of them."""

from datetime import timedelta
from typing import Any

from app.domain.outreach.allowances import limit_table, limits
from app.domain.outreach.group_welcomes import GroupWelcome
from app.domain.outreach.moments import Moment, MomentTask
from app.domain.people.channels import Channel
from app.outbox import OutboxMessage
from tests.console_desk import Desk
from tests.scripted_corp import OK, PATH, called, wecom
from tests.scripted_platform import ScriptedPlatform, status
from tests.world import World

__all__ = ["wecom"]  # a fixture
DONE = OK | {"status": 3, "result": {"errcode": 0, "moment_id": "momMY1"}}
WELCOMES = "group_welcome_template"


def publish(world: World, desk: Desk, **more: Any) -> Any:
    (channel,) = world.rows(Channel, Channel.key == "corp")
    return desk.post("/moments/new", {"channel": channel.id, "text": "四月上新", **more})


def welcome(world: World, desk: Desk, text: str = "欢迎 %NICKNAME%") -> Any:
    (channel,) = world.rows(Channel, Channel.key == "corp")
    return desk.post("/group-welcomes/new", {"channel": channel.id, "text": text})


def test_a_moment_is_made_in_the_background_and_published_by_people(
    world: World, desk: Desk, wecom: ScriptedPlatform
) -> None:
    wecom.answers[f"{PATH}/add_moment_task"] = [OK | {"jobid": "job1"}]
    wecom.answers[f"{PATH}/get_moment_task_result"] = [OK | {"status": 2}, DONE]
    tasks = [{"userid": "xiaowang", "publish_status": 1}, {"userid": "lili", "publish_status": 0}]
    wecom.answers[f"{PATH}/get_moment_task"] = [OK | {"task_list": tasks, "next_cursor": ""}]
    assert publish(world, desk, userids=["xiaowang", "lili"]).status_code == 303
    world.work()
    (asked,) = called(wecom, "add_moment_task")
    assert asked["text"] == {"content": "四月上新"}
    assert asked["visible_range"] == {"sender_list": {"user_list": ["xiaowang", "lili"]}}
    for minutes in (1, 5, 40):
        world.now += timedelta(minutes=minutes)
        world.work()
    (moment,) = world.rows(Moment)
    assert moment.platform_id == "momMY1"
    seen = {task.userid: task.seen_published_at is not None for task in world.rows(MomentTask)}
    assert seen == {"xiaowang": True, "lili": False}
    assert "已发表" in desk.read(f"/moments/{moment.id}")
    wecom.answers[f"{PATH}/cancel_moment_task"] = [OK]
    desk.post(f"/moments/{moment.id}/cancel")
    world.work()
    assert called(wecom, "cancel_moment_task") == [{"moment_id": "momMY1"}]
    assert "已停止" in desk.read("/moments")


def test_a_moment_that_the_platform_does_not_make_says_why(
    world: World, desk: Desk, wecom: ScriptedPlatform
) -> None:
    wecom.answers[f"{PATH}/add_moment_task"] = [OK | {"jobid": "job1"}]
    refusal = OK | {"status": 3, "result": {"errcode": 41048}}
    wecom.answers[f"{PATH}/get_moment_task_result"] = [refusal]
    publish(world, desk)
    world.work()
    world.now += timedelta(minutes=1)
    world.work()
    assert "41048" in desk.read("/moments")


def test_a_moment_whose_answer_was_lost_is_not_made_twice(
    world: World, desk: Desk, wecom: ScriptedPlatform
) -> None:
    wecom.answers[f"{PATH}/add_moment_task"] = [status(502)]
    publish(world, desk)
    world.work()
    world.now += timedelta(hours=2)
    world.work()
    assert len(called(wecom, "add_moment_task")) == 1
    (row,) = world.rows(OutboxMessage, OutboxMessage.way == "moment")
    assert row.state == "unknown"


def test_a_moment_needs_something_to_say(world: World, desk: Desk, wecom: ScriptedPlatform) -> None:
    assert "至少填一项" in publish(world, desk, text="").text
    assert world.rows(Moment) == []


def test_a_group_welcome_is_made_changed_and_deleted(
    world: World, desk: Desk, wecom: ScriptedPlatform
) -> None:
    wecom.answers[f"{PATH}/{WELCOMES}/add"] = [OK | {"template_id": "msgTPL1"}]
    wecom.answers[f"{PATH}/{WELCOMES}/edit"] = [OK]
    wecom.answers[f"{PATH}/{WELCOMES}/del"] = [OK]
    assert welcome(world, desk).status_code == 303
    world.work()
    (asked,) = called(wecom, f"{WELCOMES}/add")
    assert asked["text"] == {"content": "欢迎 %NICKNAME%"}
    assert asked["agentid"] == 1000002
    (made,) = world.rows(GroupWelcome)
    assert desk.post(f"/group-welcomes/{made.id}", {"text": "你好"}).status_code == 303
    world.work()
    (changed,) = called(wecom, f"{WELCOMES}/edit")
    assert changed == {"template_id": "msgTPL1", "text": {"content": "你好"}}
    desk.post(f"/group-welcomes/{made.id}/delete")
    world.work()
    assert called(wecom, f"{WELCOMES}/del") == [{"template_id": "msgTPL1"}]
    assert "你好" not in desk.read("/group-welcomes")
    assert desk.post(f"/group-welcomes/{made.id}/delete").status_code == 409


def test_what_changes_before_the_platform_has_it_is_caught_up_with(
    world: World, desk: Desk, wecom: ScriptedPlatform
) -> None:
    wecom.answers[f"{PATH}/{WELCOMES}/add"] = [OK | {"template_id": "msgTPL1"}]
    wecom.answers[f"{PATH}/{WELCOMES}/edit"] = [OK]
    welcome(world, desk)
    (made,) = world.rows(GroupWelcome)
    desk.post(f"/group-welcomes/{made.id}", {"text": "你好"})
    world.work()
    told = [call.json["text"]["content"] for call in wecom.calls if WELCOMES in call.path]
    assert told[-1] == "你好"


def test_a_corp_has_so_many_group_welcomes(
    world: World, desk: Desk, wecom: ScriptedPlatform
) -> None:
    with world.siyu.database.writing() as session:
        limits.change(session, limit_table.GROUP_WELCOMES, 1)
    assert welcome(world, desk).status_code == 303
    assert "已到上限" in welcome(world, desk).text
    assert "最多 3000 字节" in welcome(world, desk, "字" * 1001).text
