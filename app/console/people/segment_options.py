"""What can be chosen in the fields of a segment's rule, by the field that names it."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.console.people.segment_words import Options, choice
from app.console.saying import words
from app.domain.insight import forms, radar, segments, tags
from app.domain.insight.forms import Form
from app.domain.insight.member_figures import MemberFigures
from app.domain.insight.questions import SEALED
from app.domain.loyalty import orders
from app.domain.loyalty.quizzes import Quiz
from app.domain.loyalty.spending import coupons
from app.domain.loyalty.standing import tiers
from app.domain.outreach.broadcasts import Broadcast
from app.domain.outreach.journeys.plans import Plan
from app.domain.people import channels, groups, live_codes
from tagging.life_cycle import Stage
from tagging.rfm import Segment as RfmSegment

LATEST = 200  # of what there is ever more of


def of(session: Session) -> Options:
    return {
        "tag": [(tag.name, tag.name) for tag in tags.all_of(session)],
        "tiers": [(tier.key, words.tier_name(tier)) for tier in tiers.all_of(session)],
        "channel": [(one.key, one.name) for one in channels.all_of(session)],
        "groups": [(str(one.id), one.name or f"#{one.id}") for one in groups.of(session)],
        "live_codes": [(str(one.id), one.name) for one in live_codes.all_of(session)],
        "months": [(str(month), str(month)) for month in range(1, 13)],
        "link": [(one.key, one.title) for one in radar.all_of(session)],
        "form": [(one.key, one.title) for one in forms.all_of(session)],
        "coupon": [(str(one.id), one.name) for one in coupons.all_of(session)],
        "source": [(source, source) for source in orders.sources(session)],
        "segment": [(one.key, one.name) for one in segments.all_of(session)],
        "quiz": _latest(session, Quiz.id, Quiz.question),
        "plan": _latest(session, Plan.id, Plan.name),
        "broadcast": _latest(session, Broadcast.id, Broadcast.name),
        "rfm_segment": [(one.value, choice(one)) for one in RfmSegment],
        "stage": [(one.value, choice(one)) for one in Stage],
        "cluster": _clusters(session),
        **_questions(forms.all_of(session)),
    }


def _questions(known: Iterable[Form]) -> Options:
    """By form its questions, and by question the answers of which one is chosen. What is sealed
    is compared with nothing."""
    found: dict[str, list[tuple[str, str]]] = {}
    for form in known:
        asked = [one for one in form.asked if one.kind not in SEALED]
        found[f"question:{form.key}"] = [(one.key, one.label) for one in asked]
        for one in asked:
            answers = [(answer, answer) for answer in one.chosen_from]
            found[f"answer:{form.key}:{one.key}"] = answers
    return found


def _latest(
    session: Session, number: sa.SQLColumnExpression[int], name: sa.SQLColumnExpression[str]
) -> list[tuple[str, str]]:
    rows = session.execute(sa.select(number, name).order_by(number.desc()).limit(LATEST))
    return [(str(found), called) for found, called in rows]


def _clusters(session: Session) -> list[tuple[str, str]]:
    known = sa.select(MemberFigures.cluster).where(MemberFigures.cluster.is_not(None)).distinct()
    return [(str(one), str(one)) for one in session.scalars(known)]
