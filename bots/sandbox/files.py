"""The file in a multipart body, which calls bring to paths that take one."""

import io
from contextlib import closing
from dataclasses import dataclass

from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from bots.sandbox.calls import Call
from bots.sandbox.refusals import Refused


@dataclass(frozen=True, slots=True)
class File:
    name: str
    content: bytes


def of(call: Call) -> File:
    """Raises Refused 41005."""
    mimetype, options = parse_options_header(call.headers.get("Content-Type", ""))
    parser = FormDataParser(silent=True)
    _, _, files = parser.parse(io.BytesIO(call.raw), mimetype, len(call.raw), options)
    found = next(iter(files.values()), None)
    if found is None:
        raise Refused(41005, "media data missing")
    with closing(found):
        return File(found.filename or "", found.read())
