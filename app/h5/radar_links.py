"""Radar links 雷达: ``/r/<token>`` shows an article of ours, or leads on to an outside page.

The token names the link and whose it is, and is signed by us; the address comes from the database
alone, so nobody can make us lead anywhere else. In WeChat's browser WeChat is asked who she is; all
else about that is decided in ``radar_readers``. Whatever is not a link of ours gets one and the
same page, and leaves no trace.
"""

import secrets
from dataclasses import dataclass

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session

from app import readings
from app.domain.insight import articles, radar_readers
from app.domain.insight.articles import Article
from app.domain.insight.radar import RadarLink
from app.domain.insight.radar_tokens import Opener, Showing, Through
from app.domain.people import channels
from app.h5 import fetchers, logins, sessions
from app.h5.pages import led_to, page, siyu

blueprint = Blueprint(
    "h5",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/h5/static",
)
VIEW_BYTES = 12
# An article has no form, but tells us how far it is read.
ARTICLE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)


@dataclass(frozen=True, slots=True)
class _Found:
    link: RadarLink
    article: Article | None
    through: Through


@blueprint.get("/r/<token>")
def open_link(token: str) -> Response:
    with siyu().database.reading() as session:
        found = _found(session, siyu().programme.radar_signer.through(token))
        asked = channels.naming_visitors(session)
    if found is None:
        return page("no_link.html", 404)
    if not fetchers.is_reader(request):
        return _answer(found, None)
    opener, is_new = _opener()
    is_to_be_named = opener.channel_id is None and not opener.unnamed
    if asked is not None and is_to_be_named and fetchers.is_in_wechat(request):
        return logins.sent_to_be_named(asked, request.path)
    key = secrets.token_urlsafe(VIEW_BYTES)
    showing = Showing(key, found.through, opener, siyu().clock())
    if not found.link.has_page:
        _keep(showing)
    answer = _answer(found, showing)
    if is_new:
        sessions.know_again(answer, opener.browser, siyu().clock())
    return answer


def _found(session: Session, through: Through | None) -> _Found | None:
    link = session.get(RadarLink, through.link_id) if through else None
    if through is None or link is None or not link.leads_somewhere:
        return None
    article = session.get(Article, link.article_id) if link.article_id is not None else None
    if link.article_id is not None and article is None:
        return None
    return _Found(link, article, through) if radar_readers.is_known(session, through) else None


def _opener() -> tuple[Opener, bool]:
    """What we know of who asks, and whether we have never seen the browser."""
    now = siyu().clock()
    visitor, known = sessions.visitor(now), sessions.browser(now)
    browser = known or sessions.new_browser()
    if visitor is not None:
        return Opener(browser, visitor.channel_id, visitor.openid), known is None
    return Opener(browser, unnamed=logins.UNNAMED in request.args), known is None


def _keep(showing: Showing) -> None:
    with siyu().waking() as session:
        readings.opened(session, showing, siyu().clock())


def _answer(found: _Found, showing: Showing | None) -> Response:
    """The page, which reports of its ``showing``; to whom only looks whether there is one, the same
    page without."""
    if not found.link.has_page:
        return led_to(found.link.url)
    signer = siyu().programme.radar_signer
    report = url_for("h5_radar_reports.report", token=signer.view(showing)) if showing else ""
    shown = page(
        "article.html",
        link=found.link,
        article=found.article,
        body=articles.as_html(found.article.body) if found.article else "",
        cover=_cover(found.article),
        report=report,
        can_share=bool(showing and showing.opener.openid) and fetchers.is_in_wechat(request),
    )
    shown.headers["Content-Security-Policy"] = ARTICLE_POLICY
    return shown


def _cover(article: Article | None) -> str:
    if article is None or not article.cover:
        return ""
    return f"{siyu().programme.public_url}{articles.PICTURES}{article.cover}"
