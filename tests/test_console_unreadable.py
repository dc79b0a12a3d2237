"""What was written past us and can no longer be read has a page that says so, and where it is
written anew."""

from typing import Any

import pytest
import sqlalchemy as sa

from app.clockwork import segment_counts
from app.domain.insight.forms import Form
from app.domain.insight.segments import Segment
from app.domain.outreach.broadcasts import Broadcast
from app.domain.outreach.journeys.plans import Plan, PlanVersion, State
from tests import broadcast_desk
from tests.console_desk import Desk
from tests.running_plans import at_once, running
from tests.test_story_broadcasts import chat
from tests.world import World

ODD = [[], {}, "x", {"kind": "gone"}, {"all": "x"}, {"audience": "member"}, {"steps": [3]}, [{}]]


def written(world: World, model: Any, number: int, **values: Any) -> None:
    """Straight into the table, as no door of ours would."""
    with world.siyu.database.writing() as session:
        session.execute(sa.update(model).where(model.id == number).values(**values))


def said(desk: Desk, path: str) -> str:
    answer = desk.get(path)
    assert answer.status_code == 409, path
    assert "读不出来" in answer.text
    return answer.text


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_a_plan_that_cannot_be_read_says_so_is_stopped_or_written_anew(
    world: World, desk: Desk, odd: Any
) -> None:
    plan = running(world, at_once(says="一"))
    (version,) = world.rows(PlanVersion, PlanVersion.plan_id == plan.id)
    written(world, PlanVersion, version.id, definition=odd)
    shown = said(desk, f"/plans/{plan.id}")
    assert f"/plans/{plan.id}/edit?anew=1" in shown
    assert "暂停" in shown
    assert "步骤" in desk.read(f"/plans/{plan.id}/edit?anew=1")
    desk.read("/plans")
    desk.post(f"/plans/{plan.id}/state", {"button": "stop"})
    (stopped,) = world.rows(Plan, Plan.id == plan.id)
    assert stopped.state == State.STOPPED


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_a_segment_that_cannot_be_read_says_so_and_spoils_no_other(
    world: World, desk: Desk, odd: Any
) -> None:
    rule = {"rule.is": "tag", "rule.tag": "VIP"}
    for key in ("odd", "sound"):
        desk.post("/segments/new", {"key": key, "name": key, **rule}, page="/segments/new")
    broken, sound = world.rows(Segment)
    written(world, Segment, broken.id, definition=odd)
    for path in ("", ".csv"):
        said(desk, f"/segments/{broken.id}{path}")
    desk.read(f"/segments/{sound.id}")
    segment_counts.look(world.siyu)
    (counted,) = world.rows(Segment, Segment.id == sound.id)
    assert counted.members == 0
    page = f"/segments/{broken.id}/edit?anew=1"
    saved = desk.post(f"/segments/{broken.id}/edit", {"name": "好了", **rule}, page=page)
    assert saved.status_code == 303
    assert "好了" in desk.read(f"/segments/{broken.id}")


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_a_form_that_cannot_be_read_says_so_is_closed_to_members_and_is_written_anew(
    world: World, desk: Desk, odd: Any
) -> None:
    asks = {"q1-label": "肤质", "q1-kind": "text"}
    new = {"key": "skin", "title": "问卷", "unnamed": "y", **asks}
    desk.post("/forms/new", new, page="/forms/new")
    (form,) = world.rows(Form)
    written(world, Form, form.id, questions=odd)
    said(desk, f"/forms/{form.id}")
    assert world.client.get("/h5/forms/skin").status_code == 200
    desk.read("/forms")
    desk.post(f"/forms/{form.id}/edit", new, page=f"/forms/{form.id}/edit?anew=1")
    desk.read(f"/forms/{form.id}")


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_a_broadcast_that_cannot_be_read_says_so_and_is_cancelled(
    world: World, desk: Desk, odd: Any
) -> None:
    chat(world)
    number = broadcast_desk.launched(world)
    written(world, Broadcast, number, definition=odd)
    assert "取消群发" in said(desk, f"/broadcasts/{number}")
    desk.read("/broadcasts")
    desk.post(f"/broadcasts/{number}/state", {"button": "cancel"})
    (cancelled,) = world.rows(Broadcast, Broadcast.id == number)
    assert cancelled.state == "cancelled"
