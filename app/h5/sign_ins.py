"""Signing in 签到 from the member centre: a button, once a business day, through the same event as
the mini-program's. What it brought stands on ``/h5/me``, whichever door it came by."""

from typing import Literal

from flask import Blueprint, Response
from sqlalchemy.orm import Session

from app import inbox, whereabouts
from app.domain.people.members import Member
from app.h5 import visitors
from app.h5.pages import led_to, siyu

blueprint = Blueprint("h5_sign_ins", __name__, template_folder="templates", url_prefix="/h5")


@blueprint.post("/me/sign-in")
def sign_in() -> Response:
    member, now = visitors.member("/h5/me"), siyu().clock()
    visitors.has_sent_it()
    on = siyu().programme.business_day(now)
    with siyu().waking() as session:
        whereabouts.receive(
            session,
            member.id,
            key=_key(member),
            kind="sign_in",
            fields={"On": on.isoformat()},
            now=now,
        )
    return led_to("/h5/me", 303)


def asked(session: Session, member: Member) -> Literal["no", "waiting", "stuck"]:
    """Whether she has pressed the button today: ``waiting`` while no worker has come to it, and
    ``stuck`` when none could handle it."""
    event = inbox.by_key(session, _key(member))
    if event is None or event.handled_at is not None:
        return "no"
    return "waiting" if event.quarantined_at is None else "stuck"


def _key(member: Member) -> str:
    """Not the mini-program's: told by two accounts, one key would be two stories. That a day counts
    once is decided where it is kept."""
    return f"signin:h5:{member.id}:{siyu().programme.business_day(siyu().clock())}"
