"""Who is there before a rehearsal, and a plan that is about to run with them."""

from typing import Any

import sqlalchemy as sa

from app.domain.outreach.journeys import plans
from app.domain.outreach.journeys.plans import Plan, State
from app.schema import metadata
from tests import shop
from tests.world import World

NAMES = shop.NAMES[:3]


def arrive(world: World, *names: str) -> None:
    for name in names:
        world.event(name, "subscribe")
        world.says(name, "你好")
    world.work()


def says(name: str, **when: Any) -> dict[str, Any]:
    message = {"kind": "text", "content": {"text": name}}
    return {"name": name, "when": {"kind": "after", **when}, "message": message}


def ready(world: World, *steps: dict[str, Any], **more: Any) -> Plan:
    """A plan that runs, whose trigger has still to come."""
    definition = {"audience": "member", "trigger": {"kind": "manual"}, "steps": list(steps)} | more
    with world.siyu.database.writing() as session:
        where = world.channel(session).id
        plan = plans.draft(
            session, name="七天", channel_id=where, definition=definition, now=world.now
        )
        plans.move_to(session, plan, State.RUNNING, world.now)
        return plan


def rows_of_everything(world: World) -> dict[str, list[Any]]:
    with world.siyu.database.reading() as session:
        return {
            table.name: sorted(map(repr, session.execute(sa.select(table))))
            for table in metadata.sorted_tables
        }
