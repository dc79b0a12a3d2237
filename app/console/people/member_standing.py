"""Where a member stands: her tier and until when, what she lacks for the next, what an operator has
given her instead (``given_tiers``), her paid memberships, and what all of it brings her."""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.console.frame import console
from app.console.languages import language
from app.domain.loyalty.standing import benefits, memberships, tier_words, tiers
from app.domain.loyalty.standing.membership_cards import MembershipCard
from app.domain.loyalty.standing.tier_terms import Condition, Measure
from app.domain.loyalty.standing.tiers import Why
from app.domain.people.members import Member
from app.programme import Programme
from app.reviewing import outlooks

HELD = 10


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
    outlook = outlooks.of(session, member, programme, now)
    tier_id = outlook.tier.id if outlook.tier else None
    held = benefits.of_member(session, member.id, tier_id, now)
    bought = memberships.of_member(session, member.id, HELD)
    return {
        "outlook": outlook,
        "benefits_held": held,
        "benefit_names": benefits.names_in(session, held),
        "memberships": [
            (it, session.get_one(MembershipCard, it.card_id), it.ended_at is None) for it in bought
        ],
        "all_tiers": tiers.all_of(session),
        "tier_names": {tier.id: tier for tier in tiers.by_key(session).values()},
    }
