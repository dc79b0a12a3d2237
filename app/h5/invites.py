"""Invitations 邀请好友: a member's own page with her code as a poster, and the page on which a
friend arrives. Who the friend is, WeChat says; whose invitation it is, the signed code."""

import io

import segno
from flask import Blueprint, Response, abort

from app import inbox
from app.domain.loyalty.referrals import referrals, terms, trees
from app.domain.people import invites, members
from app.domain.people.channels import Channel
from app.domain.people.members import Member
from app.h5 import sessions, visitors
from app.h5.pages import page, siyu

blueprint = Blueprint("h5_invites", __name__, template_folder="templates", url_prefix="/h5")
SHOWN = 50


@blueprint.get("/me/invite")
def invite() -> Response:
    """Her code, whom she has brought, and what she gets for it."""
    member = visitors.member()
    with siyu().database.reading() as session:
        brought = referrals.of_inviter(session, member.id, SHOWN)
        friends = [members.get(session, one.friend_id) for one in brought]
        return page(
            "invite.html",
            code=_code(member),
            url=_url(member),
            terms=terms.present(session),
            friends=list(zip(friends, map(trees.state_of, brought), strict=True)),
        )


@blueprint.get("/me/invite.svg")
def poster() -> Response:
    """Her code as a picture to keep and to pass on."""
    visitor = sessions.visitor(siyu().clock())
    with siyu().database.reading() as session:
        member = visitors.behind(session, visitor)
        channel = session.get(Channel, visitor.channel_id) if visitor else None
    if member is None or channel is None:
        abort(404)
    drawn = io.BytesIO()
    code = segno.make_qr(_url(member), error="m")
    code.save(drawn, kind="svg", scale=8, border=2, xmldecl=False, svgns=False)
    picture = page(
        "poster.svg",
        member=member,
        shop=channel.name,
        code=_code(member),
        qr=drawn.getvalue().decode(),
        side=code.symbol_size(scale=8, border=2)[0],
    )
    picture.content_type = "image/svg+xml; charset=utf-8"
    return picture


@blueprint.get("/i/<code>")
def arrive(code: str) -> Response:
    """A friend has opened it. That she was invited counts once she is known, and if she is new."""
    house = siyu()
    inviter_id = invites.member_id_in(code, house.programme.vault)
    with house.database.reading() as session:
        known = session.get(Member, inviter_id) if inviter_id else None
        inviter = members.get(session, known.id) if known else None
    if inviter is None:
        return page("no_link.html", 404)
    visitor = visitors.visitor()
    with house.waking() as session:
        channel = session.get_one(Channel, visitor.channel_id)
        inbox.receive_own(
            session,
            key=f"invited:{channel.key}/{visitor.openid}:{inviter.id}",
            kind="invited",
            subject=f"{channel.key}/{visitor.openid}",
            fields={"InviterId": str(inviter.id)},
            channel_id=channel.id,
            sender=visitor.openid,
            now=house.clock(),
        )
    return page("invited.html", inviter=inviter, shop=channel.name)


def _url(member: Member) -> str:
    return f"{siyu().programme.public_url}/h5/i/{_code(member)}"


def _code(member: Member) -> str:
    return invites.code_of(member.id, siyu().programme.vault)
