"""The points mall 积分商城: ``/h5/rewards``, what a member can have for her points; a page for each
reward, which asks for it; and ``/h5/redemptions``, what became of it.

Asking is a wish (``app.wishes``) under a word of the page's own, so a button pressed twice asks
once; its outcome has an address of its own, which looks again until the worker has handled it.
"""

import re
import secrets
from typing import Any

from flask import Blueprint, Response, abort, request
from sqlalchemy.orm import Session

from app import wishes
from app.domain.loyalty import points
from app.domain.loyalty.spending import (
    drawing,
    lotteries,
    redeeming,
    redemptions,
    reward_codes,
    rewards,
)
from app.domain.loyalty.spending.redemptions import Redemption
from app.domain.loyalty.spending.rewards import Reward, RewardKind, Why
from app.domain.people.members import Member
from app.domain.phones import national
from app.h5 import visitors
from app.h5.pages import led_to, page, siyu
from app.wishes import Delivery, OtherWish

blueprint = Blueprint("h5_rewards", __name__, template_folder="templates", url_prefix="/h5")
MINE_MAX, FIELD_MAX = 100, 200
WORD = re.compile(r"[0-9a-f]{32}")
PHONE = re.compile(r"\+?[0-9]{7,17}")


@blueprint.get("/rewards")
def mall() -> Response:
    member, zone, now = visitors.member(), siyu().programme.zone, siyu().clock()
    with siyu().database.reading() as session:
        shelf = rewards.on_shelf(session)
        running = lotteries.running(session)
        return page(
            "rewards.html",
            balance=points.balance_of(session, member.id).points,
            shelf=[(one, redeeming.offered(session, member, one, zone, now)) for one in shelf],
            lotteries=[(one, drawing.offered(session, member, one, zone, now)) for one in running],
        )


@blueprint.route("/rewards/<int:reward_id>", methods=["GET", "POST"])
def reward(reward_id: int) -> Response:
    member = visitors.member()
    with siyu().database.reading() as session:
        shown = session.get(Reward, reward_id)
    if shown is None:
        return page("no_link.html", 404)
    if request.method == "GET":
        return _shown(member, shown)
    visitors.has_sent_it()
    word = request.form.get("word", "")
    if not WORD.fullmatch(word):
        abort(400)
    delivery = _delivery()
    if shown.kind == RewardKind.GOODS and delivery is None:
        return _shown(member, shown, missing=True)
    key = wishes.redeem_key(member, word)
    sealed = delivery.sealed(siyu().vault, key) if delivery else ""
    put(member, wishes.REDEEM, key, {"RewardId": str(reward_id), "Sealed": sealed})
    return led_to(f"/h5/rewards/asked/{word}", 303)


@blueprint.get("/rewards/asked/<word>")
def asked(word: str) -> Response:
    member = visitors.member()
    key = wishes.redeem_key(member, word)
    with siyu().database.reading() as session:
        came = wishes.outcome(session, key)
        made = redemptions.by_key(session, key)
        if came is None:
            return page("waiting.html")
        return page(
            "reward_outcome.html",
            refused=came.refused,
            **(_of(session, made) if made is not None else {"made": None}),
        )


@blueprint.get("/redemptions")
def mine() -> Response:
    member = visitors.member()
    with siyu().database.reading() as session:
        found = redemptions.of_member(session, member.id, MINE_MAX)
        return page("redemptions.html", rows=[_of(session, made) for made, _reward in found])


@blueprint.route("/redemptions/<code>", methods=["GET", "POST"])
def redemption(code: str) -> Response:
    """One of hers; while goods that she has won have not been sent, she says here where to."""
    member = visitors.member()
    with siyu().database.reading() as session:
        made = redemptions.by_code(session, code) if code.isascii() else None
        if made is None or made.member_id != member.id:
            return page("no_link.html", 404)
        shown = _of(session, made)
    if request.method == "GET":
        return page("redemption.html", missing=False, token=visitors.token(), **shown)
    visitors.has_sent_it()
    delivery = _delivery()
    if delivery is None:
        return page("redemption.html", 422, missing=True, token=visitors.token(), **shown)
    known = siyu().vault.blind_index(f"{delivery.name}|{delivery.phone}|{delivery.address}")[:32]
    put(
        member,
        "redemption_addressed",
        f"redemption_addressed:{made.code}:{known}",
        {"Code": made.code, "Sealed": delivery.sealed(siyu().vault, made.key)},
    )
    return led_to(f"/h5/redemptions/{made.code}", 303)


def put(member: Member, kind: str, key: str, fields: dict[str, str]) -> None:
    """Keeps a wish of hers and wakes who handles it."""
    house = siyu()
    try:
        with house.waking() as session:
            wishes.put(session, member, kind=kind, key=key, fields=fields, now=house.clock())
    except OtherWish:
        abort(409)


def _shown(member: Member, shown: Reward, missing: bool = False) -> Response:
    zone, now = siyu().programme.zone, siyu().clock()
    with siyu().database.reading() as session:
        why = redeeming.offered(session, member, shown, zone, now)
        balance = points.balance_of(session, member.id).points
    opens_at = rewards.opens_next(shown, zone, now) if why is Why.NOT_OPEN else None
    return page(
        "reward.html",
        422 if missing else 200,
        reward=shown,
        why_not=why,
        opens_at=opens_at.astimezone(zone) if opens_at else None,
        balance=balance,
        word=secrets.token_hex(16),
        token=visitors.token(),
        missing=missing,
    )


def _of(session: Session, made: Redemption) -> dict[str, Any]:
    """What the pages show of a redemption."""
    reward = session.get_one(Reward, made.reward_id)
    is_goods = reward.kind == RewardKind.GOODS
    return {
        "made": made,
        "reward": reward,
        "gift_code": reward_codes.of_redemption(session, made.id),
        "asks_address": is_goods and made.state == "waiting" and made.sealed_delivery is None,
        "at": made.redeemed_at.astimezone(siyu().programme.zone),
    }


def _delivery() -> Delivery | None:
    """What she has written; None when something is missing."""
    name, phone, address = (
        request.form.get(part, "").strip() for part in ("name", "phone", "address")
    )
    is_whole = all(0 < len(part) <= FIELD_MAX for part in (name, address))
    if not is_whole or not PHONE.fullmatch(phone):
        return None
    return Delivery(name, national(phone), address)
