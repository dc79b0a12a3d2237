"""The terms of benefits 权益: what a tier or a paid card brings, validated, and in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field

from app.domain.english import counted

SINGLE = 100  # a points factor in percent: 100 is one point for one
FACTOR_MAX = 1000
COUPONS_MAX, PRICES_MAX, OTHERS_MAX = 10, 200, 10
FEN_MAX = 100_000_000
POINTS_MAX = 1_000_000


class MemberPrice(BaseModel, frozen=True, extra="forbid"):
    """会员价: what one piece of a product costs her."""

    sku: str = Field(min_length=1, max_length=64)
    price_fen: int = Field(ge=0, le=FEN_MAX)


class Other(BaseModel, frozen=True, extra="forbid"):
    """A benefit that people keep, in the shop's own words."""

    zh: str = Field(min_length=1, max_length=60)
    en: str = Field(min_length=1, max_length=120)


class Benefits(BaseModel, frozen=True, extra="forbid"):
    """``off_percent`` is what is taken off her orders: 5 is 九五折. ``coupon_ids`` are issued on
    reaching, one of each. ``agent_staff_id`` is who looks after her; with ``own_agent`` alone it is
    whoever takes the to-do. The birthday brings points, a coupon, or both, once a year."""

    off_percent: Annotated[int, Field(ge=0, le=99)] = 0
    points_factor: Annotated[int, Field(ge=SINGLE, le=FACTOR_MAX)] = SINGLE
    coupon_ids: Annotated[tuple[int, ...], Field(max_length=COUPONS_MAX)] = ()
    birthday_points: Annotated[int, Field(ge=0, le=POINTS_MAX)] = 0
    birthday_coupon_id: int | None = None
    priority_shipping: bool = False
    own_agent: bool = False
    agent_staff_id: int | None = None
    member_prices: Annotated[tuple[MemberPrice, ...], Field(max_length=PRICES_MAX)] = ()
    others: Annotated[tuple[Other, ...], Field(max_length=OTHERS_MAX)] = ()

    @property
    def coupons(self) -> frozenset[int]:
        """All coupons that are named."""
        of_birthday = {self.birthday_coupon_id} if self.birthday_coupon_id is not None else set()
        return frozenset({*self.coupon_ids, *of_birthday})


Wording = tuple[str, str]  # 中文, English


def best(held: Sequence[Benefits]) -> Benefits:
    """Of what is held at the same time, the best of each kind: shares and factors do not add up,
    a product has its lowest price, and gifts are of each."""
    prices: dict[str, int] = {}
    for price in (it for each in held for it in each.member_prices):
        prices[price.sku] = min(price.price_fen, prices.get(price.sku, price.price_fen))
    return Benefits(
        off_percent=max((it.off_percent for it in held), default=0),
        points_factor=max((it.points_factor for it in held), default=SINGLE),
        priority_shipping=any(it.priority_shipping for it in held),
        own_agent=any(it.own_agent for it in held),
        member_prices=tuple(MemberPrice(sku=sku, price_fen=fen) for sku, fen in prices.items()),
    )


@dataclass(frozen=True, slots=True)
class Names:
    """What is named in benefits by its number: coupons and staff."""

    coupons: Mapping[int, str]
    staff: Mapping[int, str]


def in_words(benefits: Benefits, names: Names) -> list[Wording]:
    """Each benefit as a line that a member can read."""
    return [*_of_buying(benefits), *_of_gifts(benefits, names), *_of_service(benefits, names)]


def _of_buying(it: Benefits) -> Iterator[Wording]:
    if it.off_percent:
        yield f"全场 {_discount(it.off_percent)} 折", f"{it.off_percent}% off every order"
    if it.points_factor > SINGLE:
        times = f"{it.points_factor / SINGLE:g}"
        yield f"{times} 倍积分", f"{times}× points"
    if it.member_prices:
        count = len(it.member_prices)
        yield f"{count} 款商品会员价", f"member prices on {counted(count, 'product')}"


def _of_gifts(it: Benefits, names: Names) -> Iterator[Wording]:
    for coupon_id in it.coupon_ids:
        name = names.coupons.get(coupon_id, "")
        yield f"赠券：{name}", f"a coupon: {name}"
    if it.birthday_points:
        yield (
            f"生日礼 {it.birthday_points} 积分",
            f"{counted(it.birthday_points, 'point')} on your birthday",
        )
    if it.birthday_coupon_id is not None:
        name = names.coupons.get(it.birthday_coupon_id, "")
        yield f"生日券：{name}", f"a coupon on your birthday: {name}"


def _of_service(it: Benefits, names: Names) -> Iterator[Wording]:
    if it.priority_shipping:
        yield "优先发货", "priority shipping"
    if it.own_agent:
        agent = names.staff.get(it.agent_staff_id or 0)
        zh, en = (f"：{agent}", f": {agent}") if agent else ("", "")
        yield f"专属客服{zh}", f"an agent of your own{en}"
    yield from ((other.zh, other.en) for other in it.others)


def _discount(off_percent: int) -> str:
    """20 off is 8 折, 5 off is 9.5 折."""
    return f"{(SINGLE - off_percent) / 10:g}"
