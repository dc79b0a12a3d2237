"""The engine does what journeys reckon: random plans, random replies, a clock that looks at random
moments; what is said and marked is what ``sop.journeys`` says of the same plan by itself."""

import itertools
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app import journeys
from app.domain.insight import tags
from app.domain.outreach.journeys import enrolments, plans
from app.domain.outreach.journeys.journey_marks import JourneyMark
from app.domain.outreach.journeys.plans import Plan, State
from app.domain.people.channels import Channel
from app.domain.people.members import Member
from app.journeys import hearing
from app.journeys.causes import Cause
from app.outbox import OutboxMessage
from app.wiring import Siyu
from sop import journeys as reckoned
from sop import plans as sop_plans
from sop.conditions import Condition, Facts, holds
from sop.happenings import Happened
from sop.journeys import Journey
from sop.times.grounds import Ground
from tests import shop
from tests.test_sop_journeys import trees

NOON = datetime(2026, 11, 2, 4, tzinfo=UTC)
BEIJING = ZoneInfo("Asia/Shanghai")
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def siyu(
    migrated_sqlite: Path, redis_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Siyu]:
    var = tmp_path_factory.mktemp("reckoned")
    url = f"sqlite:///{shutil.copy(migrated_sqlite, var / 'siyu.db')}"
    siyu = shop.wired(var, url, redis_server)
    siyu.clock = lambda: NOON
    shop.furnish(siyu, "http://127.0.0.1:1")
    yield siyu
    siyu.close()


@settings(max_examples=30, deadline=None)
@given(
    steps=trees(),
    tagged=st.booleans(),
    replies=st.lists(st.integers(0, 300), max_size=4),
    looks=st.lists(st.integers(0, 500), max_size=8),
)
def test_the_engine_does_what_journeys_reckon(
    siyu: Siyu, steps: list[dict[str, Any]], tagged: bool, replies: list[int], looks: list[int]
) -> None:
    if len(str(steps).split("'when'")) > 50:
        return
    what_happens = sorted(
        [(minutes, "reply") for minutes in replies] + [(minutes, "look") for minutes in looks]
    )
    what_happens += [(minutes, "look") for minutes in range(600, 1200, 10)]
    definition = {
        "audience": "member",
        "trigger": {"kind": "manual"},
        "steps": steps,
        "late": {"within_h": 2, "else": "send"},
    }
    with siyu.database.writing() as session:
        plan, member_id = _enrolled(session, siyu, definition, tagged)
        for minutes, what in what_happens:
            at = NOON + timedelta(minutes=minutes)
            if what == "look":
                while journeys.run_due(session, siyu.programme, at):
                    pass
            else:
                reply = Happened("replied", at)
                hearing.hear(session, member_id, reply, siyu.programme, Cause(), at)
        done = _done(session, plan)
    assert done == _reckoned(definition, tagged, what_happens)


def _enrolled(
    session: Session, siyu: Siyu, definition: dict[str, Any], tagged: bool
) -> tuple[Plan, int]:
    channel_id = session.query(Channel.id).filter(Channel.key == shop.OA).scalar()
    plan = plans.draft(session, name="x", channel_id=channel_id, definition=definition, now=NOON)
    plans.move_to(session, plan, State.RUNNING, NOON)
    member = Member(nickname=f"会员 {next(_numbers)}", created_at=NOON)
    session.add(member)
    session.flush()
    if tagged:
        tag = tags.named(session, "x", "attribute", NOON)
        tags.give(session, member.id, tag.id, rule="t", rule_version=1, event_id=None, now=NOON)
    enrolments.enrol(session, plan, siyu.programme.zone, member_id=member.id, now=NOON)
    return plan, member.id


def _done(session: Session, plan: Plan) -> set[tuple[int, str]]:
    said = session.query(OutboxMessage.step, OutboxMessage.key).filter_by(plan_id=plan.id)
    marks = session.query(JourneyMark.step, JourneyMark.outcome).join(
        enrolments.Enrolment, enrolments.Enrolment.id == JourneyMark.enrolment_id
    )
    decided = marks.filter(enrolments.Enrolment.plan_id == plan.id)
    return {(step, "said") for step, _ in said} | {(step, outcome) for step, outcome in decided}


def _reckoned(
    definition: dict[str, Any], tagged: bool, what_happens: list[tuple[int, str]]
) -> set[tuple[int, str]]:
    """The same, without a database."""
    plan, journey = sop_plans.parse(definition), Journey(NOON)
    done: set[tuple[int, str]] = set()
    facts, ground = Facts(tags=frozenset({"x"} if tagged else ())), Ground(BEIJING, "member:1")

    def meets(condition: Condition) -> bool:
        return holds(condition, facts, NOON, NOON)

    for minutes, what in what_happens:
        at = NOON + timedelta(minutes=minutes)
        if what == "reply":
            before, journey = journey, reckoned.heard(plan, journey, Happened("replied", at))
            for number, decided in journey.decided.items():
                if before.decided[number] != decided:
                    done.add((number, decided.arm))
        while what == "look" and (due := reckoned.next_due(plan, journey, ground)):
            if due.at > at:
                break
            journey = reckoned.passed(plan, journey, due, meets)
            is_said = plan.steps[due.step].message is not None
            done.add((due.step, "said" if is_said else journey.decided[due.step].arm))
    return done
