"""Pictures of the media library on our own pages: ``/h5/pictures/<digest>``. Nobody guesses a
digest, and what is behind it never changes."""

from flask import Blueprint, Response, abort

from app.h5.pages import siyu
from bots.media import MediaGone

blueprint = Blueprint("h5_pictures", __name__)


@blueprint.get("/h5/pictures/<digest>")
def picture(digest: str) -> Response:
    try:
        found = siyu().media_files.open(digest)
    except MediaGone:
        abort(404)
    if not found.mime.startswith("image/"):
        abort(404)
    response = Response(found.content, mimetype=found.mime)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
