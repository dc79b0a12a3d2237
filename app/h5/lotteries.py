"""A lottery's page: ``/h5/lotteries/<id>``: its prizes and odds, a button, and how to verify it.

A draw is a wish (``app.wishes``) under a word of the page's own; see ``rewards``.
"""

import secrets

from flask import Blueprint, Response, abort, request

from app import wishes
from app.domain.loyalty import points
from app.domain.loyalty.spending import drawing, draws, handovers, lotteries, prizes, redemptions
from app.domain.loyalty.spending.lotteries import Lottery
from app.domain.loyalty.spending.prizes import Prize
from app.h5 import visitors
from app.h5.pages import led_to, page, siyu
from app.h5.rewards import WORD, put

blueprint = Blueprint("h5_lotteries", __name__, template_folder="templates", url_prefix="/h5")


@blueprint.route("/lotteries/<int:lottery_id>", methods=["GET", "POST"])
def lottery(lottery_id: int) -> Response:
    member, zone, now = visitors.member(), siyu().programme.zone, siyu().clock()
    if request.method == "POST":
        visitors.has_sent_it()
        word = request.form.get("word", "")
        if not WORD.fullmatch(word):
            abort(400)
        key = wishes.draw_key(member, word)
        put(member, wishes.DRAW, key, {"LotteryId": str(lottery_id)})
        return led_to(f"/h5/lotteries/{lottery_id}/drawn/{word}", 303)
    with siyu().database.reading() as session:
        shown = session.get(Lottery, lottery_id)
        if shown is None or shown.opened_at is None:
            return page("no_link.html", 404)
        return page(
            "lottery.html",
            lottery=shown,
            prizes=prizes.of(session, lottery_id),
            why_not=drawing.offered(session, member, shown, zone, now),
            is_free=drawing.is_free(session, member, shown, zone, now),
            balance=points.balance_of(session, member.id).points,
            word=secrets.token_hex(16),
            token=visitors.token(),
            running=lotteries.is_open(shown, zone, now),
        )


@blueprint.get("/lotteries/<int:lottery_id>/drawn/<word>")
def drawn(lottery_id: int, word: str) -> Response:
    member = visitors.member()
    key = wishes.draw_key(member, word)
    with siyu().database.reading() as session:
        came = wishes.outcome(session, key)
        if came is None:
            return page("waiting.html")
        found = draws.by_key(session, key)
        return page(
            "draw_outcome.html",
            refused=came.refused,
            lottery_id=lottery_id,
            draw=found,
            prize=session.get_one(Prize, found.prize_id) if found else None,
            won=redemptions.by_key(session, handovers.won_key(found)) if found else None,
        )
