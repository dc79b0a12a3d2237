"""The member centre 会员中心: what she has, for herself; and what her pages need of the JS-SDK."""

import secrets
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, jsonify, request
from sqlalchemy.orm import Session

from app.domain.loyalty import points
from app.domain.loyalty import sign_ins as days
from app.domain.loyalty.standing import benefits, memberships, tier_words
from app.domain.loyalty.standing.membership_cards import MembershipCard
from app.domain.people.channels import Channel
from app.domain.people.members import Member
from app.h5 import sessions, sign_ins, visitors
from app.h5.pages import HEADERS, led_to, page, siyu
from app.handlers import games
from app.reviewing import outlooks
from bots.official_account import js_sdk
from bots.wechat_api import PlatformRefused
from bots.wire import PlatformUnavailable

blueprint = Blueprint("h5_members", __name__, template_folder="templates", url_prefix="/h5")


@blueprint.get("/")
def front() -> Response:
    """Whoever shortens an address comes to the member centre."""
    return led_to("/h5/me")


@blueprint.get("/me")
def me() -> Response:
    member, now = visitors.member(), siyu().clock()
    with siyu().database.reading() as session:
        today = siyu().programme.business_day(now)
        asked = sign_ins.asked(session, member)
        if asked == "waiting":
            return page("waiting.html")
        return page(
            "me.html",
            member=member,
            balance=points.balance_of(session, member.id),
            streak=days.streak_days(session, member.id, today),
            signed_in=games.sign_in_of(session, member.id, today),
            is_stuck=asked == "stuck",
            word=visitors.token(),
            **_standing(session, member),
        )


@blueprint.get("/js-sdk")
def js_sdk_config() -> Response:
    """Signed for the page at ``url``, which has to be one of ours, and for her who is logged in."""
    house, url = siyu(), request.args.get("url", "")
    visitor = sessions.visitor(house.clock())
    if visitor is None:
        abort(401)
    if _place(url) != _place(house.programme.public_url):
        abort(400)
    with house.database.reading() as session:
        channel = session.get(Channel, visitor.channel_id) or abort(404)
    account = house.account(channel)
    try:
        ticket = js_sdk.ticket(house.official_account(channel).api, account, house.tokens)
    except (PlatformRefused, PlatformUnavailable):
        abort(503)
    config = js_sdk.config(account, ticket, url, secrets.token_hex(8), house.clock())
    response = jsonify(config)
    response.headers.update(HEADERS)
    return response


def _standing(session: Session, member: Member) -> dict[str, Any]:
    """Her tier and what leads to the next, her paid memberships, and what all of it brings her."""
    house, now = siyu(), siyu().clock()
    outlook = outlooks.of(session, member, house.programme, now)
    tier_id = outlook.tier.id if outlook.tier else None
    held = benefits.of_member(session, member.id, tier_id, now)
    return {
        "outlook": outlook,
        "ways": [[tier_words.condition(it.condition) for it in way] for way in outlook.ways],
        "benefits": benefits.words(held, benefits.names_in(session, held)),
        "memberships": [
            (
                session.get_one(MembershipCard, it.card_id),
                it.ends_at.astimezone(house.programme.zone),
            )
            for it in memberships.going_on(session, member.id, now)
        ],
    }


def _place(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.scheme, parts.netloc
