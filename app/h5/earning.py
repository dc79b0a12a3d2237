"""How points are earned, in words, and where an order is claimed by its number 订单换积分."""

import re

from flask import Blueprint, Response, current_app, request
from sqlalchemy.orm import Session

from app import awaiting, claiming
from app.domain.loyalty.earning import claims, earnings, rules, wordings
from app.domain.loyalty.earning.claims import OrderClaim, Outcome
from app.domain.loyalty.earning.wordings import Wording
from app.domain.loyalty.standing import tiers
from app.h5 import sessions, visitors
from app.h5.pages import page, siyu
from app.handlers import texts
from app.rates import Rate, TooOften

ORDER_NO = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{3,63}")
TRIES = Rate("h5_order_claims", 10)
NO_NUMBER = Wording(
    "请填写订单号，由字母、数字和横线组成。",
    "Please write the order's number: letters, digits and hyphens.",
)
SET_ASIDE = Wording(
    "暂时无法处理，已通知运营人员。", "This cannot be done just now; our staff have been told."
)
ON_ITS_WAY = Wording(
    "已收到，马上就好，请稍后在会员中心查看。",
    "We have it and are about to look: please see your member centre in a moment.",
)
blueprint = Blueprint("h5_earning", __name__, template_folder="templates", url_prefix="/h5/earning")


@blueprint.get("")
def ways_to_earn() -> Response:
    return _shown()


@blueprint.post("")
def claim_order() -> Response:
    """She says that an order is hers."""
    visitor, order_no = visitors.visitor(), request.form.get("order_no", "").strip()
    try:
        current_app.extensions["siyu_rates"].count(TRIES, f"{visitor.channel_id}:{visitor.openid}")
    except TooOften:
        return _shown(429, said=texts.CLAIMS[Outcome.TOO_MANY])
    if not ORDER_NO.fullmatch(order_no):
        return _shown(400, said=NO_NUMBER)
    member, now = visitors.member(), siyu().clock()
    with siyu().waking() as session:
        claiming.claim_order(session, member.id, "", order_no, now)
    return _shown(said=_came_of(claiming.order_key(member.id, "", order_no, now)))


def _came_of(key: str) -> Wording:
    house = siyu()
    try:
        event_id = awaiting.handled(house, key)
    except awaiting.SetAside:
        return SET_ASIDE
    with house.database.reading() as session:
        tried = claims.of_event(session, event_id) if event_id is not None else None
        if tried is None:
            return ON_ITS_WAY
        is_hers = tried.outcome == Outcome.CLAIMED
        return texts.claimed(tried, _earned(session, tried) if is_hers else 0)


def _earned(session: Session, tried: OrderClaim) -> int:
    return earnings.total(earnings.of_order(session, tried.order_id)) if tried.order_id else 0


def _shown(status: int = 200, said: Wording | None = None) -> Response:
    house = siyu()
    today = house.programme.business_day(house.clock())
    with house.database.reading() as session:
        called = wordings.names_of(tiers.all_of(session))
        return page(
            "earning.html",
            status,
            ways=[wordings.of_rule(one, called) for one in rules.offered(session, today)],
            is_open=rules.claim_window(session, today) is not None,
            is_named=sessions.visitor(house.clock()) is not None,
            order_no=request.form.get("order_no", ""),
            said=said,
        )
