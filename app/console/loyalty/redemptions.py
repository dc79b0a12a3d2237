"""Redemptions: what waits to be sent, what was, and what was cancelled; as a table to take away."""

from collections.abc import Iterator, Sequence
from typing import Any

from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import row_ids
from app.console.exports import table
from app.console.frame import PAGE, Answer, console, go, moment, operator_id, page, siyu
from app.domain.loyalty.spending import redeeming, reward_codes
from app.domain.loyalty.spending import redemptions as redemption_table
from app.domain.loyalty.spending.coupons import NoneLeft
from app.domain.loyalty.spending.redeeming import NotCancellable
from app.domain.loyalty.spending.redemptions import Redemption, delivery_context
from app.domain.people import members, operators
from app.domain.people.members import Member

NOTE_MAX = 200
AT_ONCE = 1_000
HEADING = (
    *("编号", "兑换品", "会员编号", "昵称", "积分", "金额（元）", "状态", "兑换时间"),
    *("完成时间", "取消时间", "收货人", "电话", "地址", "备注"),
)


@console.get("/redemptions")
def redemptions() -> Answer:
    reward_id, before = (
        request.args.get("reward", type=row_ids.read),
        request.args.get("before", type=row_ids.read),
    )
    only_open = request.args.get("open") == "yes"
    with siyu().database.reading() as session:
        found = redemption_table.newest(
            session, reward_id=reward_id, only_open=only_open, before_id=before, limit=PAGE + 1
        )
        rows = found[:PAGE]
        return page(
            "loyalty/redemptions.html",
            rows=rows,
            members=_members(session, [made for made, _reward in rows]),
            older=rows[-1][0].id if len(found) > PAGE else None,
            reward_id=reward_id,
            only_open=only_open,
        )


@console.get("/redemptions/<int:redemption_id>")
def redemption(redemption_id: int) -> Answer:
    with siyu().database.reading() as session:
        made = session.get(Redemption, redemption_id) or abort(404)
        ((made, reward),) = redemption_table.newest(session, before_id=redemption_id + 1, limit=1)
        return page(
            "loyalty/redemption.html",
            made=made,
            reward=reward,
            member=members.get(session, made.member_id),
            code=reward_codes.of_redemption(session, made.id),
        )


@console.post("/redemptions/<int:redemption_id>/fulfil")
def fulfil_redemption(redemption_id: int) -> Answer:
    note, by, now = request.form.get("note", "").strip(), operator_id(), siyu().clock()
    if len(note) > NOTE_MAX:
        abort(400)
    try:
        with siyu().database.writing() as session:
            made = session.get(Redemption, redemption_id) or abort(404)
            done = redeeming.fulfil(
                session, made.id, by=f"operator:{by}", note=note, vault=siyu().vault, now=now
            )
            if done:
                _record(session, "redemption.fulfil", made, {"note": note})
    except NoneLeft:
        flash(_("券或兑换码还没有补上。"), "danger")
    return go("redemption", redemption_id=redemption_id)


@console.post("/redemptions/<int:redemption_id>/cancel")
def cancel_redemption(redemption_id: int) -> Answer:
    by, now = operator_id(), siyu().clock()
    try:
        with siyu().database.writing() as session:
            made = session.get(Redemption, redemption_id) or abort(404)
            members.hold(session, made.member_id)
            if redeeming.cancel(session, made.id, by=f"operator:{by}", event_id=None, now=now):
                _record(session, "redemption.cancel", made, {"points": made.points})
    except NotCancellable:
        flash(_("已经用掉、给出或开出，不能取消。"), "danger")
    return go("redemption", redemption_id=redemption_id)


@console.post("/redemptions/<int:redemption_id>/delivery")
def unmask_delivery(redemption_id: int) -> Answer:
    """Where it goes, in full; that somebody looked is recorded."""
    with siyu().database.writing() as session:
        made = session.get(Redemption, redemption_id) or abort(404)
        if made.sealed_delivery is None:
            abort(404)
        _record(session, "redemption.unmask", made, {})
    return page("_unmasked.html", value=" ".join(_delivery(made).values()))


@console.post("/redemptions/export")
def export_redemptions() -> Answer:
    """All of them, or those that are open; with whole addresses only if that is asked for."""
    kind, only_open = request.form.get("format", "csv"), request.form.get("open") == "yes"
    in_full = request.form.get("in_full") == "yes"
    if kind not in ("csv", "xlsx"):
        abort(400)
    with siyu().database.writing() as session:
        details = {"open": only_open, "in_full": in_full}
        subject, now = "redemptions", siyu().clock()
        operators.record(session, operator_id(), "redemption.export", subject, details, now)
    return table(_rows(only_open, in_full), "redemptions", kind)


def _rows(only_open: bool, in_full: bool) -> Iterator[Sequence[Any]]:
    yield HEADING
    before: int | None = None
    while True:
        with siyu().database.reading() as session:
            part = redemption_table.newest(
                session, only_open=only_open, before_id=before, limit=AT_ONCE
            )
            names = _members(session, [made for made, _reward in part])
        for made, reward in part:
            where = _delivery(made) if in_full and made.sealed_delivery else {}
            yield (
                *(made.code, reward.name, made.member_id, names[made.member_id].nickname),
                *(made.points, made.money_fen / 100, redemption_state_in_words(made.state)),
                *(moment(made.redeemed_at), moment(made.fulfilled_at), moment(made.cancelled_at)),
                *(where.get("name", ""), where.get("phone", ""), where.get("address", "")),
                made.note or "",
            )
        if len(part) < AT_ONCE:
            return
        before = part[-1][0].id


@console.app_template_filter()
def redemption_state_in_words(state: str) -> str:
    words = {
        "unpaid": _("待付款"),
        "waiting": _("待处理"),
        "fulfilled": _("已完成"),
        "cancelled": _("已取消"),
    }
    return words[state]


def _delivery(made: Redemption) -> dict[str, str]:
    assert made.sealed_delivery is not None, "the caller has looked"
    return siyu().vault.open_fields(made.sealed_delivery, context=delivery_context(made.key))


def _members(session: Session, rows: Sequence[Redemption]) -> dict[int, Member]:
    found = session.query(Member).where(Member.id.in_({one.member_id for one in rows}))
    return {member.id: member for member in found}


def _record(session: Session, action: str, made: Redemption, details: dict[str, Any]) -> None:
    subject, now = f"redemption:{made.code}", siyu().clock()
    operators.record(session, operator_id(), action, subject, details, now)
