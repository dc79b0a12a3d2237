"""Articles 文章: pages of our own that radar links lead to, written in Markdown.

Whatever an operator writes or pastes, HTML among it, what reaches a reader is the few elements
below and nothing that runs: Markdown becomes HTML, and that is cleaned (nh3, which is ammonia), so
the page is safe even where Markdown is not. Pictures are those of the media library alone, since a
picture from elsewhere would tell its host who reads what.
"""

import re
from collections.abc import Sequence
from datetime import datetime

import nh3
import sqlalchemy as sa
from markdown_it import MarkdownIt
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id

BODY_MAX, TITLE_MAX = 100_000, 100
PICTURES = "/h5/pictures/"  # where media of the library are shown, by digest
_PICTURE = re.compile(rf"{PICTURES}[0-9a-f]{{64}}")
_TAGS = {
    *("p", "br", "hr", "h1", "h2", "h3", "h4", "strong", "em", "s", "del", "u", "sub", "sup"),
    *("ul", "ol", "li", "blockquote", "code", "pre", "a", "img", "figure", "figcaption"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt"}, "ol": {"start"}}


class Article(Base):
    """``cover`` is a picture's digest in the media library, or empty."""

    __tablename__ = "articles"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    title: Mapped[str]
    cover: Mapped[str]
    body: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    @property
    def pictures(self) -> set[str]:
        """The digests of all that it shows."""
        shown = {one.rpartition("/")[2] for one in _PICTURE.findall(self.body)}
        return shown | ({self.cover} if self.cover else set())


class BadArticle(ValueError):
    """It has no title, or is too long; the argument names the field."""


def all_of(session: Session) -> Sequence[Article]:
    """The latest first."""
    return session.scalars(sa.select(Article).order_by(Article.id.desc())).all()


def write(session: Session, *, title: str, cover: str, body: str, now: datetime) -> Article:
    """Raises BadArticle."""
    article = Article(title="", cover="", body="", version=0, created_at=now, changed_at=now)
    change(article, title=title, cover=cover, body=body, now=now)
    session.add(article)
    session.flush()
    return article


def change(article: Article, *, title: str, cover: str, body: str, now: datetime) -> None:
    """As its next version, at once for every reader. Raises BadArticle."""
    if not 0 < len(title) <= TITLE_MAX or not title.isprintable():
        raise BadArticle("title")
    if len(body) > BODY_MAX:
        raise BadArticle("body")
    if (title, cover, body) != (article.title, article.cover, article.body):
        article.title, article.cover, article.body = title, cover, body
        article.version, article.changed_at = article.version + 1, now


def as_html(body: str) -> str:
    """What is shown of it."""
    written = MarkdownIt("commonmark", {"html": True}).enable("table").render(body)
    return nh3.clean(
        written,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_only_our_pictures,
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer nofollow",
        clean_content_tags={"script", "style"},
    )


def _only_our_pictures(tag: str, attribute: str, value: str) -> str | None:
    if (tag, attribute) == ("img", "src") and not _PICTURE.fullmatch(value):
        return None
    return value
