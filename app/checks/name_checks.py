"""What a definition names that is not there: a tag, a tier, a form, a group, a coupon, a plan… Its
messages and its routes have checks of their own, see ``content_checks`` and ``route_checks``."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.insight import forms, radar, segments
from app.domain.insight.segments import SegmentSnapshot
from app.domain.insight.tags import Tag
from app.domain.loyalty.quizzes import Quiz
from app.domain.loyalty.spending.coupons import Coupon
from app.domain.loyalty.standing import membership_cards, tiers
from app.domain.outreach.journeys.plans import Plan, State
from app.domain.people import channels
from app.domain.people.groups import Group
from app.domain.people.live_codes import LiveCode
from sop.reading import Problem, under

# The fields that name something of ours, wherever they stand in a definition.
_FIELDS: Mapping[str, tuple[str, str]] = {
    "tag": ("标签", "tag"),
    "tier": ("等级", "tier"),
    "channel": ("渠道账号", "channel"),
    "group": ("社群", "group"),
    "live_code": ("渠道活码", "live code"),
    "quiz": ("问答", "quiz"),
    "link": ("雷达链接", "radar link"),
    "form": ("表单", "form"),
    "coupon": ("优惠券", "coupon"),
    "card": ("付费会员卡", "membership card"),
    "plan": ("计划", "plan"),
    "segment": ("人群", "segment"),
    "snapshot": ("人群快照", "snapshot"),
}
_LISTS = {"tags_all": "tag", "tags_any": "tag", "tags_none": "tag"} | {
    "tiers": "tier",
    "tier_labels": "tier",
}


def problems_in(session: Session, written: Mapping[str, Any]) -> list[Problem]:
    """Of a definition whose shape is right. A tag that its own steps give need not be there yet."""
    given, audience = set(_given_in(written)), str(written["audience"])
    problems = []
    for path, field, name in _named_in(written):
        is_there = _THERE[field](session, name)
        if field == "plan" and is_there:
            is_there = session.get_one(Plan, int(name)).audience == audience
        if not is_there and not (field == "tag" and name in given):
            zh, en = _FIELDS[field]
            said = f"没有“{name}”这个{zh}，请另选一个", f"there is no {en} “{name}”: choose another"
            problems.append(Problem(path, *said))
    return problems


def _named_in(written: Any, path: str = "") -> Iterator[tuple[str, str, str]]:
    """(path, field, name) of whatever is named; what stands in messages and routes is not looked
    at."""
    if isinstance(written, (list, tuple)):
        for index, value in enumerate(written):
            yield from _named_in(value, f"{path}[{index}]")
    if not isinstance(written, Mapping) or "content" in written or _gives_tag(written):
        return
    for field, value in written.items():
        at = under(path, str(field))
        names = value if isinstance(value, (list, tuple)) else [value]
        named = _LISTS.get(str(field), str(field))
        if named in _FIELDS and not any(isinstance(name, Mapping) for name in names):
            yield from ((at, named, str(name)) for name in names if name != "")
        elif field != "route":
            yield from _named_in(value, at)


def _given_in(written: Any) -> Iterator[str]:
    """The tags that steps give."""
    if isinstance(written, Mapping):
        if _gives_tag(written):
            yield str(written["tag"])
        for value in written.values():
            yield from _given_in(value)
    elif isinstance(written, (list, tuple)):
        for value in written:
            yield from _given_in(value)


def _gives_tag(written: Mapping[str, Any]) -> bool:
    return written.get("kind") == "tag"


def _tag_is_there(session: Session, name: str) -> bool:
    return session.scalar(sa.select(Tag.id).filter_by(name=name)) is not None


def _tier_is_there(session: Session, key: str) -> bool:
    return key in {tier.key for tier in tiers.all_of(session)}


def _channel_is_there(session: Session, key: str) -> bool:
    return channels.by_key(session, key) is not None


def _group_is_there(session: Session, number: str) -> bool:
    group = session.get(Group, int(number)) if number.isdecimal() else None
    return group is not None and group.dismissed_at is None


def _live_code_is_there(session: Session, scene: str) -> bool:
    return session.scalar(sa.select(LiveCode.id).filter_by(scene=scene).limit(1)) is not None


def _quiz_is_there(session: Session, number: str) -> bool:
    return number.isdecimal() and session.get(Quiz, int(number)) is not None


def _link_is_there(session: Session, key: str) -> bool:
    return radar.by_key(session, key) is not None


def _form_is_there(session: Session, key: str) -> bool:
    return forms.by_key(session, key) is not None


def _coupon_is_there(session: Session, number: str) -> bool:
    coupon = session.get(Coupon, int(number)) if number.isdecimal() else None
    return coupon is not None and coupon.closed_at is None


def _card_is_there(session: Session, sku: str) -> bool:
    return sku in membership_cards.by_sku(session, [sku])


def _plan_is_there(session: Session, number: str) -> bool:
    plan = session.get(Plan, int(number)) if number.isdecimal() else None
    return plan is not None and plan.state != State.STOPPED


def _segment_is_there(session: Session, key: str) -> bool:
    return segments.by_key(session, key) is not None


def _snapshot_is_there(session: Session, number: str) -> bool:
    return number.isdecimal() and session.get(SegmentSnapshot, int(number)) is not None


_THERE: Mapping[str, Callable[[Session, str], bool]] = {
    "tag": _tag_is_there,
    "tier": _tier_is_there,
    "channel": _channel_is_there,
    "group": _group_is_there,
    "live_code": _live_code_is_there,
    "quiz": _quiz_is_there,
    "link": _link_is_there,
    "form": _form_is_there,
    "coupon": _coupon_is_there,
    "card": _card_is_there,
    "plan": _plan_is_there,
    "segment": _segment_is_there,
    "snapshot": _snapshot_is_there,
}
