"""What an operator does with broadcasts, and what can be seen of them, for their tests."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.broadcasting import feeding, figures, going_on, launching
from app.broadcasting.figures import Figures
from app.domain.outreach import broadcasts
from app.domain.outreach.broadcasts import Broadcast, Recipient, State
from app.outbox import OutboxMessage
from tests.shop import OA, OPENIDS
from tests.world import World

SAID = "周五上新，{nickname|亲}来看看"


def text(said: str) -> dict[str, Any]:
    return {"kind": "text", "content": {"text": said}}


def drafted(world: World, said: str = SAID, *, channel: str = OA, **rest: Any) -> int:
    definition = {"audience": "member", "message": text(said)} | rest
    definition = {name: value for name, value in definition.items() if value is not None}
    with world.siyu.database.writing() as session:
        where = world.channel(session, channel).id
        made = broadcasts.draft(
            session, name="上新", channel_id=where, definition=definition, now=world.now
        )
        return made.id


def launched(world: World, said: str = SAID, **rest: Any) -> int:
    number = drafted(world, said, **rest)
    with world.siyu.database.writing() as session:
        launching.launch(
            session, session.get_one(Broadcast, number), world.siyu.programme, world.now
        )
    return number


def scheduled(world: World, at: datetime, **rest: Any) -> int:
    number = drafted(world, **rest)
    with world.siyu.database.writing() as session:
        broadcasts.schedule(session, session.get_one(Broadcast, number), at, world.now)
    return number


def move(world: World, number: int, state: State) -> None:
    with world.siyu.database.writing() as session:
        broadcasts.move_to(session, session.get_one(Broadcast, number), state, world.now)


def resume(world: World, number: int) -> None:
    with world.siyu.database.writing() as session:
        found = session.get_one(Broadcast, number)
        going_on.resume(session, found, world.siyu.programme, world.now)


def resend(world: World, number: int, *failed: str, unknown: tuple[str, ...] = ()) -> int:
    with world.siyu.database.writing() as session:
        found = session.get_one(Broadcast, number)
        return going_on.resend(session, found, failed, unknown, world.now)


def feed(world: World, number: int) -> bool:
    """One transaction of feeding."""
    with world.siyu.database.writing() as session:
        return feeding.attend(session, number, world.siyu.programme, world.now)


def frozen(world: World, number: int) -> Sequence[Recipient]:
    with world.siyu.database.reading() as session:
        return session.query(Recipient).filter(Recipient.broadcast_id == number).all()


def state(world: World, number: int) -> str:
    (found,) = world.rows(Broadcast, Broadcast.id == number)
    return str(found.state)


def counted(world: World, number: int) -> Figures:
    """The figures, which add up."""
    with world.siyu.database.reading() as session:
        found = figures.counts(session, number)
        assert figures.discrepancies(session) == []
    assert found.adds_up, found
    return found


def states(world: World, number: int) -> Mapping[str, int]:
    return counted(world, number).states


def outcomes(world: World, number: int) -> dict[str, tuple[str, str | None]]:
    """By name, what became of everybody's message."""
    names = {openid: name for name, openid in OPENIDS.items()}
    rows = world.rows(OutboxMessage, OutboxMessage.broadcast_id == number)
    return {names.get(row.recipient, row.recipient): (row.state, row.reason) for row in rows}
