"""The growth value of one who was several records is what all of them were given less what was
taken back of it, in whatever order they were made one, paid back and told apart; and what the house
holds for all its members is counted once."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.domain.loyalty import ledger, points, transfers
from app.domain.loyalty.balances import Balance
from app.domain.loyalty.entries import Cause
from app.domain.outreach.journeys.merged_enrolments import SAME_MEMBER
from app.domain.people.members import Member
from app.reviewing import records

NOW = datetime(2026, 11, 4, 4, tzinfo=UTC)
EARNED: dict[str, Any] = {"cause": Cause("order", 1), "now": NOW}
MERGED: dict[str, Any] = {"cause": Cause(SAME_MEMBER), "now": NOW}
RECORDS = 3

STEPS = st.one_of(
    st.tuples(st.just("earns"), st.integers(0, RECORDS - 1), st.integers(1, 900)),
    st.tuples(st.just("spends"), st.integers(0, RECORDS - 1), st.integers(1, 900)),
    st.tuples(st.just("is paid back"), st.integers(0, 20), st.integers(1, 900)),
    st.tuples(st.just("becomes"), st.integers(0, RECORDS - 1), st.integers(0, RECORDS - 1)),
    st.tuples(st.just("is told apart"), st.just(0), st.just(0)),
)


@dataclass
class House:
    """A few records of people, what each was given, and which were made one."""

    session: Session
    ids: list[int] = field(default_factory=list)
    given: list[tuple[int, int]] = field(default_factory=list)  # by award: whose, what is left
    merges: list[tuple[int, list[str]]] = field(default_factory=list)
    done: int = 0

    def __post_init__(self) -> None:
        for _ in range(RECORDS):
            member = Member(created_at=NOW)
            self.session.add(member)
            self.session.flush()
            self.ids.append(member.id)

    def takes(self, act: str, which: int, amount: int) -> None:
        self.done += 1
        if act == "earns":
            self.earns(self.ids[which], amount)
        elif act == "spends":
            self.spends(self.ids[which], amount)
        elif act == "is paid back" and self.given:
            self.is_paid_back(which % len(self.given), amount)
        elif act == "becomes":
            self.becomes(self.ids[which], self.ids[amount])
        elif act == "is told apart" and self.merges:
            self.is_told_apart()
        self.session.flush()

    def earns(self, member_id: int, amount: int) -> None:
        key = f"earned:{len(self.given)}"
        points.award(self.session, member_id, amount, key=key, **EARNED)
        self.given.append((member_id, amount))

    def spends(self, member_id: int, amount: int) -> None:
        held = points.balance_of(self.session, member_id).points
        if held:
            key = f"spent:{self.done}"
            points.spend(self.session, member_id, min(held, amount), key=key, **EARNED)

    def is_paid_back(self, award: int, amount: int) -> None:
        member_id, left = self.given[award]
        if left:
            part = min(left, amount)
            key = f"back:{self.done}"
            points.reverse(self.session, f"earned:{award}", key=key, amount=part, **EARNED)
            self.given[award] = (member_id, left - part)

    def becomes(self, absorbed_id: int, kept_id: int) -> None:
        absorbed, kept = (self.session.get_one(Member, one) for one in (absorbed_id, kept_id))
        if absorbed is kept or absorbed.same_as_id or kept.same_as_id:
            return
        about = {"name": f"merge:{self.done}"} | MERGED
        keys = transfers.carry_over(self.session, absorbed_id, kept_id, **about)
        absorbed.same_as_id = kept_id
        self.merges.append((absorbed_id, list(keys)))

    def is_told_apart(self) -> None:
        absorbed_id, keys = self.merges.pop()
        transfers.carry_back(self.session, keys, **MERGED)
        self.session.get_one(Member, absorbed_id).same_as_id = None

    def who(self, record_id: int) -> int:
        """Whom a record stands for."""
        same_as = self.session.get_one(Member, record_id).same_as_id
        return self.who(same_as) if same_as else record_id

    def counted(self) -> dict[int, int]:
        """The plainest way: by award."""
        by_member = {one: 0 for one in self.ids if self.who(one) == one}
        for record_id, left in self.given:
            by_member[self.who(record_id)] += left
        return by_member


@given(steps=st.lists(STEPS, max_size=16))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_growth_is_what_all_records_of_one_were_given_whatever_became_of_them(
    session: Session, steps: list[tuple[str, int, int]]
) -> None:
    session.rollback()
    house = House(session)
    for step in steps:
        house.takes(*step)
        counted = house.counted()
        held = records.growth_of(session, counted)
        assert {one: held.get(one, 0) for one in counted} == counted
    of_all = session.scalar(sa.select(sa.func.coalesce(sa.func.sum(Balance.growth), 0)))
    assert of_all == sum(house.counted().values()), "nothing of it is there twice"
    assert ledger.discrepancies(session) == []
