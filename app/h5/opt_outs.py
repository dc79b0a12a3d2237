"""Opting out: ``/h5/opt-out/<token>``, the link below every mail.

Looking at the page changes nothing (mail scanners look too); the button does, and so does the one
POST that a mailbox makes for its owner (RFC 8058). Doing it twice is doing it once.
"""

from flask import Blueprint, Response

from app import inbox
from app.domain.people import members
from app.domain.people.members import Member
from app.h5.pages import page, siyu

blueprint = Blueprint("opt_outs", __name__, template_folder="templates")


@blueprint.get("/h5/opt-out/<token>")
def ask(token: str) -> Response:
    if _member(token) is None:
        return page("no_link.html", 404)
    return page("opt_out.html", done=False)


@blueprint.post("/h5/opt-out/<token>")
def opt_out(token: str) -> Response:
    member = _member(token)
    if member is None:
        return page("no_link.html", 404)
    with siyu().waking() as session:
        inbox.receive_own(
            session,
            key=f"opt_out:{member.id}:{siyu().clock():%Y-%m-%dT%H:%M}",  # she may come back between
            kind="opted_out",
            subject=f"member:{member.id}",
            fields={},
            member_id=member.id,
            now=siyu().clock(),
        )
    return page("opt_out.html", done=True)


def _member(token: str) -> Member | None:
    member_id = siyu().programme.opt_out_signer.read(token)
    if member_id is None:
        return None
    with siyu().database.reading() as session:
        member = session.get(Member, member_id)
        return None if member is None else members.get(session, member.id)
