"""Members from a table: whom we know already is completed, whom we do not is added, and a row that
names two different people is refused.

What a row is silent about stays as it is. What is known already stays too, unless the operator has
said that the file knows better. Somebody who wants no marketing is not brought back by a file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.imports import Outcome
from app.domain.insight import tags
from app.domain.insight.tags import DIMENSIONS
from app.domain.people import addresses, consents, members
from app.domain.people.members import Identity, Member
from app.domain.vault import Vault
from app.imports import fields, naming, telling
from app.imports.fields import BadRow, Become, Row
from app.imports.naming import Name
from app.imports.telling import Options, Told
from app.programme import Programme

FIELDS = telling.FIELDS


@dataclass(slots=True)
class Known:
    """Whom we know of those that a slice of rows names, under each of their names."""

    by_name: dict[Name, Member] = field(default_factory=dict)
    tag_ids: dict[str, int] = field(default_factory=dict)
    held: dict[int, set[int]] = field(default_factory=dict)
    agreed: set[int] = field(default_factory=set)


def take(
    session: Session,
    rows: Sequence[Row],
    import_id: int,
    options: Options,
    programme: Programme,
    now: datetime,
) -> Iterator[Become]:
    """Takes the rows in their order; each then sees what those before it have brought. Whatever
    refuses a row does so before the row has changed anything."""
    read = [naming.read(row, options, programme, now) for row in rows]
    known = _known(session, [one for one in read if isinstance(one, Told)], options)
    for one in read:
        if isinstance(one, BadRow):
            yield fields.refused(one)
            continue
        try:
            yield _take_one(session, one, known, import_id, options, programme, now)
        except BadRow as problem:
            yield fields.refused(problem)


def _known(session: Session, read: Sequence[Told], options: Options) -> Known:
    """Whom we know of them, locked, and what they have already."""
    ids = sorted(set(naming.members_named(session, read, options).values()))
    members.lock(session, *ids)
    known = Known(tag_ids={tag.name: tag.id for tag in tags.all_of(session)})
    everybody = {
        member.id: member for member in session.scalars(sa.select(Member).where(Member.id.in_(ids)))
    }
    for member in everybody.values():
        _note(known, member)
    for identity in naming.identities(session, read, options):
        known.by_name["openid", identity.external_id] = everybody[identity.member_id]
    wanted = {known.tag_ids[name] for one in read for name in one.tags if name in known.tag_ids}
    known.held = {id_: set(has) for id_, has in tags.held(session, ids, list(wanted)).items()}
    known.agreed = set(consents.holding(session, ids, "marketing"))
    return known


def _note(known: Known, member: Member) -> None:
    known.by_name["member_id", member.id] = member
    if member.phone_index:
        known.by_name["phone_index", member.phone_index] = member
    if member.unionid:
        known.by_name["unionid", member.unionid] = member


def _take_one(
    session: Session,
    told: Told,
    known: Known,
    import_id: int,
    options: Options,
    programme: Programme,
    now: datetime,
) -> Become:
    member = _whom(told, known)
    tag_ids = _tag_ids(session, told, known, options, now)
    is_new = member is None
    if member is None:
        if not options.adds:
            raise BadRow("没有这个会员", "there is no such member")
        member = Member(nickname="", created_at=now)
        session.add(member)
        session.flush()
    phone_before = member.phone_index
    changes = _complete(member, told, options, programme)
    if member.phone_index != phone_before:  # it leads to her no more
        known.by_name.pop(("phone_index", phone_before), None)
    changes += _name(session, member, told, options, known, now)
    changes += _agree(session, member, told, import_id, known, now)
    changes += _tag(session, member, tag_ids, told.row.number, import_id, known, now)
    changes += _untag(session, member, told.removed, now)
    session.flush()
    if is_new:
        return Become(Outcome.ADDED, member.id)
    return Become(Outcome.CHANGED if changes else Outcome.UNCHANGED, member.id)


def _whom(told: Told, known: Known) -> Member | None:
    """The member that the row's names lead to. Raises BadRow where they lead to two."""
    if told.member_id is not None and ("member_id", told.member_id) not in known.by_name:
        raise BadRow(f"没有会员 #{told.member_id}", f"there is no member #{told.member_id}")
    found = {
        member.id: member
        for name in naming.NAMES
        if (member := known.by_name.get((name, getattr(told, name)))) is not None
    }
    if len(found) > 1:
        both = "、".join(f"#{id_}" for id_ in sorted(found))
        raise BadRow(f"这一行说的是不同的会员：{both}", f"the row names several members: {both}")
    member = next(iter(found.values()), None)
    if member and told.unionid and member.unionid not in (None, told.unionid):
        raise BadRow(
            f"会员 #{member.id} 的 unionid 是另一个", f"member #{member.id} has another unionid"
        )
    return member


def _complete(member: Member, told: Told, options: Options, programme: Programme) -> int:
    """What the row tells of her beside her names. Returns how much of it is new."""
    changes = 0
    for name in ("nickname", "birthday_on", "zone", "joined_at"):
        value = getattr(told, name)
        present = getattr(member, name)
        if value is not None and value != present and (not present or options.overwrites):
            setattr(member, name, value)
            changes += 1
    return changes + _reach(member, told, options, programme.vault)


def _reach(member: Member, told: Told, options: Options, vault: Vault) -> int:
    """Where she can be reached: sealed, so that what is known is compared in the clear."""
    changes = 0
    is_open = member.sealed_email is None or options.overwrites
    if told.email and is_open and told.email != addresses.email_of(member, vault):
        addresses.keep_email(member, told.email, vault)
        changes += 1
    is_open = member.phone_index is None or options.overwrites
    if told.phone and is_open and told.phone_index != member.phone_index:
        members.keep_phone(member, told.phone, vault)
        changes += 1
    return changes


def _name(
    session: Session, member: Member, told: Told, options: Options, known: Known, now: datetime
) -> int:
    """Under which names she is known from now on."""
    changes = 0
    if told.unionid and member.unionid is None:
        member.unionid = told.unionid
        changes += 1
    if told.openid and ("openid", told.openid) not in known.by_name:
        session.add(
            Identity(
                member_id=member.id,
                channel_id=options.channel_id,
                external_id=told.openid,
                created_at=now,
            )
        )
        known.by_name["openid", told.openid] = member
        changes += 1
    _note(known, member)
    return changes


def _agree(
    session: Session, member: Member, told: Told, import_id: int, known: Known, now: datetime
) -> int:
    """What the file says of her agreement to be told of offers."""
    if told.marketing is None:
        return 0
    if not told.marketing:
        was_in = member.opted_out_at is None
        members.opt_out(member, now)
        return int(was_in)
    if member.opted_out_at is not None or member.id in known.agreed:
        return 0
    consents.give(session, member.id, "marketing", f"import:{import_id}", None, now)
    known.agreed.add(member.id)
    return 1


def _tag_ids(
    session: Session, told: Told, known: Known, options: Options, now: datetime
) -> Sequence[int]:
    for name in told.tags:
        if name not in known.tag_ids:
            if not options.makes_tags:
                raise BadRow(f"没有标签“{name}”", f"there is no tag {name!r}")
            known.tag_ids[name] = tags.named(session, name, DIMENSIONS[0], now).id
    return [known.tag_ids[name] for name in told.tags]


def _tag(
    session: Session,
    member: Member,
    tag_ids: Sequence[int],
    number: int,
    import_id: int,
    known: Known,
    now: datetime,
) -> int:
    changes, held = 0, known.held.setdefault(member.id, set())
    for tag_id in tag_ids:
        if tag_id not in held:
            changes += tags.give(
                session,
                member.id,
                tag_id,
                rule=f"import:{import_id}",
                rule_version=None,
                event_id=None,
                evidence=f"#{number}",
                now=now,
            )
            held.add(tag_id)
    return changes


def _untag(session: Session, member: Member, names: Sequence[str], now: datetime) -> int:
    if not names:
        return 0
    gone = [tag.id for tag in tags.of(session, member.id) if tag.name in names]
    for tag_id in gone:
        tags.remove(session, member.id, tag_id, None, now)
    return len(gone)
