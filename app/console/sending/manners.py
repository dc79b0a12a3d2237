"""The manners 打扰规则: quiet hours, caps, who is held out, and the words of opting out."""

from typing import Any

from flask import flash, request
from flask_babel import gettext as _

from app.console import languages
from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.domain.outreach import manners as in_force
from app.domain.people import operators
from sop import caps
from sop import manners as sop_manners
from sop.manners import BadManners
from sop.plans import CATEGORIES

BLANK_ROWS = 2
CAP_CATEGORIES = (caps.EVERY, *CATEGORIES, sop_manners.REPLY)


@console.get("/manners")
def manners() -> Answer:
    with siyu().database.reading() as session:
        written = in_force.written(session)
    return _page(written)


@console.post("/manners")
def change_manners() -> Answer:
    """In force at once, also for what is planned already."""
    written, now = _written(), siyu().clock()
    try:
        with siyu().database.writing() as session:
            details = {"from": dict(in_force.written(session)), "to": written}
            in_force.change(session, written, operator_id(), now)
            operators.record(session, operator_id(), "manners.change", "manners", details, now)
    except BadManners as wrong:
        chinese = languages.language() == "zh"
        problems = [(one.path, one.zh if chinese else one.en) for one in wrong.problems]
        return _page(written, problems)
    flash(_("已保存，从现在起生效。"))
    return go("manners")


@console.app_template_filter()
def category_in_words(category: str) -> str:
    words = {
        "": _("全部类别"),
        "marketing": _("营销"),
        "loyalty": _("会员权益"),
        "service": _("服务"),
        "reply": _("回复"),
    }
    return words.get(category, category)


@console.app_template_filter()
def manners_field_in_words(path: str) -> str:
    """The part of the form that a problem is about."""
    words = {
        "quiet": _("免打扰时段"),
        "caps": _("频次上限"),
        "holdout_percent": _("全局对照组"),
        "agent_minutes": _("人工跟进"),
        "opt_out_words": _("退订词"),
        "come_back_words": _("恢复词"),
    }
    return words.get(path.split("[")[0].split(".")[0], path)


def _page(written: Any, problems: list[tuple[str, str]] | None = None) -> Answer:
    return page(
        "sending/manners.html",
        written=written,
        problems=problems or [],
        cap_categories=CAP_CATEGORIES,
        categories=CATEGORIES,
        periods={"day": _("每天"), "week": _("每 7 天"), "month": _("每 30 天")},
        blank_rows=BLANK_ROWS,
    )


def _written() -> dict[str, Any]:
    """What the form says, as a definition; what cannot be read stays as it is, to be refused."""
    form = request.form
    quiet = {
        "from": form.get("quiet_from", ""),
        "to": form.get("quiet_to", ""),
        "categories": form.getlist("quiet_categories"),
        "then": form.get("quiet_then", ""),
    }
    rows = zip(
        *(form.getlist(f"cap_{name}") for name in ("category", "period", "most")), strict=False
    )
    return {
        "quiet": quiet if form.get("quiet_on") else None,
        "caps": [
            {"category": category, "period": period, "most": _number(most)}
            for category, period, most in rows
            if most.strip()
        ],
        "holdout_percent": _number(form.get("holdout_percent", "")),
        "agent_minutes": _number(form.get("agent_minutes", "")),
        "opt_out_words": _words(form.get("opt_out_words", "")),
        "come_back_words": _words(form.get("come_back_words", "")),
    }


def _number(given: str) -> int | str:
    plain = given.strip()
    is_number = plain.isascii() and plain.isdecimal() and len(plain) < 10
    return int(plain) if is_number else given


def _words(given: str) -> list[str]:
    for mark in "，、,;；\r\n\t":
        given = given.replace(mark, " ")
    return given.split()
