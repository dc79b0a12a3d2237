"""Before something goes to many: whom each limit would refuse, and on how many days it can go."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from app import outbox
from app.domain.outreach import broadcasts, manners, touches
from app.domain.outreach.allowances import limit_table, limits, mass_months, months
from app.domain.outreach.broadcasts import Broadcast
from app.domain.outreach.journeys import plans
from app.domain.people.channels import Channel, Kind
from app.domain.people.members import Identity, Member
from app.foresight import put_offs, quota_plans
from app.foresight.put_offs import PutOff
from app.foresight.quota_plans import WayPlan
from app.outbox import Address, OutboxMessage
from app.sending import reaching, routes
from app.sending.ways import Way
from sop import quotas
from sop.manners import USUAL
from tests import broadcast_desk
from tests.console_desk import Desk
from tests.rehearsal_stage import NAMES, arrive, says
from tests.world import World


def planned(world: World, number: int) -> list[WayPlan]:
    with world.siyu.database.reading() as session:
        found = session.get_one(Broadcast, number)
        definition, channel = found.parsed, world.channel(session)
        route = routes.resolve(session, definition.route, channel, "member")
        meant = broadcasts.meant(session, found)
        message = definition.message
        return list(quota_plans.of_members(session, route, message, meant, world.now))


def close_window(world: World, name: str) -> None:
    with world.siyu.database.writing() as session:
        hers = Identity.member_id == world.member(session, name).id
        session.execute(sa.update(Identity).where(hers).values(chat_left=0, action_left=0))


def use_up_mass(world: World, *names: str) -> None:
    with world.siyu.database.writing() as session:
        ids = [world.member(session, name).id for name in names]
        hers = sa.select(Identity.id).where(Identity.member_id.in_(ids))
        for _ in range(4):
            mass_months.take(session, hers, months.of(world.now))


def test_each_way_is_asked_about_whom_no_better_one_reaches(world: World) -> None:
    arrive(world, *NAMES)
    close_window(world, NAMES[0])
    close_window(world, NAMES[1])
    use_up_mass(world, NAMES[0])
    chat, mass = planned(world, broadcast_desk.drafted(world, route=["customer_service", "mass"]))
    assert (chat.asked, chat.open, chat.refused) == (3, 1, {"window_closed": 2})
    assert (mass.asked, mass.open, mass.refused) == (2, 1, {"mass_month_used_up": 1})
    assert mass.days == [1]


@pytest.mark.parametrize("name", ["customer_service", "mass", "sms"])
def test_the_counts_are_what_the_routes_find_for_each(world: World, name: str) -> None:
    arrive(world, *NAMES)
    close_window(world, NAMES[0])
    use_up_mass(world, NAMES[1])
    sms = {"way": "sms", "message": {"kind": "sms", "content": {"params": []}}}
    number = broadcast_desk.drafted(world, route=[sms if name == "sms" else name])
    (counted,) = planned(world, number)
    with world.siyu.database.reading() as session:
        found = session.get_one(Broadcast, number)
        route = routes.resolve(session, found.parsed.route, world.channel(session), "member")
        ids = session.scalars(sa.select(Member.id)).all()
        (way,) = route.ways
        said = way.message or found.parsed.message
        told = reaching.members_over(session, way, ids, said, world.now)
        reached = sum(isinstance(one, Address) for one in told.values()) if not way.problem else 0
    assert counted.open == reached


def test_what_is_too_much_for_a_day_is_split_and_paced(world: World, desk: Desk) -> None:
    arrive(world, *NAMES)
    number = broadcast_desk.drafted(world, route=["mass"])
    with world.siyu.database.writing() as session:
        limits.change(session, limit_table.MASS_RECIPIENTS, 2)
        limits.change(session, limit_table.MASS_CALLS_A_DAY, 1)
    (mass,) = planned(world, number)
    assert (mass.a_day, mass.days) == (2, [2, 1])
    assert "分 2 天发送：每天 2" in desk.read(f"/broadcasts/{number}/quotas")
    large = [WayPlan("template", "", 285_000, {}, 5_000, 95_000, quotas.split(285_000, 95_000))]
    assert quota_plans.safe_pace(large) == 65
    assert quota_plans.safe_pace([mass]) is None, "less than one a minute is no pace"


def test_a_plan_shows_its_quotas_before_it_is_started(world: World, desk: Desk) -> None:
    arrive(world, *NAMES)
    definition = {"audience": "member", "trigger": {"kind": "manual"}}
    definition |= {"steps": [says("立刻", minutes=0)]}
    with world.siyu.database.writing() as session:
        where = world.channel(session).id
        plan = plans.draft(
            session, name="三天", channel_id=where, definition=definition, now=world.now
        )
    assert f"/console/plans/{plan.id}/quotas" in desk.read(f"/plans/{plan.id}")
    assert "1. 立刻" in desk.read(f"/plans/{plan.id}/quotas")


def heard(world: World, name: str, day: int, times: int = 1) -> None:
    with world.siyu.database.writing() as session:
        her = world.member(session, name).id
        on = date(2026, 11, day)
        touches.add(session, [(her, "marketing", on)] * times)


def test_caps_put_off_whom_sending_would_put_off(world: World) -> None:
    arrive(world, *NAMES)
    with world.siyu.database.writing() as session:
        manners.change(session, USUAL | {"quiet": None}, None, world.now)  # one a day, three a week
    heard(world, NAMES[0], 2)
    for day in (1, 2):
        heard(world, NAMES[1], day)
    number = broadcast_desk.drafted(world)
    with world.siyu.database.reading() as session:
        meant = broadcasts.meant(session, session.get_one(Broadcast, number))
        found = put_offs.by_caps(session, meant, "marketing", world.siyu.programme, world.now)
        unasked = put_offs.by_caps(session, meant, "service", world.siyu.programme, world.now)
    assert found == [PutOff("marketing/day", date(2026, 11, 3), 2)]
    assert unasked == []
    launched = broadcast_desk.launched(world)
    world.work()
    waiting = {
        row.reason for row in world.rows(OutboxMessage, OutboxMessage.broadcast_id == launched)
    }
    states = broadcast_desk.states(world, launched)
    assert states == {"accepted": 1, "planned": 2}
    assert waiting == {None, "cap:marketing/day"}


def test_who_had_her_message_by_a_line_today_waits_for_tomorrow(world: World) -> None:
    arrive(world, *NAMES)
    with world.siyu.database.writing() as session:
        sms = Channel(
            key="sms",
            name="短信",
            kind=Kind.SMS_TENCENT,
            appid="",
            sealed_secrets=b"",
            api_base_url="",
            settings={},
            created_at=world.now,
        )
        session.add(sms)
        session.flush()
        way = Way("sms", sms)
        for name, hours in ((NAMES[0], 3), (NAMES[1], 25)):
            at = world.now - timedelta(hours=hours)
            address = Address(sms.id, f"member:{name}", world.member(session, name).id)
            outbox.put(
                session,
                address,
                key=name,
                purpose="plan",
                kind="sms",
                content={},
                cause=outbox.Cause("test"),
                now=at,
            )
        session.flush()
        for row in session.scalars(sa.select(OutboxMessage).where(OutboxMessage.kind == "sms")):
            row.state, row.attempted_at = "accepted", row.created_at
        session.flush()
        everybody = sa.select(Member.id)
        assert put_offs.by_line(session, way, everybody, world.now) == 1
        limits.change(session, limit_table.DIRECT_MESSAGES_A_DAY, 20)
        assert put_offs.by_line(session, way, everybody, world.now) == 0
        limits.change(session, limit_table.TENCENT_SMS_A_DAY, 1)
        assert put_offs.by_line(session, way, everybody, world.now) == 1, "the provider's number"


def test_the_page_says_who_has_to_wait_for_room(world: World, desk: Desk) -> None:
    arrive(world, *NAMES)
    with world.siyu.database.writing() as session:
        manners.change(session, USUAL, None, world.now)
    heard(world, NAMES[0], 2)
    number = broadcast_desk.drafted(world)
    assert "1 人等到 2026-11-03" in desk.read(f"/broadcasts/{number}/quotas")
