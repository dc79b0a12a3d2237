"""What the page of an article says of itself: ``POST /r/views/<token>``.

The token is of one showing of one link to one opener and signed by us, so a page can speak for no
other. Of what it says, ``radar_views`` believes what can be true.
"""

from flask import Blueprint, Response, abort, jsonify, request
from pydantic import BaseModel, Field, ValidationError

from app import readings
from app.domain.insight.radar_readers import NoSuchReader
from app.domain.insight.radar_tokens import Showing
from app.domain.insight.radar_views import Report
from app.h5.pages import HEADERS, siyu

blueprint = Blueprint("h5_radar_reports", __name__)
BODY_MAX_BYTES, TOKEN_MAX_CHARS = 512, 1024
_NUMBER_MAX = 2**31 - 1


class Told(BaseModel):
    """The report, as ``radar.js`` writes it."""

    number: int = Field(ge=1, le=_NUMBER_MAX, strict=True)
    visible_ms: int = Field(ge=0, le=_NUMBER_MAX, strict=True)
    scroll_percent: int = Field(ge=0, le=100, strict=True)
    share_taps: int = Field(default=0, ge=0, le=_NUMBER_MAX, strict=True)


@blueprint.post("/r/views/<token>")
def report(token: str) -> Response:
    """Its first report is answered with the address under which she passes the page on."""
    signer = siyu().programme.radar_signer
    showing = signer.showing(token) if len(token) <= TOKEN_MAX_CHARS else None
    if showing is None:
        abort(404)
    if (request.content_length or 0) > BODY_MAX_BYTES:
        abort(413)
    try:
        told = Told.model_validate_json(request.get_data())
    except ValidationError:
        abort(400)
    reader_id = _keep(showing, told)
    if reader_id is None or told.number > 1:
        return _plain(Response(status=204))
    onward = siyu().programme.onward_url(showing.through.link_id, reader_id)
    return _plain(jsonify({"onward": onward}))


def _keep(showing: Showing, told: Told) -> int | None:
    now = siyu().clock()
    try:
        with siyu().waking() as session:
            heard = readings.reported(session, showing, Report(**told.model_dump()), now)
    except NoSuchReader:
        abort(404)
    return heard


def _plain(response: Response) -> Response:
    response.headers.update(HEADERS)
    return response
