"""A tier given by hand: an operator gives it up to a day, and says why; or ends it before."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import row_ids
from app.console.fields.bounds import LAST_YEAR
from app.console.frame import Answer, console, go, operator_id, siyu
from app.console.people import member as member_page
from app.domain.loyalty.standing import standings
from app.domain.loyalty.standing.tiers import Tier, Why
from app.domain.people import members, operators
from app.domain.people.members import Member
from app.reviewing import reviews

REASON_MAX = 200


@console.post("/members/<int:member_id>/tier")
def give_tier(member_id: int) -> Answer:
    reason, until_on = request.form.get("reason", "").strip(), _day(request.form.get("until_on"))
    tier_id = request.form.get("tier_id", type=row_ids.read)
    with siyu().waking() as session:
        member = _hold(session, member_id)
        tier = session.get(Tier, tier_id or 0)
        wrong = dict(_wrong(tier, until_on, reason))
        if tier is not None and until_on is not None and not wrong:
            standings.override(
                session,
                member.id,
                tier.id,
                reason=reason,
                until_on=until_on,
                operator_id=operator_id(),
                now=siyu().clock(),
            )
            details = {"tier": tier.key, "until_on": str(until_on), "reason": reason}
            _look_again(session, member, "tier.give", details)
    if wrong:
        return member_page.show(member_id, wrong)
    flash(_("已保存。"))
    return go("member", member_id=member_id)


@console.post("/members/<int:member_id>/tier/end")
def end_given_tier(member_id: int) -> Answer:
    with siyu().waking() as session:
        member = _hold(session, member_id)
        standings.end_override(session, member.id, siyu().clock())
        _look_again(session, member, "tier.give_end", {})
    return go("member", member_id=member_id)


def _look_again(session: Session, member: Member, action: str, details: dict[str, Any]) -> None:
    now = siyu().clock()
    operators.record(session, operator_id(), action, f"member:{member.id}", details, now)
    reviews.review(session, [member.id], siyu().programme, reviews.Cause(Why.OPERATOR), now)


def _hold(session: Session, member_id: int) -> Member:
    session.get(Member, member_id) or abort(404)
    return members.hold(session, member_id)


def _today() -> date:
    return siyu().programme.business_day(siyu().clock())


def _wrong(tier: Tier | None, until_on: date | None, reason: str) -> Iterator[tuple[str, str]]:
    """By the name of the field."""
    if tier is None or tier.retired_at is not None:
        yield "tier_id", _("没有这个等级，或已不再使用。")
    if until_on is None or until_on < _today() or until_on.year > LAST_YEAR:
        yield "until_on", _("请选今天或以后的一天，最晚 %(last)s 年。", last=LAST_YEAR)
    if not 0 < len(reason) <= REASON_MAX:
        yield "reason", _("请写明原因，最多 %(most)s 个字。", most=REASON_MAX)


def _day(written: str | None) -> date | None:
    try:
        return date.fromisoformat(written or "")
    except ValueError:
        return None
