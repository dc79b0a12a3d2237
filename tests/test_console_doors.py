"""Who gets into the console, and what nobody can do there."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from werkzeug.routing import Rule

from app.console.frame import OPEN
from app.domain.people.operators import Operator
from tests.console_desk import EMAIL, PASSWORD, Desk
from tests.world import World

ARGUMENTS = {"int": "1", "path": "x", "default": "x"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine: no database decides what is asked here."""
    return sqlite_url


def routes(world: World, method: str) -> Iterator[str]:
    """Every address of the console that takes a method, with something in place of arguments."""
    for rule in world.client.application.url_map.iter_rules():
        is_guarded = rule.endpoint.startswith("console.") and rule.endpoint not in OPEN
        if is_guarded and method in (rule.methods or ()):
            yield address(rule)


def address(rule: Rule) -> str:
    return re.sub(r"<(?:(\w+):)?\w+>", lambda part: ARGUMENTS[part[1] or "default"], rule.rule)


def test_every_page_asks_for_a_login(world: World, stranger: Desk) -> None:
    addresses = list(routes(world, "GET"))
    assert len(addresses) > 25
    for wanted in addresses:
        answer = stranger.client.get(wanted)
        assert answer.status_code == 302, wanted
        assert answer.location.startswith("/console/login?next=/console/"), wanted


def test_every_change_asks_for_a_login_too(world: World, stranger: Desk) -> None:
    token = stranger.token("/login")
    for wanted in routes(world, "POST"):
        answer = stranger.client.post(wanted, data={"csrf_token": token})
        assert (answer.status_code, answer.location) == (302, "/console/login"), wanted


def test_no_change_without_the_pages_own_token(world: World, desk: Desk) -> None:
    changes = [*routes(world, "POST"), "/console/login", "/console/language"]
    assert len(changes) > 25
    for wanted in changes:
        assert desk.client.post(wanted).status_code == 400, wanted
        forged = desk.client.post(wanted, headers={"X-CSRFToken": "made-up"})
        assert forged.status_code == 400, wanted


def test_a_part_of_a_page_asks_for_a_login_by_leading_there(stranger: Desk) -> None:
    answer = stranger.get("/members/1/timeline", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/console/login")


def test_logging_in_leads_to_the_page_that_was_asked_for(stranger: Desk) -> None:
    assert stranger.get("/members?q=x").location == "/console/login?next=/console/members?q%3Dx"
    assert stranger.log_in(target="/console/members?q=x").location == "/console/members?q=x"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/console/",
        "/\\evil.example",
        "/console/\\evil.example",
        "/console/../evil",
        "javascript:alert(1)",
        "/console//evil.example\n",
        "console/",
        "http:/console/",
    ],
)
def test_logging_in_leads_nowhere_else(stranger: Desk, elsewhere: str) -> None:
    location = stranger.log_in(target=elsewhere).location
    assert location.startswith("/console/")
    assert ".." not in location
    changed = stranger.post("/language", {"language": "en", "next": elsewhere})
    assert changed.location.startswith("/console/")


def test_nobody_learns_which_addresses_there_are(stranger: Desk) -> None:
    wrong = stranger.log_in(password="wrong")
    unknown = stranger.log_in(email="nobody@shop.example")
    assert wrong.status_code == unknown.status_code == 401

    def said(page: str) -> str:
        return page.split('role="alert">')[1].split("<")[0]

    assert said(wrong.text) == said(unknown.text) == "邮箱或密码不正确。"


def test_the_eleventh_try_is_refused_even_with_the_right_password(stranger: Desk) -> None:
    for _ in range(10):
        assert stranger.log_in(password="wrong").status_code == 401
    assert stranger.log_in().status_code == 429


def test_many_addresses_from_one_machine_are_refused_too(stranger: Desk) -> None:
    for number in range(10):
        stranger.log_in(email=f"guess{number}@shop.example")
    assert stranger.log_in().status_code == 429


def test_a_good_try_does_not_count(stranger: Desk) -> None:
    for _ in range(12):
        assert stranger.log_in().status_code == 303
        stranger.post("/logout")


def test_without_redis_guessing_is_slower_still(world: World, stranger: Desk) -> None:
    world.siyu.redis = Redis(port=1, retry=Retry(NoBackoff(), 1))  # as in wiring
    for _ in range(3):
        assert stranger.log_in(password="wrong").status_code == 401
    assert stranger.log_in().status_code == 429
    world.now += timedelta(minutes=11)
    assert stranger.log_in().status_code == 303


def test_logging_out_ends_every_cookie_there_is(stranger: Desk, world: World) -> None:
    stranger.log_in()
    kept = stranger.client.get_cookie("session")
    assert kept is not None
    stranger.post("/logout")
    thief = Desk(world.client.application)
    thief.client.set_cookie("session", kept.value)
    assert thief.get("/").status_code == 302


def test_who_is_no_operator_any_more_is_out_at_once(desk: Desk, world: World) -> None:
    assert desk.get("/").status_code == 200
    with world.siyu.database.writing() as session:
        session.execute(sa.update(Operator).values(disabled_at=world.now))
    assert desk.get("/").status_code == 302
    assert Desk(world.client.application).log_in().status_code == 401


def test_a_cookie_made_up_is_nobodys(world: World) -> None:
    forger = Desk(world.client.application)
    with forger.client.session_transaction() as cookie:
        cookie["_user_id"] = "1"
    assert forger.get("/").status_code == 302


def test_logging_in_makes_a_session_of_its_own(stranger: Desk) -> None:
    with stranger.client.session_transaction() as cookie:
        cookie["planted"] = "before"
    stranger.log_in()
    with stranger.client.session_transaction() as cookie:
        assert "planted" not in cookie


def test_the_password_is_asked_again_only_in_time(desk: Desk) -> None:
    cookie = desk.client.get_cookie("session")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert cookie.max_age is None or cookie.max_age <= 12 * 3600


def test_only_our_own_scripts_may_run(desk: Desk) -> None:
    policies = [desk.get(path).headers["Content-Security-Policy"] for path in ("/", "/", "/none")]
    for policy in policies:
        scripts = policy.split("script-src ")[1].split(";")[0]
        assert re.fullmatch(r"'self' 'nonce-[\w-]{20,}'", scripts)
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
    assert len(set(policies)) == 3, "a nonce is used once"


def test_nothing_personal_stays_in_a_cache(desk: Desk) -> None:
    for path in ("/", "/members", "/none"):
        headers = desk.get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"


def test_what_is_not_there_is_said_in_the_operators_language(desk: Desk) -> None:
    assert desk.get("/members/999").status_code == 404
    assert "没有找到" in desk.get("/no/such/page").text
    desk.post("/language", {"language": "en", "next": "/console/"})
    assert "no such page" in desk.get("/no/such/page").text


def test_a_breakdown_says_nothing_of_the_inside(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr("app.console.people.figures.today", broken)
    monkeypatch.setitem(world.client.application.config, "PROPAGATE_EXCEPTIONS", False)
    answer = desk.get("/")
    assert answer.status_code == 500
    assert "secret of the inside" not in answer.text
    assert "系统出错了" in answer.text


def test_the_console_is_no_part_of_the_public_description(world: World) -> None:
    assert "/console" not in world.client.get("/api/openapi.json").text


def test_a_password_of_any_length_is_taken_and_refused(stranger: Desk) -> None:
    assert stranger.log_in(password="x" * 5000).status_code == 200
    assert stranger.log_in(email="x" * 5000).status_code == 200
    assert stranger.log_in(EMAIL, PASSWORD).status_code == 303
