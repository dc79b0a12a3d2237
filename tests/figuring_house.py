"""A house whose members' figures are reckoned: orders and refunds, and its nights."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.insight.member_figures import MemberFigures
from app.domain.loyalty import orders
from app.domain.loyalty.orders import Buyer
from app.domain.people.members import Member
from app.figuring import nightly
from app.figuring.nightly import House
from app.wiring import Siyu
from tagging.buying import Buying
from tagging.clusters import Clusters
from tagging.figures import Fitted
from tagging.rfm import Limits
from tagging.spending import Spending
from tests import shop

NOON = datetime(2026, 11, 2, 4, tzinfo=UTC)
DAY = timedelta(days=1)
FITTED = Fitted(
    Limits((20.0, 50.0, 90.0, 200.0), (1.0, 1.0, 2.0, 4.0), (5_000.0, 9_900.0, 20_000.0, 60_000.0)),
    25.0,
    Buying(0.243, 4.414, 0.793, 2.426),
    Spending(6.25, 3.74, 1544.0),
    Clusters(
        (-3.0, 1.0, 5.0),
        (1.0, 0.6, 1.2),
        ((1.1, 0.9, 1.0), (-0.8, -0.7, -0.9)),
        ("r_high.f_high.m_high", "r_low.f_low.m_low"),
    ),
)


@pytest.fixture
def siyu(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[Siyu]:
    house = shop.wired(tmp_path, database_url, redis_url)
    house.clock = lambda: NOON
    yield house
    house.close()


def house_of(siyu: Siyu) -> House:
    return House(siyu.database, siyu.programme, siyu.clock)


def night(siyu: Siyu, fitted: Fitted | None = None) -> int:
    return nightly.run(house_of(siyu), lambda *_: None, fitted)


def meet(session: Session, many: int, at: datetime = NOON - 400 * DAY) -> list[int]:
    members = [Member(nickname=f"第{n}位", created_at=at) for n in range(many)]
    session.add_all(members)
    session.flush()
    return [member.id for member in members]


def order(
    session: Session, member_id: int, no: str, ago: timedelta, fen: int, skus: Sequence[str] = ()
) -> None:
    lines = [{"sku": sku, "name": sku, "quantity": 1, "amount_fen": 1} for sku in skus]
    orders.pay(
        session,
        source="test",
        order_no=no,
        named=Buyer(member_id),
        member_id=member_id,
        amount_fen=fen,
        lines=lines,
        event_id=None,
        paid_at=NOON - ago,
        now=NOON,
    )


def refund(session: Session, no: str, number: str, fen: int) -> None:
    orders.refund(
        session,
        source="test",
        order_no=no,
        refund_no=number,
        amount_fen=fen,
        event_id=None,
        refunded_at=NOON,
    )


def everything(session: Session) -> dict[int, dict[str, Any]]:
    """All figures by member, without which night they are of."""
    rows = session.execute(sa.select(MemberFigures.__table__)).mappings()
    return {
        row["member_id"]: {k: v for k, v in row.items() if k not in ("figured_at", "figuring_id")}
        for row in rows
    }
