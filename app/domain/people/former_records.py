"""Former records: which records that have become one member stood for themselves at an earlier
moment, and by what names each was known then. What a merge has changed is in its ``before``, so its
merges are taken back in thought, the last one first.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.people.members import Identity, Member
from app.domain.people.merges import Merge

Name = tuple[str, ...]
_COLUMNS = ("unionid", "phone_index")  # those of a member that name her


def at(session: Session, member: Member, moment: datetime) -> Mapping[int, frozenset[Name]]:
    """By record, its names: hers alone if nothing has been merged into it since."""
    identities = {
        one.id: channel_name(one.channel_id, one.external_id)
        for one in session.scalars(sa.select(Identity).where(Identity.member_id == member.id))
    }
    hers = {name: getattr(member, name) for name in _COLUMNS}
    known = {member.id: _names(hers) | set(identities.values())}
    for merge in _since(session, member.id, moment):
        moved = merge.before.get("moved", {}).get(Identity.__tablename__, [])
        names = {identities[one] for one in moved if one in identities}
        known[merge.absorbed_id] = names | _names(merge.before["absorbed"])
        changed = merge.before.get("kept", {})
        came = _names({name: changed[name][1] for name in _COLUMNS if name in changed})
        went = _names({name: changed[name][0] for name in _COLUMNS if name in changed})
        known[merge.kept_id] = known[merge.kept_id] - names - came | went
    return {record_id: frozenset(names) for record_id, names in known.items()}


def member_name(member_id: int) -> Name:
    """A record is also named by its own id, which stands for the other after a merge."""
    return "member", str(member_id)


def channel_name(channel_id: int, external_id: str) -> Name:
    return "channel", str(channel_id), external_id


def _names(columns: Mapping[str, Any]) -> set[Name]:
    return {(name, str(columns[name])) for name in _COLUMNS if columns.get(name)}


def _since(session: Session, member_id: int, moment: datetime) -> Sequence[Merge]:
    """What has made her of several since then, the last one first."""
    return sorted(_into(session, [member_id], moment), key=lambda merge: -merge.id)


def _into(session: Session, record_ids: Sequence[int], moment: datetime) -> Iterator[Merge]:
    while record_ids:
        found = session.scalars(
            sa.select(Merge).where(
                Merge.kept_id.in_(record_ids),
                Merge.undone_at.is_(None),
                Merge.merged_at > moment,
            )
        ).all()
        yield from found
        record_ids = [merge.absorbed_id for merge in found]
