"""Where a member stands: her tier and until when, what she lacks for the next, what an operator has
given her instead, her paid memberships, and what all of it brings her."""

from datetime import date, datetime
from typing import Any

from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import row_ids
from app.console.frame import Answer, console, go, operator_id, siyu
from app.console.languages import language
from app.domain.loyalty.standing import benefits, memberships, standings, tier_words, tiers
from app.domain.loyalty.standing.membership_cards import MembershipCard
from app.domain.loyalty.standing.tier_terms import Condition, Measure
from app.domain.loyalty.standing.tiers import Tier, Why
from app.domain.people import members, operators
from app.domain.people.members import Member
from app.programme import Programme
from app.reviewing import outlooks, reviews

HELD = 10
REASON_MAX = 200


@console.app_template_filter()
def condition_in_words(it: Condition) -> str:
    return tier_words.condition(it)[0 if language() == "zh" else 1]


@console.app_template_filter()
def came_to_in_words(progress: outlooks.Progress) -> str:
    is_money = progress.condition.measure is Measure.SPEND_FEN
    return f"{progress.came_to / 100:g}" if is_money else str(progress.came_to)


@console.app_template_filter()
def tier_why_in_words(why: str) -> str:
    words = {
        Why.EVENT: _("由她的行为或订单"),
        Why.CLOCK: _("到期"),
        Why.SCHEME: _("方案更改"),
        Why.OPERATOR: _("运营手动"),
        Why.MERGE: _("拆开会员"),
    }
    return words[Why(why)]


def shown(session: Session, member: Member, programme: Programme, now: datetime) -> dict[str, Any]:
    held = benefits.of_member(session, member, now)
    bought = memberships.of_member(session, member.id, HELD)
    return {
        "outlook": outlooks.of(session, member, programme, now),
        "benefits_held": held,
        "benefit_names": benefits.names_in(session, held),
        "memberships": [
            (it, session.get_one(MembershipCard, it.card_id), it.ended_at is None) for it in bought
        ],
        "all_tiers": tiers.all_of(session),
        "tier_names": {tier.id: tier for tier in tiers.by_key(session).values()},
    }


@console.post("/members/<int:member_id>/tier")
def give_tier(member_id: int) -> Answer:
    """An operator gives her a tier up to a day, and says why."""
    reason, until_on = request.form.get("reason", "").strip(), _day(request.form.get("until_on"))
    tier_id, today = request.form.get("tier_id", type=row_ids.read), _today()
    if not 0 < len(reason) <= REASON_MAX or until_on is None or until_on < today:
        flash(_("请写明原因，并选一个今天或以后的到期日。"), "danger")
        return go("member", member_id=member_id)
    with siyu().waking() as session:
        tier = session.get(Tier, tier_id or 0) or abort(404)
        if tier.retired_at is not None:
            abort(404)
        member = _hold(session, member_id)
        by, now = operator_id(), siyu().clock()
        standings.override(
            session, member.id, tier.id, reason=reason, until_on=until_on, operator_id=by, now=now
        )
        details = {"tier": tier.key, "until_on": str(until_on), "reason": reason}
        _look_again(session, member, "tier.give", details)
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


def _day(written: str | None) -> date | None:
    try:
        return date.fromisoformat(written or "")
    except ValueError:
        return None
