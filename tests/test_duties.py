"""To whom live codes should lead is found for all of them in as many statements as for a few, and
is what a look at each of them after the other finds."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app import inbox
from app.domain.outreach.live_codes import duties
from app.domain.outreach.live_codes.live_code_terms import LiveCodeArrival, LiveCodeTerms
from app.domain.outreach.live_codes.rosters import ASKED_AGAIN_AFTER, RosterLead, RosterShift
from app.domain.people.channels import Channel, Kind
from app.domain.people.live_codes import LiveCode
from app.domain.people.members import Member
from app.domain.people.staff import Staff
from app.domain.people.ways_in import WayIn
from app.inbox import InboxEvent
from sop.times import opening_hours
from sop.times import rosters as shifts
from sop.times.rosters import Shift

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 4, 4, tzinfo=UTC)  # noon of a Wednesday
OPEN, SHUT = (
    [{"weekdays": [3], "from": a, "to": b}] for a, b in (("09:00", "18:00"), ("18:00", "20:00"))
)
STAFF = ("xiaowang", "lili", "ahua")


class House:
    """Two corps, and live codes of which nobody knows what they are good for."""

    def __init__(self, session: Session, chance: random.Random, codes: int) -> None:
        self.session, self.chance, self.events = session, chance, 0
        self.channels = [self.added(self.channel(name)) for name in ("north", "south")]
        self.members = [self.added(Member(created_at=NOW)) for _ in range(3)]
        for channel in self.channels:
            for userid in STAFF:
                gone_at = NOW if chance.random() < 0.2 else None
                about = {"channel_id": channel.id, "userid": userid, "created_at": NOW}
                session.add(Staff(gone_at=gone_at, **about))
        self.codes = [self.added(self.code(number)) for number in range(codes)]
        for code in self.codes:
            self.furnish(code)
        session.flush()

    def added(self, row: Any) -> Any:
        self.session.add(row)
        self.session.flush()
        return row

    def channel(self, key: str) -> Channel:
        told: dict[str, Any] = {"api_base_url": "", "sealed_secrets": b"", "settings": {}}
        return Channel(key=key, kind=Kind.WECOM, name=key, appid=key, created_at=NOW, **told)

    def code(self, number: int) -> LiveCode:
        of = self.chance.choice(self.channels).id
        return LiveCode(channel_id=of, scene=f"s{number}", name="", created_at=NOW)

    def furnish(self, code: LiveCode) -> None:
        chance, often = self.chance, self.chance.random
        userids = chance.sample(STAFF, chance.randrange(len(STAFF) + 1))
        if often() < 0.9:
            told: dict[str, Any] = {"skip_verify": True, "config_id": "", "qr_url": ""}
            self.session.add(
                WayIn(live_code_id=code.id, userids=userids, chat_ids=[], made_at=NOW, **told)
            )
        if often() < 0.7:
            self.terms(code)
        for userid in STAFF:
            if often() < 0.5:
                self.session.add(self.shift(code, userid))
        if often() < 0.5:
            led = chance.sample(STAFF, chance.randrange(1, len(STAFF) + 1))
            ago = chance.choice((timedelta(0), ASKED_AGAIN_AFTER))
            asked = chance.randrange(2)
            self.session.add(
                RosterLead(
                    live_code_id=code.id, userids=led, asked=asked, accepted=0, asked_at=NOW - ago
                )
            )
        for _ in range(chance.randrange(4)):
            self.arrival(code)

    def terms(self, code: LiveCode) -> None:
        chance = self.chance
        self.session.add(
            LiveCodeTerms(
                live_code_id=code.id,
                hours=chance.choice(([], OPEN, SHUT)),
                members_max=chance.choice((None, None, 1, 3)),
                members_max_a_day=chance.choice((None, None, 1, 2)),
                fallback_id=chance.choice((None, *(one.id for one in self.codes))),
            )
        )

    def shift(self, code: LiveCode, userid: str) -> RosterShift:
        return RosterShift(
            live_code_id=code.id,
            userid=userid,
            hours=self.chance.choice(([], OPEN, SHUT)),
            contacts_max_a_day=self.chance.choice((None, 1, 2)),
            stands_in=self.chance.random() < 0.3,
        )

    def arrival(self, code: LiveCode) -> None:
        self.events += 1
        told: dict[str, Any] = {"kind": "x", "subject": "x", "fields": {}, "now": NOW}
        inbox.receive_own(self.session, key=f"x:{self.events}", **told)
        event = self.session.scalars(sa.select(InboxEvent).filter_by(key=f"x:{self.events}")).one()
        days = self.chance.choice((0, 0, 1))
        on = NOW.astimezone(ZONE).date() - timedelta(days=days)
        self.session.add(
            LiveCodeArrival(
                event_id=event.id,
                code_id=code.id,
                through_id=code.id,
                member_id=self.chance.choice(self.members).id,
                arrived_at=NOW - timedelta(days=days),
                counted_on=self.chance.choice((on, None)),
                userid=self.chance.choice((None, *STAFF)),
            )
        )


class OneByOne:
    """The plainest way: each code looked at by itself, row by row."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.local = NOW.astimezone(ZONE)

    def rows(self, model: type[Any], **named: Any) -> Sequence[Any]:
        return self.session.scalars(sa.select(model).filter_by(**named)).all()

    def one(self, model: type[Any], code: LiveCode) -> Any:
        return next(iter(self.rows(model, live_code_id=code.id)), None)

    def due(self) -> list[int]:
        codes = self.session.scalars(sa.select(LiveCode).order_by(LiveCode.id))
        return [code.id for code in codes if self.is_due(code)]

    def is_due(self, code: LiveCode) -> bool:
        way_in, terms, lead = (self.one(it, code) for it in (WayIn, LiveCodeTerms, RosterLead))
        is_kept = lead or self.rows(RosterShift, live_code_id=code.id)
        if not (is_kept or (terms and terms.fallback_id)) or not way_in or not way_in.userids:
            return False
        userids = self.leads_to(code, way_in.userids)
        if userids and set(userids) != set((lead or way_in).userids):
            return True
        is_late = lead and lead.accepted != lead.asked and lead.asked_at <= NOW - ASKED_AGAIN_AFTER
        return bool(userids and is_late)

    def leads_to(self, code: LiveCode, userids: Sequence[str]) -> tuple[str, ...]:
        acting = self.acting(code)
        if acting is not None and acting.id != code.id and acting.channel_id == code.channel_id:
            others = self.one(WayIn, acting)
            if others is not None and others.userids:
                code, userids = acting, others.userids
        return self.on_duty(code, userids)

    def acting(self, code: LiveCode) -> LiveCode | None:
        seen = set()
        while code.id not in seen:
            seen.add(code.id)
            terms = self.one(LiveCodeTerms, code)
            if terms is None or self.is_open(terms):
                return code
            if terms.fallback_id is None:
                return None
            code = self.session.get_one(LiveCode, terms.fallback_id)
        return None

    def is_open(self, terms: LiveCodeTerms) -> bool:
        days: list[date] = [
            one.counted_on
            for one in self.rows(LiveCodeArrival, through_id=terms.live_code_id)
            if one.counted_on is not None
        ]
        today = days.count(self.local.date())
        a_day, in_all = terms.members_max_a_day, terms.members_max
        has_room = (a_day is None or today < a_day) and (in_all is None or len(days) < in_all)
        return has_room and opening_hours.is_open(opening_hours.parse(terms.hours), self.local)

    def on_duty(self, code: LiveCode, userids: Sequence[str]) -> tuple[str, ...]:
        known = {one.userid: one.shift for one in self.rows(RosterShift, live_code_id=code.id)}
        here = [one for one in userids if not self.is_gone(code.channel_id, one)]
        midnight = datetime.combine(self.local.date(), time(), ZONE)
        came: dict[str, set[int]] = {}
        for one in self.rows(LiveCodeArrival, through_id=code.id):
            if one.arrived_at >= midnight and one.userid is not None:
                came.setdefault(one.userid, set()).add(one.member_id)
        taken = {userid: len(members) for userid, members in came.items()}
        return shifts.on_duty([known.get(one, Shift(one)) for one in here], taken, self.local)

    def is_gone(self, channel_id: int, userid: str) -> bool:
        (known,) = self.rows(Staff, channel_id=channel_id, userid=userid)
        return known.gone_at is not None


@given(seed=st.integers(0, 2**32))
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_all_at_once_is_what_one_by_one_is(session: Session, seed: int) -> None:
    session.rollback()
    house, plain = House(session, random.Random(seed), codes=6), OneByOne(session)
    assert duties.due(session, ZONE, NOW) == plain.due()
    for code in house.codes:
        chosen = list(STAFF[:2])
        found = duties.leading_to(session, code, chosen, ZONE, NOW)
        assert found == plain.leads_to(code, chosen)


def asked(session: Session, codes: int) -> int:
    """How many statements it takes with so many codes that stand in for one another in pairs."""
    session.rollback()
    house = House(session, random.Random(7), codes)
    for one, other in zip(house.codes[::2], house.codes[1::2], strict=True):
        session.merge(LiveCodeTerms(live_code_id=one.id, hours=SHUT, fallback_id=other.id))
        limits = {"members_max": 9, "members_max_a_day": 9, "fallback_id": None}
        session.merge(LiveCodeTerms(live_code_id=other.id, hours=OPEN, **limits))
    session.flush()
    session.expunge_all()
    counted: list[str] = []

    def count(*told: Any) -> None:
        counted.append(told[2])

    engine = session.get_bind()
    sa.event.listen(engine, "before_cursor_execute", count)
    try:
        assert duties.due(session, ZONE, NOW)
    finally:
        sa.event.remove(engine, "before_cursor_execute", count)
    return len(counted)


@pytest.mark.parametrize("codes", [10, 60])
def test_many_codes_ask_no_more_than_a_few(session: Session, codes: int) -> None:
    assert asked(session, codes) <= 9
