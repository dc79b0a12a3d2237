"""What an operator sees when something is not there, not allowed, or broken."""

from flask import request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from app.console import unreadable
from app.console.frame import Answer, NotText, console, page


@console.route("/<path:anything>", methods=["GET", "POST"])
def not_there(anything: str) -> Answer:
    return _page(404)


@console.errorhandler(CSRFError)
def stale(error: CSRFError) -> Answer:
    return _page(400, _("页面已过期，请返回上一页刷新后再试。"))


@console.errorhandler(NotText)
def not_text(error: NotText) -> Answer:
    return _page(400, _("内容里有不能保存的字符（NUL），请去掉后再提交。"))


@console.errorhandler(HTTPException)
def refused(error: HTTPException) -> Answer:
    return _page(error.code or 500)


@console.errorhandler(InternalServerError)
def broken(error: InternalServerError) -> Answer:
    """Or what it was about cannot be read, which somebody can put right."""
    found = unreadable.asked()
    if found is None:
        return _page(500)
    if "HX-Request" in request.headers:
        return "；".join(found.problems), 409
    return page("unreadable.html", it=found), 409


def _page(code: int, said: str = "") -> Answer:
    words = {
        400: _("请求有误。"),
        403: _("没有权限。"),
        404: _("没有找到这个页面或记录。"),
        405: _("这里不能这样操作。"),
        409: _("当前状态不允许这样操作。"),
        413: _("提交的内容太大。"),
        500: _("系统出错了，已记入日志。"),
    }
    said = said or words.get(code, words[500])
    if "HX-Request" in request.headers:
        return said, code
    return page("error.html", code=code, said=said), code
