"""A member's tier is a function of her ledger, her orders and the clock: whatever happens in
whatever order, it is what somebody comes to who watches every day and adds up every row anew."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy.orm import Session

from app.clockwork import tier_periods
from app.clockwork import tier_schemes as work
from app.domain.loyalty import orders, points, sign_ins
from app.domain.loyalty.entries import PointsEntry
from app.domain.loyalty.orders import Buyer, Order
from app.domain.loyalty.sign_ins import SignIn
from app.domain.loyalty.standing import tier_schemes
from app.domain.loyalty.standing.histories import Gain
from app.domain.loyalty.standing.periods import Period
from app.domain.loyalty.standing.tier_terms import Condition, Measure, Terms
from app.domain.loyalty.standing.tiers import DOWN, UP, Tier, TierChange, Why
from app.domain.people.members import Member
from app.programme import Programme
from app.reviewing import reviews
from tests.test_tier_paths import terms
from tests.watched_days import Naive

NOW = datetime(2026, 4, 1, 4, tzinfo=UTC)
BEIJING = ZoneInfo("Asia/Shanghai")
PROGRAMME = Programme(BEIJING, "", *(None,) * 4)  # type: ignore[arg-type]
FIRST = date(2024, 1, 1)


def asks(measure: Measure, at_least: int, over: Period) -> tuple[tuple[Condition, ...], ...]:
    return ((Condition(measure=measure, at_least=at_least, over=over),),)


QUARTER = Period(kind="months", count=3)
BY_SPEND = terms(
    asks(Measure.SPEND_FEN, 500, QUARTER),
    asks(Measure.SPEND_FEN, 1500, QUARTER),
    kept=QUARTER,
    grace_days=20,
    notice_days=7,
)
BY_ALL = terms(
    asks(Measure.GROWTH, 30, Period(kind="days", count=60)),
    asks(Measure.ORDERS, 3, Period(kind="year"))[:1]
    + asks(Measure.INTERACTION_DAYS, 4, Period(kind="days", count=60)),
    kept=Period(kind="days", count=45),
    falls="one_level",
)
BY_GROWTH = terms(asks(Measure.GROWTH, 40, Period()), asks(Measure.GROWTH, 120, Period()))
SCHEMES = st.sampled_from([BY_SPEND, BY_ALL, BY_GROWTH])


class Standing(RuleBasedStateMachine):
    """One member; every rule is an event of hers, or the clock."""

    session: Session  # set by the test, rolled back between the examples

    def __init__(self) -> None:
        super().__init__()
        self.session.rollback()
        self.now, self.number = NOW, 0
        self.member = Member(nickname="小雨", created_at=NOW)
        self.session.add(self.member)
        for key, growth in (("basic", 0), ("silver", 40), ("gold", 120)):
            self.session.add(Tier(key=key, name=key, name_en=key, growth_min=growth))
        self.session.flush()
        self.scheme = tier_schemes.in_force(self.session)
        self.kept = 0
        self._look()

    @property
    def today(self) -> date:
        return PROGRAMME.business_day(self.now)

    @rule(fen=st.integers(100, 900), days_ago=st.sampled_from([0, 0, 0, 5, 70, 200]))
    def orders_or_an_old_order_is_found_to_be_hers(self, fen: int, days_ago: int) -> None:
        self.number += 1
        orders.pay(
            self.session,
            source="youzan",
            order_no=str(self.number),
            named=Buyer(),
            member_id=self.member.id,
            amount_fen=fen,
            lines=[],
            event_id=None,
            paid_at=self.now - days_ago * timedelta(days=1),
            now=self.now,
        )
        self._look()

    @rule(which=st.integers(0, 20), share=st.sampled_from([30, 100]))
    def is_paid_back(self, which: int, share: int) -> None:
        mine = [it for it in self._orders() if it.refunded_fen < it.amount_fen]
        if not mine:
            return
        self.number += 1
        order = mine[which % len(mine)]
        left = order.amount_fen - order.refunded_fen
        orders.refund(
            self.session,
            source=order.source,
            order_no=order.order_no,
            refund_no=str(self.number),
            amount_fen=max(1, left * share // 100),
            event_id=None,
            refunded_at=self.now,
        )
        self._look()

    @rule(amount=st.integers(1, 60))
    def earns(self, amount: int) -> None:
        self.number += 1
        points.award(
            self.session,
            self.member.id,
            amount,
            key=f"award:{self.number}",
            cause=points.Cause("test"),
            now=self.now,
        )
        self._look()

    @rule(which=st.integers(0, 20), part=st.integers(1, 60))
    def has_an_award_taken_back(self, which: int, part: int) -> None:
        awards = [it for it in self._entries() if it.kind == "award"]
        if not awards:
            return
        award = awards[which % len(awards)]
        done = sum(it.amount for it in self._entries() if it.reverses_id == award.id)
        if done < award.amount:
            self.number += 1
            points.reverse(
                self.session,
                award.key,
                key=f"back:{self.number}",
                amount=min(part, award.amount - done),
                cause=points.Cause("test"),
                now=self.now,
            )
        self._look()

    @rule()
    def signs_in(self) -> None:
        sign_ins.sign_in(self.session, self.member.id, None, self.today, (), self.now)
        self._look()

    @rule(days=st.integers(1, 40))
    def time_passes_and_only_the_clock_looks(self, days: int) -> None:
        self.now += timedelta(days=days)
        while tier_periods.look(self.session, PROGRAMME, self.now):
            pass

    @rule(scheme=SCHEMES, may_lower=st.booleans())
    def another_scheme_begins(self, scheme: Terms, may_lower: bool) -> None:
        had = self.scheme.terms.levels[self._naive().level].key
        made = tier_schemes.draft(
            self.session, scheme, may_lower=may_lower, operator_id=None, now=self.now
        )
        while work.count(self.session, PROGRAMME, self.now):
            pass
        tier_schemes.begin(self.session, made.id, self.today, self.now)
        while work.move(self.session, PROGRAMME, self.now):
            pass
        self.scheme = tier_schemes.in_force(self.session)
        self.kept = 0 if may_lower else scheme.rank(had) or 0
        (to,) = made.counted[had]
        assert self._tier() == to, "it was counted before"

    @invariant()
    def her_tier_is_what_watching_every_day_comes_to(self) -> None:
        naive = self._naive()
        assert self._tier() == self.scheme.terms.levels[naive.level].key

    @invariant()
    def every_move_is_on_record(self) -> None:
        """The changes lead from one to the next, and say which way."""
        moves = self.session.scalars(sa.select(TierChange).order_by(TierChange.id)).all()
        for earlier, later in zip(moves, moves[1:], strict=False):
            assert later.from_tier_id == earlier.tier_id
        if moves:
            assert moves[-1].tier_id == self.member.tier_id
        assert {it.direction for it in moves} <= {UP, DOWN}

    def _naive(self) -> Naive:
        begins_on = self.scheme.begun_on
        naive = Naive(self.scheme.terms, self._gains(), level=self.kept, begins_on=begins_on)
        naive.live_through(begins_on or FIRST, self.today)
        return naive

    def _gains(self) -> list[Gain]:
        gains: list[Gain] = []
        entries = self._entries()
        days = {it.id: self._day(it.booked_at) for it in entries}
        for it in entries:
            gains.append((Measure.GROWTH, days[it.reverses_id or it.id], it.growth))
        for order in self._orders():
            on = self._day(order.paid_at)
            left = order.amount_fen - order.refunded_fen
            gains += [(Measure.SPEND_FEN, on, left), (Measure.ORDERS, on, 1)] if left else []
        signed_in = self.session.scalars(sa.select(SignIn.signed_in_on)).all()
        return gains + [(Measure.INTERACTION_DAYS, on, 1) for on in signed_in]

    def _day(self, at: datetime) -> date:
        return at.astimezone(BEIJING).date()

    def _entries(self) -> list[PointsEntry]:
        return list(self.session.scalars(sa.select(PointsEntry).order_by(PointsEntry.id)))

    def _orders(self) -> list[Order]:
        return list(self.session.scalars(sa.select(Order).order_by(Order.id)))

    def _tier(self) -> str:
        self.session.refresh(self.member)
        return self.session.get_one(Tier, self.member.tier_id).key

    def _look(self) -> None:
        cause = reviews.Cause(Why.EVENT)
        reviews.review(self.session, [self.member.id], PROGRAMME, cause, self.now)
        self.session.flush()


def test_a_tier_is_a_function_of_ledger_orders_and_clock(session: Session) -> None:
    class Here(Standing):
        pass

    Here.session = session
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=checks
        ),
    )
    session.rollback()
