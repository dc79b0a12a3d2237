"""Days of traffic at every limit: the platform never has to say that one was passed.

The members write from the sandbox's phones, so it knows their windows; it counts by itself and
shares the house's clock, which is moved by POST /sandbox/clock.
"""

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from app.domain.outreach.allowances import limit_table, limits
from app.domain.outreach.journeys import enrolments, plans
from app.domain.people.groups import Group
from app.outbox import OutboxMessage
from app.wiring import Siyu
from bots import sandbox
from tests import shop
from tests.mini_world import MINI_IDS
from tests.sandbox_world import serving
from tests.shop import (
    GATEWAY,
    GROUPS,
    MINI,
    MINI_WECHAT,
    NAMES,
    OA,
    OPENIDS,
    ROOM,
    ROOM_NAME,
    SECRETS,
    WECHAT,
    WXIDS,
)
from tests.world import World

PASSED_A_LIMIT = {45002, 45009, 45015, 45047}
ROUNDS, SEED = 140, 1
ROOM_MESSAGES = 20  # as WeCom's group robots: few enough to be reached
WORDS = ("签到", "积分", "帮助", "你好", "什么时候发货", "头发总是很油")
PAUSES_S = (0, 0, 0, 0, 1, 5, 20, 30, 44, 46, 59, 60, 3600)
LONG_PAUSES_S = (6 * 3600, 48 * 3600 - 20, 48 * 3600 - 14, 48 * 3600, 3 * 86_400)
AT_ONCE = {"kind": "after", "minutes": 0}
DAILY = {"kind": "daily", "at": "09:00"}


class Traffic:
    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.chance = random.Random(seed)
        self.acts: tuple[Callable[[], None], ...] = (
            *(self.write, self.write, self.write, self.click, self.follow, self.scan),
            *(self.leave_and_return, self.chat_in_group, self.chat_in_group, self.crowd),
            *(self.send_plan, self.send_plan, self.be_busy),
            *(self.write_in_mini_program, self.write_in_mini_program, self.enter_mini_program),
        )

    def write(self) -> None:
        self.act("text", text=self.chance.choice(WORDS))

    def click(self) -> None:
        self.act("click", key=self.chance.choice(("SIGN_IN", "BALANCE", "HELP")))

    def follow(self) -> None:
        self.act("subscribe")

    def scan(self) -> None:
        self.act("scan", scene="store_001")

    def leave_and_return(self) -> None:
        name = self.chance.choice(NAMES)
        self.act("unsubscribe", name)
        self.act("subscribe", name)

    def write_in_mini_program(self) -> None:
        self.act("text", account=MINI, text=self.chance.choice(WORDS))

    def enter_mini_program(self) -> None:
        self.act("enter", account=MINI)

    def chat_in_group(self) -> None:
        self.act("text", account=GROUPS, room=ROOM, text=self.chance.choice(WORDS))

    def crowd(self) -> None:
        for _ in range(12):
            self.chat_in_group()

    def send_plan(self) -> None:
        """Six in a row, to every member or to the group: more than a window holds."""
        to_group = self.chance.random() < 0.5
        kind = {"audience": "group", "trigger": "manual"} if to_group else {"trigger": "manual"}
        for _ in range(6):
            channel = GROUPS if to_group else OA
            plan = self.world.plan((AT_ONCE, "今日上新"), channel=channel, **kind)
            self._enrol(plan, to_group)

    def be_busy(self) -> None:
        self.world.fault("/cgi-bin/message/custom/send", "errcode", errcode=-1, times=1)

    def act(self, do: str, name: str = "", account: str = OA, **more: str) -> None:
        who = name or self.chance.choice(NAMES)
        asked = {"account": account, "member": who, "do": do, **more}
        answer = requests.post(f"{self.world.sandbox_url}/sandbox/act", json=asked, timeout=30)
        assert answer.json()["delivered"], answer.text

    def pause(self) -> None:
        """Up to an hour in many small steps, now and then days; tokens grow old in that time."""
        is_long = self.chance.random() < 0.05
        pause_s = self.chance.choice(LONG_PAUSES_S if is_long else PAUSES_S)
        moved = {"advance_s": pause_s}
        requests.post(f"{self.world.sandbox_url}/sandbox/clock", json=moved, timeout=10)
        if pause_s >= 3600:
            self.world.siyu.redis.flushall()  # its own clock did not move
        self.world.work()

    def _enrol(self, plan: plans.Plan, to_group: bool) -> None:
        world, zone = self.world, self.world.siyu.programme.zone
        with world.siyu.database.writing() as session:
            if to_group:
                (group,) = session.query(Group).all()
                enrolments.enrol(session, plan, zone, group_id=group.id, now=world.now)
                return
            for name in NAMES:
                member_id = world.member(session, name).id
                enrolments.enrol(session, plan, zone, member_id=member_id, now=world.now)


def known(house_url: str) -> dict[str, Any]:
    """What the sandbox is told: the shop's accounts, its members and its group."""
    oa = {"kind": "official_account", "key": OA, "name": "四月", **SECRETS[OA]}
    oa |= {"appid": WECHAT.appid, "original_id": WECHAT.original_id}
    gateway = {"kind": "group_gateway", "key": GROUPS, "name": "四月群", **SECRETS[GROUPS]}
    gateway |= {"account_id": GATEWAY.account_id}
    mini = {"kind": "mini_program", "key": MINI, "name": "四月会员", **SECRETS[MINI]}
    mini |= {"appid": MINI_WECHAT.appid, "original_id": MINI_WECHAT.original_id}
    accounts = [
        one | {"callback_url": f"{house_url}/callback/{one['key']}"} for one in (oa, mini, gateway)
    ]
    members = [
        {
            "nickname": name,
            "ids": {OA: OPENIDS[name], MINI: MINI_IDS[name], GROUPS: WXIDS[name]},
        }
        for name in NAMES
    ]
    group = {"account": GROUPS, "room_id": ROOM, "name": ROOM_NAME, "members": list(NAMES)}
    return {"accounts": accounts, "members": members, "groups": [group]}


@contextmanager
def told_of_everything(var: Path, siyu: Siyu) -> Iterator[World]:
    """A world whose members have phones in the sandbox, and one clock for both."""
    accounts = var / "accounts.json"
    platform = sandbox.create_app(accounts, var / "sandbox.db")
    siyu.clock = platform.extensions["sandbox"].clock
    with serving(platform) as sandbox_url:
        shop.furnish(siyu, sandbox_url)
        world = World(siyu, sandbox_url)
        with serving(world.client.application) as house_url:
            accounts.write_text(json.dumps(known(house_url)))
            yield world


def test_no_limit_is_ever_passed(
    database_url: str,
    redis_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # the platform signs by the real time, and the house's clock is moved with the sandbox's
    monkeypatch.setenv("SIYU_CALLBACK_SKEW_MAX_S", str(366 * 86_400))
    monkeypatch.setattr("bots.sandbox.limits.ROOM_MESSAGES", ROOM_MESSAGES)
    siyu = shop.wired(tmp_path, database_url, redis_url)
    with told_of_everything(tmp_path, siyu) as world:
        with siyu.database.writing() as session:
            limits.change(session, limit_table.ROOM_MESSAGES_A_MINUTE, ROOM_MESSAGES)
        traffic = Traffic(world, SEED)
        for name in NAMES:
            traffic.act("subscribe", name)
        world.plan((DAILY, "早安"))
        traffic.pause()
        for _ in range(ROUNDS):
            traffic.chance.choice(traffic.acts)()
            traffic.pause()
        calls = requests.get(f"{world.sandbox_url}/sandbox/calls", timeout=10).json()
        rows, said = world.rows(OutboxMessage), world.sent()
    siyu.close()
    answered = {(call["path"], call["errcode"]): call["times"] for call in calls}
    passed = {one: times for one, times in answered.items() if one[1] in PASSED_A_LIMIT}
    assert passed == {}
    assert answered["/cgi-bin/message/custom/send", 0] > 50
    assert answered["/cgi-bin/message/custom/send", -1] > 0
    assert any(one["account"] == MINI for one in said)
    assert answered["/gateway/messages", 0] > 100
    assert any(row.reason == "window_closed" for row in rows)
    assert any(row.group_id and row.attempted_at and row.due_at > row.created_at for row in rows)
