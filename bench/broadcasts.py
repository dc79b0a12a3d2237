"""Broadcasts: freezing a million recipients, and feeding them into the outbox, on both databases.

Frozen is compared with a bare INSERT … SELECT of the same query into an equal table, which is what
the promise is about; and, to see what asking costs, with one that asks nothing of anybody.
"""

import statistics
import time
from collections.abc import Callable, Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.broadcasting import feeding, launching
from app.db import Database, Id
from app.domain.outreach import broadcasts
from app.domain.outreach.allowances import limit_table, limits
from app.domain.outreach.broadcasts import Broadcast
from app.outbox import OutboxMessage, State
from app.wiring import Siyu
from bench import cores, crowds, house
from bench.rows import ROUNDS, Row

MEMBERS = 1_000_000
WANTED_A_SECOND = 5_000
BARE = sa.Table(
    "bare_recipients",
    sa.MetaData(),
    sa.Column("broadcast_id", Id, primary_key=True, autoincrement=False),
    sa.Column("subject_id", Id, primary_key=True),
    sqlite_with_rowid=False,
)


def rows(members: int = MEMBERS) -> Iterator[Row]:
    """A broadcast to a million, chosen by tier and tag."""
    with crowds.databases() as urls:
        for name, url in urls.items():
            with house.furnished(url) as siyu:
                yield from _on(siyu, name, members)


def _on(siyu: Siyu, name: str, members: int) -> list[Row]:
    channel_id = crowds.gather(siyu.database, members)
    rounds = [_frozen(siyu, channel_id) for _ in range(ROUNDS)]
    ours, bare, unasked = (statistics.median(times) for times in zip(*rounds, strict=True))
    fed = [_fed_a_second(siyu) for _ in range(ROUNDS)]
    rate, rate_of_core = (statistics.median(rates) for rates in zip(*fed, strict=True))
    what = f"{members:,} recipients frozen, {name}"
    return [
        Row(what, "ms", ours * 1000, "bare INSERT, the same SELECT", bare * 1000),
        Row(what, "ms", ours * 1000, "bare INSERT of all ids, unasked", unasked * 1000),
        Row(f"recipients fed into the outbox, {name}", "/s", rate, "wanted", WANTED_A_SECOND),
        Row(f"recipients fed by one core, {name}", "/s", rate_of_core, "wanted", WANTED_A_SECOND),
    ]


def _frozen(siyu: Siyu, channel_id: int) -> tuple[float, float, float]:
    """Seconds to launch; to insert what the same query selects into an equal bare table; and to
    insert every id there without asking anything."""
    database = siyu.database
    BARE.create(database.engine, checkfirst=True)
    with database.writing() as session:
        session.execute(sa.delete(BARE))
        limits.change(session, limit_table.APPROVED_ABOVE, MEMBERS)  # nobody else is here
        drafted = _drafted(session, channel_id)
        number, chosen = drafted.id, broadcasts.meant(session, drafted).subquery()
    same = sa.select(sa.literal(1, Id), chosen.c[0])
    everybody = sa.select(sa.literal(2, Id), sa.column("id", Id)).select_from(sa.table("members"))
    return (
        _seconds(lambda: _launch(siyu, number)),
        _seconds(lambda: _insert(database, same)),
        _seconds(lambda: _insert(database, everybody)),
    )


def _fed_a_second(siyu: Siyu) -> tuple[float, float]:
    """How many of the last broadcast, from when the sender has said everything to as far ahead as
    it is fed: by the clock, and in a second of a core."""
    with siyu.database.writing() as session:
        session.execute(sa.update(OutboxMessage).values(state=State.ACCEPTED))
        number = max(broadcasts.in_work(session, siyu.clock()))
    took_s, busy_s = cores.spent(siyu.database, lambda: _seconds(lambda: _feed(siyu, number)))
    return feeding.AHEAD_MAX / took_s, feeding.AHEAD_MAX / busy_s


def _feed(siyu: Siyu, number: int) -> None:
    has_more = True
    while has_more:
        with siyu.database.writing() as session:
            has_more = feeding.attend(session, number, siyu.programme, siyu.clock())


def _drafted(session: Session, channel_id: int) -> Broadcast:
    said = {"kind": "text", "content": {"text": "{nickname|亲}，周五上新"}}
    definition = {"audience": "member", "filter": crowds.FILTER, "message": said}
    return broadcasts.draft(
        session, name="bench", channel_id=channel_id, definition=definition, now=crowds.NOW
    )


def _launch(siyu: Siyu, number: int) -> None:
    with siyu.database.writing() as session:
        count = launching.launch(
            session, session.get_one(Broadcast, number), siyu.programme, crowds.NOW
        )
    assert count, "nobody was frozen"


def _insert(database: Database, selected: sa.Select[tuple[int, int]]) -> None:
    with database.writing() as session:
        session.execute(sa.insert(BARE).from_select(["broadcast_id", "subject_id"], selected))


def _seconds(work: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    work()
    return time.perf_counter() - began_s
