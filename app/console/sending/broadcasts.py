"""Broadcasts: what there is, what becomes of each while one looks, and its buttons."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import row_ids, wakeups
from app.broadcasting import figures, going_on, launching, own_moments, trials
from app.broadcasting.figures import Figures
from app.checks import definition_checks
from app.checks.definition_checks import StillWrong
from app.console import languages
from app.console.automation import handsets
from app.console.frame import PAGE, Answer, console, go, operator_id, page, siyu, zone
from app.console.saying import reason_words
from app.console.sending import broadcast_turns
from app.domain.outreach import approvals, broadcasts, staff_messages
from app.domain.outreach.approvals import NotApproved
from app.domain.outreach.broadcasts import Broadcast, NotAllowed, OtherAudience, State
from app.domain.people import lookups, operators
from app.domain.people.channels import Channel
from app.domain.people.operators import Operator
from app.segments import crowds

MEASURED_OVER_S = 30  # the speed is that of so many seconds before


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast it goes, seen from the page that asks again: ``done`` were through at ``since_s``,
    Unix time. ``a_minute`` and ``minutes_left`` are None while there is nothing to compare."""

    since_s: int
    done: int
    a_minute: int | None = None
    minutes_left: int | None = None


@console.get("/broadcasts", endpoint="broadcasts")
def list_broadcasts() -> Answer:
    before = request.args.get("before", type=row_ids.read)
    with siyu().database.reading() as session:
        found = broadcasts.newest(session, before, PAGE + 1)
        return page(
            "sending/broadcasts.html",
            broadcasts=found[:PAGE],
            older=found[PAGE - 1].id if len(found) > PAGE else None,
            channels={one.channel_id: _channel(session, one) for one in found},
            troubles={name.partition("/")[0] for name in siyu().troubles.known()},
        )


@console.get("/broadcasts/<int:broadcast_id>")
def broadcast(broadcast_id: int) -> Answer:
    with siyu().database.reading() as session:
        shown, now = _found(session, broadcast_id), siyu().clock()
        channel = _channel(session, shown)
        own = session.get_one(Operator, operator_id()).member_id
        member = lookups.member_behind(session, own) if own else None
        is_draft = shown.state == State.DRAFT
        meant = shown.frozen if shown.launched_at else _count_meant(session, shown)
        return page(
            "sending/broadcast.html",
            channel=channel,
            member=member,
            meant=meant if is_draft else None,
            approval=approvals.of(session, shown.split, shown.version),
            needs_approval=not shown.launched_at and approvals.is_needed(session, meant),
            handsets=handsets.of(session, shown.definition, channel.name, member, now),
            staff_sends=staff_messages.of_rule(session, f"broadcast:{broadcast_id}"),
            hours=own_moments.foreseen(session, shown, siyu().programme, now),
            **_figures(session, shown),
        )


@console.get("/broadcasts/<int:broadcast_id>/figures")
def broadcast_figures(broadcast_id: int) -> Answer:
    """The live part of the page, asked for every two seconds."""
    with siyu().database.reading() as session:
        return page(
            "sending/_broadcast_figures.html", **_figures(session, _found(session, broadcast_id))
        )


@console.post("/broadcasts/<int:broadcast_id>/launch")
def launch_broadcast(broadcast_id: int) -> Answer:
    """Now, or at a time; the operator has typed how many she means."""
    now, confirmed = siyu().clock(), request.form.get("confirmed", type=row_ids.read)
    at = _local(request.form.get("at", ""))
    if not confirmed:
        flash(_("请输入人数以确认。"), "danger")
        return go("broadcast", broadcast_id=broadcast_id)
    if at is not None and at <= now:
        flash(_("定时要在现在之后。"), "danger")
        return go("broadcast", broadcast_id=broadcast_id)

    def launch(session: Session, found: Broadcast) -> None:
        definition_checks.check(session, _channel(session, found), found.definition)
        if at is None:
            launching.launch(session, found, siyu().programme, now, confirmed=confirmed)
            return
        count = _count_meant(session, found)
        if count != confirmed:
            raise OtherAudience(count)
        broadcasts.schedule(session, found, at, now, crowd_of=crowds.at(session, now))

    details = {"count": confirmed, "at": at.isoformat() if at else None}
    try:
        _change(broadcast_id, "launch", details, launch)
    except NotApproved:
        flash(_("对象较多，须另一位运营批准后才能启动。"), "danger")
    except OtherAudience as other:
        flash(_("现在符合条件的是 %(n)s 个，请再确认一次。", n=other.count), "danger")
    except StillWrong as wrong:
        problem = languages.in_language(wrong.problems[0])
        flash(_("还不能启动：%(problem)s", problem=problem), "danger")
    return go("broadcast", broadcast_id=broadcast_id)


@console.post("/broadcasts/<int:broadcast_id>/state")
def change_broadcast_state(broadcast_id: int) -> Answer:
    """Pauses, resumes or cancels; nothing more leaves from the next attempt on."""
    button = request.form.get("button", "")
    if button not in BUTTONS:
        abort(400)
    try:
        _change(broadcast_id, button, {}, BUTTONS[button])
    except NotApproved:
        flash(_("对象较多，须另一位运营批准后才能启动。"), "danger")
    return go("broadcast", broadcast_id=broadcast_id)


@console.post("/broadcasts/<int:broadcast_id>/resend")
def resend_broadcast(broadcast_id: int) -> Answer:
    """What failed for the reasons that are ticked; what is unknown, only by its own tick."""
    failed, unknown = request.form.getlist("failed"), request.form.getlist("unknown")
    now, counts = siyu().clock(), [0]

    def resend(session: Session, found: Broadcast) -> None:
        counts[0] = going_on.resend(session, found, failed, unknown, now)

    _change(broadcast_id, "resend", {"failed": failed, "unknown": unknown}, resend)
    flash(_("%(n)s 条消息已重新排入发送队列。", n=counts[0]))
    return go("broadcast", broadcast_id=broadcast_id)


@console.post("/broadcasts/<int:broadcast_id>/trial")
def try_broadcast(broadcast_id: int) -> Answer:
    """To the operator's own member, who is remembered."""
    now, member_id = siyu().clock(), request.form.get("member_id", type=row_ids.read) or 0
    with siyu().database.writing() as session:
        found = _found(session, broadcast_id)
        member = lookups.member_behind(session, member_id)
        if member is None:
            reason: str | None = "no_such_member"
        else:
            session.get_one(Operator, operator_id()).member_id = member.id
            reason = trials.put(session, found, member.id, siyu().programme, now)
        touched = session.info.get("lanes", ())
    siyu().wakeups.wake_all(touched)
    if reason is None:
        flash(_("测试消息已排入发送队列，不计入群发。"))
    else:
        said = (
            _("没有这位会员")
            if reason == "no_such_member"
            else reason_words.reason_in_words(reason)
        )
        flash(_("测试没有发出：%(reason)s", reason=said), "danger")
    return go("broadcast", broadcast_id=broadcast_id)


@console.post("/broadcasts/<int:broadcast_id>/approval")
def approve_broadcast(broadcast_id: int) -> Answer:
    """``ask`` by one operator; ``grant`` or ``refuse`` by another."""
    button, now = request.form.get("button", ""), siyu().clock()

    def decide(session: Session, found: Broadcast) -> None:
        what = session, found.split, found.version
        if button == "ask":
            count = _count_meant(session, found)
            approvals.ask(*what, count, operator_id(), now)
        else:
            approvals.decide(*what, operator_id(), is_granted=button == "grant", now=now)

    if button not in ("ask", "grant", "refuse"):
        abort(400)
    try:
        _change(broadcast_id, f"approval_{button}", {}, decide)
    except approvals.SameOperator:
        flash(_("自己发起的审批，须由另一位运营决定。"), "danger")
    except approvals.NotAsked:
        flash(_("没有等待中的审批，或已有人决定。"), "danger")
    return go("broadcast", broadcast_id=broadcast_id)


def _change(
    broadcast_id: int,
    action: str,
    details: Mapping[str, object],
    change: Callable[[Session, Broadcast], object],
) -> None:
    """One transaction with its entry in the audit; whoever is to work on it is woken."""
    subject, now = f"broadcast:{broadcast_id}", siyu().clock()
    try:
        with siyu().database.writing() as session:
            change(session, _found(session, broadcast_id))
            operators.record(
                session, operator_id(), f"broadcast.{action}", subject, dict(details), now
            )
            touched = session.info.get("lanes", ())
    except NotAllowed:
        abort(409)
    siyu().troubles.try_again(subject, f"tryout:{broadcast_id}")  # tried again at once
    siyu().wakeups.wake_all([*touched, (wakeups.FEEDS, 0)])


def _found(session: Session, broadcast_id: int) -> Broadcast:
    return session.get(Broadcast, broadcast_id) or abort(404)


def _channel(session: Session, shown: Broadcast) -> Channel:
    return session.get_one(Channel, shown.channel_id)


def _figures(session: Session, shown: Broadcast) -> dict[str, object]:
    counted = figures.counts(session, shown.id)
    return {
        "broadcast": shown,
        "figures": counted,
        "pace": _pace(counted),
        "troubles": siyu().troubles.of(f"broadcast:{shown.id}", f"tryout:{shown.id}"),
        "tryout": broadcast_turns.tryout_of(session, shown, siyu().clock()),
        "failed": _by_reason(counted, "failed"),
        "unknown": _by_reason(counted, "unknown"),
        "suppressed": _by_reason(counted, "suppressed"),
    }


def _by_reason(counted: Figures, state: str) -> list[tuple[str, int]]:
    """Most first."""
    found = {reason: count for (of, reason), count in counted.reasons.items() if of == state}
    return sorted(found.items(), key=lambda one: -one[1])


def _pace(counted: Figures) -> Pace:
    done = counted.audience - counted.of(*figures.UNFINISHED)
    now_s = int(siyu().clock().timestamp())
    before = (
        request.args.get("since_s", type=int),
        request.args.get("done", type=int),
    )
    since_s, had = (one if one is not None else -1 for one in before)
    if since_s < 0 or had < 0 or now_s <= since_s or now_s - since_s > 2 * MEASURED_OVER_S:
        return Pace(now_s, done)
    a_minute = max(0, done - had) * 60 // (now_s - since_s)
    left = -(-(counted.audience - done) // a_minute) if a_minute else None
    if now_s - since_s >= MEASURED_OVER_S:
        return Pace(now_s, done, a_minute, left)
    return Pace(since_s, had, a_minute, left)


def _local(written: str) -> datetime | None:
    """A local time of the shop's, as a browser writes it."""
    try:
        return datetime.fromisoformat(written).replace(tzinfo=zone()) if written else None
    except ValueError:
        abort(400)


def _count_meant(session: Session, found: Broadcast) -> int:
    return broadcasts.count_meant(session, found, crowds.at(session, siyu().clock()))


def _resume(session: Session, found: Broadcast) -> None:
    going_on.resume(session, found, siyu().programme, siyu().clock())


def _to(state: State) -> Callable[[Session, Broadcast], None]:
    return lambda session, found: broadcasts.move_to(session, found, state, siyu().clock())


BUTTONS: Mapping[str, Callable[[Session, Broadcast], None]] = {
    "pause": _to(State.PAUSED),
    "resume": _resume,
    "cancel": _to(State.CANCELLED),
}
