"""Whatever is done to a broadcast, and whenever its processes die: the states of its recipients add
up to its audience after every step, and nobody is told twice or after it was stopped."""

import random
from collections import Counter
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from app import outbox
from app.broadcasting import feeding, going_on
from app.domain.outreach.broadcasts import Broadcast, NotAllowed, Recipient, State
from app.domain.people import members
from app.sending import due_messages, holds, waiting
from tests import broadcast_desk as desk
from tests.audiences import crowd
from tests.world import World

STEPS = 60
ENDS = (("accepted", None), ("failed", "bad_recipient"), ("unknown", "the sender was cut off"))


class Shop:
    """One broadcast and all that can happen to it, by chance."""

    def __init__(self, world: World, seed: int):
        self.world, self.chance, self.told = world, random.Random(seed), Counter[int]()
        crowd(world, 40)
        pace = self.chance.choice([None, 100_000])
        self.number = desk.launched(world, holdout_percent=10, pace_a_minute=pace)
        self.audience = desk.counted(world, self.number).audience

    def do_something(self) -> None:
        self.chance.choice(
            [self.feed, self.feed, self.feeder_dies, self.send, self.send, self.pause]
            + [self.resume, self.resend, self.somebody_joins, self.somebody_leaves]
            + ([self.cancel] if self.chance.random() < 0.1 else [])
        )()

    def feed(self) -> None:
        desk.feed(self.world, self.number)

    def feeder_dies(self) -> None:
        """After all was written, before it was committed."""
        with self.world.siyu.database.writing() as session:
            feeding.attend(session, self.number, self.world.siyu.programme, self.world.now)
            session.rollback()

    def send(self) -> None:
        """A sender takes some of what is due in some lane, and perhaps dies with it."""
        with self.world.siyu.database.writing() as session:
            held = holds.of(session)
            for pipe, lane in waiting.lanes_due(session, held, self.world.now)[:4]:
                due = waiting.due(session, pipe, lane, held, 2, self.world.now)
                for message in due_messages.rows(session, due).values():
                    state = session.get_one(Broadcast, self.number).state
                    assert state == State.RUNNING, f"told while it is {state}"
                    message.state, message.reason = self.chance.choice(ENDS)
                    self.told[message.id] += message.state == outbox.State.ACCEPTED

    def pause(self) -> None:
        self._try(lambda: desk.move(self.world, self.number, State.PAUSED))

    def resume(self) -> None:
        self._try(lambda: desk.resume(self.world, self.number))

    def cancel(self) -> None:
        self._try(lambda: desk.move(self.world, self.number, State.CANCELLED))

    def resend(self) -> None:
        self._try(lambda: desk.resend(self.world, self.number, "bad_recipient"))

    def somebody_joins(self) -> None:
        with self.world.siyu.database.writing() as session:
            where = self.world.channel(session).id
            openid = f"oLate{self.chance.random()}"
            identity = members.meet(session, where, openid, self.world.now)
            members.follow(members.get(session, identity.member_id), identity, self.world.now)

    def somebody_leaves(self) -> None:
        with self.world.siyu.database.writing() as session:
            ids = session.scalars(sa.select(Recipient.subject_id)).all()
            member = members.get(session, self.chance.choice(ids))
            where = self.world.channel(session).id
            for identity in members.identities_on(session, member.id, where):
                members.leave(session, member, identity, self.world.now)

    def check(self) -> None:
        figures = desk.counted(self.world, self.number)
        assert figures.audience == self.audience
        assert max(self.told.values(), default=0) <= 1, "accepted twice"

    def _try(self, act: Callable[[], object]) -> None:
        """What its state does not allow is refused, and changes nothing."""
        try:
            act()
        except NotAllowed:
            self.check()


@pytest.mark.parametrize("seed", range(4))
def test_states_add_up_after_every_step(world: World, seed: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(feeding, "SLICE", 7)
    monkeypatch.setattr(feeding, "AHEAD_MAX", 15)
    monkeypatch.setattr(feeding, "CLEARED_AT_ONCE", 3)
    monkeypatch.setattr(going_on, "AT_ONCE", 2)
    shop = Shop(world, seed)
    for _ in range(STEPS):
        shop.do_something()
        shop.check()
