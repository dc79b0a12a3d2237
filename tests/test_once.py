"""What operators have set is read once in a transaction, and never kept longer than it is true."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Database, insert_once
from app.domain import once
from app.domain.loyalty.earning.rules import EarningRule
from app.domain.loyalty.standing.tiers import Tier


@pytest.fixture
def database(engine: sa.Engine) -> Database:
    return Database(engine)


def keys(session: Session) -> list[str]:
    return list(session.scalars(sa.select(Tier.key).order_by(Tier.key)))


def gold(key: str = "gold") -> Tier:
    return Tier(key=key, name="黄金", name_en="Gold")


def test_it_is_read_once_in_a_transaction(database: Database) -> None:
    read = []

    def reader(session: Session) -> list[str]:
        read.append(session)
        return keys(session)

    with database.writing() as session:
        with session.begin_nested():
            assert once.read(session, reader, Tier) == []
        assert once.read(session, reader, Tier) == []
    assert len(read) == 1
    with database.writing() as session:
        once.read(session, reader, Tier)
    assert len(read) == 2


def test_what_the_transaction_itself_sets_is_seen_at_once(database: Database) -> None:
    with database.writing() as session:
        assert once.read(session, keys, Tier) == []
        made = gold()
        session.add(made)
        assert once.read(session, keys, Tier) == ["gold"]
        made.key = "silver"
        assert once.read(session, keys, Tier) == ["silver"]
        session.delete(made)
        assert once.read(session, keys, Tier) == []


def test_what_is_of_other_tables_stays_read(database: Database) -> None:
    read = []

    def reader(session: Session) -> None:
        read.append(session)

    with database.writing() as session:
        once.read(session, reader, EarningRule)
        session.add(gold())
        once.read(session, reader, EarningRule)
    assert len(read) == 1


def test_what_a_savepoint_has_undone_is_forgotten(database: Database) -> None:
    with database.writing() as session:
        savepoint = session.begin_nested()
        session.add(gold())
        assert once.read(session, keys, Tier) == ["gold"]
        savepoint.rollback()
        assert once.read(session, keys, Tier) == []


def test_what_another_has_set_counts_from_the_next_transaction(database: Database) -> None:
    with database.reading() as session:
        assert once.read(session, keys, Tier) == []
        with database.writing() as another:
            another.add(gold())
        assert once.read(session, keys, Tier) == []
    with database.reading() as session:
        assert once.read(session, keys, Tier) == ["gold"]


def test_who_writes_beside_the_session_says_so(database: Database) -> None:
    with database.writing() as session:
        assert once.read(session, keys, Tier) == []
        insert_once(session, Tier, {"key": "gold", "name": "黄金", "name_en": "Gold"})
        once.forget(session, Tier)
        assert once.read(session, keys, Tier) == ["gold"]
