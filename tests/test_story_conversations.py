"""Stories of agents who talk with a member: from when until when nobody comes between them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.domain.people import conversations
from app.domain.people.members import Member
from tests import corp_world, kf_world
from tests.corp_world import CorpWorld
from tests.kf_world import CORP, EXTERNAL_IDS, KfWorld
from tests.world import World

HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def kf(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[KfWorld]:
    with kf_world.opened(tmp_path, database_url, redis_url) as opened:
        yield opened


@pytest.fixture
def corp(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[CorpWorld]:
    with corp_world.opened(tmp_path, database_url, redis_url) as opened:
        yield opened


def _her(world: World, channel: str = "demo-oa", external_id: str = "oApril0") -> Member:
    from app.domain.people import members

    with world.siyu.database.reading() as session:
        where = world.channel(session, channel).id
        identity = members.identity_of(session, where, external_id)
        assert identity is not None
        return members.get(session, identity.member_id)


def test_an_official_account_says_when_an_agent_begins_and_ends(world: World):
    world.event("小雨", "kf_create_session", KfAccount="anna@april")
    world.work()
    assert conversations.is_open(_her(world), world.now + 2 * HALF_AN_HOUR)
    assert _her(world).attended_by == "anna@april"
    world.event("小雨", "kf_switch_session", FromKfAccount="anna@april", ToKfAccount="bob@april")
    world.work()
    assert _her(world).attended_by == "bob@april"
    world.event("小雨", "kf_close_session", KfAccount="bob@april")
    world.work()
    assert not conversations.is_open(_her(world), world.now)


def test_an_end_that_is_never_told_does_not_silence_us_for_ever(world: World):
    world.event("小雨", "kf_create_session", KfAccount="anna@april")
    world.work()
    her = _her(world)
    assert not conversations.is_open(her, world.now + conversations.SESSION_MAX)


def test_each_word_of_an_agent_in_customer_service_lengthens_it(kf: KfWorld):
    name, hers = "小雨", (CORP, EXTERNAL_IDS["小雨"])
    kf.writes(name, "在吗")
    kf.tells(name, "session_status_change", change_type=1, new_servicer_userid="xiaowang")
    kf.kf_calls()
    kf.work()
    began_at, seen_at = kf.now, _her(kf, *hers).last_seen_at
    assert conversations.is_open(_her(kf, *hers), began_at + timedelta(minutes=29))
    kf.now += timedelta(minutes=20)
    kf.happens(name, 5, "text", {"content": "在的，请讲"})
    kf.kf_calls()
    kf.work()
    her = _her(kf, *hers)
    assert conversations.is_open(her, began_at + timedelta(minutes=49))
    assert not conversations.is_open(her, began_at + timedelta(minutes=51))
    assert her.last_seen_at == seen_at, "an agent's word is no sign of her"
    kf.tells(name, "session_status_change", change_type=3, old_servicer_userid="xiaowang")
    kf.kf_calls()
    kf.work()
    assert not conversations.is_open(_her(kf, *hers), kf.now)


def test_what_staff_write_to_her_alone_is_known_from_the_archive(corp: CorpWorld):
    corp.act("add", staff="xiaowang")
    corp.act("kf_text", text="你好")
    corp.work()
    corp.act("staff_text", staff="xiaowang", text="您好，我来跟进一下")
    corp.tick()
    (her,) = corp.rows(Member)
    assert conversations.is_open(her, datetime.now(UTC))
    assert her.attended_by == "staff"
