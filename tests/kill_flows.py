"""What the killed processes are at, and what has to be true of it: see ``nursery.Flow``.

The claim is the same everywhere. Where the platform knows our key, each message arrives exactly
once. Where it knows none, it arrives at most once, and one that may not have arrived is `unknown`.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app import outbox
from app.domain.loyalty import ledger, points
from app.domain.outreach.journeys import enrolments
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.people import groups
from app.domain.people.members import Identity
from app.inbox import InboxEvent
from app.outbox import OutboxMessage, State
from tests.shop import GROUPS, WECHAT
from tests.world import World

WORDS = ("签到", "帮助", "什么时候发货")
STEPS = (
    ({"kind": "after", "minutes": 0}, "大家好，欢迎"),
    ({"kind": "after", "minutes": 1}, "看看新品"),
)
PEOPLE, FEW = 6, 1
SAID = sa.select(
    *(OutboxMessage.key, OutboxMessage.recipient, OutboxMessage.content),
    *(OutboxMessage.state, OutboxMessage.reason, OutboxMessage.event_id),
).where(
    OutboxMessage.recipient.in_(sa.bindparam("recipients", expanding=True)),
    OutboxMessage.purpose.not_in(outbox.SILENT),
)
HEARD = sa.select(
    *(InboxEvent.id, InboxEvent.handled_at, InboxEvent.tries, InboxEvent.error),
).where(InboxEvent.sender.in_(sa.bindparam("senders", expanding=True)), InboxEvent.kind == "text")
UNSAID = {State.SUPPRESSED, State.FAILED}


class Record:
    """The sandbox's own record, read from its file, since it is asked after each kill."""

    def __init__(self, path: Path):
        self._db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)

    def of(self, recipients: Sequence[str]) -> Counter[tuple[str, str]]:
        """How often each of them was told what."""
        marks = ", ".join("?" * len(recipients))
        asked = f"SELECT recipient, content FROM sent WHERE recipient IN ({marks})"
        told = self._db.execute(asked, recipients)
        return Counter((to, words_of(json.loads(content))) for to, content in told)

    def close(self) -> None:
        self._db.close()


def words_of(content: Any) -> str:
    """What was said, of a text or a template message, in the outbox or in the record."""
    if isinstance(content, str):
        return content
    if "text" in content:
        return str(content["text"])
    (field,) = content["data"].values()
    return str(field["value"] if isinstance(field, dict) else field)


class Accounts:
    """What was said to some recipients: in our tables, and in the record."""

    def __init__(self, world: World, record: Record, recipients: Sequence[str], *, keyed: bool):
        self._keyed = keyed
        with world.siyu.database.reading() as session:
            self.rows = session.execute(SAID, {"recipients": recipients}).all()
        self.heard = record.of(recipients)

    def check_at_any_moment(self) -> None:
        """Nothing was heard twice; what was heard is not called unsaid, nor is it going to be said
        again, unless under a key that the platform knows."""
        assert not self.heard or max(self.heard.values()) == 1, self.heard
        for row in self.rows:
            if self._was_heard(row):
                assert row.state not in UNSAID, row
                assert self._keyed or row.state != State.PLANNED, row

    def check_at_rest(self) -> None:
        """What is called accepted was heard; what was not heard is called unknown."""
        self.check_at_any_moment()
        assert self.heard.total() <= len(self.rows)
        for row in self.rows:
            allowed = (State.ACCEPTED,) if self._keyed else (State.ACCEPTED, State.UNKNOWN)
            if not self._was_heard(row):
                allowed = () if self._keyed else (State.UNKNOWN,)
            assert row.state in allowed, (row, self.heard)

    def _was_heard(self, row: sa.Row[Any]) -> bool:
        return self.heard[(row.recipient, words_of(row.content))] == 1


class Chat:
    """Members write to the official account, which answers through customer-service messages: these
    know no key. Her points and the answers come from the worker, and the answers go by the sender.
    One of them has much to say, the others a word each."""

    def __init__(self, world: World, record: Record, *, few: bool = False):
        self._record = record
        self._count = FEW if few else PEOPLE
        self._said: dict[str, tuple[str, ...]] = {}
        self._everybody: list[str] = []
        self._messages = self._unknown = 0

    def begin(self, world: World, number: int) -> None:
        self._said = {f"oKill{number}x{member}": WORDS[:1] for member in range(self._count)}
        if self._count > FEW:
            self._said[f"oKill{number}x0"] = WORDS
        for openid, words in self._said.items():
            for word in words:
                world.deliver(WECHAT.seal(WECHAT.text(openid, word, world.now), world.now))
        self._everybody += self._said

    def meanwhile(self, world: World) -> None: ...

    def check(self, world: World) -> None:
        accounts = self._accounts(world)
        accounts.check_at_any_moment()
        handled = [event.id for event in self._events(world) if event.handled_at is not None]
        assert sorted(row.event_id for row in accounts.rows) == sorted(handled)

    def check_at_rest(self, world: World) -> None:
        accounts = self._accounts(world)
        accounts.check_at_rest()
        assert all(event.handled_at for event in self._events(world)), self._events(world)
        assert len(accounts.rows) == sum(map(len, self._said.values()))
        self._messages += len(accounts.rows)
        self._unknown += sum(row.state == State.UNKNOWN for row in accounts.rows)

    def check_in_the_end(self, world: World) -> dict[str, Any]:
        of_member = sa.select(Identity.member_id).where(Identity.external_id.in_(self._everybody))
        with world.siyu.database.reading() as session:
            assert ledger.discrepancies(session) == []
            balances = [
                points.balance_of(session, her).points for her in session.scalars(of_member)
            ]
        assert balances == [5] * len(self._everybody)
        return {"messages": self._messages, "unknown": self._unknown}

    def _accounts(self, world: World) -> Accounts:
        return Accounts(world, self._record, list(self._said), keyed=False)

    def _events(self, world: World) -> Sequence[sa.Row[Any]]:
        with world.siyu.database.reading() as session:
            return session.execute(HEARD, {"senders": list(self._said)}).all()


class GroupPlan:
    """A plan speaks to groups through a gateway, which knows our keys: nothing may stay unknown."""

    def __init__(self, world: World, record: Record, *, few: bool = False):
        self._record = record
        self._count = FEW if few else PEOPLE
        self._plan = world.plan(*STEPS, channel=GROUPS, audience="group", trigger="manual")
        self._rooms: list[str] = []
        self._messages = 0

    def begin(self, world: World, number: int) -> None:
        self._rooms = [f"room-{number}-{room}@chatroom" for room in range(self._count)]
        with world.siyu.database.writing() as session:
            channel_id = world.channel(session, GROUPS).id
            for room in self._rooms:
                group = groups.meet(session, channel_id, room, room, world.now)
                zone = world.siyu.programme.zone
                enrolments.enrol(session, self._plan, zone, group_id=group.id, now=world.now)

    def meanwhile(self, world: World) -> None: ...

    def check(self, world: World) -> None:
        self._accounts(world).check_at_any_moment()

    def check_at_rest(self, world: World) -> None:
        accounts = self._accounts(world)
        accounts.check_at_rest()
        assert Counter(row.recipient for row in accounts.rows) == dict.fromkeys(
            self._rooms, len(STEPS)
        )
        self._messages += len(accounts.rows)

    def check_in_the_end(self, world: World) -> dict[str, Any]:
        going_on = world.rows(Enrolment, Enrolment.end_reason.is_distinct_from("finished"))
        assert going_on == []
        return {"messages": self._messages, "unknown": 0}

    def _accounts(self, world: World) -> Accounts:
        return Accounts(world, self._record, self._rooms, keyed=True)


FLOWS = {"chat": Chat, "group_plan": GroupPlan}
