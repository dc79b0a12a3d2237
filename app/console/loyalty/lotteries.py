"""Lotteries: drafted, opened with the hash of their seed, closed with the seed, and verified."""

from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import row_ids
from app.console.frame import PAGE, Answer, console, go, operator_id, page, siyu
from app.console.loyalty import prize_fields, window_fields
from app.console.loyalty.lottery_forms import LotteryForm
from app.console.loyalty.offer_forms import shown
from app.domain.loyalty.spending import draws, prizes, rewards, verifying
from app.domain.loyalty.spending import lotteries as lottery_table
from app.domain.loyalty.spending.lotteries import BadLottery, Lottery, NotADraft
from app.domain.loyalty.spending.rewards import Reward
from app.domain.people import operators

TOLD_MAX = 20


@console.get("/lotteries")
def lotteries() -> Answer:
    with siyu().database.reading() as session:
        return page("loyalty/lotteries.html", lotteries=lottery_table.all_of(session))


@console.route("/lotteries/new", methods=["GET", "POST"])
def new_lottery() -> Answer:
    form = LotteryForm()
    if form.validate_on_submit() and (made := _keep(form, None)) is not None:
        flash(_("已保存，还没有开始。"))
        return go("lottery", lottery_id=made)
    return _form_page(form, None)


@console.route("/lotteries/<int:lottery_id>/edit", methods=["GET", "POST"])
def edit_lottery(lottery_id: int) -> Answer:
    with siyu().database.reading() as session:
        known = session.get(Lottery, lottery_id) or abort(404)
    if known.opened_at is not None:
        return go("lottery", lottery_id=lottery_id)
    about = {"begins_at": shown(known.begins_at), "ends_at": shown(known.ends_at)}
    form = LotteryForm(obj=known, data=about)
    if form.validate_on_submit() and _keep(form, lottery_id) is not None:
        flash(_("已保存，还没有开始。"))
        return go("lottery", lottery_id=lottery_id)
    return _form_page(form, known)


@console.get("/lotteries/<int:lottery_id>")
def lottery(lottery_id: int) -> Answer:
    before = request.args.get("before", type=row_ids.read)
    with siyu().database.reading() as session:
        known = session.get(Lottery, lottery_id) or abort(404)
        after = max((before or known.drawn + 1) - PAGE - 1, 0)
        found = draws.of_lottery(session, lottery_id, after, PAGE)
        offered = prizes.of(session, lottery_id)
        return page(
            "loyalty/lottery.html",
            lottery=known,
            prizes=offered,
            names={one.id: one.name for one in offered},
            draws=[one for one in reversed(found) if before is None or one.number < before],
            older=after + 1 if after else None,
        )


@console.post("/lotteries/<int:lottery_id>/verify")
def verify_lottery(lottery_id: int) -> Answer:
    """Every draw reckoned again from the seed."""
    with siyu().database.reading() as session:
        known = session.get(Lottery, lottery_id) or abort(404)
        if known.opened_at is None:
            abort(404)
        found = list(verifying.discrepancies(session, known, siyu().vault))
    if found:
        flash(
            _("有 %(n)s 处不符：%(what)s", n=len(found), what="；".join(found[:TOLD_MAX])), "danger"
        )
    else:
        flash(_("%(n)s 次抽奖全部重算一致。", n=known.drawn))
    return go("lottery", lottery_id=lottery_id)


@console.post("/lotteries/<int:lottery_id>/open")
def open_lottery(lottery_id: int) -> Answer:
    with siyu().database.writing() as session:
        session.get(Lottery, lottery_id) or abort(404)
        opened = lottery_table.lock(session, lottery_id)
        lottery_table.open_to_all(session, opened, siyu().vault, siyu().clock())
        _record(session, "lottery.open", opened)
    return go("lottery", lottery_id=lottery_id)


@console.post("/lotteries/<int:lottery_id>/close")
def close_lottery(lottery_id: int) -> Answer:
    try:
        with siyu().database.writing() as session:
            session.get(Lottery, lottery_id) or abort(404)
            closed = lottery_table.lock(session, lottery_id)
            lottery_table.close(closed, siyu().vault, siyu().clock())
            _record(session, "lottery.close", closed)
    except NotADraft:
        flash(_("还没有开始。"), "danger")
    return go("lottery", lottery_id=lottery_id)


def _keep(form: LotteryForm, lottery_id: int | None) -> int | None:
    """The id of what was kept; None when something is wrong, which its field then tells."""
    now = siyu().clock()
    with siyu().database.reading() as session:
        gift_ids = {gift.id for gift in _gifts(session, lottery_id)}
        own_boxes = prizes.own_boxes(session, lottery_id) if lottery_id else ()
    windows = form.asked(lambda: window_fields.read(request.form))
    offered = form.asked(lambda: prize_fields.read(request.form, gift_ids, own_boxes))
    if windows is None or offered is None:
        return None
    try:
        with siyu().database.writing() as session:
            if lottery_id is None:
                kept = lottery_table.draft(
                    session, offered, windows=windows, now=now, **form.terms()
                )
            else:
                kept = lottery_table.lock(session, lottery_id)
                lottery_table.change(session, kept, offered, windows=windows, **form.terms())
            _record(session, "lottery.change" if lottery_id else "lottery.make", kept)
            return kept.id
    except BadLottery as bad:
        form[str(bad)].errors = [_("要晚于开始时间。")]
    except NotADraft:
        flash(_("已经开始，不能再改。"), "danger")
    return None


def _form_page(form: LotteryForm, known: Lottery | None) -> Answer:
    with siyu().database.reading() as session:
        kept = prizes.of(session, known.id) if known else []
        gifts = _gifts(session, known.id if known else None)
    return page(
        "loyalty/lottery_form.html",
        form=form,
        lottery=known,
        rows=prize_fields.rows_of(kept),
        rewards=gifts,
        windows=window_fields.rows_of(known.windows if known else []),
    )


def _gifts(session: Session, lottery_id: int | None) -> list[Reward]:
    """Those that can be a prize: on offer, or a prize already, so that saving it loses none."""
    kept = prizes.of(session, lottery_id) if lottery_id else []
    given = {one.reward_id for one in kept}
    return [one for one in rewards.all_of(session) if one.closed_at is None or one.id in given]


def _record(session: Session, action: str, lottery: Lottery) -> None:
    details = {"name": lottery.name, "drawn": lottery.drawn, "commitment": lottery.commitment}
    subject, now = f"lottery:{lottery.id}", siyu().clock()
    operators.record(session, operator_id(), action, subject, details, now)
