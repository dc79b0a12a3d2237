"""Operators give and take points by hand: a reason always, a second operator for a lot, and back
again when it was a mistake."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.clockwork import points_due
from app.domain.loyalty import ledger
from app.domain.loyalty.corrections import Correction
from app.domain.loyalty.entries import PointsEntry
from app.domain.outreach.allowances import limits
from app.domain.outreach.allowances.limit_table import CORRECTED_ALONE
from app.domain.people import operators
from app.domain.people.operators import AuditEntry, Operator
from app.web import create_app
from tests.console_desk import PASSWORD, Desk, told_at
from tests.running_plans import arrive
from tests.world import World

OTHER = "lin@shop.example"
_ONCE = re.compile(r'name="once"[^>]*value="([0-9a-f]{32})"')


def points_path(world: World, name: str = "小雨") -> str:
    with world.siyu.database.reading() as session:
        return f"/members/{world.member(session, name).id}/points"


def form_for(desk: Desk, path: str, **typed: str) -> dict[str, str]:
    (word,) = _ONCE.findall(desk.read(path))
    blank = {"direction": "give", "points": "", "reason": "", "expires_on": "", "once": word}
    return blank | typed


def correct(desk: Desk, world: World, name: str = "小雨", **typed: str) -> str:
    """What the page says after the form was sent."""
    path = points_path(world, name)
    form = form_for(desk, path, **typed)
    return desk.post(path, form, page=path, follow_redirects=True).text


def press(desk: Desk, correction: Correction, button: str) -> str:
    path = f"/corrections/{correction.id}"
    return desk.post(path, {"button": button}, page="/corrections", follow_redirects=True).text


def at_once(desk: Desk, path: str, form: dict[str, str]) -> set[int]:
    """The answers to the same form, sent sixteen times by eight of her windows."""
    cookie = desk.client.get_cookie("session")
    assert cookie is not None

    def send(_number: int) -> int:
        client = desk.client.application.test_client()
        client.set_cookie("session", cookie.value)
        return client.post(f"/console{path}", data=form).status_code

    with ThreadPoolExecutor(8) as together:
        return set(together.map(send, range(16)))


def points_of(world: World, name: str = "小雨") -> int:
    return int(world.balance(name).points)


@pytest.fixture
def lin(world: World, desk: Desk) -> Desk:
    """Another operator at a desk of her own."""
    with world.siyu.database.writing() as session:
        operators.add(session, OTHER, "林", PASSWORD, world.now)
    other = Desk(create_app(world.siyu))
    assert other.log_in(OTHER).status_code == 303
    return other


def test_what_a_parcel_lost_is_made_good_in_points_with_a_reason_that_stays(
    world: World, desk: Desk
) -> None:
    arrive(world, "小雨")
    had, growth = points_of(world), world.balance("小雨").growth
    page = correct(desk, world, points="200", reason="包裹丢失补偿")
    assert "包裹丢失补偿" in page
    assert points_of(world) == had + 200
    assert world.balance("小雨").growth == growth, "tiers go by what she does"
    (audited,) = [it for it in world.rows(AuditEntry) if it.action == "points.correct"]
    assert (audited.details["points"], audited.details["reason"]) == (200, "包裹丢失补偿")
    path = points_path(world).removesuffix("/points")
    assert "包裹丢失补偿" in desk.read(path), "and her timeline says so"
    with world.siyu.database.reading() as session:
        assert ledger.discrepancies(session) == []


def test_points_given_by_hand_lapse_at_the_end_of_the_day_that_was_set(
    world: World, desk: Desk
) -> None:
    arrive(world, "小雨")
    had = points_of(world)
    on = world.siyu.programme.business_day(world.now) + timedelta(days=3)
    correct(desk, world, points="50", reason="活动补发", expires_on=str(on))
    for days, left in ((3, 50), (1, 0)):
        world.now += timedelta(days=days)
        points_due.book(world.siyu.database, world.now)
        assert points_of(world) == had + left


def test_no_more_is_taken_than_she_has_and_what_was_typed_is_kept(world: World, desk: Desk) -> None:
    arrive(world, "小雨")
    correct(desk, world, points="30", reason="先给一点")
    had = points_of(world)
    path = points_path(world)
    too_many = form_for(desk, path, direction="take", points=str(had + 1), reason="多发了")
    page = desk.post(path, too_many, page=path).text
    assert told_at(page, "points") == [f"她只有 {had} 积分可用。"]
    assert 'value="多发了"' in page
    assert points_of(world) == had
    assert [it.reason for it in world.rows(Correction)] == ["先给一点"], "nothing of it is left"
    page = desk.post(path, too_many | {"points": "5000"}, page=path).text
    assert told_at(page, "points") == [f"她只有 {had} 积分可用。"], "nobody is asked in vain"
    correct(desk, world, direction="take", points=str(had), reason="多发了")
    assert points_of(world) == 0


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("points", "0"),
        ("points", "-5"),
        ("points", "1e9"),
        ("points", "NaN"),
        ("points", "100000001"),
        ("reason", "   "),
        ("reason", "很" * 201),
        ("expires_on", "2020-01-01"),
        ("expires_on", "9999-12-31"),
        ("expires_on", "soon"),
        ("direction", "burn"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(
    world: World, desk: Desk, field: str, typed: str
) -> None:
    arrive(world, "小雨")
    path = points_path(world)
    form = form_for(desk, path, points="5", reason="试试") | {field: typed}
    page = desk.post(path, form, page=path)
    assert page.status_code == 200
    assert len(told_at(page.text, field)) == 1, page.text
    assert world.rows(Correction) == []


def test_the_same_form_sent_again_and_at_once_is_one_correction(world: World, desk: Desk) -> None:
    arrive(world, "小雨")
    had, path = points_of(world), points_path(world)
    form = form_for(desk, path, points="7", reason="补签到") | {"csrf_token": desk.token(path)}
    assert at_once(desk, path, form) == {303}
    assert points_of(world) == had + 7
    assert len(world.rows(Correction)) == 1


def test_many_points_wait_for_a_second_operator(world: World, desk: Desk, lin: Desk) -> None:
    arrive(world, "小雨")
    had = points_of(world)
    assert "等另一位运营批准" in correct(desk, world, points="1001", reason="年会大奖")
    (asked,) = world.rows(Correction)
    assert points_of(world) == had, "nothing moves yet"
    assert "年会大奖" in desk.read(points_path(world))
    assert "1 笔积分调整等您批准" not in desk.read("/")
    assert "1 笔积分调整等您批准" in lin.read("/"), "whoever can decide it hears of it"
    assert "须由另一位运营决定" in press(desk, asked, "grant")
    assert points_of(world) == had
    press(lin, asked, "grant")
    assert points_of(world) == had + 1001
    assert "已经处理过" in press(lin, asked, "grant")
    assert points_of(world) == had + 1001
    done = [it.action for it in world.rows(AuditEntry)]
    assert done[-2:] == ["points.correct", "points.correct_grant"]


def test_a_form_gone_back_to_and_changed_is_neither_swallowed_nor_booked_unasked(
    world: World, desk: Desk
) -> None:
    arrive(world, "小雨")
    had, path = points_of(world), points_path(world)
    form = form_for(desk, path, points="7", reason="补签到")
    desk.post(path, form, page=path)
    page = desk.post(path, form | {"points": "70"}, page=path).text
    assert told_at(page, "points") == ["这张表单已按别的内容保存过。要再加减一次，请再点保存。"]
    assert points_of(world) == had + 7
    (word,) = _ONCE.findall(page)
    desk.post(path, form | {"points": "70", "once": word}, page=path)
    assert points_of(world) == had + 77


@pytest.mark.parametrize("buttons", [("grant",), ("grant", "undo")])
def test_a_button_pressed_by_many_at_once_is_pressed_once(
    world: World, desk: Desk, lin: Desk, buttons: tuple[str, ...]
) -> None:
    arrive(world, "小雨")
    had = points_of(world)
    correct(desk, world, points="1001", reason="年会大奖")
    (asked,) = world.rows(Correction)
    for button in buttons:
        form = {"button": button, "csrf_token": lin.token("/corrections")}
        assert at_once(lin, f"/corrections/{asked.id}", form) == {303}
    assert points_of(world) == had + (1001 if buttons[-1] == "grant" else 0)
    done = [it.action for it in world.rows(AuditEntry) if it.action.startswith("points.")]
    assert done == ["points.correct", *(f"points.correct_{one}" for one in buttons)]


def test_what_is_refused_or_withdrawn_never_moves_anything(
    world: World, desk: Desk, lin: Desk
) -> None:
    arrive(world, "小雨")
    had = points_of(world)
    with world.siyu.database.writing() as session:
        limits.change(session, CORRECTED_ALONE, 0)
    for at_desk in (lin, desk):
        correct(desk, world, points="1", reason="一分也要批")
        asked = world.rows(Correction)[-1]
        press(at_desk, asked, "refuse")
        assert "已经处理过" in press(lin, asked, "grant")
    assert points_of(world) == had
    assert [it.is_granted for it in world.rows(Correction)] == [False, False]


def test_what_she_has_spent_meanwhile_is_not_taken_when_it_is_granted(
    world: World, desk: Desk, lin: Desk
) -> None:
    arrive(world, "小雨")
    correct(desk, world, points="500", reason="先给")
    had = points_of(world)
    with world.siyu.database.writing() as session:
        limits.change(session, CORRECTED_ALONE, 10)
    correct(desk, world, direction="take", points=str(had), reason="收回")
    asked = world.rows(Correction)[-1]
    correct(desk, world, direction="take", points="10", reason="小额")
    assert f"她只有 {had - 10} 积分可用" in press(lin, asked, "grant")
    assert points_of(world) == had - 10
    assert world.rows(Correction)[-2].decided_at is None, "it waits still"


def test_a_mistake_is_undone_once_and_what_was_spent_of_it_is_owed(
    world: World, desk: Desk
) -> None:
    arrive(world, "小雨")
    correct(desk, world, direction="take", points=str(points_of(world)), reason="清零")
    correct(desk, world, points="100", reason="给错人了")
    given = world.rows(Correction)[-1]
    correct(desk, world, direction="take", points="40", reason="她花掉的")
    press(desk, given, "undo")
    assert (points_of(world), world.balance("小雨").arrears) == (0, 40)
    assert "已经处理过" in press(desk, given, "undo")
    assert [it.kind for it in world.rows(PointsEntry)][-1] == "reverse_award"
    with world.siyu.database.reading() as session:
        assert ledger.discrepancies(session) == []


def test_nobody_gives_herself_points_alone(world: World, desk: Desk, lin: Desk) -> None:
    arrive(world, "小雨")
    arrive(world, "阿诚")
    had = points_of(world)
    with world.siyu.database.writing() as session:
        hers = world.member(session, "小雨").id
        for one in session.query(Operator):
            one.member_id = hers
    assert "等另一位运营批准" in correct(desk, world, points="5", reason="给自己")
    (asked,) = world.rows(Correction)
    assert "不能给自己" in press(lin, asked, "grant"), "lin has the same record here"
    assert points_of(world) == had
    assert "等另一位" not in correct(desk, world, "阿诚", points="5", reason="给别人")


def test_what_waits_goes_to_whoever_she_is_by_then(world: World, desk: Desk, lin: Desk) -> None:
    arrive(world, "小雨")
    arrive(world, "阿诚")
    had = points_of(world) + points_of(world, "阿诚")
    correct(desk, world, "阿诚", points="5000", reason="大奖")
    other = points_path(world, "阿诚").split("/")[2]
    path = points_path(world).removesuffix("/points")
    desk.post(f"{path}/merge", {"other": other})
    world.work()
    (asked,) = world.rows(Correction)
    press(lin, asked, "grant")
    with world.siyu.database.reading() as session:
        assert ledger.discrepancies(session) == []
    assert world.balance("小雨").points == had + 5000
    press(lin, asked, "undo")
    assert world.balance("小雨").points == had
