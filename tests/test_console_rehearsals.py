"""A rehearsal in the console: asked for, waited for, read as a calendar and as one story."""

import os
import time
from pathlib import Path

import pytest

from app.config import Settings
from app.console.automation import rehearsals
from app.domain.outreach import manners
from app.rehearsals import keeping
from app.rehearsals.casting import Options
from app.rehearsals.keeping import Kept
from sop.manners import USUAL
from tests.console_desk import Desk
from tests.rehearsal_stage import NAMES, arrive, ready, rows_of_everything, says
from tests.world import World

DAYS = {"days": "5", "reactions": "0"}
PATIENCE_S = 120


def waited(desk: Desk, plan_id: int) -> str:
    """The outcome, asked for again and again as the page does."""
    until = time.monotonic() + PATIENCE_S
    while "every 2s" in (page := desk.read(f"/plans/{plan_id}/rehearsal/outcome")):
        assert time.monotonic() < until, "the rehearsal does not end"
        time.sleep(0.5)
    return page


def ended(settings: Settings, plan_id: int) -> Kept:
    until = time.monotonic() + PATIENCE_S
    while (kept := keeping.of_plan(settings, plan_id)).is_running:
        assert time.monotonic() < until, "the rehearsal does not end"
        time.sleep(0.1)
    return kept


def test_a_small_house_is_told_at_once_what_a_plan_will_do(world: World, desk: Desk) -> None:
    arrive(world, *NAMES)
    plan = ready(world, says("立刻", minutes=0), says("第一天", days=1, at="09:00"))
    ready(world, says("别的", minutes=30), category="service")
    before, sent = rows_of_everything(world), world.sent()
    assert f'href="/console/plans/{plan.id}/rehearsal"' in desk.read(f"/plans/{plan.id}")
    assert "还没有排练过" in desk.read(f"/plans/{plan.id}/rehearsal")
    assert desk.post(f"/plans/{plan.id}/rehearsal", DAYS).status_code == 303
    page = desk.read(f"/plans/{plan.id}/rehearsal")
    assert '<td class="text-nowrap">2026-11-02</td><td class="text-center heat-5">3</td>' in page
    assert "1. 立刻" in page
    assert "客服消息" in page
    assert "七天" in page
    assert rows_of_everything(world) == before
    assert world.sent() == sent


def test_one_members_story_says_when_and_why_she_has_to_wait(world: World, desk: Desk) -> None:
    with world.siyu.database.writing() as session:
        manners.change(session, USUAL, None, world.now)
    world.at(2, "23:00")  # in the quiet hours
    arrive(world, *NAMES)
    plan = ready(world, says("立刻", minutes=0))
    with world.siyu.database.reading() as session:
        member_id = world.member(session, "小雨").id
    path = f"/plans/{plan.id}/rehearsal/story?days=5&reactions=0&who="
    story = desk.read(f"{path}{member_id}")
    assert "2026-11-03 08:00" in story
    assert "2026-11-02 23:00" in story
    assert "免打扰" in story or "夜间不打扰" in story
    assert "没有找到" in desk.read(f"{path}nobody")


def test_a_large_house_is_rehearsed_by_a_process_of_its_own(
    world: World, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsals, "AT_ONCE", 0)
    arrive(world, *NAMES)
    plan = ready(world, says("立刻", minutes=0))
    assert desk.post(f"/plans/{plan.id}/rehearsal", DAYS).status_code == 303
    assert "1. 立刻" in waited(desk, plan.id)
    kept = keeping.of_plan(world.siyu.settings, plan.id)
    assert kept.told is not None
    assert kept.told["days"] == 5


def test_a_rehearsal_that_fails_says_why(world: World, tmp_path: Path) -> None:
    settings = Settings(
        var=tmp_path, database_url=world.siyu.settings.database, secret_key="april-" * 8
    )
    assert keeping.begin(settings, 999, Options(5))
    assert "there is no plan 999" in ended(settings, 999).failure


def test_two_do_not_rehearse_one_plan_at_once(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(var=tmp_path, database_url=world.siyu.settings.database)
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    monkeypatch.setattr(keeping, "_command", lambda *_: ["cat", str(gate)])
    assert keeping.begin(settings, 1, Options(5))
    assert keeping.of_plan(settings, 1).is_running
    assert not keeping.begin(settings, 1, Options(5))
    gate.open("w").close()  # now it may end
    assert ended(settings, 1).failure == "the process was ended"


@pytest.mark.parametrize("wrong", [{"days": "0"}, {"days": "x"}, {"reactions": "101"}])
def test_what_makes_no_sense_is_not_rehearsed(
    world: World, desk: Desk, wrong: dict[str, str]
) -> None:
    plan = ready(world, says("立刻", minutes=0))
    assert desk.post(f"/plans/{plan.id}/rehearsal", DAYS | wrong).status_code == 400
