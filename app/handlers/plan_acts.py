"""What plans do to members and groups besides speaking: tags, points, coupons, to-dos, invitations,
other plans. Each act is an event of our own (see ``journeys.acting``); when it is done, or cannot
be done, its step is marked with the outcome and the journey goes on."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from app import assignments, personal
from app.domain.insight import tags
from app.domain.loyalty.entries import Cause
from app.domain.loyalty.spending import coupons
from app.domain.loyalty.spending.coupons import Coupon
from app.domain.outreach.journeys import plans
from app.domain.outreach.journeys.plans import Plan
from app.domain.people import contacts
from app.domain.people.groups import Group
from app.handlers import member_tags, plan_invites
from app.handlers.scene import AccountScene, Scene, reward
from app.journeys import acting, causes
from app.journeys.acting import Act
from app.programme import Programme
from sop import wording

DONE, NOTHING_TO_DO = "done", "nothing_to_do"
DIMENSION = "member_cycle"  # of a tag that only a plan knows yet


def do(session: Session, scene: Scene, now: datetime) -> None:
    """Does to a member what the step says."""
    act = acting.begun(session, scene.event.fields, now)
    if act is not None:
        outcome = _DOERS[act.kind](session, scene, act, now)
        acting.end(session, act, outcome, scene.programme, now)


def do_for_group(session: Session, account: AccountScene, now: datetime) -> None:
    """Does to a group what the step says: to put a to-do, or to move it to another plan."""
    act = acting.begun(session, account.event.fields, now)
    if act is None:
        return
    cause = causes.of_event(session, account.event)
    if act.kind == "move":
        outcome = _moved(session, act, account.programme, cause, now)
    else:
        group = session.get_one(Group, act.enrolment.group_id)
        text = personal.content_for_group(session, {"text": act.what}, group)["text"]
        outcome = put_todo(session, act, text, None, now)
    acting.end(session, act, outcome, account.programme, now)


def put_todo(session: Session, act: Act, text: str, staff_id: int | None, now: datetime) -> str:
    todo = assignments.assign(
        session,
        key=act.key,
        text=text,
        member_id=act.enrolment.member_id,
        group_id=act.enrolment.group_id,
        staff_id=staff_id,
        cause=act.todo_cause,
        now=now,
    )
    return DONE if todo is not None else NOTHING_TO_DO


def staff_of(session: Session, member_id: int) -> int | None:
    """Who of our staff knows her best: whose contact she became last. None when she is nobody's."""
    for contact, staff in contacts.of_member(session, member_id):
        if contact.ended_at is None:
            return staff.id
    return None


def _tag(session: Session, scene: Scene, act: Act, now: datetime) -> str:
    given = member_tags.give(
        session,
        scene,
        tags.named(session, act.what, DIMENSION, now).id,
        rule=act.rule,
        rule_version=act.enrolment.version,
        evidence=act.plan.name,
        now=now,
    )
    return DONE if given else NOTHING_TO_DO


def _untag(session: Session, scene: Scene, act: Act, now: datetime) -> str:
    held = {held.name: held for held in tags.of(session, scene.member.id)}
    if act.what not in held:
        return NOTHING_TO_DO
    member_tags.take(session, scene, held[act.what].id, rule=act.rule, now=now)
    return DONE


def _award(session: Session, scene: Scene, act: Act, now: datetime) -> str:
    version = act.enrolment.version
    paid = reward(
        session, scene, int(act.what), key=act.key, rule=act.rule, rule_version=version, now=now
    )
    return DONE if paid else NOTHING_TO_DO


def _issue(session: Session, scene: Scene, act: Act, now: datetime) -> str:
    coupon = session.get(Coupon, int(act.what)) if act.what.isdecimal() else None
    if coupon is None:
        return "coupon_gone"
    cause = Cause(act.rule, act.enrolment.version, scene.event.id)
    key = f"coupon:{act.key}"
    try:
        issued = coupons.issue(session, scene.member.id, coupon.id, key=key, cause=cause, now=now)
    except coupons.NoneLeft:
        return "coupon_none_left"
    except coupons.TooManyForHer:
        return "coupon_limit"
    return DONE if issued is not None else NOTHING_TO_DO


def _assign(session: Session, scene: Scene, act: Act, now: datetime) -> str:
    try:
        content = personal.content_for_member(
            session, {"text": act.what}, scene.member, scene.programme, now
        )
    except wording.NothingToFill as hole:
        return f"nothing_to_fill:{hole.name}"
    return put_todo(session, act, content["text"], staff_of(session, scene.member.id), now)


def _invite(session: Session, scene: Scene, act: Act, now: datetime) -> str:
    group = session.get(Group, int(act.what))
    if group is None or group.dismissed_at is not None:
        return "group_dismissed"
    if plan_invites.send(session, scene, act, group, now):
        return DONE
    text = f"邀请入群「{group.name or group.external_id}」"
    return put_todo(session, act, text, staff_of(session, scene.member.id), now)


def _move(session: Session, scene: Scene, act: Act, now: datetime) -> str:
    return _moved(session, act, scene.programme, causes.of_event(session, scene.event), now)


def _moved(
    session: Session, act: Act, programme: Programme, cause: causes.Cause, now: datetime
) -> str:
    """She leaves this plan for the other, whether that takes her or has her already."""
    to = session.get(Plan, int(act.what))
    if to is None or to.state != plans.State.RUNNING or to.audience != act.plan.audience:
        return "plan_not_running"
    whom = {"member_id": act.enrolment.member_id, "group_id": act.enrolment.group_id}
    causes.enrol(session, to, programme, cause, **whom, now=now)
    return acting.MOVED


_Doer = Callable[[Session, Scene, Act, datetime], str]
_DOERS: Mapping[str, _Doer] = {
    "tag": _tag,
    "untag": _untag,
    "points": _award,
    "coupon": _issue,
    "todo": _assign,
    "invite": _invite,
    "move": _move,
}
