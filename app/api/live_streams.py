"""Live streams: a partner tells who has watched one, and for how long."""

from typing import Annotated

from apiflask import APIBlueprint
from pydantic import BaseModel, Field, StrictInt

from app import whereabouts
from app.api import outcomes, partners, refusals
from app.api.callers import siyu
from app.api.order_shapes import BuyerNamed, Moment, Source
from app.api.orders import names_of
from app.api.refusals import RefusedRequest
from app.api.shapes import Accepted, Incoming
from app.domain.loyalty import orders
from app.domain.loyalty.earning import earnings
from app.domain.loyalty.orders import Buyer

blueprint = APIBlueprint("api_live_streams", __name__, tag="partners")


class Watched(Incoming):
    """谁看了直播 · who has watched it."""

    source: Source = Field(description="哪个直播平台或系统 · which system")
    member: BuyerNamed
    minutes: Annotated[StrictInt, Field(ge=0, le=100_000, description="共看了几分钟 · in all")]
    watched_at: Moment


class WatchedKept(BaseModel):
    """得了多少积分 · what it has earned."""

    member_id: int
    points: int


@blueprint.post("/live-streams/<stream_id>/watched")
@blueprint.auth_required(partners.bearer)
@blueprint.input(Watched)
@blueprint.output(WatchedKept)
@blueprint.doc(
    operation_id="post_live_watched",
    responses=refusals.named(
        *("bad_request", "not_logged_in", "unknown_buyer", "other_content", "too_large"),
        *("fields", "too_many", "not_handled"),
    )
    | {202: outcomes.LATER_DESCRIBED},
)
def post_watched(stream_id: str, json_data: Watched) -> WatchedKept | tuple[Accepted, int]:
    """观看直播 · A live stream was watched

    每位会员每场直播一次，重发结果相同。Once for each member and stream; sent again it changes
    nothing.
    """
    by = partners.partner()
    partners.check_moment("watched_at", json_data.watched_at)
    if not _is_name(stream_id):
        raise RefusedRequest("fields", mistakes={"stream_id": "string_pattern_mismatch"})
    with siyu().database.reading() as session:
        member = orders.buyer(session, Buyer(**names_of(session, json_data.member)))
        if member is None:
            raise RefusedRequest("unknown_buyer")
        subject = whereabouts.of(session, member.id).subject
    key = f"live:{json_data.source}:{stream_id}:{member.id}"
    handled = partners.keep(
        by,
        key=key,
        kind="live_watched",
        subject=subject,
        fields={
            "source": json_data.source,
            "stream_id": stream_id,
            "minutes": json_data.minutes,
        },
        member_id=member.id,
        happened_at=json_data.watched_at,
    )
    if not handled:
        return outcomes.LATER, 202
    with siyu().database.reading() as session:
        return WatchedKept(member_id=member.id, points=earnings.earned_by(session, key))


def _is_name(text: str) -> bool:
    return len(text) <= 64 and text.isascii() and all(c.isalnum() or c in "_.-" for c in text)
