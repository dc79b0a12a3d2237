"""Plans as an operator writes them at her desk: forms, filled in, and buttons."""

import re
from typing import Any

from app.domain.outreach.journeys.plans import Plan
from tests.console_desk import Desk
from tests.world import World

FORM: dict[str, Any] = {
    "name": "三天关怀",
    "channel_id": "1",
    "audience": "member",
    "trigger.kind": "manual",
    "steps[0].name": "第一步",
    "steps[0].when.kind": "after_minutes",
    "steps[0].when.minutes": "0",
    "steps[0].message.message_kind": "text",
    "steps[0].message.text": "{nickname|亲}，您好",
    "steps[1].name": "第二步",
    "steps[1].when.kind": "after",
    "steps[1].when.days": "3",
    "steps[1].when.at": "10:00",
    "steps[1].message.message_kind": "link",
    "steps[1].message.title": "洗护三步",
    "steps[1].message.url": "{radar:haircare}",
}
BRANCHING = FORM | {
    "example.start": "2026-11-02T09:00",
    "steps[2].name": "分",
    "steps[2].when.kind": "after",
    "steps[2].when.days": "4",
    "steps[2].when.at": "10:00",
    "steps[2].does": "branch",
    "steps[2].branch.if.is": "tag",
    "steps[2].branch.if.tag": "油性发质",
    "steps[2].branch.then[0].name": "控油",
    "steps[2].branch.then[0].when.kind": "after_minutes",
    "steps[2].branch.then[0].when.minutes": "30",
    "steps[2].branch.then[0].message.text": "控油三步",
    "steps[2].branch.else[0].name": "滋润",
    "steps[2].branch.else[0].when.kind": "after_minutes",
    "steps[2].branch.else[0].does": "wait",
    "steps[2].branch.else[0].wait.for.kind": "replied",
    "steps[2].branch.else[0].wait.minutes": "2",
    "steps[2].branch.else[0].wait.unit": "day",
    "steps[2].branch.else[0].wait.else[0].name": "送积分",
    "steps[2].branch.else[0].wait.else[0].when.kind": "after_minutes",
    "steps[2].branch.else[0].wait.else[0].does": "act",
    "steps[2].branch.else[0].wait.else[0].act.kind": "points",
    "steps[2].branch.else[0].wait.else[0].act.points": "20",
}


def drafted(world: World, desk: Desk, **changes: Any) -> int:
    answer = desk.post("/plans/new", FORM | changes)
    assert answer.status_code == 303, re.findall(r"invalid-feedback[^>]*>([^<]*)", answer.text)
    return max(plan.id for plan in world.rows(Plan))


def press(desk: Desk, plan_id: int, button: str) -> int:
    return desk.post(f"/plans/{plan_id}/state", {"button": button}).status_code


def branching(world: World, desk: Desk) -> int:
    """A running plan whose branch asks for a tag, with 小雨, who has none, and 阿诚, who does."""
    for name, said in (("小雨", "你好"), ("阿诚", "头发总是很油")):
        world.event(name, "subscribe")
        world.says(name, said)
    world.work()
    at_once = {f"steps[{n}].when.kind": "after_minutes" for n in (1, 2)}
    plan_id = drafted(world, desk, **BRANCHING | at_once)
    press(desk, plan_id, "start")
    desk.post(f"/plans/{plan_id}/enrol")
    world.work()
    world.work()
    return plan_id
