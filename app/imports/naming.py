"""Naming: under which names the rows of a table know their people, and whom we know by them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.people import members
from app.domain.people.members import Identity, Member
from app.imports import telling
from app.imports.fields import BadRow, Row
from app.imports.telling import Options, Told
from app.programme import Programme

Name = tuple[str, object]
NAMES = ("member_id", "phone_index", "unionid", "openid")


def read(row: Row, options: Options, programme: Programme, now: datetime) -> Told | BadRow:
    try:
        return telling.of(row, options, programme, now)
    except BadRow as problem:
        return problem


def named(
    session: Session,
    rows: Sequence[Row],
    options: Options,
    programme: Programme,
    now: datetime,
) -> Sequence[frozenset[Name]]:
    """By which names each row knows its person, and as which member we do: rows that share none of
    these have nothing to do with each other. A row that cannot be read has none."""
    told = [read(row, options, programme, now) for row in rows]
    known = members_named(session, [one for one in told if isinstance(one, Told)], options)
    found = []
    for one in told:
        names = set() if isinstance(one, BadRow) else _names(one)
        found.append(frozenset(names | {("member_id", known[n]) for n in names if n in known}))
    return found


def members_named(session: Session, told: Sequence[Told], options: Options) -> Mapping[Name, int]:
    """By the names in the rows, and others that we know them by: our members."""
    by_name = sa.or_(
        Member.phone_index.in_({one.phone_index for one in told if one.phone_index}),
        Member.unionid.in_({one.unionid for one in told if one.unionid}),
        Member.id.in_({one.member_id for one in told if one.member_id is not None}),
    )
    found: dict[Name, int] = {}
    wanted = sa.select(Member.id, Member.phone_index, Member.unionid).where(by_name)
    for member_id, phone_index, unionid in session.execute(wanted):
        names = ("member_id", member_id), ("phone_index", phone_index), ("unionid", unionid)
        found |= {name: member_id for name in names if name[1] is not None}
    for identity in identities(session, told, options):
        found["openid", identity.external_id] = identity.member_id
    goes_on = {member_id: members.get(session, member_id).id for member_id in {*found.values()}}
    return {name: goes_on[member_id] for name, member_id in found.items()}


def identities(session: Session, told: Sequence[Told], options: Options) -> Sequence[Identity]:
    openids = {one.openid for one in told if one.openid}
    if not openids:
        return ()
    return session.scalars(
        sa.select(Identity).where(
            Identity.channel_id == options.channel_id, Identity.external_id.in_(openids)
        )
    ).all()


def _names(told: Told) -> set[Name]:
    return {(name, value) for name in NAMES if (value := getattr(told, name)) is not None}
