"""What can be chosen in a plan's form: everything of ours that a trigger, a condition, an act or a
way can name, by the field that names it."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.console import words
from app.domain.insight import forms, radar, tags
from app.domain.loyalty import coupons, orders, tiers
from app.domain.loyalty.quizzes import Quiz
from app.domain.outreach import plans
from app.domain.outreach.plans import State
from app.domain.people import channels, groups, live_codes

QUIZZES_MAX = 100
_GOING_ON = (State.DRAFT, State.RUNNING, State.PAUSED)

Choices = Mapping[str, Sequence[tuple[str, str]]]


def of(session: Session) -> Choices:
    known_tiers = [(tier.key, words.tier_name(tier)) for tier in tiers.all_of(session)]
    return {
        "tag": [(tag.name, tag.name) for tag in tags.all_of(session)],
        "tier": known_tiers,
        "channel": [(one.key, one.name) for one in channels.all_of(session)],
        "group": [(str(one.id), one.name or f"#{one.id}") for one in groups.of(session)],
        "live_code": [(one.scene, one.name) for one in live_codes.all_of(session)],
        "quiz": [(str(one.id), one.question) for one in _latest_quizzes(session)],
        "link": [(one.key, one.title) for one in radar.all_of(session)],
        "form": [(one.key, one.title) for one in forms.all_of(session)],
        "coupon": [(str(one.id), one.name) for one in coupons.on_offer(session)],
        "source": [(source, source) for source in orders.sources(session)],
        "plan": [(str(one.id), one.name) for one in plans.in_state(session, *_GOING_ON)],
    }


def _latest_quizzes(session: Session) -> Sequence[Quiz]:
    return session.scalars(sa.select(Quiz).order_by(Quiz.id.desc()).limit(QUIZZES_MAX)).all()
