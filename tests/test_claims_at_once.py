"""Two who say at the same moment that an order is theirs, on PostgreSQL."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Database
from app.domain.loyalty import orders
from app.domain.loyalty.earning import claims, kinds, rules
from app.domain.loyalty.earning.claims import OrderClaim
from app.domain.loyalty.orders import Buyer, Order
from app.domain.people import members
from app.domain.people.members import Member
from app.inbox import InboxEvent, receive_own
from tests.test_ledger_waits import after

NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    database = Database(sa.create_engine(postgres_url))
    yield database
    database.engine.dispose()


def test_an_order_that_two_claim_at_once_is_the_first_ones(database: Database):
    with database.writing() as session:
        about: dict[str, Any] = {"written": {"window_days": 7}, "operator_id": None, "now": NOW}
        rules.add(session, key=kinds.CLAIM, kind=kinds.CLAIM, points=5, **about)
        people = [Member(nickname=name, created_at=NOW) for name in ("小雨", "阿诚")]
        session.add_all(people)
        session.flush()
        ids = [one.id for one in people]
        sold: dict[str, Any] = {"amount_fen": 100, "lines": [], "event_id": None}
        whose: dict[str, Any] = {"named": Buyer(), "member_id": None, "paid_at": NOW, "now": NOW}
        orders.pay(session, source="tb", order_no="E1", **sold, **whose)
    after(database, claiming(ids[1]), claiming(ids[0]))
    with database.reading() as session:
        tried = session.scalars(sa.select(OrderClaim).order_by(OrderClaim.id))
        assert [(one.member_id, one.outcome) for one in tried] == [
            *((ids[1], "claimed"), (ids[0], "taken"))
        ]
        assert session.scalars(sa.select(Order.member_id)).all() == [ids[1]]


def claiming(member_id: int) -> Callable[[Session], Any]:
    def claim(session: Session) -> None:
        members.hold(session, member_id)
        told: dict[str, Any] = {"kind": "order_claimed", "fields": {"order_no": "E1"}}
        subject = f"member:{member_id}"
        receive_own(session, key=f"claim:{member_id}", subject=subject, **told, now=NOW)
        event = session.scalars(
            sa.select(InboxEvent).where(InboxEvent.key == f"claim:{member_id}")
        ).one()
        when: dict[str, Any] = {"at": NOW, "on": date(2026, 11, 2), "now": NOW}
        claims.claim(session, member_id, "", "E1", event_id=event.id, **when)

    return claim
