"""Old views of radar links become sums of their day, and no figure changes by that."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from app.clockwork import radar_nights
from app.domain.insight import radar_figures, radar_sums, radar_thresholds
from app.domain.insight.radar import RadarLink
from app.domain.insight.radar_readers import RadarReader
from app.domain.insight.radar_sums import RadarSum
from app.domain.insight.radar_views import RadarView
from app.domain.people.members import Member
from tests.reading import an_article
from tests.world import World

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")


def read_by_chance(session: Session, link: RadarLink, chance: random.Random) -> None:
    """Three readers, two of them members, and what they have looked at in a fortnight."""
    for number in range(3):
        member = Member(nickname="", created_at=NOW)
        session.add(member)
        session.flush()
        who = {"who": f"member:{member.id}", "member_id": member.id}
        who = {"who": f"browser:{number}", "member_id": None} if number == 2 else who
        reader = RadarReader(link_id=link.id, depth=0, times=1, made_at=NOW, **who)
        session.add(reader)
        session.flush()
        for view in range(chance.randint(1, 12)):
            began_at = NOW - timedelta(minutes=chance.randrange(14 * 24 * 60))
            reports = chance.randint(0, 3)
            told: dict[str, Any] = {"reports": reports, "credited_ms": 0}
            told |= {"visible_ms": chance.randrange(700_000) if reports else 0}
            told |= {"scroll_percent": chance.randint(0, 100), "share_taps": chance.randint(0, 2)}
            at = {"began_at": began_at, "heard_at": began_at}
            key = f"{link.id}:{number}:{view}"
            session.add(RadarView(key=key, link_id=link.id, reader_id=reader.id, **at, **told))
    session.flush()


def figures(session: Session, links: list[RadarLink]) -> list[Any]:
    member_ids = [reader.member_id for reader in session.query(RadarReader) if reader.member_id]
    ids = [link.id for link in links]
    reading = radar_figures.of_links(session)
    return [
        {link_id: round(one.mean_s or 0, 6) for link_id, one in reading.items()},
        [radar_figures.lasting(session, link_id) for link_id in ids],
        [
            (node.reader.id, node.visible_s, node.scroll_percent, node.share_taps)
            for link_id in ids
            for node in radar_figures.tree(session, link_id)
        ],
        [radar_thresholds.interest_in(session, member_id, ids) for member_id in member_ids],
    ]


def sums(world: World) -> list[tuple[date, int]]:
    with world.siyu.database.reading() as session:
        return [(one.on, one.views) for one in session.query(RadarSum).order_by(RadarSum.on)]


@pytest.mark.parametrize("seed", range(4))
def test_every_figure_stays_when_old_views_are_added_up(
    world: World, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(radar_sums, "BATCH", 3)
    chance = random.Random(seed)
    links = [an_article(world), an_article(world, key="second")]
    with world.siyu.database.writing() as session:
        for link in links:
            read_by_chance(session, link, chance)
    with world.siyu.database.reading() as session:
        before, views = figures(session, links), session.query(RadarView).count()
    for days in (10, 4):
        while True:
            with world.siyu.database.writing() as session:
                if not radar_sums.add_up(session, ZONE, NOW - timedelta(days=days)):
                    break
    with world.siyu.database.reading() as session:
        assert figures(session, links) == before
        kept = session.query(RadarView).all()
        old = [one for one in kept if one.began_at < NOW - timedelta(days=4)]
        assert [one.id for one in old] in ([], [max(one.id for one in kept)])
        assert sum(one.views for one in session.query(RadarSum)) == views - len(kept)


def test_a_sum_is_of_the_business_day(world: World) -> None:
    link = an_article(world)
    with world.siyu.database.writing() as session:
        reader = RadarReader(link_id=link.id, who="browser:1", depth=0, times=1, made_at=NOW)
        session.add(reader)
        session.flush()
        for number, clock in enumerate(("15:59", "16:00", "23:00")):  # 16:00 UTC is midnight there
            at = datetime.fromisoformat(f"2026-11-01T{clock}+00:00")
            told = {"visible_ms": 1000, "reports": 1, "began_at": at, "heard_at": at}
            session.add(RadarView(key=str(number), link_id=link.id, reader_id=reader.id, **told))
    for _ in range(3):
        with world.siyu.database.writing() as session:
            radar_sums.add_up(session, ZONE, NOW)
    assert sums(world) == [(date(2026, 11, 1), 1), (date(2026, 11, 2), 1)]
    assert len(world.rows(RadarView)) == 1, "the newest view of all stays"


def test_at_night_what_is_older_than_the_house_keeps_views_is_added_up(world: World) -> None:
    link = an_article(world)
    world.at(22, "12:00")
    with world.siyu.database.writing() as session:
        reader = RadarReader(link_id=link.id, who="browser:1", depth=0, times=1, made_at=NOW)
        session.add(reader)
        session.flush()
        for days in (181, 179, 1):
            at = world.now - timedelta(days=days)
            told = {"visible_ms": 1000, "reports": 1, "began_at": at, "heard_at": at}
            session.add(RadarView(key=str(days), link_id=link.id, reader_id=reader.id, **told))
    world.at(22, "02:00")
    radar_nights.look(world.siyu)
    assert sums(world) == []
    world.at(22, "12:00")
    radar_nights.look(world.siyu)
    assert [one.key for one in world.rows(RadarView)] == ["179", "1"]
    with world.siyu.database.reading() as session:
        assert radar_figures.lasting(session, link.id)[0] == (0, 3)
