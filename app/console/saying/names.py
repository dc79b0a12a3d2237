"""Names of what definitions name by a code: a tier's key, a coupon's number, a radar link's key, a
group's id become what operators call them. What is not there any more keeps its code."""

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Session

from app import row_ids
from app.console.saying import words
from app.console.saying.figure_words import figure_in_words
from app.domain.insight import forms, products, radar
from app.domain.insight.figure_changes import SEGMENT, STAGE
from app.domain.loyalty.quizzes import Quiz
from app.domain.loyalty.spending.coupons import Coupon
from app.domain.loyalty.standing import membership_cards, tiers
from app.domain.loyalty.standing.tiers import DOWN, UP
from app.domain.outreach.journeys.plans import Plan
from app.domain.outreach.materials.materials import Material
from app.domain.outreach.materials.media import Media
from app.domain.outreach.message_templates import MessageTemplate
from app.domain.people import channels
from app.domain.people.groups import Group
from app.domain.people.live_codes import LiveCode

_TIER_FIELDS = {"tiers", "tier_labels"}


class Names:
    """Looks each up once."""

    def __init__(self, session: Session):
        self._session = session
        self._known: dict[tuple[str, str], str] = {}

    def of(self, field: str, code: Any) -> str:
        """What stands in this field of a definition, by its name."""
        field = "tier" if field in _TIER_FIELDS else field
        place = field, str(code)
        if place not in self._known:
            found = _FINDERS[field](self._session, str(code)) if field in _FINDERS else None
            self._known[place] = found or str(code)
        return self._known[place]


def _by_number(noun: type[Any], column: str) -> Callable[[Session, str], str | None]:
    def find(session: Session, code: str) -> str | None:
        found = session.get(noun, row_ids.read_or_none(code) or 0)
        return getattr(found, column) if found is not None else None

    return find


def _tier(session: Session, key: str) -> str | None:
    return next((words.tier_name(it) for it in tiers.all_of(session) if it.key == key), None)


def _direction(_session: Session, direction: str) -> str | None:
    return {UP: gettext("升级"), DOWN: gettext("降级")}.get(direction)


def _card(session: Session, sku: str) -> str | None:
    card = membership_cards.by_sku(session, [sku]).get(sku)
    return words.card_name(card) if card is not None else None


def _channel(session: Session, key: str) -> str | None:
    channel = channels.by_key(session, key)
    return channel.name if channel is not None else None


def _live_code(session: Session, scene: str) -> str | None:
    return session.scalar(sa.select(LiveCode.name).filter_by(scene=scene).limit(1))


def _link(session: Session, key: str) -> str | None:
    link = radar.by_key(session, key)
    return link.title if link is not None else None


def _form(session: Session, key: str) -> str | None:
    form = forms.by_key(session, key)
    return form.title if form is not None else None


def _file(session: Session, digest: str) -> str | None:
    return session.scalar(sa.select(Media.name).filter_by(digest=digest))


def _template(session: Session, template_id: str) -> str | None:
    named = sa.select(MessageTemplate.title).filter_by(template_id=template_id)
    return session.scalar(named.order_by(MessageTemplate.id.desc()).limit(1))


def _product(session: Session, sku: str) -> str | None:
    product = products.of_sku(session, sku)
    return product.name if product is not None else None


def _figure(figure: str) -> Callable[[Session, str], str | None]:
    return lambda _session, value: figure_in_words(value, figure)


_FINDERS: Mapping[str, Callable[[Session, str], str | None]] = {
    "tier": _tier,
    "direction": _direction,
    "card": _card,
    "channel": _channel,
    "group": _by_number(Group, "name"),
    "live_code": _live_code,
    "quiz": _by_number(Quiz, "question"),
    "link": _link,
    "form": _form,
    "coupon": _by_number(Coupon, "name"),
    "plan": _by_number(Plan, "name"),
    "material": _by_number(Material, "name"),
    "media": _file,
    "thumb_media": _file,
    "template_id": _template,
    "sku": _product,
    STAGE: _figure(STAGE),
    SEGMENT: _figure(SEGMENT),
}
