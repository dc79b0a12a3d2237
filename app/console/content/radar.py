"""Radar links: where they lead, what reading them brings, and what became of them."""

from flask import abort, flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from app.console.fields.bounds import WholeField
from app.console.frame import Answer, console, go, page, siyu
from app.domain.insight import articles, radar, radar_figures, tags
from app.domain.insight.radar import RadarLink
from app.domain.insight.radar_figures import Reading
from app.domain.insight.tags import Tag

NO_ARTICLE = 0


class RadarForm(FlaskForm):
    key = StringField(
        _l("标识"),
        [DataRequired(), Length(max=40)],
        description=_l("写进文案的名字：{radar:标识}"),
    )
    title = StringField(_l("标题"), [DataRequired(), Length(max=100)])
    article = SelectField(_l("通向"), coerce=int, default=NO_ARTICLE)
    url = StringField(
        _l("网址"), [Length(max=1000)], description=_l("外部页面只知道打开，不知道读了多久。")
    )
    page_first = BooleanField(_l("外部页面之前先显示我们的一页：不把预览算作打开，可以转发"))
    category = StringField(
        _l("分类"), [Length(max=40)], description=_l("同一分类的链接可以合起来设阈值。")
    )
    tag = StringField(_l("给标签"), [Length(max=40)], description=_l("没有的标签会新建"))
    points = WholeField(_l("首次打开得积分"), [Optional(), NumberRange(0, 100_000)], default=0)


@console.get("/radar")
def radar_links() -> Answer:
    with siyu().database.reading() as session:
        return page(
            "content/radar_links.html",
            links=radar.all_of(session),
            readings=radar_figures.of_links(session),
            nothing=Reading(),
            tags={tag.id: tag for tag in tags.all_of(session)},
        )


@console.route("/radar/new", methods=["GET", "POST"])
def new_radar_link() -> Answer:
    return _edit(None)


@console.route("/radar/<int:link_id>/edit", methods=["GET", "POST"])
def edit_radar_link(link_id: int) -> Answer:
    return _edit(link_id)


def _edit(link_id: int | None) -> Answer:
    with siyu().database.reading() as session:
        known = session.get(RadarLink, link_id) if link_id else None
        if link_id and known is None:
            abort(404)
        form = RadarForm(data=_as_data(session, known) if known else None)
        offered = [(one.id, one.title) for one in articles.all_of(session)]
        form.article.choices = [(NO_ARTICLE, _("外部页面")), *offered]
        all_tags, categories = tags.all_of(session), radar.categories(session)
    if form.validate_on_submit():
        saved = _save(form, link_id)
        if saved is not None:
            flash(_("已保存。"))
            return go("radar_link", link_id=saved)
    return page(
        "content/radar_link_form.html",
        form=form,
        link=known,
        all_tags=all_tags,
        categories=categories,
    )


def _save(form: RadarForm, link_id: int | None) -> int | None:
    """Returns the link, None when something is wrong with it."""
    now, tag_name = siyu().clock(), (form.tag.data or "").strip()
    try:
        with siyu().database.writing() as session:
            tag = tags.named(session, tag_name, "preference", now) if tag_name else None
            told = {
                "title": form.title.data.strip(),
                "url": (form.url.data or "").strip(),
                "tag_id": tag.id if tag else None,
                "points": form.points.data or 0,
                "article_id": form.article.data or None,
                "category": (form.category.data or "").strip(),
                "page_first": form.page_first.data,
            }
            if link_id is None:
                return radar.add(session, key=form.key.data.strip(), now=now, **told).id
            radar.change(session.get_one(RadarLink, link_id), **told)
            return link_id
    except radar.BadLink as bad:
        at = form.key if str(bad) == form.key.data.strip() else form.url
        at.errors = [_("标识由字母、数字、- 和 _ 组成；网址以 http:// 或 https:// 开头。")]
    except radar.LinkTaken:
        form.key.errors = [_("已有这个标识的雷达链接。")]
    return None


def _as_data(session: Session, link: RadarLink) -> dict[str, object]:
    tag = session.get(Tag, link.tag_id) if link.tag_id else None
    return {
        "key": link.key,
        "title": link.title,
        "url": link.url,
        "tag": tag.name if tag else "",
        "points": link.points,
        "article": link.article_id or NO_ARTICLE,
        "category": link.category,
        "page_first": link.page_first,
    }
