"""Summaries: a tally with the names of things, for the command to print and the console to draw."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.domain.outreach.journeys.plans import Plan
from app.domain.people.channels import Channel
from app.foresight import quota_plans
from app.rehearsals.casting import Cast
from app.rehearsals.tallies import Step, Tally

Row = dict[str, Any]


def of(session: Session, cast: Cast, tally: Tally) -> dict[str, Any]:
    """Of the plan that is rehearsed, the first of the cast; collisions with the others too."""
    plan = cast.plans[0]
    steps = _steps(cast)
    named = {one: session.get_one(Plan, one).name for one in cast.versions}
    return {
        "plan": named[plan.id],
        "version": cast.versions[plan.id],
        "days": cast.days,
        "reactions": cast.house.reactions,
        "with_others": cast.with_others,
        "others": [name for one, name in named.items() if one != plan.id],
        "people": tally.people,
        "entered": tally.of_plan(_by_plan(tally.entered), plan.id),
        "held_out": tally.held_out[plan.id],
        "ended": {reason: n for (one, reason), n in tally.ended.items() if one == plan.id},
        "said": tally.of_plan(tally.said, plan.id),
        "steps": [
            {
                "name": name,
                "version": key[1],
                "said": sum(n for (_, step), n in tally.said.items() if step == key),
                "done": sum(n for (_, step), n in tally.done.items() if step == key),
                "withheld": _reasons(tally.withheld, key),
                "waited": _reasons(tally.waited, key),
            }
            for key, name in steps.items()
        ],
        "calendar": list(_calendar(tally, steps)),
        "volumes": list(_volumes(session, tally)),
        "passed_over": list(_passed_over(session, tally, steps)),
        "collisions": list(_collisions(tally, plan.id, named)),
    }


def _by_plan(entered: Mapping[tuple[date, int], int]) -> Mapping[tuple[date, Step], int]:
    return {(on, (plan_id, 0, 0)): times for (on, plan_id), times in entered.items()}


def _steps(cast: Cast) -> Mapping[Step, str]:
    """The steps of the plan, and behind them those of its older versions on which somebody is."""
    plan = cast.plans[0]
    older = [one for (of, _), one in sorted(cast.house.older.items()) if of == plan.id]
    return {
        (one.id, one.version, number): step.name if one is plan else f"{step.name} (v{one.version})"
        for one in (plan, *older)
        for number, step in enumerate(one.definition.steps)
    }


def _reasons(counted: Mapping[tuple[Step, str], int], of_step: Step) -> dict[str, int]:
    found = {reason: times for (step, reason), times in counted.items() if step == of_step}
    return dict(sorted(found.items(), key=lambda one: -one[1]))


def _calendar(tally: Tally, steps: Mapping[Step, str]) -> Iterator[Row]:
    """What is said and done on which day, in the order of days and steps."""
    counted = {
        key: (tally.said[key], tally.done[key]) for key in tally.said.keys() | tally.done.keys()
    }
    numbers = {step: number for number, step in enumerate(steps)}
    listed = [(on, numbers[step], step) for on, step in counted if step in numbers]
    for on, number, step in sorted(listed):
        said, done = counted[on, step]
        row = {"on": on.isoformat(), "number": number, "step": steps[step]}
        yield row | {"said": said, "done": done}


def _volumes(session: Session, tally: Tally) -> Iterator[Row]:
    """Of all plans together, as the platform sees it; ``over`` is what it would not take that
    day."""
    for (on, (way, channel_id)), times in sorted(tally.volumes.items()):
        channel = session.get_one(Channel, channel_id)
        most = quota_plans.daily_most(session, way)
        yield {
            "on": on.isoformat(),
            "way": way,
            "channel": channel.name,
            "messages": times,
            "most": most,
            "over": max(0, times - most) if most is not None else 0,
        }


def _passed_over(session: Session, tally: Tally, steps: Mapping[Step, str]) -> Iterator[Row]:
    for (step, (way, channel_id), reason), times in sorted(tally.passed_over.items()):
        if step in steps:
            channel = session.get_one(Channel, channel_id).name
            yield {
                "step": steps[step],
                "way": way,
                "channel": channel,
                "reason": reason,
                "times": times,
            }


def _collisions(tally: Tally, plan_id: int, named: Mapping[int, str]) -> Iterator[Row]:
    """Days on which members hear from this plan and from another one."""
    for (on, one, other), members in sorted(tally.collisions.items()):
        if plan_id in (one, other):
            with_plan = named[other if one == plan_id else one]
            yield {"on": on.isoformat(), "plan": with_plan, "members": members}
