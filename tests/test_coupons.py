"""Coupons: what they may be, how many there are, and whose; on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.loyalty.entries import Cause
from app.domain.loyalty.spending import coupon_uses, coupons
from app.domain.loyalty.spending.coupon_terms import BadTerms
from app.domain.loyalty.spending.coupons import (
    Coupon,
    MemberCoupon,
    NoneLeft,
    TooManyForHer,
)
from app.domain.people.members import Member

NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)
CAUSE = Cause("test")


def a_coupon(session: Session, **terms: object) -> int:
    coupon = coupons.draft(
        session, kind="fixed", now=NOW, **({"name": "五元券", "amount_fen": 500} | terms)
    )
    session.commit()
    return coupon.id


def some_members(session: Session, count: int) -> list[int]:
    made = [Member(nickname=f"会员{number}", created_at=NOW) for number in range(count)]
    session.add_all(made)
    session.commit()
    return [member.id for member in made]


def test_the_same_fact_gives_one_coupon(session: Session):
    coupon_id, (member_id,) = a_coupon(session), some_members(session, 1)

    def issue(key: str) -> MemberCoupon | None:
        return coupons.issue(session, member_id, coupon_id, key=key, cause=CAUSE, now=NOW)

    first = issue("a")
    assert first is not None
    assert issue("a") is None
    second = issue("b")
    assert second is not None
    assert first.code != second.code
    assert session.get_one(Coupon, coupon_id).issued == 2


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({}, None),
        ({"valid_days": 7}, NOW + timedelta(days=7)),
        ({"valid_until": NOW + timedelta(days=3)}, NOW + timedelta(days=3)),
        ({"valid_days": 7, "valid_until": NOW + timedelta(days=3)}, NOW + timedelta(days=3)),
    ],
)
def test_it_is_good_until_whichever_day_comes_first(
    session: Session, terms: dict[str, object], expected: datetime | None
):
    (member_id,) = some_members(session, 1)
    coupon_id = a_coupon(session, **terms)
    issued = coupons.issue(session, member_id, coupon_id, key="a", cause=CAUSE, now=NOW)
    assert issued is not None
    assert issued.expires_at == expected


@pytest.mark.parametrize(
    ("terms", "error"),
    [
        ({"stock": 0}, NoneLeft),
        ({"closed_at": NOW}, NoneLeft),
        ({"valid_until": NOW}, NoneLeft),
        ({"per_member": 0}, TooManyForHer),
    ],
)
def test_what_is_not_to_be_had_leaves_no_trace(
    session: Session, terms: dict[str, object], error: type[Exception]
):
    coupon_id, (member_id,) = a_coupon(session, **terms), some_members(session, 1)
    with pytest.raises(error):
        coupons.issue(session, member_id, coupon_id, key="a", cause=CAUSE, now=NOW)
    assert session.query(MemberCoupon).count() == 0
    assert session.get_one(Coupon, coupon_id).issued == 0


def test_two_hundred_at_once_want_the_last_one_and_one_gets_it(engine: sa.Engine, session: Session):
    coupon_id, hers = a_coupon(session, stock=1), some_members(session, 200)

    got = _at_once(engine, hers, lambda member_id: f"a:{member_id}", coupon_id)
    assert (got.count("issued"), got.count("NoneLeft")) == (1, 199)
    session.expire_all()
    assert session.query(MemberCoupon).count() == session.get_one(Coupon, coupon_id).issued == 1


def test_twenty_at_once_for_one_member_keep_to_her_limit(engine: sa.Engine, session: Session):
    coupon_id, (member_id,) = a_coupon(session, per_member=3), some_members(session, 1)
    numbers = iter(range(20))
    got = _at_once(engine, [member_id] * 20, lambda _: f"a:{next(numbers)}", coupon_id)
    assert (got.count("issued"), got.count("TooManyForHer")) == (3, 17)
    session.expire_all()
    assert session.get_one(Coupon, coupon_id).issued == 3


def _at_once(
    engine: sa.Engine, member_ids: list[int], key_of: Callable[[int], str], coupon_id: int
) -> list[str]:
    """Everybody asks at the same time, each in a transaction of her own."""

    def ask(member_id: int) -> str:
        with Session(engine) as own, own.begin():
            key = key_of(member_id)
            try:
                coupons.issue(own, member_id, coupon_id, key=key, cause=CAUSE, now=NOW)
            except (NoneLeft, TooManyForHer) as refused:
                return type(refused).__name__
            return "issued"

    with ThreadPoolExecutor(10) as crowd:
        return list(crowd.map(ask, member_ids))


@pytest.mark.parametrize(
    ("kind", "terms", "wrong"),
    [
        ("fixed", {}, "amount_fen"),
        ("fixed", {"amount_fen": 0}, "amount_fen"),
        ("fixed", {"amount_fen": 5, "percent": 5}, "percent"),
        ("fixed", {"amount_fen": 5, "threshold_fen": 9}, "threshold_fen"),
        ("percent", {"percent": 100}, "percent"),
        ("percent", {}, "percent"),
        ("threshold", {"amount_fen": 5}, "threshold_fen"),
        ("threshold", {"amount_fen": 500, "threshold_fen": 499}, "amount_fen"),
    ],
)
def test_terms_that_contradict_each_other_are_refused(
    session: Session, kind: str, terms: dict[str, int], wrong: str
):
    with pytest.raises(BadTerms, match=wrong):
        coupons.draft(session, kind=kind, name="x", now=NOW, **terms)


def test_a_stock_never_falls_below_what_was_issued(session: Session):
    coupon_id, (member_id,) = a_coupon(session), some_members(session, 1)
    coupons.issue(session, member_id, coupon_id, key="a", cause=CAUSE, now=NOW)
    coupon = session.get_one(Coupon, coupon_id)
    rest = {"name": "x", "valid_days": None, "valid_until": None, "per_member": None}
    with pytest.raises(BadTerms):
        coupons.change(session, coupon, stock=0, **rest)
    coupons.change(session, coupon, stock=1, **rest)
    with pytest.raises(NoneLeft):
        coupons.issue(session, member_id, coupon_id, key="b", cause=CAUSE, now=NOW)


def test_it_comes_back_with_its_order_if_the_operator_chose_so(session: Session):
    (member_id,) = some_members(session, 1)
    for name, comes_back in (("stays", False), ("returns", True)):
        coupon_id = a_coupon(session, comes_back=comes_back)
        held = coupons.issue(session, member_id, coupon_id, key=name, cause=CAUSE, now=NOW)
        assert held is not None
        for _ in range(2):
            coupon_uses.use(session, held.code, source="till", order_no=name, used_at=NOW)
            first_key = coupon_uses.use_key(held)
            back = coupon_uses.come_back(session, "till", name)
            assert [one.code for one in back] == [held.code] * comes_back
            assert (held.used_at is None) == comes_back
            assert (coupon_uses.use_key(held) != first_key) == comes_back
        assert coupon_uses.come_back(session, "till", name) == []


def test_one_that_is_taken_back_is_put_back_once_and_good_for_nothing(session: Session):
    coupon_id, (member_id,) = a_coupon(session, stock=1, per_member=1), some_members(session, 1)
    held = coupons.issue(session, member_id, coupon_id, key="a", cause=CAUSE, now=NOW)
    assert held is not None
    for _ in range(2):
        coupon_uses.void(session, held.code, NOW)
    with pytest.raises(coupon_uses.NotUsable):
        coupon_uses.use(session, held.code, source="till", order_no="T1", used_at=NOW)
    assert coupons.issue(session, member_id, coupon_id, key="b", cause=CAUSE, now=NOW) is not None
    session.refresh(session.get_one(Coupon, coupon_id))
    assert session.get_one(Coupon, coupon_id).issued == 1
