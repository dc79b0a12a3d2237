"""Invitations 邀请好友, for the mini-program."""

from apiflask import APIBlueprint

from app.api import refusals
from app.api.callers import bearer, caller, member_of, siyu
from app.api.invite_shapes import Friend, MyInvites, Promise
from app.domain.loyalty.referrals import referrals, terms, trees
from app.domain.people import invites, members

FRIENDS_MAX = 200
blueprint = APIBlueprint("api_invites", __name__, tag="invites")


@blueprint.get("/me/invites")
@blueprint.auth_required(bearer)
@blueprint.output(MyInvites)
@blueprint.doc(
    operation_id="my_invites", responses=refusals.named("not_logged_in", "not_signed_up")
)
def my_invites() -> MyInvites:
    """我的邀请 · My invitations

    最近来的好友在前。The last friend comes first.
    """
    house = siyu()
    with house.database.reading() as session:
        member = member_of(session, caller())
        code = invites.code_of(member.id, house.programme.vault)
        held = terms.present(session)
        return MyInvites(
            code=code,
            url=f"{house.programme.public_url}/h5/i/{code}",
            promise=Promise.model_validate(held, from_attributes=True) if held else None,
            friends=[
                Friend(
                    nickname=members.get(session, one.friend_id).nickname,
                    state=trees.state_of(one),
                    invited_at=one.invited_at,
                )
                for one in referrals.of_inviter(session, member.id, FRIENDS_MAX)
            ],
        )
