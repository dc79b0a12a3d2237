"""Over which ways everybody in a rehearsal can be told something, as ``app.sending`` sees it now,
and for how long that will be so."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach.allowances import (
    limit_table,
    limits,
    mass_months,
    months,
    subscribe_grants,
)
from app.domain.people.members import Identity
from app.outbox import Address
from app.rehearsals.casting import Cast, Spoken
from app.sending import reaching, ways
from sop.rehearsing.reaches import Monthly, Place, Reach, Window

# Reasons that will not stand for ever: what they are about is reckoned with moment by moment.
WINDOW_CLOSED, NOT_SUBSCRIBED = "window_closed", "not_subscribed"
_MONTHLY: Mapping[str, str] = {
    ways.MASS: limit_table.MASS_A_MONTH,
    ways.STAFF: limit_table.STAFF_MESSAGES_A_MONTH,
}


@dataclass(slots=True)
class _Reaching:
    """One person's reach in the making."""

    closed: dict[Place, str] = field(default_factory=dict)
    windows: dict[int, Window] = field(default_factory=dict)
    monthly: dict[Place, Monthly] = field(default_factory=dict)
    grants: dict[Place, int] = field(default_factory=dict)


def of_members(
    session: Session, cast: Cast, ids: Collection[int], now: datetime
) -> Mapping[int, Reach]:
    found = {member_id: _Reaching() for member_id in ids}
    for spoken in cast.spoken:
        if spoken.way.problem or spoken.way.name == ways.GROUP:
            continue
        reached = reaching.members_over(session, spoken.way, ids, spoken.message, now)
        for member_id, told in reached.items():
            _note(session, found[member_id], spoken, told, now)
    _note_windows(session, cast, found)
    _note_grants(session, cast, found)
    _note_months(session, cast, found, now)
    closed = {one.place: one.way.problem for one in cast.spoken if one.way.problem}
    windowed = frozenset(one.place for one in cast.spoken if one.way.name == ways.CUSTOMER_SERVICE)
    return {
        member_id: Reach(closed | one.closed, windowed, one.windows, one.monthly, one.grants)
        for member_id, one in found.items()
    }


def of_groups(
    session: Session, cast: Cast, ids: Collection[int], now: datetime
) -> Mapping[int, Reach]:
    found = {group_id: _Reaching() for group_id in ids}
    for spoken in cast.spoken:
        reached = reaching.groups_over(session, spoken.way, ids, now)
        for group_id, told in reached.items():
            if not isinstance(told, Address):
                found[group_id].closed[spoken.place] = spoken.way.problem or told
    return {group_id: Reach(one.closed) for group_id, one in found.items()}


def _note(
    session: Session, reaching_her: _Reaching, spoken: Spoken, told: Address | str, now: datetime
) -> None:
    place, most = spoken.place, _MONTHLY.get(spoken.way.name)
    if isinstance(told, str) and told.endswith("_month_used_up") and most is not None:
        number = limits.value(session, most)
        reaching_her.monthly[place] = Monthly(number, {months.of(now): number})
    elif told == NOT_SUBSCRIBED:
        reaching_her.grants[place] = 0
    elif isinstance(told, str) and told != WINDOW_CLOSED:
        reaching_her.closed[place] = told


def _note_windows(session: Session, cast: Cast, found: Mapping[int, _Reaching]) -> None:
    channels = {one.way.channel.id for one in cast.spoken if one.way.name == ways.CUSTOMER_SERVICE}
    rows = session.execute(
        sa.select(
            Identity.member_id, Identity.channel_id, Identity.chat_until, Identity.chat_left
        ).where(
            Identity.member_id.in_(found),
            Identity.channel_id.in_(channels),
            Identity.chat_until.is_not(None),
        )
    )
    for member_id, channel_id, until, left in rows:
        assert until is not None
        found[member_id].windows[channel_id] = Window(until, left)


def _note_grants(session: Session, cast: Cast, found: Mapping[int, _Reaching]) -> None:
    for spoken in cast.spoken:
        if spoken.way.name != ways.SUBSCRIBE:
            continue
        rows = session.execute(
            sa.select(Identity.member_id, subscribe_grants.SubscribeGrant.left)
            .join(Identity, Identity.id == subscribe_grants.SubscribeGrant.identity_id)
            .where(
                Identity.member_id.in_(found),
                Identity.channel_id == spoken.way.channel.id,
                subscribe_grants.SubscribeGrant.template_id
                == str(spoken.message.content.get("template_id", "")),
            )
        )
        for member_id, left in rows:
            found[member_id].grants[spoken.place] = left


def _note_months(
    session: Session, cast: Cast, found: Mapping[int, _Reaching], now: datetime
) -> None:
    month = months.of(now)
    for spoken in cast.spoken:
        most = _MONTHLY.get(spoken.way.name)
        if most is None:
            continue
        number = limits.value(session, most)
        used = _mass_used(session, spoken, found, month) if spoken.way.name == ways.MASS else {}
        for member_id, one in found.items():
            one.monthly.setdefault(spoken.place, Monthly(number, {month: used.get(member_id, 0)}))


def _mass_used(
    session: Session, spoken: Spoken, found: Mapping[int, _Reaching], month: str
) -> Mapping[int, int]:
    counted = mass_months.MassMonth
    rows = session.execute(
        sa.select(Identity.member_id, counted.times)
        .join(Identity, Identity.id == counted.identity_id)
        .where(
            counted.month == month,
            Identity.member_id.in_(found),
            Identity.channel_id == spoken.way.channel.id,
        )
    )
    return dict(rows.all())
