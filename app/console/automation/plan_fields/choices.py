"""What can be chosen in a plan's form: everything of ours that a trigger, a condition, an act or a
way can name, by the field that names it."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.console.saying import figure_words, words
from app.domain.insight import forms, products, radar, segments, tags
from app.domain.insight.products import Product
from app.domain.loyalty import orders
from app.domain.loyalty.quizzes import Quiz
from app.domain.loyalty.spending import coupons
from app.domain.loyalty.standing import membership_cards, tiers
from app.domain.loyalty.standing.tiers import DOWN, UP
from app.domain.outreach.journeys import plans
from app.domain.outreach.journeys.plans import State
from app.domain.people import channels, groups, live_codes
from app.segments import snapshots

QUIZZES_MAX = SNAPSHOTS_MAX = 100
PRODUCTS_MAX = 500
_GOING_ON = (State.DRAFT, State.RUNNING, State.PAUSED)

Choices = Mapping[str, Sequence[tuple[str, str]]]


def of(session: Session) -> Choices:
    known_tiers = [(tier.key, words.tier_name(tier)) for tier in tiers.all_of(session)]
    return {
        "tag": [(tag.name, tag.name) for tag in tags.all_of(session)],
        "tier": known_tiers,
        "direction": [(UP, gettext("升级")), (DOWN, gettext("降级"))],
        "card": [(card.sku, words.card_name(card)) for card in membership_cards.all_of(session)],
        "channel": [(one.key, one.name) for one in channels.all_of(session)],
        "group": [(str(one.id), one.name or f"#{one.id}") for one in groups.of(session)],
        "live_code": [(one.scene, one.name) for one in live_codes.all_of(session)],
        "quiz": [(str(one.id), one.question) for one in _latest_quizzes(session)],
        "link": [(one.key, one.title) for one in radar.all_of(session)],
        "form": [(one.key, one.title) for one in forms.all_of(session)],
        "coupon": [(str(one.id), one.name) for one in coupons.on_offer(session)],
        "source": [(source, source) for source in orders.sources(session)],
        "sku": [(one.sku, one.name or one.sku) for one in _products(session)],
        **figure_words.choices(),
        **crowds(session),
        "plan": [(str(one.id), one.name) for one in plans.in_state(session, *_GOING_ON)],
    }


def _products(session: Session) -> Sequence[Product]:
    """Those of whom it is known how long they last."""
    ordered = products.most_ordered(session, PRODUCTS_MAX)
    return [product for product in ordered if product.interval.remind_after_days is not None]


def crowds(session: Session) -> Choices:
    """What a filter can call by name."""
    taken = snapshots.newest(session, None, SNAPSHOTS_MAX)
    return {
        "segment": [(one.key, one.name) for one in segments.all_of(session)],
        "snapshot": [(str(one.id), one.name) for one in taken],
    }


def _latest_quizzes(session: Session) -> Sequence[Quiz]:
    return session.scalars(sa.select(Quiz).order_by(Quiz.id.desc()).limit(QUIZZES_MAX)).all()
