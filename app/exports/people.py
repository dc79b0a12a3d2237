"""Members and their tags as tables.

Numbers are masked unless they are asked for in full, which the caller has to audit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Database
from app.domain.insight import directory
from app.domain.insight.tags import MemberTag, Tag
from app.domain.loyalty.standing.tiers import Tier
from app.domain.people import members
from app.domain.people.live_codes import LiveCode
from app.domain.people.members import Member
from app.domain.vault import Vault
from app.exports.tables import AT_ONCE, Rows, batches, local

MEMBERS = (
    *("会员编号", "昵称", "手机号", "生日", "等级", "积分", "标签", "渠道活码"),
    *("加入时间", "注册时间", "最近出现", "离开时间", "退订时间", "unionid"),
)
MEMBER_TAGS = ("会员编号", "昵称", "标签", "维度", "得到时间", "规则", "版本", "依据")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which members; everybody by default. ``in_full``: with whole phone numbers."""

    tier_id: int | None = None
    tag_id: int | None = None
    in_full: bool = False


def member_rows(database: Database, wanted: Wanted, vault: Vault, zone: ZoneInfo) -> Rows:
    """The heading, then a row a member; headings are those an import knows."""
    yield MEMBERS
    for part in batches(database, lambda session, after: _members(session, wanted, after)):
        with database.reading() as session:
            people = [member for (member,) in part]
            yield from _told(session, people, wanted, vault, zone)


def tag_rows(database: Database, wanted: Wanted, zone: ZoneInfo) -> Rows:
    """The heading, then a row for each tag that a member has now, with what gave it."""
    yield MEMBER_TAGS
    for part in batches(database, lambda session, after: _tags(session, wanted, after)):
        for held, tag, nickname in part:
            yield (
                *(held.member_id, nickname, tag.name, tag.dimension, local(held.given_at, zone)),
                *(held.rule, held.rule_version, held.evidence),
            )


def _members(session: Session, wanted: Wanted, after: int) -> Sequence[Any]:
    chosen = sa.select(Member).where(Member.id > after, Member.same_as_id.is_(None))
    if wanted.tier_id is not None:
        chosen = chosen.where(Member.tier_id == wanted.tier_id)
    if wanted.tag_id is not None:
        chosen = chosen.where(
            sa.exists().where(
                MemberTag.member_id == Member.id,
                MemberTag.tag_id == wanted.tag_id,
                MemberTag.removed_at.is_(None),
            )
        )
    return session.execute(chosen.order_by(Member.id).limit(AT_ONCE)).all()


def _tags(session: Session, wanted: Wanted, after: int) -> Sequence[Any]:
    chosen = (
        sa.select(MemberTag, Tag, Member.nickname)
        .join(Tag, Tag.id == MemberTag.tag_id)
        .join(Member, Member.id == MemberTag.member_id)
        .where(MemberTag.id > after, MemberTag.removed_at.is_(None))
    )
    if wanted.tag_id is not None:
        chosen = chosen.where(MemberTag.tag_id == wanted.tag_id)
    if wanted.tier_id is not None:
        chosen = chosen.where(Member.tier_id == wanted.tier_id)
    return session.execute(chosen.order_by(MemberTag.id).limit(AT_ONCE)).all()


def _told(
    session: Session, part: Sequence[Member], wanted: Wanted, vault: Vault, zone: ZoneInfo
) -> Rows:
    ids = [member.id for member in part]
    points, tags = directory.points_of(session, ids), directory.tags_of(session, ids)
    tiers = _names(session, Tier.id, Tier.name)
    codes = _names(session, LiveCode.id, LiveCode.name)
    phone = members.phone_of if wanted.in_full else members.masked_phone_of
    for member in part:
        yield (
            *(member.id, member.nickname, phone(member, vault) or "", member.birthday_on or ""),
            *(tiers.get(member.tier_id, ""), points.get(member.id, 0)),
            "、".join(tag.name for tag in tags[member.id]),
            codes.get(member.live_code_id, ""),
            *(local(at, zone) for at in (member.joined_at, member.signed_up_at)),
            *(local(at, zone) for at in (member.last_seen_at, member.left_at)),
            *(local(member.opted_out_at, zone), member.unionid or ""),
        )


def _names(session: Session, its_id: Any, name: Any) -> Mapping[int | None, str]:
    return dict(session.execute(sa.select(its_id, name)).all())
