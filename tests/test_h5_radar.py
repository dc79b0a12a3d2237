"""Opening a radar link: noted once a minute, led on to where the database says, never elsewhere."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.insight.radar import RadarLink, RadarOpening
from app.domain.insight.radar_tokens import RadarSigner
from app.domain.loyalty import points
from app.domain.people.members import Member
from app.inbox import InboxEvent
from tests.shop import OPENIDS
from tests.world import World
from tests.world import opened as opened_world

STRANGER = RadarSigner("of another house, which has its own secret")
OPENED = InboxEvent.kind == "radar_opened"


@pytest.fixture
def quiet(sqlite_url: str, redis_url: str, tmp_path: Path) -> Iterator[World]:
    with opened_world(tmp_path, sqlite_url, redis_url) as found:
        yield found


def came(world: World) -> str:
    """She came through a live code; returns the path of the radar link in her welcome."""
    world.event("小雨", "subscribe", EventKey="qrscene_store_001")
    world.work()
    (welcome,) = world.heard("小雨")
    return urlsplit(welcome[welcome.index("http") :]).path


def test_opening_her_link_leads_on_tags_and_rewards_once(world: World):
    path = came(world)
    for _ in range(3):
        answer = world.client.get(path)
        assert (answer.status_code, answer.location) == (302, "https://example.com/haircare")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        world.work()
        world.now += timedelta(minutes=1)
    assert "兴趣·护发" in world.tags("小雨")
    assert world.balance("小雨").points == 10 + 8
    assert world.rows(RadarOpening)[0].times == 3
    assert "8 积分" in world.heard("小雨")[-1]


def test_refreshing_within_a_minute_is_one_opening(world: World):
    path = came(world)
    for _ in range(5):
        world.client.get(path)
    world.work()
    assert len(world.rows(InboxEvent, OPENED)) == 1


def test_an_opening_stands_in_the_lane_of_her_chat(world: World):
    path = came(world)
    world.client.get(path)
    (opened,) = world.rows(InboxEvent, OPENED)
    (subscribed,) = world.rows(InboxEvent, InboxEvent.kind == "event.subscribe")
    assert opened.lane == subscribed.lane
    assert (opened.sender, opened.channel_id) == (OPENIDS["小雨"], subscribed.channel_id)


def test_looking_whether_there_is_a_page_is_no_opening(world: World):
    path = came(world)
    answer = world.client.head(path)
    assert (answer.status_code, answer.location) == (302, "https://example.com/haircare")
    assert world.rows(InboxEvent, OPENED) == []


def test_whom_no_account_reaches_can_open_her_link_too(world: World):
    with world.siyu.database.writing() as session:
        member = Member(nickname="", created_at=world.now)
        session.add(member)
        session.flush()
        member_id = member.id
    token = world.siyu.programme.radar_signer.token(1, member_id)
    assert world.client.get(f"/r/{token}").status_code == 302
    world.work()
    with world.siyu.database.reading() as session:
        assert points.balance_of(session, member_id).points == 8


def test_a_link_to_anything_but_the_web_leads_nowhere(world: World):
    path = came(world)
    for url in ("javascript:alert(1)", "data:text/html,x", "//evil.example", "ftp://a", ""):
        with world.siyu.database.writing() as session:
            session.execute(sa.update(RadarLink).values(url=url))
        assert world.client.get(path).status_code == 404
    assert world.rows(InboxEvent, OPENED) == []


def test_a_member_or_link_that_is_not_there_is_no_link(world: World):
    came(world)
    for link_id, member_id in ((1, 999), (999, 1), (-1, -1), (2**62, 1)):
        token = world.siyu.programme.radar_signer.token(link_id, member_id)
        assert world.client.get(f"/r/{token}").status_code == 404


def test_the_address_cannot_be_chosen_from_outside(world: World):
    path = came(world)
    answer = world.client.get(f"{path}?url=https://evil.example", headers={"Host": "evil.example"})
    assert answer.location == "https://example.com/haircare"


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(token=st.text(st.characters(codec="utf-8", exclude_characters="/"), min_size=1))
def test_whatever_we_did_not_sign_is_no_link_and_leaves_no_trace(quiet: World, token: str):
    for made_up in (token, STRANGER.token(1, 1), STRANGER.token(1, 1) + token):
        answer = quiet.client.get(f"/r/{quote(made_up, safe='')}")
        assert answer.status_code == 404
    assert quiet.rows(InboxEvent) == []


def test_a_changed_token_is_no_link(world: World):
    path = came(world)
    for place in range(len("/r/"), len(path)):
        changed = path[:place] + ("A" if path[place] != "A" else "B") + path[place + 1 :]
        assert world.client.get(changed).status_code == 404
    assert "这个链接" in world.client.get("/r/x").text
