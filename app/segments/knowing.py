"""Knowing: what rules ask about members, of a whole batch in a handful of queries, so that they can
be decided one by one, part by part."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.insight import member_figures
from app.domain.insight.tags import MemberTag, Tag
from app.domain.loyalty import points
from app.domain.loyalty.lots import Lot
from app.domain.loyalty.standing.tiers import Tier
from app.domain.outreach.journeys import positions
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.people.channels import Channel
from app.domain.people.groups import GroupMember
from app.domain.people.members import Identity, Member
from app.segments import histories
from tagging.segments import kinds, rules
from tagging.segments.known import Expiring, Known
from tagging.segments.rules import Rule

_Ids = Collection[int]


@dataclass(frozen=True, slots=True)
class Asked:
    """What kinds of leaves there are, and since when each kind of happening has to be known; None
    is since ever."""

    kinds: frozenset[type] = frozenset()
    since: Mapping[str, datetime | None] = field(default_factory=dict)


def asked_by(asking: Iterable[Rule], now: datetime) -> Asked:
    leaves = [leaf for rule in asking for leaf in rules.leaves(rule)]
    since: dict[str, datetime | None] = {}
    for leaf in leaves:
        if not isinstance(leaf, rules.Happened):
            continue
        begins = now - timedelta(days=leaf.within_days) if leaf.within_days else None
        before = since.get(leaf.kind, begins)
        since[leaf.kind] = min(begins, before) if begins and before else None
    return Asked(frozenset(type(leaf) for leaf in leaves), since)


def of_members(session: Session, member_ids: _Ids, asked: Asked, now: datetime) -> dict[int, Known]:
    """What is known of each member. What is not asked is not there."""
    ids = set(member_ids)
    if not ids:
        return {}
    people = session.scalars(sa.select(Member).where(Member.id.in_(ids))).all()
    found = {kind: reads(session, ids) for kind, reads in _READS.items() if kind in asked.kinds}
    tiers = {tier.id: tier.key for tier in session.scalars(sa.select(Tier))}
    past = histories.of_members(session, ids, asked.since)

    def of(kind: type, her: Member, otherwise: Any) -> Any:
        return found.get(kind, {}).get(her.id, otherwise)

    return {
        her.id: Known(
            nickname=her.nickname,
            birth_month=her.birthday_on.month if her.birthday_on else None,
            moments=_moments(her),
            has=_possessions(her),
            attributes=_attributes(her, tiers),
            follows=frozenset(of(rules.Follows, her, ())),
            tags=dict(of(rules.TagHeld, her, ())),
            points=of(rules.PointsBetween, her, 0),
            expiring=of(rules.PointsExpiring, her, ()),
            figures=of(rules.FigureBetween, her, None) or of(rules.FigureIs, her, {}),
            past=past.get(her.id, {}),
            groups=frozenset(of(rules.InGroup, her, ())),
            standings=of(rules.InPlan, her, {}),
        )
        for her in people
    }


def _moments(her: Member) -> dict[str, datetime]:
    found = {
        "joined": her.joined_at,
        "left": her.left_at,
        "signed_up": her.signed_up_at,
        "seen": her.last_seen_at,
        "opted_out": her.opted_out_at,
    }
    return {name: at for name, at in found.items() if at is not None}


def _possessions(her: Member) -> frozenset[str]:
    found = {
        "nickname": her.nickname or None,
        "birthday": her.birthday_on,
        "phone": her.sealed_phone,
        "email": her.sealed_email,
        "unionid": her.unionid,
        "zone": her.zone,
    }
    return frozenset(name for name, value in found.items() if value is not None)


def _attributes(her: Member, tiers: Mapping[int, str]) -> dict[str, Any]:
    tier = tiers.get(her.tier_id) if her.tier_id else None
    found = {"tier": tier, "live_code": her.live_code_id, "zone": her.zone}
    return {name: value for name, value in found.items() if value is not None}


def _follows(session: Session, ids: _Ids) -> Mapping[int, list[str]]:
    return _gathered(
        session,
        sa.select(Identity.member_id, Channel.key)
        .join(Channel, Channel.id == Identity.channel_id)
        .where(
            Identity.member_id.in_(ids),
            Identity.followed_at.is_not(None),
            Identity.unfollowed_at.is_(None),
        ),
    )


def _tags(session: Session, ids: _Ids) -> Mapping[int, list[tuple[str, datetime]]]:
    held = (
        sa.select(MemberTag.member_id, Tag.name, MemberTag.given_at)
        .join(Tag, Tag.id == MemberTag.tag_id)
        .where(MemberTag.member_id.in_(ids), MemberTag.removed_at.is_(None))
    )
    found = defaultdict(list)
    for member_id, name, given_at in session.execute(held):
        found[member_id].append((name, given_at))
    return found


def _expiring(session: Session, ids: _Ids) -> Mapping[int, list[Expiring]]:
    lots = sa.select(Lot.member_id, Lot.remaining, Lot.expires_at).where(
        Lot.member_id.in_(ids), Lot.remaining > 0, Lot.expires_at.is_not(None)
    )
    found = defaultdict(list)
    for member_id, remaining, expires_at in session.execute(lots):
        assert expires_at is not None
        found[member_id].append(Expiring(remaining, expires_at))
    return found


def _figures(session: Session, ids: _Ids) -> Mapping[int, dict[str, Any]]:
    names = (*kinds.NUMBERS, *kinds.WORDS)
    return {
        member_id: {name: getattr(row, name) for name in names}
        for member_id, row in member_figures.of_many(session, ids).items()
    }


def _groups(session: Session, ids: _Ids) -> Mapping[int, list[int]]:
    present = sa.select(GroupMember.member_id, GroupMember.group_id).where(
        GroupMember.member_id.in_(ids), GroupMember.left_at.is_(None)
    )
    return _gathered(session, present)


def _standings(session: Session, ids: _Ids) -> Mapping[int, dict[int, frozenset[str]]]:
    found: dict[int, dict[int, frozenset[str]]] = defaultdict(dict)
    for row in session.scalars(sa.select(Enrolment).where(Enrolment.member_id.in_(ids))):
        of_her = found[row.member_id or 0]
        of_her[row.plan_id] = of_her.get(row.plan_id, frozenset()) | _standing(row)
    return found


def _standing(row: Enrolment) -> frozenset[str]:
    found = {
        "been_in": True,
        "in_now": row.ended_at is None and row.held_out_at is None,
        "finished": row.end_reason == positions.FINISHED,
        "left_early": row.end_reason not in (None, positions.FINISHED),
        "reached_goal": row.goal_at is not None,
        "held_out": row.held_out_at is not None,
    }
    return frozenset(name for name, is_so in found.items() if is_so)


_READS: Mapping[type, Callable[[Session, _Ids], Mapping[int, Any]]] = {
    rules.Follows: _follows,
    rules.TagHeld: _tags,
    rules.PointsBetween: points.balances_of,
    rules.PointsExpiring: _expiring,
    rules.FigureBetween: _figures,
    rules.FigureIs: _figures,
    rules.InGroup: _groups,
    rules.InPlan: _standings,
}


def _gathered(session: Session, pairs: sa.Select[Any, Any]) -> Mapping[int, list[Any]]:
    found = defaultdict(list)
    for member_id, value in session.execute(pairs):
        found[member_id].append(value)
    return found
