"""A day and more of a corp's traffic at every limit: WeCom never has to say that one was passed.

People write, come and go on the sandbox's phones, so it knows their windows and counts by itself;
house and sandbox share one clock, which is moved.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app import outbox
from app.clockwork import dues
from app.domain.outreach import manners, staff_messages
from app.domain.people import channels, groups
from app.domain.people.channels import Kind
from app.handlers.wecom import staff_messages as verbs
from app.inbox import receive_own
from app.outbox import OutboxMessage
from app.sending import staff_jobs
from app.wiring import Siyu
from bots import sandbox
from tests import shop, wecom_world
from tests.wecom_house import CORP, CorpWorld, furnish, serving
from tests.wecom_world import AFANG, KF, LAOWANG, ROBOT_KEY, XIAOYU, Corp

PASSED_A_LIMIT = {45002, 45009, 45011, 45033, 41050, 95001, 95012, 95013}
PEOPLE = (XIAOYU, LAOWANG, AFANG)
WORDS = ("签到", "积分", "帮助", "你好", "头发总是很油")
PAUSES_S = (0, 0, 0, 1, 5, 19, 21, 30, 59, 61, 600, 3600)
LONG_PAUSES_S = (6 * 3600, 48 * 3600 - 20, 48 * 3600, 3 * 86_400)
ROUNDS, SEED = 24, 7
ROBOT = "robot"


class Traffic:
    def __init__(self, world: CorpWorld, seed: int) -> None:
        self.world = world
        self.chance = random.Random(seed)
        self.passed = timedelta()
        self.acts: tuple[Callable[[], None], ...] = (
            *(self.write, self.write, self.write_often, self.enter),
            *(self.robot_says_much, self.notify_staff_often),
            *(self.staff_message, self.confirm),
        )

    def write(self) -> None:
        self._do("kf_text", open_kfid=KF, text=self.chance.choice(WORDS))

    def write_often(self) -> None:
        """Every word wants an answer, and a plan speaks as well: more than a window holds."""
        for word in ("签到", "积分", "帮助", "积分", "帮助", "积分", "帮助"):
            self._do("kf_text", XIAOYU, open_kfid=KF, text=word)

    def enter(self) -> None:
        self._do("kf_enter", open_kfid=KF)

    def robot_says_much(self) -> None:
        """More at once than twenty, which are allowed a minute."""
        with self.world.siyu.database.writing() as session:
            robot = self.world.channel(session, ROBOT)
            group = groups.meet(session, robot.id, "room", "门店群", self.world.now)
            address = outbox.Address(robot.id, group.external_id, None, group.id)
            self._put(session, address, 24)

    def notify_staff_often(self) -> None:
        """More to one member of staff than thirty, which are allowed a minute."""
        with self.world.siyu.database.writing() as session:
            corp = self.world.channel(session, CORP)
            self._put(session, outbox.Address(corp.id, "xiaowang", way="app"), 34)

    def staff_message(self) -> None:
        with self.world.siyu.database.writing() as session:
            corp = self.world.channel(session, CORP)
            prepared = staff_messages.prepare(
                session,
                corp.id,
                chat_type="single",
                sender="",
                content={"text": "新品到店", "attachments": []},
                recipients=[XIAOYU, LAOWANG],
                operator_id=None,
                now=self.world.now,
            )
            staff_jobs.put_recipients(session, prepared, self.world.now)
            receive_own(
                session,
                key=f"wanted:{prepared.id}",
                kind=verbs.WANTED,
                subject="",
                fields={"StaffMessageId": str(prepared.id)},
                channel_id=corp.id,
                now=self.world.now,
            )

    def confirm(self) -> None:
        """A member of staff confirms what waits for her, if anything does."""
        for prepared in self.world.rows(staff_messages.StaffMessage):
            if prepared.platform_id:
                self._do("confirm_send", staff="xiaowang", msgid=prepared.platform_id)

    def pause(self) -> None:
        """Up to an hour in many small steps, now and then days; tokens grow old in that time."""
        is_long = self.chance.random() < 0.05
        pause_s = self.chance.choice(LONG_PAUSES_S if is_long else PAUSES_S)
        self.world.corp.later(pause_s)
        self.passed += timedelta(seconds=pause_s)
        if pause_s >= 3600:
            self.world.siyu.redis.flushall()  # its own clock did not move
        with self.world.siyu.database.writing() as session:
            dues.put(session, self.world.siyu.programme, self.world.now)
        self.world.work()

    def _do(self, do: str, who: str = "", **more: Any) -> None:
        """What cannot be done just now (nothing to confirm) is left."""
        asked = {"account": CORP, "member": who or self.chance.choice(PEOPLE), "do": do, **more}
        answer = self.world.corp.client.post("/sandbox/act", json=asked)
        assert answer.status_code in (200, 409), answer.text

    def _put(self, session: Any, address: outbox.Address, times: int) -> None:
        for number in range(times):
            outbox.put(
                session,
                address,
                key=f"traffic:{address.channel_id}:{self.world.now.timestamp()}:{number}",
                purpose="notice",
                kind="text",
                content={"text": f"第 {number} 条"},
                cause=outbox.Cause("traffic"),
                now=self.world.now,
            )


@contextmanager
def on_one_clock(var: Path, siyu: Siyu) -> Iterator[CorpWorld]:
    world = CorpWorld(siyu, "")
    with serving(world.client.application) as house_url:
        known = wecom_world.accounts(f"{house_url}/callback/{CORP}")
        platform = sandbox.create_app(known, var / "sandbox.db")
        siyu.clock = platform.extensions["sandbox"].clock
        with serving(platform) as url:
            world.sandbox_url = url
            furnish(siyu, url)
            with siyu.database.writing() as session:
                manners.change(session, shop.AT_ANY_TIME, None, siyu.clock())
                channels.add(
                    session,
                    key=ROBOT,
                    kind=Kind.GROUP_ROBOT,
                    name="门店群",
                    appid="robot-1",
                    api_base_url=url,
                    secrets={"secret": ROBOT_KEY},
                    vault=siyu.vault,
                    now=siyu.clock(),
                )
            world.corp = Corp(platform.test_client())
            yield world


def test_no_limit_of_wecom_is_ever_passed(
    sqlite_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the platform signs by the real time, and the house's clock is moved with the sandbox's
    monkeypatch.setenv("SIYU_CALLBACK_SKEW_MAX_S", str(366 * 86_400))
    siyu = shop.wired(tmp_path, sqlite_url, redis_url)
    with on_one_clock(tmp_path, siyu) as world:
        traffic = Traffic(world, SEED)
        for who in PEOPLE:
            world.corp.act("add", who, staff="xiaowang")
        for act in [*traffic.acts, *traffic.acts]:  # each twice, whatever chance adds
            act()
            traffic.pause()
        for _ in range(ROUNDS):
            traffic.chance.choice(traffic.acts)()
            traffic.pause()
        calls = world.corp.client.get("/sandbox/calls").json
        rows = world.rows(OutboxMessage)
    siyu.close()
    answered = {(call["path"], call["errcode"]): call["times"] for call in calls}
    passed = {one: times for one, times in answered.items() if one[1] in PASSED_A_LIMIT}
    assert passed == {}
    assert traffic.passed > timedelta(hours=24)
    assert answered["/cgi-bin/kf/send_msg", 0] > 10
    assert answered["/cgi-bin/webhook/send", 0] > 40
    assert answered["/cgi-bin/message/send", 0] > 40
    assert answered["/cgi-bin/externalcontact/add_msg_template", 0] > 0
    assert any(row.way == "kf" and row.reason == "window_closed" for row in rows)
    assert any(row.way == "app" and row.due_at > row.created_at for row in rows)
