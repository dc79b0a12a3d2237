"""Twins: records that look like one person though nothing proves it, for an operator to decide.

Each reason is one set-based look at the tables. Records that are known to be different (two
unionids) are left out, and so is what is too common to mean anything.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from itertools import combinations

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.domain.loyalty.orders import Order
from app.domain.people.members import Identity, Member

EMAIL, NAME_AND_BIRTHDAY, ORDER, RARE_NAME = "email", "name_and_birthday", "order", "rare_name"
NAME_MIN = 2  # characters; shorter names say nothing
RARE_NAME_MIN = 3
SHARED_BY_MAX = 4  # an address or a name that more have is no sign of one person
PAIRS_MAX = 500  # a night; tomorrow the rest

Pairs = Mapping[tuple[int, int], set[str]]


def find(session: Session) -> Pairs:
    """Pairs (older, younger) with every reason why they look like one person."""
    found: dict[tuple[int, int], set[str]] = defaultdict(set)
    for reason, look in _LOOKS.items():
        for pair in look(session):
            found[pair].add(reason)
    return {pair: found[pair] for pair in _not_known_apart(session, found)}


def _same_email(session: Session) -> set[tuple[int, int]]:
    return _sharing(session, Member.email_index, sa.true())


def _same_name_and_birthday(session: Session) -> set[tuple[int, int]]:
    both = Member.nickname + "|" + sa.cast(Member.birthday_on, sa.String)
    meant = sa.and_(Member.birthday_on.is_not(None), sa.func.length(Member.nickname) >= NAME_MIN)
    return _sharing(session, both, meant)


def _rare_name(session: Session) -> set[tuple[int, int]]:
    """Exactly two bear the name, and no channel knows both of them: in a group she has one name,
    on the account another."""
    meant = sa.func.length(Member.nickname) >= RARE_NAME_MIN
    pairs = _sharing(session, Member.nickname, meant, at_most=2)
    ids = {one for pair in pairs for one in pair}
    known: dict[int, set[int]] = defaultdict(set)
    rows = sa.select(Identity.member_id, Identity.channel_id).where(Identity.member_id.in_(ids))
    for member_id, channel_id in session.execute(rows):
        known[member_id].add(channel_id)
    return {
        (first, second)
        for first, second in pairs
        if known[first] and known[second] and not known[first] & known[second]
    }


def _named_by_order(session: Session) -> set[tuple[int, int]]:
    """A shop named one record by its id or openid, and by the phone or unionid of the other."""
    buyer = aliased(Member)
    pairs: set[tuple[int, int]] = set()
    for theirs, hers in ((Order.phone_index, Member.phone_index), (Order.unionid, Member.unionid)):
        rows = (
            sa.select(Order.member_id, Member.id)
            .join(Member, hers == theirs)
            .join(buyer, buyer.id == Order.member_id)
            .where(
                Member.id != Order.member_id,
                Member.same_as_id.is_(None),
                buyer.same_as_id.is_(None),
            )
            .distinct()
            .limit(PAIRS_MAX)
        )
        for one, other in session.execute(rows):
            assert one is not None, "it was joined by it"
            pairs.add((min(one, other), max(one, other)))
    return pairs


_LOOKS: Mapping[str, Callable[[Session], set[tuple[int, int]]]] = {
    EMAIL: _same_email,
    NAME_AND_BIRTHDAY: _same_name_and_birthday,
    ORDER: _named_by_order,
    RARE_NAME: _rare_name,
}


def _sharing(
    session: Session,
    what: sa.ColumnElement[str] | sa.orm.InstrumentedAttribute,
    meant: sa.ColumnElement[bool],
    at_most: int = SHARED_BY_MAX,
) -> set[tuple[int, int]]:
    """Pairs of records that have the same, where only a few do."""
    present = sa.and_(Member.same_as_id.is_(None), what.is_not(None), meant)
    shared = (
        sa.select(what)
        .where(present)
        .group_by(what)
        .having(sa.func.count().between(2, at_most))
        .limit(PAIRS_MAX)
    )
    members: dict[str, list[int]] = defaultdict(list)
    rows = sa.select(what, Member.id).where(present, what.in_(shared)).order_by(Member.id)
    for value, member_id in session.execute(rows):
        members[value].append(member_id)
    return {pair for ids in members.values() for pair in combinations(ids, 2)}


def _not_known_apart(
    session: Session, pairs: Mapping[tuple[int, int], set[str]]
) -> list[tuple[int, int]]:
    ids = {one for pair in pairs for one in pair}
    rows = sa.select(Member.id, Member.unionid).where(Member.id.in_(ids))
    unionids = {member_id: unionid for member_id, unionid in session.execute(rows)}  # noqa: C416
    return [
        (first, second) for first, second in pairs if None in (unionids[first], unionids[second])
    ]
