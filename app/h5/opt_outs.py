"""Opting out: ``/h5/opt-out/<token>``, the link below every mail.

Looking at the page changes nothing (mail scanners look too); the button does, and so does the one
POST that a mailbox makes for its owner (RFC 8058). Doing it twice is doing it once.
"""

from flask import Blueprint, Response, current_app, make_response, render_template

from app import inbox, lanes
from app.domain.people import members
from app.domain.people.members import Member
from app.h5.radar_links import HEADERS
from app.wiring import Siyu

blueprint = Blueprint("opt_outs", __name__, template_folder="templates")


@blueprint.get("/h5/opt-out/<token>")
def ask(token: str) -> Response:
    siyu: Siyu = current_app.extensions["siyu"]
    if _member(siyu, token) is None:
        return _page("h5/no_link.html", 404)
    return _page("h5/opt_out.html", done=False)


@blueprint.post("/h5/opt-out/<token>")
def opt_out(token: str) -> Response:
    siyu: Siyu = current_app.extensions["siyu"]
    member = _member(siyu, token)
    if member is None:
        return _page("h5/no_link.html", 404)
    with siyu.database.writing() as session:
        inbox.receive_own(
            session,
            key=f"opt_out:{member.id}:{siyu.clock():%Y-%m-%dT%H:%M}",  # she may come back between
            kind="opted_out",
            subject=f"member:{member.id}",
            fields={},
            member_id=member.id,
            now=siyu.clock(),
        )
        touched = lanes.touched(session)
    siyu.wakeups.wake_all(touched)
    return _page("h5/opt_out.html", done=True)


def _member(siyu: Siyu, token: str) -> Member | None:
    member_id = siyu.programme.opt_out_signer.read(token)
    if member_id is None:
        return None
    with siyu.database.reading() as session:
        member = session.get(Member, member_id)
        return None if member is None else members.get(session, member.id)


def _page(template: str, status: int = 200, **values: bool) -> Response:
    response = make_response(render_template(template, **values), status)
    response.headers.update(HEADERS)
    return response
