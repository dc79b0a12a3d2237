"""Plans of every shape for the stories, set running in the world."""

import itertools
from collections.abc import Sequence
from typing import Any

from app.domain.outreach.journeys import plans
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.journey_marks import JourneyMark
from app.domain.outreach.journeys.plans import Plan
from app.outbox import OutboxMessage
from tests.shop import OA
from tests.world import World

_numbers = itertools.count(1)


def at_once(**does: Any) -> dict[str, Any]:
    return after(0, **does)


def after(minutes: int, **does: Any) -> dict[str, Any]:
    """A step so many minutes after what it hangs on; ``says`` is a text."""
    says = does.pop("says", None)
    if says is not None:
        does["message"] = {"kind": "text", "content": {"text": says}}
    name = says or next(iter(does))
    return {"name": name[:9], "when": {"kind": "after", "minutes": minutes}, **does}


def act(kind: str, **what: Any) -> dict[str, Any]:
    return {"kind": kind, **what}


def running(world: World, *steps: dict[str, Any], channel: str = OA, **rest: Any) -> Plan:
    """A plan of these steps, running; ``rest`` is the rest of its definition."""
    definition = {"audience": "member", "trigger": {"kind": "joined"}, "steps": list(steps), **rest}
    with world.siyu.database.writing() as session:
        plan = plans.draft(
            session,
            name=f"旅程 {next(_numbers)}",
            channel_id=world.channel(session, channel).id,
            definition=definition,
            now=world.now,
        )
        plans.move_to(session, plan, plans.State.RUNNING, world.now)
        return plan


def arrive(world: World, name: str = "小雨") -> None:
    """She follows and says something, so that the platform's 48 hours are open."""
    world.event(name, "subscribe")
    world.says(name, "你好")
    world.work()


def said_by(world: World, plan: Plan) -> list[tuple[str, str | None]]:
    """State and reason of every message of a plan, in order."""
    messages = world.rows(OutboxMessage, OutboxMessage.plan_id == plan.id)
    return [(message.state, message.reason) for message in messages]


def texts_of(world: World, plan: Plan) -> list[str]:
    return [
        it.content["text"] for it in world.rows(OutboxMessage, OutboxMessage.plan_id == plan.id)
    ]


def marks_of(world: World, plan: Plan) -> list[tuple[int, str, str]]:
    """Step, kind and outcome of what a plan's journeys left behind beside messages."""
    ids = [it.id for it in enrolled(world, plan)]
    return [
        (mark.step, mark.kind, mark.outcome)
        for mark in world.rows(JourneyMark, JourneyMark.enrolment_id.in_(ids))
    ]


def enrolled(world: World, plan: Plan) -> Sequence[Enrolment]:
    return world.rows(Enrolment, Enrolment.plan_id == plan.id)
