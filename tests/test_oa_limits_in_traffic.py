"""Days of mass, template and subscribe messages at every limit, over the end of a month: the
official account never has to say that one was passed, and drops nobody without a word.

The platform's numbers are lowered in the sandbox and in our table alike, so that they are reached;
each counts by itself, by one clock.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import requests

from app import outbox
from app.domain.outreach import mass_messages
from app.domain.outreach.allowances import limit_table, limits
from app.domain.outreach.mass_messages import MassJob
from app.domain.people import members
from app.outbox import RECIPIENTS, OutboxMessage
from app.sending import mass_jobs
from tests import shop
from tests.shop import NAMES, OPENIDS
from tests.test_limits_in_traffic import Traffic, told_of_everything
from tests.test_story_templates import BIRTHDAY, SHIPPED
from tests.world import BEIJING

LOWERED = {
    limit_table.MASS_CALLS_A_DAY: 6,
    limit_table.MASS_CALLS_A_MINUTE: 3,
    limit_table.MASS_A_MONTH: 3,
    limit_table.TEMPLATES_A_DAY: 30,
}
PASSED_A_LIMIT = {43101, 45002, 45009, 45011, 45015, 45047}
SEED, ROUNDS = 3, 10
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
PAUSES_S = (0, 5, 59, 61, 90, 1800, 3600, 5 * 3600, 11 * 3600)


class Campaigns(Traffic):
    """An operator with much to say, and members who grant some of it."""

    number = 0

    def mass(self, to: str, times: int) -> None:
        for _ in range(times):
            with self.world.siyu.database.writing() as session:
                drafted = mass_messages.draft(
                    session,
                    channel_id=self.world.channel(session).id,
                    kind="text",
                    content={"text": f"第 {self._next()} 次上新"},
                    audience={"to": to},
                    now=self.world.now,
                )
                mass_jobs.hand_over(session, drafted, self.world.now)

    def remind_by_template(self, times: int) -> None:
        for name in NAMES:
            for _ in range(times):
                self._put(name, "template", BIRTHDAY)

    def grant_and_use(self) -> None:
        """One agreement, and two messages that want one."""
        name = self.chance.choice(NAMES)
        self.act("subscribe_accept", name, template=SHIPPED["template_id"])
        self.world.work()
        for _ in range(2):
            self._put(name, "subscribe", SHIPPED)

    def take_back(self) -> None:
        self.act("subscribe_reject", template=SHIPPED["template_id"])

    def a_round(self, to_all: int) -> None:
        self.mass("members", 1)
        self.world.work()
        self.mass("all", to_all)
        self.remind_by_template(3)
        self.grant_and_use()
        if self.chance.random() < 0.3:
            self.take_back()

    def later(self, seconds: float) -> None:
        """By a few steps, so that what was put off comes due in between."""
        for _ in range(3):
            moved = {"advance_s": seconds / 3}
            requests.post(f"{self.world.sandbox_url}/sandbox/clock", json=moved, timeout=10)
            if seconds >= 3600:
                self.world.siyu.redis.flushall()  # its own clock did not move
            self.world.work()

    def _next(self) -> int:
        self.number += 1
        return self.number

    def _put(self, name: str, way: str, content: dict[str, object]) -> None:
        with self.world.siyu.database.writing() as session:
            where = self.world.channel(session).id
            identity = members.identity_of(session, where, OPENIDS[name])
            assert identity is not None
            outbox.put(
                session,
                outbox.Address(where, OPENIDS[name], identity.member_id, way=way),
                key=f"campaign:{self._next()}",
                purpose="notice",
                kind=way,
                content=content,
                cause=outbox.Cause("campaign"),
                now=self.world.now,
            )


@pytest.fixture
def lowered(monkeypatch: pytest.MonkeyPatch) -> None:
    # the platform signs by the real time, and the house's clock is moved with the sandbox's
    monkeypatch.setenv("SIYU_CALLBACK_SKEW_MAX_S", str(366 * 86_400))
    for key, number in LOWERED.items():
        monkeypatch.setattr(f"bots.sandbox.limits.{key.upper()}", number)


@pytest.mark.usefixtures("lowered")
def test_no_limit_of_campaigns_is_ever_passed(
    sqlite_url: str, redis_url: str, tmp_path: Path
) -> None:
    siyu = shop.wired(tmp_path, sqlite_url, redis_url)
    with told_of_everything(tmp_path, siyu) as world:
        with siyu.database.writing() as session:
            for key, number in LOWERED.items():
                limits.change(session, key, number)
        traffic = Campaigns(world, SEED)
        began_at = world.now
        for name in NAMES:
            traffic.act("subscribe", name)
        world.work()
        for number in range(ROUNDS):
            traffic.a_round(to_all=4 if number % 4 == 1 else 0)
            traffic.later(traffic.chance.choice(PAUSES_S))
        passed, month_ends_at = world.now - began_at, next_month(world.now)
        traffic.later(max(0, (month_ends_at - world.now).total_seconds() - 30))
        traffic.a_round(to_all=1)
        traffic.later(60)
        for _ in range(LOWERED[limit_table.MASS_A_MONTH] + 1):
            traffic.a_round(to_all=0)
            traffic.later(86_400)
        calls = requests.get(f"{world.sandbox_url}/sandbox/calls", timeout=10).json()
        rows, jobs = world.rows(OutboxMessage), world.rows(MassJob)
    siyu.close()
    refused = {(one["path"], one["errcode"]) for one in calls if one["errcode"] in PASSED_A_LIMIT}
    assert refused == set()
    assert passed > DAY
    sent_at = moments(row for row in rows if row.way.startswith("mass") and row.pipe != RECIPIENTS)
    assert most_within(sent_at, DAY) == LOWERED[limit_table.MASS_CALLS_A_DAY]
    assert most_within(sent_at, MINUTE) == LOWERED[limit_table.MASS_CALLS_A_MINUTE]
    templates_at = moments(row for row in rows if row.way == "template")
    assert most_within(templates_at, DAY) == LOWERED[limit_table.TEMPLATES_A_DAY]
    to_members = {row.mass_job_id for row in rows if row.pipe == RECIPIENTS}
    ended = [job for job in jobs if job.id in to_members and job.status]
    months = {job.month for job in ended}
    assert len(months) > 1, "a new month gives everybody as many again"
    assert month_ends_at.strftime("%Y-%m") in months
    assert all(job.sent == job.total for job in ended), "nobody was dropped without a word"
    assert any(row.reason == "mass_month_used_up" for row in rows)
    assert any(row.way == "subscribe" and row.state == "delivered" for row in rows)
    assert any(row.way == "subscribe" and row.reason == "not_subscribed" for row in rows)


def next_month(now: datetime) -> datetime:
    local = now.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    return (local.replace(day=1) + timedelta(days=31)).replace(day=1)


def moments(rows: Iterable[OutboxMessage]) -> list[datetime]:
    return sorted(row.attempted_at for row in rows if row.attempted_at is not None)


def most_within(moments: Sequence[datetime], period: timedelta) -> int:
    return max(sum(first <= one < first + period for one in moments) for first in moments)
