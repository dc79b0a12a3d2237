"""A form that was answered is kept, and what its questions say follows from it: tags by option,
what becomes of her own record, and once the reward. See ``app.domain.insight.forms``."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.insight import form_submissions, tags
from app.domain.insight.forms import Form
from app.domain.insight.questions import Question
from app.domain.loyalty.earning import kinds
from app.domain.loyalty.entries import Cause
from app.domain.loyalty.spending import coupons
from app.domain.people import addresses
from app.handlers import member_tags, texts
from app.handlers.scene import Scene, earn_own, say
from app.inbox import InboxEvent

NICKNAME_MAX = 64


def keep(session: Session, scene: Scene, now: datetime) -> None:
    fields = scene.event.fields
    form = session.get_one(Form, fields["form_id"])
    sealed = {name: bytes.fromhex(hexed) for name, hexed in fields["sealed"].items()}
    kept = form_submissions.submit(
        session,
        form.id,
        scene.member.id,
        key=scene.event.key,
        answers=fields["answers"],
        sealed=sealed,
        event_id=scene.event.id,
        now=now,
    )
    if kept is None:
        return
    for question in form.asked:
        given = fields["answers"].get(question.key, ())
        _tag(session, scene, form, question, given, now)
        if given:
            _become(scene, form, question, str(given[0]), sealed.get(question.key))
    _reward(session, scene, form, now)


def keep_unnamed(session: Session, event: InboxEvent, now: datetime) -> None:
    """Whoever it was: nothing follows but the answers themselves."""
    form_submissions.submit_unnamed(
        session,
        event.fields["form_id"],
        key=event.key,
        answers=event.fields["answers"],
        sealed=event.fields["sealed"],
        event_id=event.id,
        now=now,
    )


def _tag(
    session: Session,
    scene: Scene,
    form: Form,
    question: Question,
    given: list[str],
    now: datetime,
) -> None:
    for option in given:
        if option in question.tags:
            member_tags.give(
                session,
                scene,
                tags.named(session, question.tags[option], "attribute", now).id,
                rule=f"form:{form.id}",
                rule_version=None,
                evidence=f"{question.label}：{option}",
                now=now,
            )


def _become(scene: Scene, form: Form, question: Question, given: str, sealed: bytes | None) -> None:
    """Part of her record is what she answers; a mail address names nobody for certain, and neither
    does a telephone number that nobody has checked."""
    if question.keeps == "nickname":
        scene.member.nickname = given[:NICKNAME_MAX]
    elif question.keeps == "birthday":
        scene.member.birthday_on = date.fromisoformat(given)
    elif question.keeps == "email" and sealed is not None:
        vault = scene.programme.vault
        email = vault.open(sealed, context=f"form:{form.id}:{question.key}")
        addresses.keep_email(scene.member, email, vault)


def _reward(session: Session, scene: Scene, form: Form, now: datetime) -> None:
    """Once a member, however often she may answer."""
    rule = f"form:{form.id}"
    key = f"{rule}:{scene.member.id}"
    about: dict[str, Any] = {"key": key, "rule": rule, "rule_version": None}
    earned = earn_own(session, scene, kinds.FORM, form.points, **about, now=now)
    got = texts.form_thanks(form.title, earned, _coupon(session, scene, form, key, now))
    if got:
        say(session, scene, got, rule=rule, now=now)


def _coupon(session: Session, scene: Scene, form: Form, key: str, now: datetime) -> str:
    """Where she finds it; empty when there is none for her, or none left."""
    if form.coupon_id is None:
        return ""
    cause = Cause(f"form:{form.id}", None, scene.event.id)
    try:
        held = coupons.issue(
            session, scene.member.id, form.coupon_id, key=key, cause=cause, now=now
        )
    except (coupons.NoneLeft, coupons.TooManyForHer):
        return ""
    return "" if held is None else scene.programme.coupon_url(held.code)
