"""Media: what operators have uploaded to be sent in plans and replies."""

from contextlib import closing

from flask import Response, abort, flash, request
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from app.console import uses
from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.domain.outreach.materials import media
from app.domain.outreach.materials.content_uses import MEDIA
from app.domain.people import operators
from bots.media import MediaGone


@console.get("/media")
def media_files() -> Answer:
    with siyu().database.reading() as session:
        return page(
            "content/media.html", files=media.all_of(session), uses=uses.by_key(session, MEDIA)
        )


@console.post("/media")
def upload_media() -> Answer:
    """Keeps a file: on the disk first, so that no row is without its file."""
    given = request.files.get("file")
    if given is None or not given.filename:
        flash(_("请选择一个文件。"), "danger")
        return go("media_files")
    try:
        _keep(given)
    except media.UnknownType:
        flash(_("只支持图片（PNG、JPG、GIF）、语音（AMR、MP3）和视频（MP4）。"), "danger")
    except media.TooManyBytes as error:
        size_mb = error.bytes_max // 1024 // 1024
        flash(_("文件太大：这种素材最大 %(size)s MB。", size=size_mb), "danger")
    else:
        flash(_("已上传。"))
    return go("media_files")


@console.get("/media/<digest>")
def media_file(digest: str) -> Answer:
    try:
        file = siyu().media_files.open(digest)
    except MediaGone:
        abort(404)
    return Response(file.content, mimetype=file.mime)


def _keep(given: FileStorage) -> None:
    with closing(given):
        content, now = given.read(), siyu().clock()
    with siyu().database.writing() as session:
        digest = media.add(session, given.filename or "", content, now)
        siyu().media_files.keep(digest, content)
        details = {"name": given.filename, "bytes": len(content)}
        operators.record(session, operator_id(), "media.upload", f"media:{digest}", details, now)
