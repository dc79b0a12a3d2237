"""What goes to many, in the console: one operator asks, another one approves, then it starts."""

from app.domain.outreach.allowances import limits
from app.domain.outreach.allowances.limit_table import APPROVED_ABOVE
from app.domain.outreach.journeys import plans
from app.domain.outreach.journeys.plans import Plan, State
from app.domain.people import operators
from app.domain.people.operators import AuditEntry
from app.web import create_app
from tests.console_desk import PASSWORD, Desk
from tests.running_plans import arrive, at_once, running
from tests.world import World

OTHER = "lin@shop.example"


def state_of(world: World, plan: Plan) -> str:
    return str(world.rows(Plan, Plan.id == plan.id)[0].state)


def press(desk: Desk, plan: Plan, where: str, button: str = "") -> str:
    path = f"/plans/{plan.id}"
    form = {"button": button} if button else {}
    return desk.post(f"{path}/{where}", form, page=path, follow_redirects=True).text


def test_a_plan_for_many_starts_once_somebody_else_has_approved_it(
    world: World, desk: Desk
) -> None:
    for name in ("小雨", "阿诚"):
        arrive(world, name)
    plan = running(world, at_once(says="好"), trigger={"kind": "manual"})
    with world.siyu.database.writing() as session:
        plans.move_to(session, session.get_one(Plan, plan.id), State.PAUSED, world.now)
        limits.change(session, APPROVED_ABOVE, 1)
        operators.add(session, OTHER, "林", PASSWORD, world.now)
    assert "须另一位运营批准" in press(desk, plan, "state", "resume")
    assert state_of(world, plan) == State.PAUSED
    assert "等待批准，2 个对象" in press(desk, plan, "approval")
    assert "须由另一位运营决定" in press(desk, plan, "approval/decision", "grant")
    other = Desk(create_app(world.siyu))
    other.log_in(OTHER)
    assert "已批准" in press(other, plan, "approval/decision", "grant")
    press(desk, plan, "state", "resume")
    assert state_of(world, plan) == State.RUNNING
    done = [entry.action for entry in world.rows(AuditEntry)]
    assert "approval.ask" in done
    assert "approval.grant" in done


def test_what_was_refused_is_asked_anew(world: World, desk: Desk) -> None:
    arrive(world)
    plan = running(world, at_once(says="好"), trigger={"kind": "manual"})
    with world.siyu.database.writing() as session:
        limits.change(session, APPROVED_ABOVE, 0)
        operators.add(session, OTHER, "林", PASSWORD, world.now)
    press(desk, plan, "approval")
    other = Desk(create_app(world.siyu))
    other.log_in(OTHER)
    assert "上次未批准" in press(other, plan, "approval/decision", "refuse")
    assert "等待批准" in press(desk, plan, "approval")
