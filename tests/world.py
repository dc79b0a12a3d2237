"""A small named world for stories: a wired house, three members, and a sandbox as the witness.

Members speak through the real front door, sealed and signed; ``work`` does everything that waits;
``heard`` is what the platform accepted, asked over HTTP from a sandbox that shares nothing with us.
"""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import requests
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import inbox, lanes, wakeups, worker
from app.domain.insight import tags
from app.domain.loyalty import points, quizzes
from app.domain.loyalty.points import Balance
from app.domain.loyalty.quizzes import Quiz
from app.domain.outreach.journeys import enrolments, plans
from app.domain.outreach.journeys.plans import Plan
from app.domain.people import channels, groups, members
from app.domain.people.channels import Channel
from app.domain.people.members import Member
from app.reviewing import records
from app.sending import holds, waiting
from app.web import create_app
from app.wiring import Siyu
from tests import shop
from tests.foreign_client import Delivery
from tests.shop import GATEWAY, GROUPS, OA, OPENIDS, ROOM, ROOM_NAME, WECHAT, WXIDS

BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15"
BEIJING = ZoneInfo("Asia/Shanghai")
_numbers = itertools.count(1)


class World:
    """``now`` is the house's clock and may be set; the sandbox keeps the real time."""

    def __init__(self, siyu: Siyu, sandbox_url: str):
        self.siyu = siyu
        self.sandbox_url = sandbox_url
        self.client = create_app(siyu).test_client()
        self.client.environ_base["HTTP_USER_AGENT"] = BROWSER

    @property
    def now(self) -> datetime:
        return self.siyu.clock()

    @now.setter
    def now(self, moment: datetime) -> None:
        self.siyu.clock = lambda: moment

    def at(self, day: int, clock: str = "12:00") -> None:
        """Sets the clock to a Beijing time in November 2026 (31 is the first of December)."""
        first = datetime.fromisoformat(f"2026-11-01T{clock}").replace(tzinfo=BEIJING)
        self.now = (first + timedelta(days=day - 1)).astimezone(UTC)

    # what members do

    def says(self, name: str, text: str, at: datetime | None = None) -> None:
        self.deliver(WECHAT.seal(WECHAT.text(OPENIDS[name], text, at or self.now), self.now))

    def event(self, name: str, event: str, at: datetime | None = None, **fields: str) -> None:
        happened = WECHAT.event(OPENIDS[name], event, at or self.now, **fields)
        self.deliver(WECHAT.seal(happened, self.now))

    def says_in_group(self, name: str, text: str, **fields: Any) -> None:
        where = {"room_id": ROOM, "room_name": ROOM_NAME} | fields
        said = GATEWAY.message((WXIDS[name], name), text, self.now, **where)
        self.deliver(GATEWAY.sign(said, self.now), GROUPS)

    def deliver(self, delivery: Delivery, channel: str = OA) -> None:
        answer = self.post(delivery, channel)
        assert (answer.status_code, answer.text) == (200, "success")

    def post(self, delivery: Delivery, channel: str = OA) -> TestResponse:
        return self.client.post(
            f"/callback/{channel}",
            query_string=delivery.query,
            headers=delivery.headers,
            data=delivery.body,
        )

    # what the house does

    def work(self) -> None:
        """Everything that waits now, until all is quiet."""
        while self.work_once():
            pass

    def work_once(self) -> bool:
        """One round of what waits now. Returns whether there was anything."""
        waiting = self.waiting()
        for pipe, number in waiting:
            worker.work(self.siyu, pipe, number)
        fed = worker.work(self.siyu, wakeups.FEEDS)
        return bool(waiting) or bool(fed)

    def waiting(self) -> list[tuple[str, int]]:
        with self.siyu.database.reading() as session:
            waits = [(lanes.INBOX, number) for number in inbox.lanes_waiting(session)]
            waits += waiting.lanes_due(session, holds.of(session), self.now)
            if enrolments.have_due(session, self.now):
                waits.append((wakeups.PLANS, 0))
            return waits

    # what can be seen

    def sent(self, recipient: str = "") -> list[dict[str, Any]]:
        """What the platform accepted, oldest first."""
        answer = requests.get(
            f"{self.sandbox_url}/sandbox/sent", params={"recipient": recipient}, timeout=10
        )
        found: list[dict[str, Any]] = answer.json()
        return found

    def heard(self, name: str) -> list[Any]:
        return [message["content"] for message in self.sent(OPENIDS[name])]

    def heard_in_group(self, room: str = ROOM) -> list[Any]:
        return [message["content"] for message in self.sent(room)]

    def fault(self, path: str, fault: str, **how: int) -> None:
        wanted = {"path": path, "fault": fault, **how}
        answer = requests.post(f"{self.sandbox_url}/sandbox/faults", json=wanted, timeout=10)
        answer.raise_for_status()

    def calls(self, path: str) -> int:
        answer = requests.get(f"{self.sandbox_url}/sandbox/calls", timeout=10)
        return sum(call["times"] for call in answer.json() if call["path"] == path)

    def member(self, session: Session, name: str, channel: str = OA) -> Member:
        ids = OPENIDS if channel == OA else WXIDS
        identity = members.identity_of(session, self.channel(session, channel).id, ids[name])
        assert identity is not None, f"{name} was never met"
        return members.get(session, identity.member_id)

    def balance(self, name: str, channel: str = OA) -> Balance:
        with self.siyu.database.reading() as session:
            return points.balance_of(session, self.member(session, name, channel).id)

    def growth(self, name: str) -> int:
        with self.siyu.database.reading() as session:
            member_id = self.member(session, name).id
            return records.growth_of(session, [member_id]).get(member_id, 0)

    def tags(self, name: str, channel: str = OA) -> list[str]:
        with self.siyu.database.reading() as session:
            member = self.member(session, name, channel)
            return [tag.name for tag in tags.of(session, member.id)]

    def rows(self, model: Any, *where: Any) -> Sequence[Any]:
        with self.siyu.database.reading() as session:
            return session.query(model).filter(*where).order_by(model.id).all()

    def channel(self, session: Session, key: str = OA) -> Channel:
        channel = channels.by_key(session, key)
        assert channel is not None
        return channel

    # what operators do

    def quiz(self, right: str = "B", channel: str = OA, room: str = "", points: int = 10) -> Quiz:
        with self.siyu.database.writing() as session:
            where = self.channel(session, channel).id
            group = groups.meet(session, where, room, "", self.now) if room else None
            drafted = quizzes.draft(
                session,
                channel_id=where,
                group_id=group.id if group else None,
                question="巴旦木其实是哪一种果仁？",
                options={"A": "杏仁", "B": "扁桃仁", "C": "核桃", "D": "腰果"},
                right_option=right,
                points=points,
                now=self.now,
            )
            quizzes.open_quiz(session, drafted, self.now)
            return drafted

    def plan(self, *steps: tuple[dict[str, Any], str], channel: str = OA, **rest: Any) -> Plan:
        """A running plan that says texts; ``rest`` is the rest of its definition."""
        definition = {"audience": "member", "trigger": "joined"} | rest
        definition["steps"] = [
            {"name": said[:9], "when": when, "message": {"kind": "text", "content": {"text": said}}}
            for when, said in steps
        ]
        with self.siyu.database.writing() as session:
            where = self.channel(session, channel).id
            name = f"计划 {next(_numbers)}"
            plan = plans.draft(
                session, name=name, channel_id=where, definition=definition, now=self.now
            )
            plans.move_to(session, plan, plans.State.RUNNING, self.now)
            return plan


@contextmanager
def opened(var: Path, database_url: str, redis_url: str) -> Iterator[World]:
    """A furnished world at noon of 2 November 2026 in Beijing, torn down in the end."""
    with shop.witness(var) as url:
        siyu = shop.wired(var, database_url, redis_url)
        shop.furnish(siyu, url)
        world = World(siyu, url)
        world.at(2)
        yield world
        siyu.close()
