"""Rewards: made, changed, taken off the shelf, and filled with codes."""

from flask import abort, flash, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.console.loyalty import window_fields
from app.console.loyalty.offer_forms import shown
from app.console.loyalty.reward_forms import ChangeForm, RewardForm
from app.domain.loyalty.spending import coupons, lotteries, reward_codes
from app.domain.loyalty.spending import rewards as reward_table
from app.domain.loyalty.spending.reward_codes import CODE_MAX
from app.domain.loyalty.spending.rewards import BadReward, Reward, RewardKind
from app.domain.people import operators

CODES_MAX = 10_000
_MISTAKES = {
    "coupon_id": _l("种类是优惠券时选一种，其他种类不选。"),
    "lottery_id": _l("种类是盲盒时选一个，其他种类不选。"),
    "stock": _l("不能少于已经兑换的份数。"),
    "closes_at": _l("要晚于开始时间。"),
}


@console.get("/rewards")
def rewards() -> Answer:
    with siyu().database.reading() as session:
        shown_ones = reward_table.all_of(session)
        codes_left = {
            one.id: reward_codes.left(session, one.id)
            for one in shown_ones
            if one.kind == RewardKind.CODE
        }
    return page("loyalty/rewards.html", rewards=shown_ones, codes_left=codes_left)


@console.route("/rewards/new", methods=["GET", "POST"])
def new_reward() -> Answer:
    form = RewardForm()
    with siyu().database.reading() as session:
        form.coupon_id.choices = [(0, "—")] + [
            (one.id, one.name) for one in coupons.on_offer(session)
        ]
        form.lottery_id.choices = [(0, "—")] + [
            (one.id, one.name) for one in lotteries.all_of(session) if one.closed_at is None
        ]
    if form.validate_on_submit() and _make(form):
        flash(_("已保存。"))
        return go("rewards")
    return page(
        "loyalty/reward_form.html", form=form, reward=None, windows=window_fields.rows_of([])
    )


@console.route("/rewards/<int:reward_id>", methods=["GET", "POST"])
def reward(reward_id: int) -> Answer:
    with siyu().database.reading() as session:
        known = session.get(Reward, reward_id) or abort(404)
        left = reward_codes.left(session, reward_id)
    about = {
        "money": known.money_fen / 100 if known.money_fen else None,
        "opens_at": shown(known.opens_at),
        "closes_at": shown(known.closes_at),
    }
    form = ChangeForm(obj=known, data=about)
    if form.validate_on_submit() and _change(form, reward_id):
        flash(_("已保存，对以后的兑换生效。"))
        return go("rewards")
    return page(
        "loyalty/reward_form.html",
        form=form,
        reward=known,
        windows=window_fields.rows_of(known.windows),
        codes_left=left,
    )


@console.post("/rewards/<int:reward_id>/close")
def close_reward(reward_id: int) -> Answer:
    with siyu().database.writing() as session:
        closed = session.get(Reward, reward_id, with_for_update=True) or abort(404)
        reward_table.close(closed, siyu().clock())
        _record(session, "reward.close", closed)
    return go("rewards")


@console.post("/rewards/<int:reward_id>/codes")
def upload_codes(reward_id: int) -> Answer:
    """One code a line; those that the list has already are left out."""
    codes = [line.strip() for line in request.form.get("codes", "").splitlines() if line.strip()]
    if len(codes) > CODES_MAX or any(len(code) > CODE_MAX for code in codes):
        flash(
            _("一次最多 %(n)s 个，每个不超过 %(most)s 个字符。", n=CODES_MAX, most=CODE_MAX),
            "danger",
        )
        return go("reward", reward_id=reward_id)
    with siyu().database.writing() as session:
        known = session.get(Reward, reward_id) or abort(404)
        if known.kind != RewardKind.CODE:
            abort(404)
        added = reward_codes.upload(session, reward_id, codes, siyu().clock())
        details = {"codes": added}
        subject, now = f"reward:{reward_id}", siyu().clock()
        operators.record(session, operator_id(), "reward.codes", subject, details, now)
    flash(_("新增 %(n)s 个兑换码。", n=added))
    return go("reward", reward_id=reward_id)


def _make(form: RewardForm) -> bool:
    windows = form.asked(lambda: window_fields.read(request.form))
    if windows is None:
        return False
    try:
        with siyu().database.writing() as session:
            made = reward_table.draft(
                session,
                kind=form.kind.data,
                coupon_id=form.coupon_id.data or None,
                lottery_id=form.lottery_id.data or None,
                windows=windows,
                now=siyu().clock(),
                **form.terms(),
            )
            _record(session, "reward.make", made)
    except BadReward as bad:
        return _explain(form, bad)
    return True


def _change(form: ChangeForm, reward_id: int) -> bool:
    windows = form.asked(lambda: window_fields.read(request.form))
    if windows is None:
        return False
    try:
        with siyu().database.writing() as session:
            changed = reward_table.lock(session, reward_id)
            reward_table.change(session, changed, windows=windows, **form.terms())
            _record(session, "reward.change", changed)
    except BadReward as bad:
        return _explain(form, bad)
    return True


def _explain(form: ChangeForm, bad: BadReward) -> bool:
    """Of what the form itself cannot see; it keeps the numbers within their bounds."""
    form[str(bad)].errors = [_MISTAKES[str(bad)]]
    return False


def _record(session: Session, action: str, reward: Reward) -> None:
    details = {"name": reward.name, "points": reward.points, "stock": reward.stock}
    details |= {"version": reward.version}
    now = siyu().clock()
    operators.record(session, operator_id(), action, f"reward:{reward.id}", details, now)
