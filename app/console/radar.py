"""Radar links: where they lead, what opening them brings, and how many have."""

from flask import abort, flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from app.console.frame import Answer, console, go, page, siyu
from app.domain.insight import radar, tags
from app.domain.insight.radar import RadarLink
from app.domain.insight.tags import Tag


class RadarForm(FlaskForm):
    key = StringField(
        _l("标识"),
        [InputRequired(), Length(max=40)],
        description=_l("写进文案的名字：{radar:标识}"),
    )
    title = StringField(_l("标题"), [InputRequired(), Length(max=100)])
    url = StringField(_l("网址"), [InputRequired(), Length(max=1000)])
    tag = StringField(_l("给标签"), [Length(max=40)], description=_l("没有的标签会新建"))
    points = IntegerField(
        _l("首次打开得积分"), [InputRequired(), NumberRange(0, 100_000)], default=0
    )


@console.get("/radar")
def radar_links() -> Answer:
    with siyu().database.reading() as session:
        return page(
            "radar_links.html",
            links=radar.all_of(session),
            openings=radar.openings(session),
            tags={tag.id: tag for tag in tags.all_of(session)},
        )


@console.route("/radar/new", methods=["GET", "POST"])
def new_radar_link() -> Answer:
    return _edit(None)


@console.route("/radar/<int:link_id>", methods=["GET", "POST"])
def radar_link(link_id: int) -> Answer:
    return _edit(link_id)


def _edit(link_id: int | None) -> Answer:
    with siyu().database.reading() as session:
        known = session.get(RadarLink, link_id) if link_id else None
        if link_id and known is None:
            abort(404)
        form = RadarForm(data=_as_data(session, known) if known else None)
        all_tags = tags.all_of(session)
    if form.validate_on_submit() and _save(form, link_id):
        flash(_("已保存。"))
        return go("radar_links")
    return page("radar_link_form.html", form=form, link=known, all_tags=all_tags)


def _save(form: RadarForm, link_id: int | None) -> bool:
    now, tag_name = siyu().clock(), (form.tag.data or "").strip()
    try:
        with siyu().database.writing() as session:
            tag = tags.named(session, tag_name, "preference", now) if tag_name else None
            told = {
                "title": form.title.data.strip(),
                "url": form.url.data.strip(),
                "tag_id": tag.id if tag else None,
                "points": form.points.data,
            }
            if link_id is None:
                radar.add(session, key=form.key.data.strip(), now=now, **told)
            else:
                radar.change(session.get_one(RadarLink, link_id), **told)
    except radar.BadLink as bad:
        at = form.key if str(bad) == form.key.data.strip() else form.url
        at.errors = [_("标识由字母、数字、- 和 _ 组成；网址以 http:// 或 https:// 开头。")]
    except radar.LinkTaken:
        form.key.errors = [_("已有这个标识的雷达链接。")]
    else:
        return True
    return False


def _as_data(session: Session, link: RadarLink) -> dict[str, object]:
    tag = session.get(Tag, link.tag_id) if link.tag_id else None
    return {
        "key": link.key,
        "title": link.title,
        "url": link.url,
        "tag": tag.name if tag else "",
        "points": link.points,
    }
