"""What the platform says to calls of no API of its own, and of one by the wrong method ("Global
return codes")."""

from collections.abc import Iterable

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from bots.sandbox import refusals
from bots.sandbox.refusals import Refused

FAMILIES = ("/cgi-bin/", "/sns/", "/wxa/", "/wxaapi/", "/customservice/", "/datacube/", "/card/")


def answer_in_json(app: Flask, paths: Iterable[str]) -> None:
    """``paths`` are those of the platform's API; those of the sandbox itself stay as they are."""
    known = frozenset(paths)

    def wrong_method(error: MethodNotAllowed) -> Response | HTTPException:
        if request.path not in known:
            return error
        if "POST" in (error.valid_methods or ()):
            return jsonify(refusals.body(Refused(43002, "require POST method")))
        return jsonify(refusals.body(Refused(43001, "require GET method")))

    def unknown(error: NotFound) -> Response | HTTPException:
        if request.url_rule is not None or not request.path.startswith(FAMILIES):
            return error
        answer = jsonify(refusals.body(Refused(40066, "invalid url")))
        answer.status_code = 404
        return answer

    app.register_error_handler(MethodNotAllowed, wrong_method)
    app.register_error_handler(NotFound, unknown)
