"""Radar links 雷达: ``/r/<token>`` notes that she opened it and leads on.

The token names the link and the member and is signed by us; the address comes from the database
alone, so nobody can make us lead anywhere else. Whatever is not a link of ours gets one and the
same page, and leaves no trace.
"""

from datetime import datetime
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
)

from app import inbox, lanes, whereabouts
from app.domain.insight.radar import RadarLink
from app.domain.people import members
from app.domain.people.members import Member
from app.wiring import Siyu

blueprint = Blueprint("h5", __name__, template_folder="templates")
MINUTE_S = 60
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # the token stays between her and us
    "X-Robots-Tag": "noindex",
}


@blueprint.get("/r/<token>")
def open_link(token: str) -> Response:
    siyu: Siyu = current_app.extensions["siyu"]
    found = _found(siyu, token)
    if found is None:
        return _with_headers(make_response(render_template("h5/no_link.html"), 404))
    link, member = found
    if request.method == "GET":  # HEAD: somebody only looks whether there is a page
        _keep(siyu, link, member, siyu.clock())
    return _with_headers(make_response(redirect(link.url, 302)))


def _found(siyu: Siyu, token: str) -> tuple[RadarLink, Member] | None:
    named = siyu.programme.radar_signer.read(token)
    if named is None:
        return None
    link_id, member_id = named
    with siyu.database.reading() as session:
        link, member = session.get(RadarLink, link_id), session.get(Member, member_id)
        if link is None or member is None or not _leads_to_the_web(link.url):
            return None
        return link, members.get(session, member.id)


def _leads_to_the_web(url: str) -> bool:
    return urlsplit(url).scheme in ("http", "https")


def _keep(siyu: Siyu, link: RadarLink, member: Member, now: datetime) -> None:
    """Refreshing within a minute is one opening."""
    minute = int(now.timestamp()) // MINUTE_S
    with siyu.database.writing() as session:
        she_is = whereabouts.of(session, member.id)
        inbox.receive_own(
            session,
            key=f"radar:{link.id}:{member.id}:{minute}",
            kind="radar_opened",
            subject=she_is.subject,
            fields={"LinkId": str(link.id)},
            channel_id=she_is.channel_id,
            sender=she_is.sender,
            member_id=member.id,
            now=now,
        )
        touched = lanes.touched(session)
    siyu.wakeups.wake_all(touched)


def _with_headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    return response
