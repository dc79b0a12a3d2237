"""What a member sees where there is nothing, where something is refused, or broken."""

from flask import Blueprint, Response
from werkzeug.exceptions import HTTPException

from app.h5.pages import page

blueprint = Blueprint("h5_errors", __name__, template_folder="templates")
WORDS = {
    400: ("请求有误，请返回上一页再试。", "That could not be read: please go back and try again."),
    409: ("这个页面用过了，请重新打开再试。", "This page has been used: please open it again."),
    413: ("提交的内容太大。", "That is too much to send at once."),
    500: ("系统出错了，请稍后再试。", "Something went wrong here: please try again later."),
}


@blueprint.route("/h5/<path:anything>", methods=["GET", "POST"])
def not_there(anything: str) -> Response:
    return page("no_link.html", 404)


def refused(error: HTTPException) -> Response:
    """Every other page of ours that a browser cannot have."""
    code = error.code or 500
    if code == 404:
        return page("no_link.html", 404)
    zh, en = WORDS.get(code, WORDS[400 if code < 500 else 500])
    return page("refused.html", code, zh=zh, en=en)
