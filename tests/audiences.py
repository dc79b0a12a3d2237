"""Whom broadcasts find, for their tests: members who chat, and crowds."""

import sqlalchemy as sa

from app.domain.people import members
from app.outbox import OutboxMessage
from tests.shop import NAMES
from tests.world import World

SEND = "/cgi-bin/message/custom/send"


def chat(world: World, *names: str) -> None:
    """They follow and say something, so that the platform's 48 hours are open."""
    for name in names or NAMES:
        world.event(name, "subscribe", EventKey="")
        world.says(name, "你好")
    world.work()


def crowd(world: World, count: int) -> None:
    """So many members more, who have not been heard of since they followed."""
    with world.siyu.database.writing() as session:
        channel_id = world.channel(session).id
        for number in range(count):
            identity = members.meet(session, channel_id, f"oCrowd{number:05}", world.now)
            members.follow(members.get(session, identity.member_id), identity, world.now)


def accept_what_is_due(world: World, number: int) -> None:
    """As if a sender were quick and the platform took all."""
    with world.siyu.database.writing() as session:
        session.execute(
            sa.update(OutboxMessage)
            .where(OutboxMessage.broadcast_id == number, OutboxMessage.due_at <= world.now)
            .values(state="accepted", settled_at=world.now)
        )
