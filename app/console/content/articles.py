"""Articles: written in Markdown beside what a reader will see of it."""

from flask import abort, flash, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.domain.insight import articles as article_table
from app.domain.insight import radar
from app.domain.insight.articles import BODY_MAX, PICTURES, TITLE_MAX, Article, BadArticle
from app.domain.outreach.materials import media
from app.domain.people import operators


class ArticleForm(FlaskForm):
    title = StringField(_l("标题"), [DataRequired(), Length(max=TITLE_MAX)])
    cover = SelectField(_l("封面"), default="")
    body = TextAreaField(
        _l("正文"),
        [Length(max=BODY_MAX)],
        description=_l("用 Markdown 书写；HTML 里只有无害的部分会显示。"),
    )


@console.get("/articles")
def articles() -> Answer:
    with siyu().database.reading() as session:
        led_to: dict[int, list[radar.RadarLink]] = {}
        for link in radar.all_of(session):
            if link.article_id is not None:
                led_to.setdefault(link.article_id, []).append(link)
        return page("content/articles.html", articles=article_table.all_of(session), led_to=led_to)


@console.route("/articles/new", methods=["GET", "POST"])
def new_article() -> Answer:
    return _edit(None)


@console.route("/articles/<int:article_id>", methods=["GET", "POST"])
def article(article_id: int) -> Answer:
    return _edit(article_id)


@console.post("/articles/preview")
def preview_article() -> Answer:
    return page("content/_article_preview.html", **_shown(request.form))


def _edit(article_id: int | None) -> Answer:
    with siyu().database.reading() as session:
        known = session.get(Article, article_id) if article_id else None
        if article_id and known is None:
            abort(404)
        pictures = [one for one in media.all_of(session) if one.kind == media.IMAGE]
    form = ArticleForm(obj=known)
    form.cover.choices = [("", _("没有")), *((one.digest, one.name) for one in pictures)]
    if form.validate_on_submit() and (saved := _save(form, article_id)) is not None:
        flash(_("已保存。"))
        return go("article", article_id=saved)
    written = {name: str(form[name].data or "") for name in ("title", "cover", "body")}
    return page(
        "content/article_form.html",
        form=form,
        article=known,
        pictures=pictures,
        place=PICTURES,
        **_shown(written),
    )


def _save(form: ArticleForm, article_id: int | None) -> int | None:
    """The id of what was saved; None when something is wrong, which its field then tells."""
    try:
        return _saved(form, article_id)
    except BadArticle as bad:
        form[str(bad)].errors = [_("有不能显示的字符，或者太长。")]
        return None


def _saved(form: ArticleForm, article_id: int | None) -> int:
    """Raises BadArticle."""
    told = {"title": form.title.data.strip(), "cover": form.cover.data, "body": form.body.data}
    now = siyu().clock()
    with siyu().database.writing() as session:
        if article_id is None:
            saved = article_table.write(session, **told, now=now)
        else:
            saved = session.get_one(Article, article_id)
            article_table.change(saved, **told, now=now)
        details = {"title": saved.title, "version": saved.version}
        action = "article.change" if article_id else "article.make"
        operators.record(session, operator_id(), action, f"article:{saved.id}", details, now)
        return saved.id


def _shown(written: object) -> dict[str, str]:
    """As its page shows it."""
    told = written if hasattr(written, "get") else {}
    cover, body = str(told.get("cover", "")), str(told.get("body", ""))[:BODY_MAX]
    return {
        "shown_title": str(told.get("title", "")),
        "shown_cover": f"{PICTURES}{cover}" if cover.isalnum() else "",
        "shown_body": article_table.as_html(body),
    }
