"""Segments: a typical rule, compiled to SQL, counts a million members on both databases. The floor
is the select that somebody who knows these tables would write by hand for the same question; and
the estimate, which an operator sees where counting takes too long, is compared with the count.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Database
from app.domain.insight.member_figures import MemberFigures
from app.domain.insight.tags import MemberTag, Tag
from app.domain.loyalty.orders import Order
from app.segments import counting
from app.segments.counting import Counted
from bench import crowds, house
from bench.crowds import NOW
from bench.rows import ROUNDS, Row
from tagging.segments import reading
from tagging.segments.rules import Rule

MEMBERS = 1_000_000
ORDERS_EACH = 2
LATELY, LONG_AGO = NOW - timedelta(days=30), NOW - timedelta(days=300)
NO_LIMIT_S = 600.0
# Followers with the tag who have bought twice lately or are falling silent, and may be told so.
TYPICAL: dict[str, Any] = {
    "all": [
        {"kind": "tag", "tag": "敏感肌"},
        {"kind": "follows", "channel": "bench"},
        {
            "any": [
                {"kind": "ordered", "least": 2, "within_days": 90},
                {"kind": "figure_is", "figure": "stage", "values": ["silent", "churning"]},
            ]
        },
        {"not": {"kind": "opted_out"}},
    ]
}
BY_HAND = """
    SELECT count(*) FROM members
    JOIN member_tags ON member_tags.member_id = members.id AND member_tags.removed_at IS NULL
    JOIN tags ON tags.id = member_tags.tag_id AND tags.name = '敏感肌'
    WHERE members.same_as_id IS NULL AND members.opted_out_at IS NULL
    AND EXISTS (SELECT 1 FROM identities JOIN channels ON channels.id = identities.channel_id
        WHERE identities.member_id = members.id AND channels.key = 'bench'
        AND identities.followed_at IS NOT NULL AND identities.unfollowed_at IS NULL)
    AND (EXISTS (SELECT 1 FROM member_figures WHERE member_figures.member_id = members.id
        AND member_figures.stage IN ('silent', 'churning'))
      OR (SELECT count(*) FROM orders WHERE orders.member_id = members.id
        AND orders.paid_at >= :since) >= 2)
"""


def rows(members: int = MEMBERS) -> Iterator[Row]:
    with crowds.databases() as urls:
        for name, url in urls.items():
            with house.furnished(url) as siyu:
                crowds.gather(siyu.database, members)
                yield from _on(siyu.database, name, members)


def _on(database: Database, name: str, members: int) -> list[Row]:
    with (
        database.writing() as session,
        crowds.indexed_afterwards(session, MemberTag, MemberFigures, Order),
    ):
        _furnish(session, members)
    crowds.settle(database)
    rule = reading.parse(TYPICAL)
    rounds = [_counted(database, rule) for _ in range(ROUNDS)]
    ours, floor, estimate = (statistics.median(times) * 1000 for times in zip(*rounds, strict=True))
    what = f"{members:,} members, a segment counted, {name}"
    return [
        Row(what, "ms", ours, "a SELECT written by hand", floor),
        Row(what.replace("counted", "estimated"), "ms", estimate, "counted", ours),
    ]


def _counted(database: Database, rule: Rule) -> tuple[float, float, float]:
    """Seconds to count by the rule, by hand, and to estimate."""
    since = sa.bindparam("since", NOW - timedelta(days=90), Order.paid_at.type)
    by_hand = sa.text(BY_HAND).bindparams(since)
    with database.reading() as session:
        ours = _seconds(lambda: counting.count(session, rule, NOW, NO_LIMIT_S))
        floor = _seconds(lambda: session.scalar(by_hand))
        estimate = _seconds(lambda: counting.estimate(session, rule, NOW))
        found = counting.count(session, rule, NOW, NO_LIMIT_S)
        assert found == Counted(session.scalar(by_hand) or 0, is_exact=True), found
    return ours, floor, estimate


def _furnish(session: Session, members: int) -> None:
    """One in three has the tag, and one in five is of each stage; each has ordered twice, one in
    four of them lately."""
    number = sa.column("number", sa.Integer)
    tag = Tag(name="敏感肌", dimension="attribute", created_at=NOW)
    session.add(tag)
    session.flush()
    given = {"tag_id": tag.id, "rule": "bench", "evidence": "", "given_at": NOW}
    crowds.insert(session, MemberTag, {"member_id": number * 3, **given}, members // 3)
    stages = ["new", "active", "silent", "churning"]
    stage = sa.case(
        *((number % 5 == place, name) for place, name in enumerate(stages)), else_="lost"
    )
    figured = {"orders": ORDERS_EACH, "spent_fen": 100, "figured_at": NOW}
    crowds.insert(session, MemberFigures, {"member_id": number, "stage": stage, **figured}, members)
    whose = 1 + number % members
    paid_at = sa.case(
        (whose % 4 == 0, sa.literal(LATELY, Order.paid_at.type)),
        else_=sa.literal(LONG_AGO, Order.paid_at.type),
    )
    named = {"source": "bench", "order_no": sa.cast(number, sa.String), "member_id": whose}
    paid = {"amount_fen": 100, "refunded_fen": 0, "paid_at": paid_at, "created_at": NOW}
    crowds.insert(session, Order, named | paid, members * ORDERS_EACH)


def _seconds(work: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    work()
    return time.perf_counter() - began_s
