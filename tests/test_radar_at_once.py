"""Many at the same moment: a reading is counted once, a form's last place is given once."""

import threading
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from app import readings
from app.domain.insight import forms
from app.domain.insight.radar_readers import RadarReader
from app.domain.insight.radar_tokens import Opener, Showing, Through
from app.domain.insight.radar_views import RadarView, Report
from app.h5 import form_keeping
from app.h5.form_keeping import NoMore, Who
from app.inbox import InboxEvent
from tests.reading import an_article
from tests.world import World

AT_ONCE = 6


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Does all of them at the same time. Returns what they returned, or raised."""
    begin, done = threading.Barrier(len(acts)), []

    def do(act: Callable[[], Any]) -> None:
        begin.wait(timeout=30)
        try:
            done.append(act())
        except NoMore as refused:
            done.append(refused)

    threads = [threading.Thread(target=do, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == len(acts)
    return done


def member_id(world: World) -> int:
    world.event("小雨", "subscribe", EventKey="")
    world.work()
    with world.siyu.database.reading() as session:
        return world.member(session, "小雨").id


def test_one_report_told_many_times_at_once_is_one_opening(world: World):
    link, hers = an_article(world), member_id(world)
    showing = Showing("k" * 16, Through(link.id, member_id=hers), Opener("her-browser"), world.now)

    def tell() -> int | None:
        with world.siyu.database.writing() as session:
            return readings.reported(session, showing, Report(1, 0, 0, 0), world.now)

    assert len(set(together(*[tell] * AT_ONCE))) == 1
    (reader,) = world.rows(RadarReader)
    assert (reader.times, len(world.rows(RadarView))) == (1, 1)
    assert len(world.rows(InboxEvent, InboxEvent.kind == "radar_opened")) == 1


def test_of_many_browsers_at_once_one_is_taken_for_hers(world: World):
    link, hers = an_article(world), member_id(world)

    def open_in(browser: str) -> Callable[[], int | None]:
        through = Through(link.id, member_id=hers)
        showing = Showing(f"view of {browser}", through, Opener(browser), world.now)

        def tell() -> int | None:
            with world.siyu.database.writing() as session:
                return readings.reported(session, showing, Report(1, 0, 0, 0), world.now)

        return tell

    together(*(open_in(f"browser-{number}") for number in range(AT_ONCE)))
    readers = world.rows(RadarReader, RadarReader.times > 0)
    assert len([one for one in readers if one.is_named]) == 1
    assert sum(one.times for one in readers) == AT_ONCE


def test_the_last_place_of_a_form_is_given_once(world: World):
    asked = [{"key": "q1", "kind": "text", "label": "?"}]
    with world.siyu.database.writing() as session:
        form = forms.add(
            session,
            key="places",
            title="名额",
            intro="",
            asked=asked,
            repeatable=False,
            unnamed=True,
            answers_max=2,
            now=world.now,
        )

    def answer(browser: str) -> Callable[[], None]:
        who = Who(None, browser)
        return lambda: form_keeping.keep(world.siyu, form, who, {"q1": ["来"]})

    done = together(*(answer(f"browser-{number}") for number in range(AT_ONCE)))
    assert len([one for one in done if isinstance(one, NoMore)]) == AT_ONCE - 2
    with world.siyu.database.reading() as session:
        kept = sa.select(sa.func.count()).where(InboxEvent.kind == "form_submitted_unnamed")
        assert session.scalar(kept) == 2
